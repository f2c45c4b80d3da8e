// Fails the n-th call of something, for tests that try every n.
//
// A program that is linked with torture.c has a malloc of its own (and calloc, realloc, free), which stands in front of
// the C library's, also for the shared libraries that the program uses. Sanitizers bring their own and get none of it.
#ifndef TESTGEN_TESTS_UNIT_TORTURE_H
#define TESTGEN_TESTS_UNIT_TORTURE_H

#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TORTURE_HAS_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define TORTURE_HAS_MALLOC 0
#endif
#endif
#ifndef TORTURE_HAS_MALLOC
#define TORTURE_HAS_MALLOC 1
#endif

typedef enum TortureKind { TORTURE_MEMORY, TORTURE_FILES } TortureKind;

typedef struct Torture {
  bool is_counting;
  long live;  // items allocated and not freed since torture_count; always 0 without an own malloc
  bool is_armed;
  TortureKind kind;  // which calls count, and fail
  bool is_lasting;   // after the first failure everything fails
  long countdown;    // the call that makes it 0 fails
  bool has_failed;   // some call failed since torture_arm
} Torture;
extern Torture torture;

void torture_count(void);                                             // begins to count live items
void torture_arm(TortureKind kind, long countdown, bool is_lasting);  // the countdown-th call fails, 1 being the next
void torture_disarm(void);  // nothing fails any more; has_failed keeps its value

// Whether the call that asks may succeed. Every call of the armed kind counts.
bool torture_may_succeed(TortureKind kind);

#endif
