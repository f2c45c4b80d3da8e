// Makes the weak assertions of an existing test exact: the values that they accept are observed, and the assertions
// that expect these values are proven by running the test with them. What is observed is what the code does today, so
// the result is labelled characterisation.
#ifndef TESTGEN_SERVER_GENERATOR_STRENGTHEN_H
#define TESTGEN_SERVER_GENERATOR_STRENGTHEN_H

#include "server/generator/generator.h"

// `request->subject_path` is the test file, `request->subject_symbol` the qualified name of the test; `line` (1-based)
// chooses one assertion, 0 every weak one. 0 also when nothing could be made stronger: what stayed, and why, is in
// rejected. Failures: as generator_run. Fills accepted, rejected, edits, provider.
int strengthen_run(const GenerateRequest *request, uint32_t line, Arena *arena, GenerateReport *ret_report,
                   Error *ret_error);

// The test of a file with that qualified name; NULL: none.
const TestFacts *strengthen_find_test(const FileAnalysis *analysis, StringView qualified_name);

#endif
