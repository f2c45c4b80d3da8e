#include "server/runner/kill_table.h"

#include "protocol/json/field.h"

#include <stdlib.h>

#define TESTS_MAX 1000000u
#define KILLS_MAX 100000000u

static const JsonField reached_file_fields[] = {
    JSON_FIELD(ReachedFile, file, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachedFile, lines, INTEGER_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType reached_file_type = JSON_TYPE(ReachedFile, reached_file_fields, NULL);
static const JsonField reaching_test_fields[] = {
    JSON_FIELD(ReachingTest, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachingTest, seconds, DOUBLE, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachingTest, is_blind, BOOL, JSON_REQUIRED, NULL),
    JSON_FIELD(ReachingTest, is_dependent, BOOL, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(ReachingTest, files, ARRAY, JSON_REQUIRED, reached_file_type, NULL),
};
static const JsonType reaching_test_type = JSON_TYPE(ReachingTest, reaching_test_fields, NULL);

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is noted which test kills what");
}

void kill_table_init(KillTable *table, Arena *arena) {
  *table = (KillTable){.arena = arena};
  vector_init(&table->tests, sizeof(ReachingTest), TESTS_MAX);
  vector_init(&table->kills, sizeof(Kill), KILLS_MAX);
  map_init(&table->numbers);
}

void kill_table_finish(KillTable *table) {
  vector_finish(&table->tests);
  vector_finish(&table->kills);
  map_finish(&table->numbers);
}

static int copy_files(KillTable *table, ReachingTest *test) {
  const ReachedFile *files = test->files.items;
  ReachedFile *copies = arena_allocate_array(table->arena, test->files.count, sizeof *copies);
  for (size_t i = 0; copies && i < test->files.count; i++) {
    const int64_t *lines = files[i].lines.items;
    int64_t *place = arena_allocate_array(table->arena, files[i].lines.count, sizeof *place);
    for (size_t line = 0; place && line < files[i].lines.count; line++)
      place[line] = lines[line];
    if (!place)
      return ERROR_NO_MEMORY;
    copies[i] = (ReachedFile){files[i].file, {place, files[i].lines.count}};
  }
  test->files.items = copies;
  return copies ? 0 : ERROR_NO_MEMORY;
}

int kill_table_take_reach(KillTable *table, const JsonValue *event, Error *ret_error) {
  Arena events;
  ReachingTest test;
  arena_init(&events);
  int result = json_decode(&reaching_test_type, event, &events, &test, ret_error);
  if (result == 0) {
    test.test = arena_copy(table->arena, test.test);
    bool is_fine = test.test.data && copy_files(table, &test) == 0;
    MapValue *number = is_fine ? map_put(&table->numbers, test.test, NULL) : NULL;
    if (number)
      number->number = (int64_t)table->tests.count;
    result = number && vector_push_copy(&table->tests, &test) ? 0 : no_memory(ret_error);
  }
  arena_finish(&events);
  return result;
}

// A test that fails only because those before it did not run says nothing of the mutant, unless it is the one whose
// failure the harness has made sure of. A mutant that changes what tests there are may make new ones, which fail.
static int add(KillTable *table, uint32_t mutant, StringView name, bool is_sure, Error *ret_error) {
  const MapValue *number = map_get(&table->numbers, name);
  const ReachingTest *test = number ? vector_at(&table->tests, (size_t)number->number) : NULL;
  if (!test || (test->is_dependent && !is_sure)) {
    table->not_counted++;
    return 0;
  }
  Kill kill = {(uint32_t)number->number, mutant};
  return vector_push_copy(&table->kills, &kill) ? 0 : no_memory(ret_error);
}

int kill_table_add_kill(KillTable *table, uint32_t mutant, StringView first, JsonArray killers, Error *ret_error) {
  const StringView *names = killers.items;
  int result = add(table, mutant, first, true, ret_error);
  table->only_first += killers.count == 0;
  for (size_t i = 0; i < killers.count && result == 0; i++)
    if (!string_view_equal(names[i], first))
      result = add(table, mutant, names[i], false, ret_error);
  return result;
}

static int compare_kills(const void *left, const void *right) {
  const Kill *a = left, *b = right;
  if (a->test != b->test)
    return a->test < b->test ? -1 : 1;
  return (a->mutant > b->mutant) - (a->mutant < b->mutant);
}

void kill_table_sort(KillTable *table) {
  Kill *kills = table->kills.data;
  size_t kept = 0;
  if (table->kills.count > 0)
    qsort(kills, table->kills.count, sizeof *kills, compare_kills);
  for (size_t i = 0; i < table->kills.count; i++)
    if (kept == 0 || compare_kills(&kills[kept - 1], &kills[i]) != 0)
      kills[kept++] = kills[i];
  vector_truncate(&table->kills, kept);
}
