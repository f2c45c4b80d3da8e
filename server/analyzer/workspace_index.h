// What the files of a workspace say together: which test speaks of which subject, which comparisons of a subject no
// test comes near, which functions no test calls. Pure, like the analysis of one file; updated one file at a time.
#ifndef TESTGEN_SERVER_ANALYZER_WORKSPACE_INDEX_H
#define TESTGEN_SERVER_ANALYZER_WORKSPACE_INDEX_H

#include "protocol/memory/arena.h"
#include "server/analyzer/analysis.h"

typedef struct WorkspaceIndex WorkspaceIndex;

// One end of a link: a definition or test of a file.
typedef struct SubjectLink {
  StringView path;
  uint32_t index;     // of the definition (subject) or of the test
  double confidence;  // 1: imported and called; lower: by name only
} SubjectLink;

int workspace_index_create(WorkspaceIndex **ret_index, Error *ret_error);
void workspace_index_destroy(WorkspaceIndex *index);

// Adds or replaces a file (the index keeps a reference). Removing an unknown file is fine.
int workspace_index_put(WorkspaceIndex *index, FileAnalysis *analysis, Error *ret_error);
void workspace_index_remove(WorkspaceIndex *index, StringView path);
FileAnalysis *workspace_index_get(const WorkspaceIndex *index, StringView path);  // borrowed; NULL when unknown
size_t workspace_index_files(const WorkspaceIndex *index, Arena *arena,
                             FileAnalysis ***ret_files);  // by path; borrowed

// Subjects of a test, and tests of a subject, best first. In the arena. 0 or an error.
int workspace_index_subjects_of(const WorkspaceIndex *index, StringView path, uint32_t test, Arena *arena,
                                SubjectLink **ret_links, size_t *ret_count);
int workspace_index_tests_of(const WorkspaceIndex *index, StringView path, uint32_t definition, Arena *arena,
                             SubjectLink **ret_links, size_t *ret_count);

// Leads in one file that need the others: untested functions, comparisons with no test literal on, just below and just
// above the constant, subjects with only literal example oracles. By position; strings live in the arena.
int workspace_index_leads(const WorkspaceIndex *index, StringView path, Arena *arena, Finding **ret_findings,
                          size_t *ret_count);

// Paths of the files whose leads may have changed since the last call for this purpose, because of the file just put.
int workspace_index_affected(const WorkspaceIndex *index, StringView path, Arena *arena, StringView **ret_paths,
                             size_t *ret_count);

// The files of subjects that a file imports, by the rules of Python's import system within the workspace (roots: the
// workspace itself, `src`, and folders named by `pythonpath`). Absent when it is not in the workspace.
StringView workspace_index_resolve_module(const WorkspaceIndex *index, StringView from_path, StringView module);

#endif
