// The log: one line per event, on stderr (or a file), never on stdout. `time level module: message`.
#ifndef TESTGEN_SERVER_BASE_LOG_H
#define TESTGEN_SERVER_BASE_LOG_H

typedef enum LogLevel { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT } LogLevel;

// The log is the one process-wide object: it is set up by main before any thread starts and only appended to after
// that.
void log_configure(LogLevel level, int descriptor);
int log_level_from_name(const char *name, LogLevel *ret_level);  // 0, or ERROR_NOT_FOUND
void log_write(LogLevel level, const char *module, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_error(module, ...) log_write(LOG_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_write(LOG_WARNING, module, __VA_ARGS__)
#define log_info(module, ...) log_write(LOG_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_write(LOG_DEBUG, module, __VA_ARGS__)

#endif
