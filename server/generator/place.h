// Where tests go and how the file looks there: the existing test file of the subject, or a new one by the project's
// pattern; and the smallest edits that put tests and their imports into it.
#ifndef TESTGEN_SERVER_GENERATOR_PLACE_H
#define TESTGEN_SERVER_GENERATOR_PLACE_H

#include "server/analyzer/workspace_index.h"
#include "server/generator/render.h"

#include "protocol/memory/vector.h"

typedef struct TestFile {
  StringView path;
  bool is_new;
  StringView text;               // as it is; empty for a new file
  const FileAnalysis *analysis;  // NULL for a new file
  const WorkspaceIndex *index;
  TestStyle style;  // the form is that of most tests of the file
  bool is_crlf;
  StringView normalized;  // the text, see python_normalize
} TestFile;

// A rendered test in the file it goes into.
typedef struct PlacedTest {
  const Candidate *candidate;
  StringView name;        // test_...
  StringView class_name;  // of an existing or new class; absent: a function of the module
  bool is_new_class;
  uint32_t offset;  // where it is inserted
  TestForm form;
  StringView code;  // at depth 0
} PlacedTest;

typedef struct TextEdit {
  uint32_t start;
  uint32_t end;
  StringView text;
} TextEdit;

// How tests import the module of a subject: as the project's tests do, else by its path. In the arena.
StringView place_module_name(const WorkspaceIndex *index, StringView subject_path, Arena *arena);

// `wanted` is the path that a spec names; absent: chosen. Failures: INVALID_ARGUMENT (a path that is no place for
// tests), NO_MEMORY.
int place_choose_file(const WorkspaceIndex *index, StringView subject_path, StringView wanted, Arena *arena,
                      TestFile *ret_file, Error *ret_error);

// True for a relative path that does not leave the workspace.
bool place_is_inside(StringView path);

// True for a path that pytest's defaults collect and that stays inside the workspace.
bool place_is_test_path(StringView path);

// Chooses the place and a name that neither the file nor `taken` (StringView) has, and renders.
int place_test(const TestFile *file, const Candidate *candidate, StringView subject_path, Vector *taken, Arena *arena,
               PlacedTest *ret_test, Error *ret_error);

// True when the file has this very test already.
bool place_is_known(const TestFile *file, const Candidate *candidate, const PlacedTest *test, Arena *arena);

// pytest's node id of a placed test: "tests/test_a.py::TestX::test_y".
StringView place_node_id(const TestFile *file, const PlacedTest *test, Arena *arena);

// The edits that add the tests, ascending; for a new file one edit with the whole text.
int place_edits(const TestFile *file, const PlacedTest *tests, size_t count, Arena *arena, TextEdit **ret_edits,
                size_t *ret_count, Error *ret_error);

// The offset behind the last character before `end` that is no white space.
uint32_t place_trimmed_end(StringView text, uint32_t end);

// The file's text with the edits. In the arena.
int place_apply(const TestFile *file, const TextEdit *edits, size_t count, Arena *arena, StringView *ret_text,
                Error *ret_error);

// ---- Imports ----

// Edits that give the file the imports of the tests; for a new file the lines as one edit at 0. Ends with a line break.
int place_import_edits(const TestFile *file, const PlacedTest *tests, size_t count, Arena *arena, Vector *ret_edits,
                       Error *ret_error);

#endif
