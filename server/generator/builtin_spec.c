// Candidates from a spec: its examples as they stand, and the clauses that say something exact. What cannot be turned
// into a check is said to be unanswered; what the code does otherwise is a disagreement, never a test.
#include "server/generator/builtin_clauses.h"
#include "server/generator/merge.h"
#include "server/generator/python_text.h"
#include "server/generator/render.h"

#include "protocol/json/field.h"
#include "server/base/files.h"

#include <string.h>

typedef struct ObservedCall {
  JsonArray setup;
  StringView call;
  StringView expected;  // absent for exceptions
} ObservedCall;

typedef struct ObserveRequest {
  StringView root;
  StringView scratch;
  StringView path;
  StringView module;
  JsonArray calls;
  StringView original_root;
  JsonArray folders;
} ObserveRequest;

static const JsonField call_fields[] = {
    JSON_FIELD(ObservedCall, setup, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ObservedCall, call, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObservedCall, expected, STRING, 0, NULL),
};
static const JsonType call_type = JSON_TYPE(ObservedCall, call_fields, NULL);
static const JsonField request_fields[] = {
    JSON_FIELD(ObserveRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObserveRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObserveRequest, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObserveRequest, module, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(ObserveRequest, calls, ARRAY, JSON_REQUIRED, call_type, NULL),
    JSON_FIELD(ObserveRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObserveRequest, folders, STRING_ARRAY, 0, NULL),
};
static const JsonType request_type = JSON_TYPE(ObserveRequest, request_fields, NULL);

typedef struct ObservedOutcome {
  StringView kind;
  StringView text;
  StringView type_name;
  StringView module;
  bool matches;
  bool is_custom;
} ObservedOutcome;

typedef struct ObserveAnswer {
  JsonArray outcomes;
} ObserveAnswer;

static const JsonField outcome_fields[] = {
    JSON_FIELD(ObservedOutcome, kind, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObservedOutcome, text, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ObservedOutcome, type_name, STRING, 0, NULL),
    JSON_FIELD(ObservedOutcome, module, STRING, 0, NULL),
    JSON_FIELD(ObservedOutcome, matches, BOOL, JSON_REQUIRED, NULL),
    JSON_FIELD(ObservedOutcome, is_custom, BOOL, JSON_REQUIRED, NULL),
};
static const JsonType outcome_type = JSON_TYPE(ObservedOutcome, outcome_fields, NULL);
static const JsonField answer_fields[] = {
    JSON_FIELD_OF(ObserveAnswer, outcomes, ARRAY, JSON_REQUIRED, outcome_type, NULL),
};
static const JsonType answer_type = JSON_TYPE(ObserveAnswer, answer_fields, NULL);

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a spec is read");
}

// ---- Statements from the spec ----

static int collect(ClauseContext *context, const Spec *spec, Vector *statements, Proposals *proposals,
                   Error *ret_error) {
  int result = 0;
  for (size_t index = 0; index < spec->example_count && result == 0; index++) {
    SpecStatement *statement = vector_push(statements);
    if (!statement || !clause_from_example(context, &spec->examples[index], statement))
      return no_memory(ret_error);
  }
  for (size_t index = 0; index < spec->clause_count && result == 0; index++) {
    SpecStatement statement = {0};
    StringView reason = {0};
    if (clause_understand(context, &spec->clauses[index], &statement, &reason)) {
      if (!vector_push_copy(statements, &statement))
        return no_memory(ret_error);
      if (clause_leaves_error_open(spec, &spec->clauses[index]))
        result = proposals_say_unanswered(proposals, spec->clauses[index].text,
                                          SV("it asks for an error but names no exception class"), ret_error);
    } else {
      result = proposals_say_unanswered(proposals, spec->clauses[index].text, reason, ret_error);
    }
  }
  return result;
}

// ---- Against the code ----

static const CandidateCheck *check_of(const SpecStatement *statement) {
  return statement->candidate.checks.items;
}

