// Between the two halves of the answer's reader: finding objects in text, and making candidates of them.
#ifndef TESTGEN_SERVER_GENERATOR_ANSWER_INTERNAL_H
#define TESTGEN_SERVER_GENERATOR_ANSWER_INTERNAL_H

#include "server/generator/answer.h"

#include "protocol/memory/vector.h"

typedef struct AnswerMaker {
  const AnswerContext *context;
  Arena *arena;
  Vector candidates;  // Candidate
  Vector problems;    // StringView
  size_t number;      // of the test at hand, from 1: problems speak of it
  bool is_exhausted;  // memory; nothing is usable then
} AnswerMaker;

// Adds a problem, unless there are enough.
void answer_say(AnswerMaker *maker, const char *format, ...) __attribute__((format(printf, 2, 3)));

// False when the test cannot be used; a problem says why.
bool answer_make_candidate(AnswerMaker *maker, const JsonValue *value, Candidate *ret_candidate);

#endif
