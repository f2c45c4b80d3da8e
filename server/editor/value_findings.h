// What tests are worth, by the last report, as findings on the tests.
#ifndef TESTGEN_SERVER_EDITOR_VALUE_FINDINGS_H
#define TESTGEN_SERVER_EDITOR_VALUE_FINDINGS_H

#include "server/editor/folder.h"

// A copy of what the report says of tests. NULL when it says too little: not everything was judged, or no memory.
TestValues *test_values_create(const ValueReport *report);
void test_values_destroy(TestValues *values);  // accepts NULL

// Adds Finding items for the tests of a file. A test whose text has changed since the report has none, and neither has
// one that stands in the shadow of a test that has changed.
int value_findings(const Folder *folder, const FileAnalysis *analysis, Arena *arena, Vector *ret_findings);

#endif
