// Candidates as Python, in the style of the file they go into.
#ifndef TESTGEN_SERVER_GENERATOR_RENDER_H
#define TESTGEN_SERVER_GENERATOR_RENDER_H

#include "server/generator/candidate.h"

typedef enum TestForm {
  FORM_FUNCTION,  // def test_x():
  FORM_METHOD,    // in a plain class: def test_x(self):
  FORM_UNITTEST,  // in a unittest.TestCase: self.assertEqual(...)
  FORM_COUNT
} TestForm;

typedef struct TestStyle {
  TestForm form;
  char quote;         // '"' or '\''
  StringView indent;  // four spaces, or what the file has
  size_t width;       // columns of a line
} TestStyle;

// The test `name` (with test_), lines ended by "\n", at depth 0. In the arena.
int render_test(const Candidate *candidate, StringView name, const TestStyle *style, Arena *arena, StringView *ret_code,
                Error *ret_error);

// What stands in it below the docstring, normalized: for finding out whether a file has the same test. In the arena.
StringView render_body_key(const Candidate *candidate, const TestStyle *style, Arena *arena);
// The same of one row of a table, as it stands in the decorator.
StringView render_row_key(const CandidateRow *row, const TestStyle *style, Arena *arena);

// The imports that the rendering adds to the candidate's own.
bool render_needs_pytest(const Candidate *candidate, const TestStyle *style);
bool render_needs_re(const Candidate *candidate);

#endif
