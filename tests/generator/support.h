// What the end-to-end tests of the generator share: a fixture project in a folder of its own, indexed.
#ifndef TESTGEN_TESTS_GENERATOR_SUPPORT_H
#define TESTGEN_TESTS_GENERATOR_SUPPORT_H

#include "server/generator/generator.h"

typedef struct Project {
  Arena arena;
  StringView root;      // a copy of the fixture, removed by project_close
  StringView snapshot;  // of paths and digests, taken before
  WorkspaceIndex *index;
  ConfigReport config;
  Spec spec;
  GenerateRequest request;  // ready but for the target
  GenerateReport report;
  Error error;
} Project;

Project *project_open(const char *fixture);
void project_close(Project *project);  // fails the test when a file of the project changed

// Runs the generator on FILE, FILE::NAME or a spec; returns its result.
int project_generate(Project *project, const char *target);

// Applies the report's edits, and indexes the project again.
void project_apply(Project *project);

StringView project_read(Project *project, const char *path);
const AcceptedTest *find_accepted(const Project *project, const char *name);  // NULL when there is none
bool is_unanswered(const Project *project, const char *requirement, const char *reason);
void assert_contains(StringView text, const char *part);

// Set-up and tear-down of a group whose generations leave nothing behind, whatever others do meanwhile.
int use_own_temporary_folder(void **state);
int remove_own_temporary_folder(void **state);

// How many scratch folders of generations there are in the folder of use_own_temporary_folder.
size_t count_scratch_folders(void);

#endif
