#include "server/base/log.h"

#include "protocol/memory/error.h"
#include "server/base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 4096  // bytes with the line break: at most PIPE_BUF, so that lines of several threads never mix

static const char *const level_names[LOG_LEVEL_COUNT] = {"error", "warning", "info", "debug"};

static struct {
  LogLevel level;
  int descriptor;
} settings = {LOG_INFO, STDERR_FILENO};

void log_configure(LogLevel level, int descriptor) {
  settings.level = level;
  settings.descriptor = descriptor == STDOUT_FILENO ? STDERR_FILENO : descriptor;
}

int log_level_from_name(const char *name, LogLevel *ret_level) {
  for (int level = 0; level < LOG_LEVEL_COUNT; level++) {
    if (strcmp(name, level_names[level]) == 0) {
      *ret_level = (LogLevel)level;
      return 0;
    }
  }
  return ERROR_NOT_FOUND;
}

static size_t clamp_length(int written, size_t room) {
  return written < 0 ? 0 : (size_t)written < room ? (size_t)written : room - 1;
}

static void flatten_control_bytes(char *text, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if ((unsigned char)text[index] < 0x20 || text[index] == 0x7F) {
      text[index] = ' ';
    }
  }
}

// What cannot be logged is lost: there is no other place to say so, and waiting for a full pipe would stop the server.
static void write_whole(int descriptor, const char *text, size_t length) {
  ssize_t written;
  do {
    written = write(descriptor, text, length);
  } while (written < 0 && errno == EINTR);
}

void log_write(LogLevel level, const char *module, const char *format, ...) {
  if (level > settings.level) {
    return;
  }
  int saved_errno = errno;
  char time[CLOCK_ISO_SIZE];
  clock_format_iso(clock_unix_ms(), time);
  char line[LOG_LINE_MAX];
  size_t room = sizeof line - 1;  // for the line break
  size_t length = clamp_length(snprintf(line, room, "%s %s %s: ", time, level_names[level], module), room);
  va_list arguments;
  va_start(arguments, format);
  length += clamp_length(vsnprintf(line + length, room - length, format, arguments), room - length);
  va_end(arguments);
  flatten_control_bytes(line, length);
  line[length++] = '\n';
  write_whole(settings.descriptor, line, length);
  errno = saved_errno;
}
