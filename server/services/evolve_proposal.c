#include "server/services/evolve_proposal.h"

#include "server/generator/prompt.h"
#include "server/services/model_use.h"
#include "server/services/report.h"
#include "server/services/workspace.h"
#include "server/store/config_change.h"

#define QUESTION_MAX (1u << 20)  // bytes
#define STEPS_TOLD 20u
#define IDLE_MS 60000

static const char instructions[] =
    "You improve the configuration of a generator of tests, one small change at a time. Each change is tried on the "
    "same targets as the current configuration, in pairs, and kept only when its tests are better beyond chance: when "
    "they notice more changes of the code, are spread over the categories, test prohibited tools, and cost few tokens. "
    "What you propose must keep to these steps from the current value, or it is not tried: temperature, "
    "environment_weight, anti_cheat_weight, precision_weight by at most 0.1; min_tests_per_category, "
    "max_tests_per_category, max_rounds_per_category by at most 1. category_order, category_prompts (an object of "
    "texts "
    "by category), anti_cheat_prompt and reflection_prompt may be any. All other values stay as they are.\n"
    "\n"
    "Answer with one JSON object and nothing else:\n"
    "{\"reasoning\": \"why it will help\", \"expected_improvement\": 15, \"changes\": {\"temperature\": 0.4}}\n"
    "`expected_improvement` is in points of 1000. Change as little as the reason needs.";

// ---- The question ----

static void write_step(Buffer *text, JsonWriter *writer, const EvolutionStep *step) {
  buffer_append_text(text, "- ");
  if (step->changes)
    json_write_value(writer, step->changes);
  buffer_append_format(text, ": %s", evolution_verdict_names[step->verdict]);
  if (step->improvement.present)
    buffer_append_format(text, ", %+.1f points", step->improvement.value);
  buffer_append_byte(text, '\n');
}

static int write_question(const ConfigReport *current, JsonArray targets, JsonArray steps, Arena *arena,
                          StringView *ret_question, Error *ret_error) {
  const EvolutionStep *items = steps.items;
  const StringView *names = targets.items;
  ConfigReport shown = *current;
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, QUESTION_MAX);
  shown.created_at = SV("");  // the same question each time
  buffer_append_text(&text, "Propose one change of this configuration.\n");
  json_writer_init(&writer, &text, 0);
  json_encode(&writer, &config_report_type, &shown);
  buffer_append_text(&text, "\n\nIt is tried on:\n");
  for (size_t i = 0; i < targets.count; i++)
    buffer_append_format(&text, "- %.*s\n", SV_ARGUMENTS(names[i]));
  if (steps.count > 0)
    buffer_append_text(&text, "\nTried before, the last one first:\n");
  for (size_t i = 0; i < steps.count && i < STEPS_TOLD; i++) {
    json_writer_init(&writer, &text, 0);
    write_step(&text, &writer, &items[i]);
  }
  int result = buffer_check(&text, ret_error, "the question to a model");
  *ret_question = arena_copy(arena, buffer_view(&text));
  buffer_finish(&text);
  return result < 0 || ret_question->data ? result : report_out_of_memory(ret_error);
}

// ---- The answer ----

static int refuse(EvolveProposal *proposal, StringView problem, Error *ret_error) {
  proposal->problem = problem;
  return problem.data ? 0 : report_out_of_memory(ret_error);
}

// The object in an answer that may have prose around it.
static int read_object(StringView answer, Arena *arena, JsonValue *ret_value, Error *ret_error) {
  size_t start = string_view_find_byte(answer, '{'), end = answer.length;
  while (end > start && answer.data[end - 1] != '}')
    end--;
  return json_parse(string_view_slice(answer, start, end), arena, ret_value, ret_error);
}

static StringView text_of(const JsonValue *value, const char *name) {
  const JsonValue *member = json_member(value, name);
  return member && member->kind == JSON_STRING ? member->string : SV("");
}

static OptionalNumber number_of(const JsonValue *value, const char *name) {
  const JsonValue *member = json_member(value, name);
  if (member && member->kind == JSON_INTEGER)
    return (OptionalNumber){true, (double)member->integer};
  return member && member->kind == JSON_DOUBLE ? (OptionalNumber){true, member->number} : (OptionalNumber){0};
}

