// The code of a spec that has none: a model proposes, the tests decide, and what fails goes back to it.
#ifndef TESTGEN_SERVER_GENERATOR_IMPLEMENT_H
#define TESTGEN_SERVER_GENERATOR_IMPLEMENT_H

#include "server/generator/provider.h"
#include "server/generator/stub.h"

// The copy of the bench holds the tests at the proposal's test path. Asks until every test passes, the rounds of the
// settings are over, or the budget is; an answer that somebody got elsewhere is the only attempt. Fails when nobody
// could be asked at all (see model_complete), and with CANCELLED and TIMEOUT; `*ret_report` then holds the attempts
// that were made. What a later question fails with is a note.
int implement_run(const ProposeRequest *propose, const Stub *stub, Arena *arena, Proposals *proposals,
                  ImplementationReport *ret_report, Error *ret_error);

// The code of an answer: the longest block of Python in it, the whole where there is none. Ends with a line break;
// absent when there is no code. Points into the answer or the arena.
StringView implement_code_of(StringView answer, Arena *arena);

#endif
