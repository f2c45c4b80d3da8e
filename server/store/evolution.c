// How configurations became one another.
#include "server/base/clock.h"
#include "server/store/database.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

#include <stdio.h>

#define STEPS_MAX 100000u
#define TRIALS_TEXT_MAX (1u << 20)  // bytes

typedef struct TrialsColumn {
  JsonArray trials;  // EvolutionTrial
} TrialsColumn;

static const JsonField trials_fields[] = {
    JSON_FIELD_OF(TrialsColumn, trials, ARRAY, JSON_REQUIRED, evolution_trial_type, NULL),
};
static const JsonType trials_type = JSON_TYPE(TrialsColumn, trials_fields, NULL);

// ---- Saving ----

static void bind_changes(Statement *insert, const JsonValue *changes) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, TRIALS_TEXT_MAX);
  json_writer_init(&writer, &text, 0);
  if (changes)
    json_write_value(&writer, changes);
  else
    json_write_raw(&writer, SV("{}"));
  bind_buffer(insert, &text);
  buffer_finish(&text);
}

static void bind_trials(Statement *insert, JsonArray trials) {
  TrialsColumn column = {trials};
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, TRIALS_TEXT_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &trials_type, &column);
  bind_buffer(insert, &text);
  buffer_finish(&text);
}

// The seeds' column is text.
static void bind_expected(Statement *insert, OptionalNumber expected) {
  char text[32];
  snprintf(text, sizeof text, "%.17g", expected.value);
  bind_text(insert, expected.present ? string_view_from(text) : (StringView){0});
}

static int insert_step(Store *store, EvolutionStep *step, int64_t now_ms, Error *ret_error) {
  Statement insert;
  int result =
      statement_prepare(&insert, store,
                        "INSERT INTO testgen_evolution (from_config_id, to_config_id, changes, reasoning,"
                        " expected_improvement, actual_improvement, quality_delta, verdict, noise, trials, run_id,"
                        " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
                        ret_error);
  if (result < 0)
    return result;
  bind_integer(&insert, step->from_id);
  bind_integer(&insert, step->to_id);
  bind_changes(&insert, step->changes);
  bind_text(&insert, step->reasoning);
  bind_expected(&insert, step->expected);
  bind_optional_double(&insert, step->improvement);
  bind_text(&insert, string_view_from(evolution_verdict_names[step->verdict]));
  bind_optional_double(&insert, step->noise);
  bind_trials(&insert, step->trials);
  bind_text(&insert, step->run_id);
  bind_integer(&insert, now_ms);
  result = statement_run(&insert, ret_error);
  step->id = sqlite3_last_insert_rowid(store->database);
  statement_finish(&insert);
  return result;
}

static int save_step(Store *store, const ConfigReport *to, EvolutionStep *step, Error *ret_error) {
  int result = to ? config_save(store, to, &step->to_id, ret_error) : 0;
  if (result == 0 && step->verdict != EVOLUTION_REJECTED)
    result = config_make_current(store, step->to_id, ret_error);
  return result == 0 ? insert_step(store, step, clock_unix_ms(), ret_error) : result;
}

// ---- Reading ----

#define SELECT_STEPS \
  "SELECT id, from_config_id, to_config_id, changes, reasoning, expected_improvement, actual_improvement, noise," \
  " verdict, trials, run_id, created_at FROM testgen_evolution "

static int read_verdict(StringView name, int *ret_verdict, Error *ret_error) {
  for (int verdict = 0; verdict < EVOLUTION_VERDICT_COUNT; verdict++) {
    if (string_view_equal_text(name, evolution_verdict_names[verdict])) {
      *ret_verdict = verdict;
      return 0;
    }
  }
  return error_set(ret_error, ERROR_CORRUPT, "a stored step of evolution has an unknown verdict");
}

static int read_json(StringView text, Arena *arena, JsonValue **ret_value, Error *ret_error) {
  *ret_value = arena_allocate(arena, sizeof **ret_value);
  return *ret_value ? json_parse(text, arena, *ret_value, ret_error)
                    : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the evolution");
}

