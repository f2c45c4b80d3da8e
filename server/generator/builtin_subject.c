// Candidates from a subject: what the harness sees when it explores it.
#include "server/generator/provider.h"

#include "protocol/json/field.h"
#include "server/base/files.h"
#include "server/mutation/mutants.h"
#include "server/runner/mutate_request.h"

#define EXPLORE_SHARE 2  // exploration may take this part of what is left of the time
#define MUTANTS_MAX 2000u
#define FIRST_CASES 3u  // are proposed as soon as they are found, where many are wanted
#define MANY_CASES 10u

typedef struct ExploreRequest {
  StringView root;
  StringView scratch;
  StringView path;
  StringView module;
  StringView symbol;
  StringView original_root;
  JsonArray folders;
  JsonArray test_files;
  JsonArray code_files;
  JsonArray lines;
  JsonArray mutants;  // MutantRequest
  JsonArray explored;
  JsonArray noticed;
  JsonArray waiting;
  bool is_first;
  uint32_t most;
  int64_t seed;
  int64_t budget_ms;
} ExploreRequest;

static const JsonField request_fields[] = {
    JSON_FIELD(ExploreRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, module, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, symbol, STRING, 0, NULL),
    JSON_FIELD(ExploreRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, folders, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, test_files, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, code_files, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, lines, STRING_ARRAY, 0, NULL),
    JSON_FIELD_OF(ExploreRequest, mutants, ARRAY, 0, mutant_request_type, NULL),
    JSON_FIELD(ExploreRequest, explored, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, noticed, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, waiting, STRING_ARRAY, 0, NULL),
    JSON_FIELD(ExploreRequest, is_first, BOOL, 0, NULL),
    JSON_FIELD(ExploreRequest, most, UINTEGER, 0, NULL),
    JSON_FIELD(ExploreRequest, seed, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreRequest, budget_ms, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType request_type = JSON_TYPE(ExploreRequest, request_fields, NULL);

static const JsonField unanswered_fields[] = {
    JSON_FIELD(Unanswered, requirement, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Unanswered, reason, STRING, JSON_REQUIRED, NULL),
};
static const JsonType unanswered_type = JSON_TYPE(Unanswered, unanswered_fields, NULL);
static const JsonField disagreement_fields[] = {
    JSON_FIELD(Disagreement, requirement, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Disagreement, specification, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Disagreement, observed, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Disagreement, code, STRING, JSON_REQUIRED, NULL),
};
static const JsonType disagreement_type = JSON_TYPE(Disagreement, disagreement_fields, NULL);

typedef struct ExploreAnswer {
  JsonArray cases;  // Candidate
  JsonArray unanswered;
  JsonArray disagreements;
  JsonArray notes;
  JsonArray explored;
  JsonArray noticed;
  JsonArray waiting;
  bool goes_on;
} ExploreAnswer;

static const JsonField answer_fields[] = {
    JSON_FIELD_OF(ExploreAnswer, cases, ARRAY, JSON_REQUIRED, candidate_type, NULL),
    JSON_FIELD_OF(ExploreAnswer, unanswered, ARRAY, JSON_REQUIRED, unanswered_type, NULL),
    JSON_FIELD_OF(ExploreAnswer, disagreements, ARRAY, JSON_REQUIRED, disagreement_type, NULL),
    JSON_FIELD(ExploreAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreAnswer, explored, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreAnswer, noticed, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreAnswer, waiting, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(ExploreAnswer, goes_on, BOOL, JSON_REQUIRED, NULL),
};
static const JsonType answer_type = JSON_TYPE(ExploreAnswer, answer_fields, NULL);

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are proposed");
}

// Absolute paths, in the copy, of the files that may call the subject: tests, and other code.
static int list_callers(const ProposeRequest *propose, Arena *arena, ExploreRequest *request, Error *ret_error) {
  FileAnalysis **files;
  size_t count = workspace_index_files(propose->request->index, arena, &files);
  StringView *tests = arena_allocate_array(arena, count, sizeof *tests);
  StringView *code = arena_allocate_array(arena, count, sizeof *code);
  if (!tests || !code)
    return no_memory(ret_error);
  for (size_t index = 0; index < count; index++) {
    StringView path = analysis_path(files[index]), absolute = path_join(arena, propose->bench->root, path);
    JsonArray *list = analysis_is_test_file(files[index]) ? &request->test_files : &request->code_files;
    StringView *items = list == &request->test_files ? tests : code;
    list->items = items;
    if (!absolute.data)
      return no_memory(ret_error);
    if (string_view_ends_with(path, SV(".py")))
      items[list->count++] = absolute;
  }
  return 0;
}

static int list_lines(const GenerateRequest *generate, Arena *arena, ExploreRequest *request, Error *ret_error) {
  StringView *lines = arena_allocate_array(arena, generate->line_count, sizeof *lines);
  if (!lines)
    return no_memory(ret_error);
  for (size_t index = 0; index < generate->line_count; index++) {
    lines[index] = arena_format(arena, "%u-%u", generate->lines[index].first, generate->lines[index].last);
    if (!lines[index].data)
      return no_memory(ret_error);
  }
  request->lines = (JsonArray){lines, generate->line_count};
  return 0;
}

// What tests are chosen by: the changes of the file that they notice.
static int list_mutants(const ProposeRequest *propose, Arena *arena, ExploreRequest *request, Error *ret_error) {
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  Mutant *found = NULL;
  size_t count = 0;
  int result = syntax_parser_create(language_at(0), &parser, ret_error);
  if (result == 0)
    result = snapshot_create(parser, analysis_text(propose->subject), &snapshot, ret_error);
  if (result == 0)
    result = mutants_find(snapshot, arena, &found, &count, ret_error);
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  if (result < 0)
    return result;
  count = count < MUTANTS_MAX ? count : MUTANTS_MAX;
  MutantRequest *mutants = arena_allocate_array(arena, count, sizeof *mutants);
  if (!mutants)
    return no_memory(ret_error);
  for (size_t index = 0; index < count; index++)
    mutants[index] = (MutantRequest){found[index].start, found[index].end, found[index].replacement};
  request->mutants = (JsonArray){mutants, count};
  return 0;
}

static int append(Vector *target, JsonArray items, Error *ret_error) {
  const char *item = items.items;
  for (size_t index = 0; index < items.count; index++)
    if (!vector_push_copy(target, item + index * target->item_size))
      return no_memory(ret_error);
  return 0;
}

// Whether somebody would wait long for all of them: then there is a first part. One mutant has few tests.
static bool has_first_part(const ProposeRequest *propose, const Explored *explored) {
  return !propose->request->mutant && explored->names.count == 0 && propose->wanted >= MANY_CASES;
}

int builtin_propose_subject(const ProposeRequest *propose, Arena *arena, Proposals *proposals, Error *ret_error) {
  static StringView folders[] = {{".", 1}, {"src", 3}};
  const GenerateRequest *generate = propose->request;
  Explored *explored = &proposals->explored;
  bool is_first = has_first_part(propose, explored);
  uint32_t most = generate->mutant ? 0 : (uint32_t)propose->wanted;
  ExploreRequest request = {
      .root = propose->bench->root,
      .scratch = propose->bench->scratch,
      .path = path_join(arena, propose->bench->root, propose->subject_path),
      .module = propose->module,
      .symbol = propose->symbol,
      .original_root = generate->runner.root,
      .folders = {folders, 2},
      .explored = explored->names,
      .noticed = explored->noticed,
      .waiting = explored->waiting,
      .is_first = is_first,
      .most = is_first ? FIRST_CASES : most,
      .seed = (int64_t)(generate->seed & INT32_MAX),
      .budget_ms = bench_left_ms(propose->bench) / EXPLORE_SHARE,
  };
  int result = request.path.data ? list_callers(propose, arena, &request, ret_error) : no_memory(ret_error);
  if (result == 0)
    result = list_lines(generate, arena, &request, ret_error);
  if (result == 0)
    result = list_mutants(propose, arena, &request, ret_error);
  ExploreAnswer answer;
  if (result == 0)
    result = bench_call(propose->bench, "explore", &request_type, &request, &answer_type, arena, &answer, ret_error);
  if (result == 0) {
    *explored = (Explored){answer.goes_on, answer.explored, answer.noticed, answer.waiting};
    result = append(&proposals->candidates, answer.cases, ret_error);
  }
  if (result == 0)
    result = append(&proposals->unanswered, answer.unanswered, ret_error);
  if (result == 0)
    result = append(&proposals->disagreements, answer.disagreements, ret_error);
  return result == 0 ? append(&proposals->notes, answer.notes, ret_error) : result;
}
