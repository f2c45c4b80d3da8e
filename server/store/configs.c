#include "server/base/clock.h"
#include "server/store/database.h"

#include "protocol/testgen/vocabulary.h"

#include <string.h>

#define PROMPT_MAX 65536u  // bytes of a config's knobs as JSON

static const int default_order[] = {CATEGORY_ANTI_CHEAT, CATEGORY_EXISTENCE, CATEGORY_CORRECTNESS, CATEGORY_BOUNDARY,
                                    CATEGORY_INTEGRATION};

// Defaults of the seeds: design page "Store".
void config_defaults(ConfigReport *ret_config) {
  *ret_config = (ConfigReport){
      .version = SV("1.0.0"),
      .temperature = 0.3,
      .max_tokens = 2048,
      .min_tests_per_category = 2,
      .max_tests_per_category = 5,
      .max_rounds_per_category = 3,
      .environment_weight = 0.7,
      .anti_cheat_weight = 0.8,
      .precision_weight = 0.6,
      .category_order = {(void *)(uintptr_t)default_order, CATEGORY_COUNT},
      .primary_model = SV("local"),
      .reflection_model = SV("local"),
      .min_comprehensiveness_score = 7.0,
      .target_comprehensiveness_score = 8.5,
  };
}

int config_hash(const ConfigReport *config, char ret_text[DIGEST_TEXT_SIZE], Error *ret_error) {
  ConfigReport knobs = *config;
  knobs.id = 0;
  knobs.is_current = false;
  knobs.config_hash = knobs.created_at = SV("");
  Buffer text;
  JsonWriter writer;
  Digest digest;
  buffer_init(&text, PROMPT_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &config_report_type, &knobs);
  int result = buffer_check(&text, ret_error, "a configuration");
  if (result == 0)
    result = digest_of(buffer_view(&text), &digest, ret_error);
  if (result == 0)
    digest_to_text(&digest, ret_text);
  buffer_finish(&text);
  return result;
}

typedef struct KnobRange {
  const char *name;
  double value, minimum, maximum;
} KnobRange;

int config_check(const ConfigReport *config, Error *ret_error) {
  const KnobRange ranges[] = {
      {"temperature", config->temperature, 0, 2},
      {"max_tokens", (double)config->max_tokens, 1, 1000000},
      {"min_tests_per_category", (double)config->min_tests_per_category, 2, 100},
      {"max_tests_per_category", (double)config->max_tests_per_category, 2, 100},
      {"max_rounds_per_category", (double)config->max_rounds_per_category, 1, 100},
      {"environment_weight", config->environment_weight, 0, 1},
      {"anti_cheat_weight", config->anti_cheat_weight, 0, 1},
      {"precision_weight", config->precision_weight, 0, 1},
      {"min_comprehensiveness_score", config->min_comprehensiveness_score, 0, 10},
      {"target_comprehensiveness_score", config->target_comprehensiveness_score, 0, 10},
  };
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (!(ranges[i].value >= ranges[i].minimum && ranges[i].value <= ranges[i].maximum))
      return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%s: %g is outside %g to %g", ranges[i].name, ranges[i].value,
                       ranges[i].minimum, ranges[i].maximum);
  if (config->max_tests_per_category < config->min_tests_per_category)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "max_tests_per_category: %lld is below min_tests_per_category, %lld",
                     (long long)config->max_tests_per_category, (long long)config->min_tests_per_category);
  if (config->target_comprehensiveness_score < config->min_comprehensiveness_score)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "target_comprehensiveness_score: %g is below min_comprehensiveness_score, %g",
                     config->target_comprehensiveness_score, config->min_comprehensiveness_score);
  return 0;
}

// ---- Saving ----

// A member of the encoded config as JSON text: arrays and objects are kept so.
static void bind_order(Statement *insert, JsonArray order) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, PROMPT_MAX);
  json_writer_init(&writer, &text, 0);
  json_write_array_begin(&writer);
  for (size_t i = 0; i < order.count; i++)
    json_write_string(&writer, string_view_from(category_names[((const int *)order.items)[i]]));
  json_write_array_end(&writer);
  bind_buffer(insert, &text);
  buffer_finish(&text);
}

static void bind_json(Statement *insert, const JsonValue *value) {
  if (!value || value->kind == JSON_NULL) {
    bind_text(insert, (StringView){0});
    return;
  }
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, PROMPT_MAX);
  json_writer_init(&writer, &text, 0);
  json_write_value(&writer, value);
  bind_buffer(insert, &text);
  buffer_finish(&text);
}

