// Errors: a code for programs and one line for people.
//
// A function that can fail returns 0, or one of these negative codes. Where the failure is detected, it also
// writes the message into the caller's Error; on the way up nothing overwrites it. `Error *` may be NULL when the
// caller only needs the code. A message says what failed, where, and what to do; it has no line break and no
// trailing full stop. About a file, it begins with "path:line:column: " (1-based) or "path: ".
#ifndef TESTGEN_PROTOCOL_MEMORY_ERROR_H
#define TESTGEN_PROTOCOL_MEMORY_ERROR_H

#include <stdarg.h>
#include <stddef.h>

// X(name, negative code, what it means)
#define ERROR_CODES(X) \
  X(NO_MEMORY, -1, "memory is exhausted") \
  X(INVALID_ARGUMENT, -2, "a value is outside what is allowed") \
  X(PARSE, -3, "text does not follow its format") \
  X(LIMIT, -4, "a declared maximum was reached") \
  X(NOT_FOUND, -5, "a named thing does not exist") \
  X(IO, -6, "the operating system refused a read or write") \
  X(CANCELLED, -7, "the caller cancelled the work") \
  X(TIMEOUT, -8, "a deadline passed") \
  X(UNTRUSTED, -9, "code of an untrusted workspace would have to run") \
  X(UNAVAILABLE, -10, "something that is needed is missing: an interpreter, pytest, a sandbox") \
  X(CONFLICT, -11, "the state changed underneath: a stale document, an existing name") \
  X(CORRUPT, -12, "stored data cannot be used") \
  X(CHILD, -13, "a child process ended in a way that yields no result") \
  X(PROTOCOL, -14, "a peer broke the protocol") \
  X(INTERNAL, -15, "a fault of this program")

typedef enum ErrorCode {
  ERROR_NONE = 0,
#define X(name, code, text) ERROR_##name = (code),
  ERROR_CODES(X)
#undef X
} ErrorCode;

#define ERROR_MESSAGE_MAX 512  // bytes, terminator included; longer messages are cut at a UTF-8 boundary

typedef struct Error {
  int code;  // an ErrorCode; 0 while unset
  char message[ERROR_MESSAGE_MAX];
} Error;

// Writes the message unless one is already there, and returns `code` so that a failing function can return it.
int error_set(Error *ret_error, ErrorCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));
int error_set_arguments(Error *ret_error, ErrorCode code, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

// The same for a failed system call: appends ": " and the text of `system_errno`. The code is NOT_FOUND for ENOENT,
// NO_MEMORY for ENOMEM and IO for everything else.
int error_set_errno(Error *ret_error, int system_errno, const char *format, ...) __attribute__((format(printf, 3, 4)));

void error_clear(Error *error);

// "NO_MEMORY" and the like; "UNKNOWN" for anything else. Never NULL.
const char *error_code_name(int code);

#endif
