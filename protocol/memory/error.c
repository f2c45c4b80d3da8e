#include "protocol/memory/error.h"

#include "protocol/memory/string_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Cuts a half sequence off the end, which is what is left where the message did not fit.
static void cut_at_boundary(char *message) {
  size_t length = strlen(message);
  size_t start = length;
  while (start > 0 && length - start < 4 && ((unsigned char)message[start - 1] & 0xC0) == 0x80) {
    start--;
  }
  if (start == 0 || (unsigned char)message[start - 1] < 0x80) {
    return;
  }
  StringView tail = {message + start - 1, length - (start - 1)};
  if (string_view_utf8_length(tail, 0) != tail.length) {
    message[start - 1] = '\0';
  }
}

// A message is one line, whatever was put into it.
static void flatten(char *message) {
  for (char *at = message; *at; at++) {
    if ((unsigned char)*at < 0x20 || *at == 0x7F) {
      *at = ' ';
    }
  }
}

int error_set_arguments(Error *ret_error, ErrorCode code, const char *format, va_list arguments) {
  if (!ret_error || ret_error->code != ERROR_NONE) {
    return code;
  }
  ret_error->code = code;
  int length = vsnprintf(ret_error->message, sizeof ret_error->message, format, arguments);
  if (length < 0) {
    ret_error->message[0] = '\0';
  } else if ((size_t)length >= sizeof ret_error->message) {
    cut_at_boundary(ret_error->message);
  }
  flatten(ret_error->message);
  return code;
}

int error_set(Error *ret_error, ErrorCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  error_set_arguments(ret_error, code, format, arguments);
  va_end(arguments);
  return code;
}

static ErrorCode code_of_errno(int system_errno) {
  switch (system_errno) {
  case ENOMEM: return ERROR_NO_MEMORY;
  case ENOENT: return ERROR_NOT_FOUND;
  default: return ERROR_IO;
  }
}

int error_set_errno(Error *ret_error, int system_errno, const char *format, ...) {
  char what[ERROR_MESSAGE_MAX];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  // The reason stands last and says more than the end of a long path: it keeps its place.
  const int what_max = ERROR_MESSAGE_MAX - 128;
  if (length > what_max) {
    what[what_max] = '\0';
    cut_at_boundary(what);
  }
  char reason[120];
  return error_set(ret_error, code_of_errno(system_errno), "%s: %s", what,
                   strerror_r(system_errno, reason, sizeof reason));
}

void error_clear(Error *error) {
  error->code = ERROR_NONE;
  error->message[0] = '\0';
}

const char *error_code_name(int code) {
  switch (code) {
#define X(name, number, text) \
  case number: return #name;
    ERROR_CODES(X)
#undef X
  default: return "UNKNOWN";
  }
}
