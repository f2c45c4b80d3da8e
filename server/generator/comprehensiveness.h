// How much of a subject's behaviour its tests would notice, 0 to 10, from what was measured: its mutants, its lines and
// branches, the cells of its spec. What applies and was not measured earns nothing.
#ifndef TESTGEN_SERVER_GENERATOR_COMPREHENSIVENESS_H
#define TESTGEN_SERVER_GENERATOR_COMPREHENSIVENESS_H

#include "protocol/testgen/reports.h"
#include "server/generator/guards.h"

// Of the suite, and of the suite with the proposals that are not rejected. `subject` is the file that they are about;
// NULL when there is no code yet. The model's grade is left as it is. NO_MEMORY.
int comprehensiveness_measure(const GuardContext *context, const FileAnalysis *subject, const Proposal *proposals,
                              size_t count, ComprehensivenessReport *report, Error *ret_error);

// What no test notices, reaches or is for yet, a line each. Empty when nothing is known. NO_MEMORY.
int comprehensiveness_gaps(const GuardContext *context, const FileAnalysis *subject, const Proposal *proposals,
                           size_t count, StringView *ret_text, Error *ret_error);

// "8.2 of 10: 45 of 50 mutants, 30 of 31 lines and branches". Absent: memory is exhausted.
StringView comprehensiveness_summary(const ComprehensivenessReport *report, Arena *arena);

#endif
