#include "server/store/config_change.h"

#include <math.h>
#include <stddef.h>

#define CHANGES_MAX (1u << 20)  // bytes

typedef struct KnobRow {
  const char *name;
  size_t offset;  // in ConfigReport
  bool is_integer;
  bool is_models;  // a provider without a model does not heed it
  double step;
} KnobRow;

#define INTEGER_KNOB(member, is_models) \
  { #member, offsetof(ConfigReport, member), true, is_models, 1 }
#define WEIGHT_KNOB(member) \
  { #member, offsetof(ConfigReport, member), false, true, 0.1 }

static const KnobRow knobs[] = {
    INTEGER_KNOB(max_tests_per_category, false),
    INTEGER_KNOB(max_rounds_per_category, false),
    INTEGER_KNOB(min_tests_per_category, true),
    WEIGHT_KNOB(temperature),
    WEIGHT_KNOB(environment_weight),
    WEIGHT_KNOB(anti_cheat_weight),
    WEIGHT_KNOB(precision_weight),
};
#define KNOB_COUNT (sizeof knobs / sizeof *knobs)
_Static_assert(CONFIG_MOVES == 2 * KNOB_COUNT, "each knob goes up and down");

static double value_of(const ConfigReport *config, const KnobRow *knob) {
  const char *place = (const char *)config + knob->offset;
  return knob->is_integer ? (double)*(const int64_t *)(const void *)place : *(const double *)(const void *)place;
}

int config_change_check(const ConfigReport *from, const ConfigReport *to, Error *ret_error) {
  for (size_t i = 0; i < KNOB_COUNT; i++) {
    double before = value_of(from, &knobs[i]), after = value_of(to, &knobs[i]);
    if (!(fabs(after - before) <= knobs[i].step + CONFIG_EPSILON))
      return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%s: from %g to %g is more than one step of %g",
                       knobs[i].name, before, after, knobs[i].step);
  }
  return config_check(to, ret_error);
}

// The current configuration as JSON with the given knobs put over it, decoded again: so every knob is checked by its
// table.
int config_merge(const ConfigReport *current, const JsonValue *values, Arena *arena, ConfigReport *ret_config,
                 Error *ret_error) {
  Buffer text;
  JsonWriter writer;
  JsonValue merged;
  buffer_init(&text, CHANGES_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &config_report_type, current);
  int result = buffer_check(&text, ret_error, "a configuration");
  if (result == 0)
    result = json_parse(buffer_view(&text), arena, &merged, ret_error);
  buffer_finish(&text);
  for (size_t i = 0; i < values->object.count && result == 0; i++) {
    const JsonMember *knob = &values->object.members[i];
    size_t index = 0;
    while (index < merged.object.count && !string_view_equal(merged.object.members[index].name, knob->name))
      index++;
    if (index == merged.object.count)
      result = error_set(ret_error, ERROR_INVALID_ARGUMENT,
                         "there is no knob \"%.*s\"; `testgen config show` lists them", SV_ARGUMENTS(knob->name));
    else
      merged.object.members[index].value = knob->value;
  }
  return result < 0 ? result : json_decode(&config_report_type, &merged, arena, ret_config, ret_error);
}

// Those of the steps, and the words and the order of what a model is told. Who is asked, and for how much, is not for a
// model to decide.
bool config_may_change(StringView name) {
  static const char *const words[] = {"category_order", "category_prompts", "anti_cheat_prompt", "reflection_prompt"};
  for (size_t i = 0; i < KNOB_COUNT; i++)
    if (string_view_equal_text(name, knobs[i].name))
      return true;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (string_view_equal_text(name, words[i]))
      return true;
  return false;
}

StringView config_next_version(StringView version, Arena *arena) {
  size_t dot = version.length;
  while (dot > 0 && version.data[dot - 1] != '.')
    dot--;
  int64_t last;
  StringView tail = string_view_slice(version, dot, version.length);
  if (dot == 0 || !string_view_to_int64(tail, &last) || last < 0 || last == INT64_MAX)
    return arena_format(arena, "%.*s.1", SV_ARGUMENTS(version));
  return arena_format(arena, "%.*s%lld", (int)dot, version.data, (long long)last + 1);
}

bool config_move(const ConfigReport *from, size_t move, bool has_model, Arena *arena, ConfigReport *ret_to) {
  const KnobRow *knob = &knobs[move / 2];
  double sign = move % 2 == 0 ? 1 : -1;
  if (knob->is_models && !has_model)
    return false;
  ConfigReport to = *from;
  char *place = (char *)&to + knob->offset;
  if (knob->is_integer)
    *(int64_t *)(void *)place += (int64_t)(sign * knob->step);
  else
    *(double *)(void *)place = round((value_of(from, knob) + sign * knob->step) * 1e6) / 1e6;
  if (config_change_check(from, &to, NULL) < 0)
    return false;
  to.version = config_next_version(from->version, arena);
  to.id = 0;
  to.is_current = false;
  *ret_to = to;
  return true;
}

// ---- The difference ----

static const JsonValue *encoded(const ConfigReport *config, Arena *arena, Error *ret_error) {
  Buffer text;
  JsonWriter writer;
  JsonValue *value = arena_allocate(arena, sizeof *value);
  buffer_init(&text, CHANGES_MAX);
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &config_report_type, config);
  StringView copy = text.failure ? (StringView){0} : arena_copy(arena, buffer_view(&text));
  bool is_done = value && copy.data && json_parse(copy, arena, value, ret_error) == 0;
  buffer_finish(&text);
  return is_done ? value : NULL;
}