static int observe(const ProposeRequest *propose, const Vector *statements, Arena *arena, ObserveAnswer *ret_answer,
                   Error *ret_error) {
  static StringView folders[] = {{".", 1}, {"src", 3}};
  ObservedCall *calls = arena_allocate_array(arena, statements->count, sizeof *calls);
  ObserveRequest request = {
      .root = propose->bench->root,
      .scratch = propose->bench->scratch,
      .path = path_join(arena, propose->bench->root, propose->subject_path),
      .module = propose->module,
      .calls = {calls, statements->count},
      .original_root = propose->request->runner.root,
      .folders = {folders, 2},
  };
  if (!calls || !request.path.data)
    return no_memory(ret_error);
  for (size_t index = 0; index < statements->count; index++) {
    const SpecStatement *statement = vector_at(statements, index);
    const CandidateCheck *check = check_of(statement);
    calls[index] = (ObservedCall){
        .setup = statement->candidate.setup,
        .call = statement->candidate.call,
        .expected = check->kind == CHECK_RAISES ? (StringView){0} : check->expected,
    };
  }
  return bench_call(propose->bench, "observe", &request_type, &request, &answer_type, arena, ret_answer, ret_error);
}

static StringView specified(const SpecStatement *statement, Arena *arena) {
  const CandidateCheck *check = check_of(statement);
  StringView call = statement->candidate.call;
  if (check->kind == CHECK_RAISES)
    return arena_format(arena, "%.*s raises %.*s", SV_ARGUMENTS(call), SV_ARGUMENTS(check->exception));
  return arena_format(arena, "%.*s gives %.*s", SV_ARGUMENTS(call), SV_ARGUMENTS(check->expected));
}

// What stands between the quotes of a string literal; absent for any other expression.
static StringView string_content(StringView literal) {
  bool is_string = literal.length >= 2 && (literal.data[0] == '"' || literal.data[0] == '\'') &&
                   python_string_end(literal, 0) == literal.length;
  return is_string ? string_view_slice(literal, 1, literal.length - 1) : (StringView){0};
}

static bool is_written_alike(StringView text, StringView value) {
  double left, right;
  bool are_numbers = string_view_to_double(text, &left) && string_view_to_double(value, &right);
  return string_view_equal(text, value) || (are_numbers && left == right);
}

// In JSON "750" and 750 are easily mistaken for one another: then that is the whole difference, and worth its words.
static StringView observed(const CandidateCheck *check, const ObservedOutcome *outcome, Arena *arena) {
  StringView prefix = SV("gives "), value = string_view_slice(outcome->text, prefix.length, outcome->text.length);
  if (check->kind == CHECK_RAISES || !string_view_equal(outcome->kind, SV("value")) ||
      !string_view_starts_with(outcome->text, prefix))
    return outcome->text;
  StringView said = string_content(check->expected), gave = string_content(value);
  double number;
  if (said.data && !gave.data && is_written_alike(said, value))
    return arena_format(arena, "%.*s: the spec says text \"%.*s\", the function gave the %s %.*s",
                        SV_ARGUMENTS(outcome->text), SV_ARGUMENTS(said),
                        string_view_to_double(value, &number) ? "number" : "value", SV_ARGUMENTS(value));
  if (gave.data && !said.data && is_written_alike(gave, check->expected))
    return arena_format(arena, "%.*s: the spec says the %s %.*s, the function gave text \"%.*s\"",
                        SV_ARGUMENTS(outcome->text),
                        string_view_to_double(check->expected, &number) ? "number" : "value",
                        SV_ARGUMENTS(check->expected), SV_ARGUMENTS(gave));
  return outcome->text;
}

static const TestStyle disagreement_style = {.form = FORM_FUNCTION, .quote = '"', .indent = {"    ", 4}, .width = 88};

// The same test, asked for twice, disagrees once.
static bool is_said_before(const Vector *statements, const SpecStatement *statement, Arena *arena,
                           Proposals *proposals) {
  const SpecStatement *items = statements->data;
  for (const SpecStatement *other = items; other < statement; other++) {
    if (other->disagreement == 0 || !string_view_equal(other->key, statement->key))
      continue;
    Disagreement *item = vector_at(&proposals->disagreements, other->disagreement - 1);
    item->requirement = merge_labels(item->requirement, statement->candidate.requirement, arena);
    return true;
  }
  return false;
}

