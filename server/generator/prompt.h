// What a model is told: its task, the code, the tests that there are, and what became of those that it proposed before.
#ifndef TESTGEN_SERVER_GENERATOR_PROMPT_H
#define TESTGEN_SERVER_GENERATOR_PROMPT_H

#include "server/generator/provider.h"
#include "server/generator/stub.h"

#define PROMPT_BYTES_PER_TOKEN 3  // of code; an estimate on the safe side

typedef struct Prompt {
  StringView instructions;  // the same for every question
  StringView question;
  StringView schema;  // of the answer; absent: it is text
  bool is_cut;        // something was left out to keep to `maximum`, and the question says so
} Prompt;

// How many tests of a category one round may add: anti-cheat tests by their weight.
int64_t prompt_most_of(const ConfigReport *config, int category);

// At most about `maximum` bytes. The subject comes first, so what is cut is at the end: of the tests that there are,
// then of the code. Everything lives in the arena. NO_MEMORY.
int prompt_build(const ProposeRequest *propose, size_t maximum, Arena *arena, Prompt *ret_prompt, Error *ret_error);

// The question for the code of a spec. `feedback` says what became of the last answer; empty the first time. Nothing is
// cut.
int prompt_build_implementation(const ProposeRequest *propose, const Stub *stub, StringView tests, StringView feedback,
                                Arena *arena, Prompt *ret_prompt, Error *ret_error);

// Asks the model of the request, and counts what that costs in the proposals. `ret_answer->text` is absent when the
// budget allows no further question, which a note says. Failures are those of model_complete.
int model_ask(const ProposeRequest *propose, const Prompt *prompt, Arena *arena, Proposals *proposals,
              ModelAnswer *ret_answer, Error *ret_error);

#endif