static bool is_no_knob(StringView name) {
  static const char *const names[] = {"id", "version", "config_hash", "is_current", "created_at"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (string_view_equal_text(name, names[i]))
      return true;
  return false;
}

static StringView text_of(const JsonValue *value, Arena *arena) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, CHANGES_MAX);
  json_writer_init(&writer, &text, 0);
  json_write_value(&writer, value);
  StringView copy = text.failure ? (StringView){0} : arena_copy(arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

// Both come from the same table, so their members stand in the same order.
static bool write_changes(JsonWriter *writer, const JsonValue *from, const JsonValue *to, Arena *arena) {
  json_write_object_begin(writer);
  for (size_t i = 0; i < from->object.count && i < to->object.count; i++) {
    const JsonMember *before = &from->object.members[i], *after = &to->object.members[i];
    StringView old = text_of(&before->value, arena), new = text_of(&after->value, arena);
    if (!old.data || !new.data)
      return false;
    if (is_no_knob(before->name) || string_view_equal(old, new))
      continue;
    json_write_name_view(writer, before->name);
    json_write_array_begin(writer);
    json_write_value(writer, &before->value);
    json_write_value(writer, &after->value);
    json_write_array_end(writer);
  }
  json_write_object_end(writer);
  return true;
}

int config_changes(const ConfigReport *from, const ConfigReport *to, Arena *arena, const JsonValue **ret_changes,
                   Error *ret_error) {
  const JsonValue *before = encoded(from, arena, ret_error), *after = encoded(to, arena, ret_error);
  JsonValue *changes = arena_allocate(arena, sizeof *changes);
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, CHANGES_MAX);
  json_writer_init(&writer, &text, 0);
  bool is_done = before && after && changes && write_changes(&writer, before, after, arena);
  int result = is_done ? buffer_check(&text, ret_error, "the changes of a configuration")
                       : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while configurations are compared");
  StringView copy = result == 0 ? arena_copy(arena, buffer_view(&text)) : (StringView){0};
  if (result == 0)
    result = copy.data ? json_parse(copy, arena, changes, ret_error)
                       : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while configurations are compared");
  buffer_finish(&text);
  if (result == 0)
    *ret_changes = changes;
  return result;
}

bool config_changes_equal(const JsonValue *left, const JsonValue *right, Arena *arena) {
  StringView before = text_of(left, arena), after = text_of(right, arena);
  return before.data && after.data && string_view_equal(before, after);
}