static int disagree(const Vector *statements, SpecStatement *statement, const ObservedOutcome *outcome, Arena *arena,
                    Proposals *proposals, Error *ret_error) {
  statement->key = render_body_key(&statement->candidate, &disagreement_style, arena);
  if (is_said_before(statements, statement, arena, proposals))
    return 0;
  StringView name = arena_format(arena, "test_%.*s", SV_ARGUMENTS(statement->candidate.name));
  Disagreement item = {
      .requirement = statement->candidate.requirement,
      .specification = specified(statement, arena),
      .observed = observed(check_of(statement), outcome, arena),
      .origin = SV("spec"),
  };
  if (!name.data || !item.specification.data || !item.observed.data || !statement->key.data)
    return no_memory(ret_error);
  int result = render_test(&statement->candidate, name, &disagreement_style, arena, &item.code, ret_error);
  if (result == 0 && !vector_push_copy(&proposals->disagreements, &item))
    return no_memory(ret_error);
  statement->disagreement = proposals->disagreements.count;
  return result;
}

// "IndexError or custom exception": an exception class of the workspace's own will do as well. The test then asks for
// the class that the code has, so that it stays exact.
static bool take_custom(SpecStatement *statement, const ObservedOutcome *outcome, StringView module, Arena *arena) {
  if (!statement->allows_custom || !outcome->is_custom)
    return false;
  CandidateCheck *check = statement->candidate.checks.items;
  check->exception = outcome->type_name;
  return clause_add_import(&statement->candidate, outcome->module.data ? outcome->module : module, outcome->type_name,
                           arena);
}

static bool agrees(SpecStatement *statement, const ObservedOutcome *outcome, StringView module, Arena *arena) {
  const CandidateCheck *check = check_of(statement);
  if (check->kind != CHECK_RAISES)
    return outcome->matches;
  if (!string_view_equal(outcome->kind, SV("raise")))
    return false;
  return string_view_equal(outcome->type_name, check->exception) || take_custom(statement, outcome, module, arena);
}

static int judge(const ProposeRequest *propose, const Vector *statements, SpecStatement *statement,
                 const ObservedOutcome *outcome, Arena *arena, Proposals *proposals, Error *ret_error) {
  bool is_decided = string_view_equal(outcome->kind, SV("value")) || string_view_equal(outcome->kind, SV("raise")) ||
                    string_view_equal(outcome->kind, SV("opaque"));
  if (agrees(statement, outcome, propose->module, arena))
    return vector_push_copy(&proposals->candidates, &statement->candidate) ? 0 : no_memory(ret_error);
  if (is_decided || string_view_equal(outcome->kind, SV("setup")))
    return disagree(statements, statement, outcome, arena, proposals, ret_error);
  return proposals_say_unanswered(
      proposals, statement->candidate.requirement,
      arena_format(arena, "%.*s: %.*s", SV_ARGUMENTS(statement->candidate.call), SV_ARGUMENTS(outcome->text)),
      ret_error);
}

static int judge_all(const ProposeRequest *propose, Vector *statements, Arena *arena, Proposals *proposals,
                     Error *ret_error) {
  ObserveAnswer answer;
  int result = observe(propose, statements, arena, &answer, ret_error);
  const ObservedOutcome *outcomes = answer.outcomes.items;
  for (size_t index = 0; result == 0 && index < statements->count && index < answer.outcomes.count; index++)
    result = judge(propose, statements, vector_at(statements, index), &outcomes[index], arena, proposals, ret_error);
  return result;
}

// Without code there is nothing to agree with.
static int propose_all(const Vector *statements, Proposals *proposals, Error *ret_error) {
  const SpecStatement *items = statements->data;
  for (size_t index = 0; index < statements->count; index++)
    if (!vector_push_copy(&proposals->candidates, &items[index].candidate))
      return no_memory(ret_error);
  return 0;
}

int builtin_propose_spec(const ProposeRequest *propose, Arena *arena, Proposals *proposals, Error *ret_error) {
  const Spec *spec = propose->request->spec;
  ClauseContext context = {
      .spec = spec,
      .analysis = propose->subject,
      .module = propose->module,
      .symbol = propose->symbol,
      .arena = arena,
  };
  if (!clause_context_fill(&context))
    return no_memory(ret_error);
  Vector statements;
  vector_init(&statements, sizeof(SpecStatement), 20000);
  int result = collect(&context, spec, &statements, proposals, ret_error);
  if (result == 0 && !propose->has_code)
    result = propose_all(&statements, proposals, ret_error);
  else if (result == 0 && statements.count > 0)
    result = judge_all(propose, &statements, arena, proposals, ret_error);
  vector_finish(&statements);
  return result;
}
