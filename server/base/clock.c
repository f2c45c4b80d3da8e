#include "server/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_unix_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Years are clamped to 0000-9999, so that the text always has its fixed length.
void clock_format_iso(int64_t unix_ms, char ret_text[CLOCK_ISO_SIZE]) {
  const int64_t first_ms = -62167219200000;  // 0000-01-01T00:00:00Z
  const int64_t last_ms = 253402300799999;   // 9999-12-31T23:59:59.999Z
  int64_t clamped = unix_ms < first_ms ? first_ms : unix_ms > last_ms ? last_ms : unix_ms;
  int milliseconds = (int)(((clamped % 1000) + 1000) % 1000);
  time_t seconds = (time_t)((clamped - milliseconds) / 1000);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  char text[64];
  snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
           parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds);
  memcpy(ret_text, text, CLOCK_ISO_SIZE - 1);
  ret_text[CLOCK_ISO_SIZE - 1] = '\0';
}
