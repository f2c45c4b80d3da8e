// Time. Nothing else reads a clock, so tests and replays can say what time it is.
#ifndef TESTGEN_SERVER_BASE_CLOCK_H
#define TESTGEN_SERVER_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_monotonic_ns(void);
int64_t clock_unix_ms(void);

#define CLOCK_ISO_SIZE 25                                               // "2026-11-20T21:30:00.000Z" and a NUL
void clock_format_iso(int64_t unix_ms, char ret_text[CLOCK_ISO_SIZE]);  // UTC

#endif