#define CONFIG_COLUMNS \
  "version, temperature, max_tokens, min_tests_per_category, max_tests_per_category, max_rounds_per_category," \
  " environment_weight, anti_cheat_weight, precision_weight, category_order, category_prompts, anti_cheat_prompt," \
  " reflection_prompt, primary_model, reflection_model, min_comprehensiveness_score, target_comprehensiveness_score," \
  " config_hash, created_at"

static void bind_config(Statement *insert, const ConfigReport *config, const char *hash) {
  bind_text(insert, config->version);
  bind_double(insert, config->temperature);
  bind_integer(insert, config->max_tokens);
  bind_integer(insert, config->min_tests_per_category);
  bind_integer(insert, config->max_tests_per_category);
  bind_integer(insert, config->max_rounds_per_category);
  bind_double(insert, config->environment_weight);
  bind_double(insert, config->anti_cheat_weight);
  bind_double(insert, config->precision_weight);
  bind_order(insert, config->category_order);
  bind_json(insert, config->category_prompts);
  bind_text(insert, config->anti_cheat_prompt);
  bind_text(insert, config->reflection_prompt);
  bind_text(insert, config->primary_model);
  bind_text(insert, config->reflection_model);
  bind_double(insert, config->min_comprehensiveness_score);
  bind_double(insert, config->target_comprehensiveness_score);
  bind_text(insert, string_view_from(hash));
  bind_integer(insert, clock_unix_ms());
}

static int config_id_of_hash(Store *store, const char *hash, int64_t *ret_id, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store, "SELECT id FROM testgen_configs WHERE config_hash = ?", ret_error);
  if (result == 0) {
    bind_text(&select, string_view_from(hash));
    result = statement_step(&select, ret_error);
  }
  if (result == 1)
    *ret_id = sqlite3_column_int64(select.statement, 0);
  statement_finish(&select);
  return result < 0 ? result : 0;
}