static int read_step(Statement *select, Arena *arena, EvolutionStep *ret_step, Error *ret_error) {
  EvolutionStep step = {
      .id = sqlite3_column_int64(select->statement, 0),
      .from_id = sqlite3_column_int64(select->statement, 1),
      .to_id = sqlite3_column_int64(select->statement, 2),
      .reasoning = column_text(select, 4, arena),
      .improvement = column_optional_double(select, 6),
      .noise = column_optional_double(select, 7),
      .run_id = column_text(select, 10, arena),
      .created_at = column_time(select, 11, arena),
  };
  StringView changes = column_text(select, 3, arena), expected = column_text(select, 5, arena);
  StringView verdict = column_text(select, 8, arena), trials = column_text(select, 9, arena);
  JsonValue *changes_value = NULL, *trials_value = NULL;
  TrialsColumn column = {0};
  step.expected.present = string_view_to_double(expected, &step.expected.value);
  int result = statement_check(select, 0, ret_error);
  if (result == 0)
    result = read_verdict(verdict, &step.verdict, ret_error);
  if (result == 0)
    result = read_json(changes, arena, &changes_value, ret_error);
  if (result == 0 && !string_view_is_absent(trials))
    result = read_json(trials, arena, &trials_value, ret_error);
  if (result == 0 && trials_value)
    result = json_decode(&trials_type, trials_value, arena, &column, ret_error);
  if (result < 0)
    return result;
  step.changes = changes_value;
  step.trials = column.trials;
  *ret_step = step;
  return 0;
}

static int read_one(Store *store, int64_t id, Arena *arena, EvolutionStep *ret_step, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store, SELECT_STEPS "WHERE id = ?", ret_error);
  if (result < 0)
    return result;
  bind_integer(&select, id);
  result = statement_step(&select, ret_error);
  if (result == 1)
    result = read_step(&select, arena, ret_step, ret_error);
  statement_finish(&select);
  return result;
}

int store_save_evolution(Store *store, const ConfigReport *to, EvolutionStep *step, Arena *arena, Error *ret_error) {
  store_lock(store);
  int result = transaction_begin(store, ret_error);
  if (result == 0)
    result = transaction_end(store, save_step(store, to, step, ret_error), ret_error);
  if (result == 0)
    result = read_one(store, step->id, arena, step, ret_error);
  store_unlock(store);
  return result;
}

static int get_evolution(Store *store, int64_t limit, Arena *arena, Vector *steps, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store, SELECT_STEPS "ORDER BY id DESC LIMIT ?", ret_error);
  if (result < 0)
    return result;
  bind_integer(&select, limit);
  while (result == 0 && (result = statement_step(&select, ret_error)) == 1) {
    EvolutionStep *step = vector_push(steps);
    result = step ? read_step(&select, arena, step, ret_error)
                  : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the evolution");
  }
  statement_finish(&select);
  return result;
}

int store_get_evolution(Store *store, int64_t limit, Arena *arena, JsonArray *ret_steps, Error *ret_error) {
  Vector steps;
  vector_init(&steps, sizeof(EvolutionStep), STEPS_MAX);
  store_lock(store);
  int result = get_evolution(store, limit, arena, &steps, ret_error);
  store_unlock(store);
  if (result == 0)
    ret_steps->items = vector_to_arena(&steps, arena, &ret_steps->count);
  if (result == 0 && steps.count > 0 && !ret_steps->items)
    result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the evolution");
  vector_finish(&steps);
  return result;
}

// ---- Back ----

// The step that made the current configuration, unless that was undone since.
static int find_adoption(Store *store, EvolutionStep *ret_back, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store,
                                 "SELECT from_config_id, to_config_id FROM testgen_evolution"
                                 " WHERE verdict = 'adopted'"
                                 " AND to_config_id = (SELECT id FROM testgen_configs WHERE is_current = 1)"
                                 " ORDER BY id DESC LIMIT 1",
                                 ret_error);
  if (result < 0)
    return result;
  result = statement_step(&select, ret_error);
  if (result == 1)
    *ret_back = (EvolutionStep){
        .from_id = sqlite3_column_int64(select.statement, 1),
        .to_id = sqlite3_column_int64(select.statement, 0),
        .reasoning = SV("rolled back"),
        .verdict = EVOLUTION_ROLLED_BACK,
    };
  else if (result == 0)
    result =
        error_set(ret_error, ERROR_NOT_FOUND,
                  "the current configuration was not adopted by evolve, so there is nothing to roll back; `testgen "
                  "config history` shows the steps, and `testgen config set-current ID` makes any one current");
  statement_finish(&select);
  return result < 0 ? result : 0;
}

int store_roll_back_config(Store *store, Arena *arena, EvolutionStep *ret_step, Error *ret_error) {
  EvolutionStep back = {0};
  store_lock(store);
  int result = transaction_begin(store, ret_error);
  if (result == 0) {
    result = find_adoption(store, &back, ret_error);
    if (result == 0)
      result = save_step(store, NULL, &back, ret_error);
    result = transaction_end(store, result, ret_error);
  }
  if (result == 0)
    result = read_one(store, back.id, arena, ret_step, ret_error);
  store_unlock(store);
  return result;
}
