// What each test adds: changes of the code that it notices, lines, branches and boundaries that it reaches, and
// requirements that it is for, of all those that neither the suite nor a test before it has.
#ifndef TESTGEN_SERVER_GENERATOR_GAIN_H
#define TESTGEN_SERVER_GENERATOR_GAIN_H

#include "server/generator/guards.h"

// Of all proposals that are not rejected, in their order. NO_MEMORY.
int gain_count(const GuardContext *context, Proposal *proposals, size_t count, Error *ret_error);

// Whether something is measured and none of it is more than 0.
bool gain_is_nothing(const Gain *gain);

bool reach_has_line(const Reach *reach, StringView path, int64_t line);
bool reach_has_branch(const Reach *reach, StringView path, uint32_t line, uint32_t target);

// Whether the proposal, which is not rejected, is for the cell.
bool gain_meets(const GuardContext *context, const Proposal *proposal, size_t cell);

#endif