static int check_names(const JsonValue *changes, Error *ret_problem) {
  for (size_t i = 0; i < changes->object.count; i++)
    if (!config_may_change(changes->object.members[i].name))
      return error_set(ret_problem, ERROR_INVALID_ARGUMENT, "%.*s is not for a model to change",
                       SV_ARGUMENTS(changes->object.members[i].name));
  return changes->object.count > 0 ? 0 : error_set(ret_problem, ERROR_INVALID_ARGUMENT, "it changes nothing");
}

static int take_answer(const ConfigReport *current, StringView answer, Arena *arena, EvolveProposal *proposal,
                       Error *ret_error) {
  JsonValue value;
  Error problem = {0};
  int result = read_object(answer, arena, &value, &problem);
  const JsonValue *changes = result == 0 ? json_member(&value, "changes") : NULL;
  if (result == 0 && (!changes || changes->kind != JSON_OBJECT))
    result = error_set(&problem, ERROR_PARSE, "its answer has no changes");
  if (result == 0)
    result = check_names(changes, &problem);
  if (result == 0)
    result = config_merge(current, changes, arena, &proposal->config, &problem);
  if (result == 0)
    result = config_change_check(current, &proposal->config, &problem);
  if (result == ERROR_NO_MEMORY)
    return report_out_of_memory(ret_error);
  if (result < 0)
    return refuse(proposal, arena_format(arena, "%s", problem.message), ret_error);
  proposal->config.id = 0;
  proposal->config.is_current = false;
  proposal->config.version = config_next_version(current->version, arena);
  proposal->reasoning = text_of(&value, "reasoning");
  proposal->expected = number_of(&value, "expected_improvement");
  proposal->is_usable = true;
  return proposal->config.version.data ? 0 : report_out_of_memory(ret_error);
}

// ---- Asking ----

static int64_t estimated_tokens(StringView question) {
  return (int64_t)(sizeof instructions + question.length) / PROMPT_BYTES_PER_TOKEN;
}

static int ask(ServiceContext *context, const ModelUse *use, const ConfigReport *current, StringView question,
               Arena *arena, ModelAnswer *ret_answer, Error *ret_error) {
  ModelRequest request = {
      .api = use->api,
      .url = use->url,
      .model = use->name,
      .key = use->key,
      .key_source = use->key_source,
      .certificates = use->certificates,
      .instructions = string_view_from(instructions),
      .question = question,
      .temperature = current->temperature,
      .output_tokens = use->output_tokens,
      .total_ms = use->timeout_ms,
      .idle_ms = IDLE_MS,
      .cache = use->cache,
      .cancel = context->cancel,
  };
  return model_complete(&request, arena, ret_answer, ret_error);
}

static void count(EvolveProposal *proposal, StringView question, const ModelAnswer *answer) {
  if (answer->is_kept)
    return;
  proposal->tokens = answer->has_usage
                         ? answer->input_tokens + answer->output_tokens
                         : estimated_tokens(question) + (int64_t)answer->text.length / PROMPT_BYTES_PER_TOKEN;
}

int evolve_propose(ServiceContext *context, const ConfigReport *current, JsonArray targets, JsonArray steps,
                   Arena *arena, EvolveProposal *ret_proposal, Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(context->workspace);
  ModelUse use = {0};
  ModelAnswer answer = {0};
  StringView question = {0};
  Error problem = {0};
  *ret_proposal = (EvolveProposal){0};
  int result = service_model_use(context, &settings->settings, current, false, false, arena, &use, &problem);
  if (result == 0)
    result = write_question(current, targets, steps, arena, &question, &problem);
  if (result == 0 && estimated_tokens(question) + use.output_tokens > use.token_budget)
    result = error_set(&problem, ERROR_LIMIT, "the budget does not allow the question (setting modelTokens)");
  if (result == 0)
    result = ask(context, &use, current, question, arena, &answer, &problem);
  settings_release(settings);
  if (result == ERROR_CANCELLED || result == ERROR_NO_MEMORY)
    return error_set(ret_error, (ErrorCode)result, "%s", problem.message);
  if (result < 0)
    return refuse(ret_proposal, arena_format(arena, "%s", problem.message), ret_error);
  count(ret_proposal, question, &answer);
  return take_answer(current, answer.text, arena, ret_proposal, ret_error);
}
