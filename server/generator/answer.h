// What a model answered, as candidates. Models write prose around JSON, fence it, stop in the middle of it, and mix up
// types; whatever is a whole test is taken, and what is wrong with the rest is said in words that can go back to the
// model.
#ifndef TESTGEN_SERVER_GENERATOR_ANSWER_H
#define TESTGEN_SERVER_GENERATOR_ANSWER_H

#include "server/generator/candidate.h"

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

#define ANSWER_TEXT_MAX (4u << 20)   // bytes of one answer
#define ANSWER_TESTS_MAX 200u        // of one answer; further ones are left out, and a problem says so
#define ANSWER_PROBLEMS_MAX 20u      // of one answer: enough for the model to learn from
#define ANSWER_CODE_MAX (16u << 10)  // bytes of one expression or statement

typedef struct AnswerContext {
  StringView module;  // of the subject, as tests import it; absent: no import is added
  StringView symbol;  // the subject of tests that name none
  int category;       // TestCategory of tests that name none
} AnswerContext;

typedef struct Answer {
  JsonArray candidates;  // Candidate, in the order of the text, with different names
  JsonArray problems;    // StringView: a sentence each, without a full stop
  size_t dropped;        // tests that could not be used
  OptionalNumber grade;  // 0-10: how comprehensive the model says its tests are
  bool is_truncated;     // the text ends inside an object
} Answer;

// Everything lives in the arena. A test becomes one function and nothing else: no text of the model can leave it, nor
// its docstring. An answer without a usable test is no failure: `problems` says why. Failures: LIMIT (the text is too
// long), NO_MEMORY.
int answer_parse(StringView text, const AnswerContext *context, Arena *arena, Answer *ret_answer, Error *ret_error);

#endif
