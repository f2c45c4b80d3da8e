// What the end-to-end tests of the runner share.
#ifndef TESTGEN_TESTS_RUNNER_SUPPORT_H
#define TESTGEN_TESTS_RUNNER_SUPPORT_H

#include "server/runner/runner.h"

// Of the test that runs: empty when it begins, and released when it ends, which fails when it leaves a child behind.
extern Arena test_arena;
extern Error test_error;
int runner_set_up(void **state);
int runner_tear_down(void **state);

#define RUNNER_TEST(function) cmocka_unit_test_setup_teardown(function, runner_set_up, runner_tear_down)

// Runs the tests, which must not fail as a whole. The result lives in test_arena.
TestRun run_project(const RunnerOptions *options);

// Options for a fixture project, trusted, with the test interpreter and a generous deadline.
RunnerOptions project_options(Arena *arena, const char *project);

// The same with one file of the project selected.
RunnerOptions file_options(Arena *arena, const char *project, const char *file);

const TestResult *find_result(const TestRun *run, const char *id);  // fails the test when there is none
void assert_outcome(const TestRun *run, const char *id, TestOutcome outcome);
void assert_contains(const char *text, const char *part);
void assert_view_contains(StringView text, const char *part);
const CoverageFile *find_file(const CoverageReport *report, const char *path);

// True when the process exists and is no zombie.
bool process_lives(long process);
// Waits up to ten seconds for it to be gone.
bool process_goes(long process);
// How many children (zombies too) this process has.
int count_children(void);
long only_child(void);  // fails the test when there is none, or another one

#endif
