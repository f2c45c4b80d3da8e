// Who kills what, and who reaches what, as the harness tells it when all killers are asked for.
#ifndef TESTGEN_SERVER_RUNNER_KILL_TABLE_H
#define TESTGEN_SERVER_RUNNER_KILL_TABLE_H

#include "protocol/json/json.h"
#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"

typedef struct ReachedFile {
  int64_t file;     // number in the request
  JsonArray lines;  // int64_t, ascending
} ReachedFile;

typedef struct ReachingTest {
  StringView test;  // pytest's node id
  double seconds;   // on the processor
  bool is_blind;
  bool is_dependent;
  JsonArray files;  // ReachedFile
} ReachingTest;

typedef struct Kill {
  uint32_t test;
  uint32_t mutant;
} Kill;

typedef struct KillTable {
  Arena *arena;
  Vector tests;          // ReachingTest, in the order of the suite
  Map numbers;           // name to its number
  Vector kills;          // Kill, as they came
  uint32_t only_first;   // mutants of which only the first killer is known
  uint32_t cut_short;    // mutants with which some test did not come back, so that there may be more killers
  uint32_t not_counted;  // failures of tests that may need those before them, or that only the mutant makes
} KillTable;

void kill_table_init(KillTable *table, Arena *arena);
void kill_table_finish(KillTable *table);

// The event `reach`.
int kill_table_take_reach(KillTable *table, const JsonValue *event, Error *ret_error);

// `first` is the test that failed first, `killers` are all of them (StringView), none when they are not known.
int kill_table_add_kill(KillTable *table, uint32_t mutant, StringView first, JsonArray killers, Error *ret_error);

// Orders the kills by test and mutant, each once.
void kill_table_sort(KillTable *table);

#endif