int config_save(Store *store, const ConfigReport *config, int64_t *ret_id, Error *ret_error) {
  char hash[DIGEST_TEXT_SIZE];
  int result = config_check(config, ret_error);
  if (result == 0)
    result = config_hash(config, hash, ret_error);
  if (result < 0)
    return result;
  Statement insert;
  result = statement_prepare(&insert, store,
                             "INSERT INTO testgen_configs (" CONFIG_COLUMNS
                             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                             " ON CONFLICT (config_hash) DO NOTHING",
                             ret_error);
  if (result == 0) {
    bind_config(&insert, config, hash);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result < 0 ? result : config_id_of_hash(store, hash, ret_id, ret_error);
}

int store_save_config(Store *store, const ConfigReport *config, int64_t *ret_id, Error *ret_error) {
  store_lock(store);
  int result = config_save(store, config, ret_id, ret_error);
  store_unlock(store);
  return result;
}

// ---- Reading ----

static int read_order(StringView text, Arena *arena, JsonArray *ret_order, Error *ret_error) {
  JsonValue value;
  int result = json_parse(text, arena, &value, ret_error);
  if (result < 0 || value.kind != JSON_ARRAY)
    return result < 0 ? result : error_set(ret_error, ERROR_CORRUPT, "a stored category order is no list");
  int *items = arena_allocate_array(arena, value.array.count, sizeof *items);
  if (!items)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading a configuration");
  for (size_t i = 0; i < value.array.count; i++) {
    TestCategory category;
    if (value.array.items[i].kind != JSON_STRING || !category_from_name(value.array.items[i].string, &category))
      return error_set(ret_error, ERROR_CORRUPT, "a stored category order names an unknown category");
    items[i] = (int)category;
  }
  *ret_order = (JsonArray){items, value.array.count};
  return 0;
}

static int read_prompts(StringView text, Arena *arena, const JsonValue **ret_prompts, Error *ret_error) {
  if (string_view_is_absent(text))
    return 0;
  JsonValue *value = arena_allocate(arena, sizeof *value);
  if (!value)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading a configuration");
  int result = json_parse(text, arena, value, ret_error);
  if (result == 0)
    *ret_prompts = value;
  return result;
}

static int read_config(Statement *select, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  ConfigReport config = {
      .version = column_text(select, 0, arena),
      .temperature = sqlite3_column_double(select->statement, 1),
      .max_tokens = sqlite3_column_int64(select->statement, 2),
      .min_tests_per_category = sqlite3_column_int64(select->statement, 3),
      .max_tests_per_category = sqlite3_column_int64(select->statement, 4),
      .max_rounds_per_category = sqlite3_column_int64(select->statement, 5),
      .environment_weight = sqlite3_column_double(select->statement, 6),
      .anti_cheat_weight = sqlite3_column_double(select->statement, 7),
      .precision_weight = sqlite3_column_double(select->statement, 8),
      .anti_cheat_prompt = column_text(select, 11, arena),
      .reflection_prompt = column_text(select, 12, arena),
      .primary_model = column_text(select, 13, arena),
      .reflection_model = column_text(select, 14, arena),
      .min_comprehensiveness_score = sqlite3_column_double(select->statement, 15),
      .target_comprehensiveness_score = sqlite3_column_double(select->statement, 16),
      .config_hash = column_text(select, 17, arena),
      .created_at = column_time(select, 18, arena),
      .id = sqlite3_column_int64(select->statement, 19),
      .is_current = sqlite3_column_int(select->statement, 20) != 0,
  };
  StringView order = column_text(select, 9, arena);
  StringView prompts = column_text(select, 10, arena);
  int result = statement_check(select, 0, ret_error);
  if (result == 0)
    result = read_order(order, arena, &config.category_order, ret_error);
  if (result == 0)
    result = read_prompts(prompts, arena, &config.category_prompts, ret_error);
  if (result == 0)
    *ret_config = config;
  return result;
}

#define SELECT_CONFIGS "SELECT " CONFIG_COLUMNS ", id, is_current FROM testgen_configs "

// The one configuration that the prepared and bound statement selects. Finishes the statement.
static int read_one_config(Statement *select, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  int result = statement_step(select, ret_error);
  if (result == 1)
    result = read_config(select, arena, ret_config, ret_error);
  else if (result == 0)
    result = error_set(ret_error, ERROR_NOT_FOUND, "there is no such configuration; `testgen config list` shows all");
  statement_finish(select);
  return result;
}

int store_get_config(Store *store, int64_t id, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  Statement select;
  store_lock(store);
  int result = statement_prepare(&select, store, SELECT_CONFIGS "WHERE id = ?", ret_error);
  if (result == 0) {
    bind_integer(&select, id);
    result = read_one_config(&select, arena, ret_config, ret_error);
  }
  store_unlock(store);
  return result;
}

int store_get_config_by_hash(Store *store, StringView hash, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  Statement select;
  store_lock(store);
  int result = statement_prepare(&select, store, SELECT_CONFIGS "WHERE config_hash = ?", ret_error);
  if (result == 0) {
    bind_text(&select, hash);
    result = read_one_config(&select, arena, ret_config, ret_error);
  }
  store_unlock(store);
  return result;
}

static int get_configs_locked(Store *store, Arena *arena, ConfigsReport *ret_configs, Error *ret_error) {
  Statement select;
  Vector configs;
  vector_init(&configs, sizeof(ConfigReport), 100000);
  int result = statement_prepare(&select, store, SELECT_CONFIGS "ORDER BY id DESC", ret_error);
  while (result == 0 && (result = statement_step(&select, ret_error)) == 1) {
    ConfigReport *config = vector_push(&configs);
    result = config ? read_config(&select, arena, config, ret_error)
                    : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the configurations");
  }
  if (result == 0)
    ret_configs->configs.items = vector_to_arena(&configs, arena, &ret_configs->configs.count);
  if (result == 0 && configs.count > 0 && !ret_configs->configs.items)
    result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the configurations");
  statement_finish(&select);
  vector_finish(&configs);
  return result;
}

int store_get_configs(Store *store, Arena *arena, ConfigsReport *ret_configs, Error *ret_error) {
  store_lock(store);
  int result = get_configs_locked(store, arena, ret_configs, ret_error);
  store_unlock(store);
  return result;
}

// ---- The current one ----

int config_make_current(Store *store, int64_t id, Error *ret_error) {
  Statement update;
  int result = database_execute(store, "UPDATE testgen_configs SET is_current = 0 WHERE is_current = 1", ret_error);
  if (result == 0)
    result = statement_prepare(&update, store, "UPDATE testgen_configs SET is_current = 1 WHERE id = ?", ret_error);
  if (result == 0) {
    bind_integer(&update, id);
    result = statement_run(&update, ret_error);
    statement_finish(&update);
  }
  if (result == 0 && sqlite3_changes64(store->database) == 0)
    result = error_set(ret_error, ERROR_NOT_FOUND, "there is no configuration %lld; `testgen config list` shows all",
                       (long long)id);
  return result;
}

static int set_current_locked(Store *store, int64_t id, Error *ret_error) {
  int result = transaction_begin(store, ret_error);
  return result < 0 ? result : transaction_end(store, config_make_current(store, id, ret_error), ret_error);
}

int store_set_current_config(Store *store, int64_t id, Error *ret_error) {
  store_lock(store);
  int result = set_current_locked(store, id, ret_error);
  store_unlock(store);
  return result;
}

static int get_current_locked(Store *store, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  Statement select;
  int result = statement_prepare(&select, store, SELECT_CONFIGS "WHERE is_current = 1", ret_error);
  return result < 0 ? result : read_one_config(&select, arena, ret_config, ret_error);
}

static int make_default_current(Store *store, Error *ret_error) {
  ConfigReport defaults;
  int64_t id = 0;
  config_defaults(&defaults);
  int result = transaction_begin(store, ret_error);
  if (result < 0)
    return result;
  result = config_save(store, &defaults, &id, ret_error);
  if (result == 0)
    result = config_make_current(store, id, ret_error);
  return transaction_end(store, result, ret_error);
}

int store_get_current_config(Store *store, Arena *arena, ConfigReport *ret_config, Error *ret_error) {
  Error missing = {0};
  store_lock(store);
  int result = get_current_locked(store, arena, ret_config, &missing);
  if (result == ERROR_NOT_FOUND) {
    result = make_default_current(store, ret_error);
    if (result == 0)
      result = get_current_locked(store, arena, ret_config, ret_error);
  } else if (result < 0) {
    error_set(ret_error, (ErrorCode)missing.code, "%s", missing.message);
  }
  store_unlock(store);
  return result;
}

// ---- Best configurations ----

int store_get_best_config(Store *store, StringView task_type, Arena *arena, BestConfig *ret_best, Error *ret_error) {
  Statement select;
  store_lock(store);
  int result = statement_prepare(&select, store,
                                 "SELECT task_type, config_id, run_id, score, pass_count, total_runs, is_override"
                                 " FROM testgen_best_configs WHERE task_type = ?",
                                 ret_error);
  if (result == 0) {
    bind_text(&select, task_type);
    result = statement_step(&select, ret_error);
    if (result == 0)
      result = error_set(ret_error, ERROR_NOT_FOUND, "no run of task type %.*s is recorded", SV_ARGUMENTS(task_type));
  }
  if (result == 1) {
    *ret_best = (BestConfig){
        column_text(&select, 0, arena),
        sqlite3_column_int64(select.statement, 1),
        column_text(&select, 2, arena),
        sqlite3_column_int64(select.statement, 3),
        sqlite3_column_int64(select.statement, 4),
        sqlite3_column_int64(select.statement, 5),
        sqlite3_column_int(select.statement, 6) != 0,
    };
    result = statement_check(&select, 0, ret_error);
  }
  statement_finish(&select);
  store_unlock(store);
  return result;
}

static const char upsert_best[] =
    "INSERT INTO testgen_best_configs (task_type, config_id, run_id, score, pass_count, total_runs, is_override, "
    "updated_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7) ON CONFLICT (task_type) DO UPDATE SET"
    " total_runs = total_runs + 1, pass_count = pass_count + excluded.pass_count, updated_at = excluded.updated_at,"
    " config_id = iif(?6 OR (excluded.score > score AND NOT is_override), excluded.config_id, config_id),"
    " run_id = iif(?6 OR (excluded.score > score AND NOT is_override), excluded.run_id, run_id),"
    " score = iif(?6 OR (excluded.score > score AND NOT is_override), excluded.score, score),"
    " is_override = is_override OR ?6";

int store_update_best_config(Store *store, const BestConfig *candidate, Error *ret_error) {
  Statement upsert;
  store_lock(store);
  int result = statement_prepare(&upsert, store, upsert_best, ret_error);
  if (result == 0) {
    bind_text(&upsert, candidate->task_type);
    bind_integer(&upsert, candidate->config_id);
    bind_text(&upsert, candidate->run_id);
    bind_integer(&upsert, candidate->score);
    bind_integer(&upsert, candidate->pass_count);
    bind_integer(&upsert, candidate->is_override);
    bind_integer(&upsert, clock_unix_ms());
    result = statement_run(&upsert, ret_error);
  }
  statement_finish(&upsert);
  store_unlock(store);
  return result;
}
