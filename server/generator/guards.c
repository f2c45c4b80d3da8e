#include "server/generator/guards.h"

#include "protocol/json/field.h"
#include "server/syntax/snapshot.h"

#include <string.h>

// Tests that are run together: no more than these are lost when the time ends. Each batch runs those before it once
// more, so the next one is as large as all of them.
#define BATCH_SIZE 8
#define SUITES_SHARE 4  // runs of the suite for the batches may take this part of what is left of the time

const Guard guards[] = {
    {"place", guard_place, false, "only additions to test files inside the workspace"},
    {"static", guard_static_facts, false, "parses, imports what exists, keeps to the policy, depends on its subject"},
    {"oracle", guard_oracle_strength, false, "asserts enough"},
    {"red", guard_red, false, "fails with the mutant that it is to kill"},
    {"stub", guard_stub, false,
     "without code: fails with a stub of it, and is noticed by an implementation that does no work"},
    {"green", guard_green, true, "is collected once and passes alone, together and in the suite"},
    {"kills", guard_kills, true, "of a model: fails with some change of its subject"},
    {"worth", guard_worth, true,
     "of a model: notices a change, reaches a line, a branch or a boundary, or is for a requirement, as no other test "
     "does"},
};
const size_t guard_count = sizeof guards / sizeof *guards;

void guard_reject(GuardContext *context, Proposal *proposal, const char *guard, const char *reason, const char *format,
                  ...) {
  va_list arguments;
  va_start(arguments, format);
  proposal->message = arena_format_arguments(context->arena, format, arguments);
  va_end(arguments);
  proposal->guard = guard;
  proposal->reason = string_view_from(reason);
}

static int run_guards(GuardContext *context, Proposal *proposals, size_t count, bool runs_tests, Error *ret_error) {
  int result = 0;
  for (size_t index = 0; index < guard_count && result == 0; index++)
    if (guards[index].runs_tests == runs_tests)
      result = guards[index].check(context, proposals, count, ret_error);
  return result;
}

static size_t count_open(const Proposal *proposals, size_t count) {
  size_t open = 0;
  for (size_t index = 0; index < count; index++)
    open += !proposals[index].guard && !proposals[index].is_proven;
  return open;
}

static void mark_proven(Proposal *proposals, size_t count) {
  for (size_t index = 0; index < count; index++)
    proposals[index].is_proven = !proposals[index].guard;
}

// Where the batch that begins here ends. Every batch runs the whole suite, so a slow suite allows only one.
static size_t batch_end(const GuardContext *context, size_t begin, size_t count) {
  size_t size = begin > BATCH_SIZE ? begin : BATCH_SIZE;
  int64_t batches = 1;
  for (size_t end = begin + size; end < count; end *= 2)
    batches++;
  bool is_affordable = batches * context->suite_ms < bench_left_ms(context->bench) / SUITES_SHARE;
  return is_affordable && count - begin > size ? begin + size : count;
}

int guards_run(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  int result = run_guards(context, proposals, count, false, ret_error);
  bool is_first = !context->was_suite_run && !context->stub;
  if (result == 0 && is_first && count_open(proposals, count) > 0)
    result = guards_measure_suite(context, proposals, count, ret_error);
  for (size_t begin = 0, end; begin < count && result == 0; begin = end) {
    end = batch_end(context, begin, count);
    if (count_open(proposals, end) == 0)
      continue;
    result = run_guards(context, proposals, end, true, ret_error);
    if (result == 0)
      mark_proven(proposals, end);
    if (result == 0 && context->progress)
      context->progress(context->user, end, count);
  }
  return result;
}

PlacedTest *guards_placed(const Proposal *proposals, size_t count, size_t file, Arena *arena, size_t *ret_count) {
  PlacedTest *placed = arena_allocate_array(arena, count, sizeof *placed);
  *ret_count = 0;
  for (size_t index = 0; placed && index < count; index++)
    if (!proposals[index].guard && proposals[index].file == file)
      placed[(*ret_count)++] = proposals[index].placed;
  return placed;
}

// ---- syntax, imports, policy, oracle: from the tree, by the interpreter's own parser ----

typedef struct StaticTest {
  StringView code;
  StringView name;
  StringView class_name;  // of a class that holds several tests; absent: none
  JsonArray subjects;     // StringView
} StaticTest;

typedef struct StaticRequest {
  StringView root;
  StringView scratch;
  StringView original_root;
  JsonArray tests;    // StaticTest
  JsonArray folders;  // StringView
  JsonArray taken;    // StringView, see guard_taken_names
} StaticRequest;

static const JsonField static_test_fields[] = {
    JSON_FIELD(StaticTest, code, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticTest, name, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticTest, class_name, STRING, 0, NULL),
    JSON_FIELD(StaticTest, subjects, STRING_ARRAY, 0, NULL),
};
static const JsonType static_test_type = JSON_TYPE(StaticTest, static_test_fields, NULL);
static const JsonField static_request_fields[] = {
    JSON_FIELD(StaticRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(StaticRequest, tests, ARRAY, JSON_REQUIRED, static_test_type, NULL),
    JSON_FIELD(StaticRequest, folders, STRING_ARRAY, 0, NULL),
    JSON_FIELD(StaticRequest, taken, STRING_ARRAY, 0, NULL),
};
static const JsonType static_request_type = JSON_TYPE(StaticRequest, static_request_fields, NULL);

typedef struct StaticFact {
  JsonArray syntax;  // StringView: code and message; empty: nothing to object
  JsonArray place;
  JsonArray imports;
  JsonArray policy;
  JsonArray oracle;
} StaticFact;

typedef struct StaticAnswer {
  JsonArray facts;  // StaticFact
} StaticAnswer;

static const JsonField static_fact_fields[] = {
    JSON_FIELD(StaticFact, syntax, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticFact, place, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticFact, imports, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticFact, policy, STRING_ARRAY, JSON_REQUIRED, NULL),
    JSON_FIELD(StaticFact, oracle, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType static_fact_type = JSON_TYPE(StaticFact, static_fact_fields, NULL);
static const JsonField static_answer_fields[] = {
    JSON_FIELD_OF(StaticAnswer, facts, ARRAY, JSON_REQUIRED, static_fact_type, NULL),
};
static const JsonType static_answer_type = JSON_TYPE(StaticAnswer, static_answer_fields, NULL);

// `import a.b` binds `a`.
static StringView local_name(const CandidateImport *import) {
  return import->name.length > 0 ? import->name
                                 : string_view_slice(import->module, 0, string_view_find_byte(import->module, '.'));
}

// What a test says of a library says nothing of the workspace's code. Where none of the modules is known to be the
// workspace's, an unusual layout say, all names count.
static size_t subjects_of(const WorkspaceIndex *index, StringView from, JsonArray imports, StringView *ret_names) {
  const CandidateImport *items = imports.items;
  size_t known = 0;
  for (size_t i = 0; i < imports.count; i++)
    if (!string_view_is_absent(workspace_index_resolve_module(index, from, items[i].module)))
      ret_names[known++] = local_name(&items[i]);
  for (size_t i = 0; known == 0 && i < imports.count; i++)
    ret_names[i] = local_name(&items[i]);
  return known > 0 ? known : imports.count;
}

// The test alone in a new file, with its imports.
static int fill_static_test(GuardContext *context, const Proposal *proposal, StaticTest *ret_test, Error *ret_error) {
  const TestFile *file = &context->files[proposal->file];
  TestFile alone = {.path = file->path, .is_new = true, .text = SV(""), .index = file->index, .style = file->style};
  PlacedTest placed = proposal->placed;
  placed.offset = 0;
  placed.is_new_class = placed.form != FORM_FUNCTION;
  TextEdit *edits;
  size_t count;
  int result = place_edits(&alone, &placed, 1, context->arena, &edits, &count, ret_error);
  if (result == 0)
    result = place_apply(&alone, edits, count, context->arena, &ret_test->code, ret_error);
  StringView *subjects = arena_allocate_array(context->arena, proposal->candidate->imports.count, sizeof *subjects);
  if (result == 0 && !subjects)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are checked");
  size_t subject_count = subjects_of(context->index, file->path, proposal->candidate->imports, subjects);
  ret_test->name = placed.name;
  ret_test->class_name = placed.form == FORM_FUNCTION ? (StringView){0} : placed.class_name;
  ret_test->subjects = (JsonArray){subjects, subject_count};
  return result;
}

static void judge_fact(GuardContext *context, Proposal *proposal, const StaticFact *fact) {
  const struct {
    const char *guard;
    const JsonArray *found;
  } rows[] = {{"syntax", &fact->syntax},
              {"policy", &fact->policy},
              {"imports", &fact->imports},
              {"place", &fact->place},
              {"oracle", &fact->oracle}};
  for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
    const StringView *found = rows[index].found->items;
    if (rows[index].found->count < 2)
      continue;
    guard_reject(context, proposal, rows[index].guard, "", "the test %.*s", SV_ARGUMENTS(found[1]));
    proposal->reason = found[0];
    return;
  }
}

static StringView *folders_of_imports(Arena *arena) {
  StringView *folders = arena_allocate_array(arena, 2, sizeof *folders);
  if (folders) {
    folders[0] = SV(".");
    folders[1] = SV("src");
  }
  return folders;
}

int guard_static_facts(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  StaticTest *tests = arena_allocate_array(context->arena, count, sizeof *tests);
  Proposal **asked = arena_allocate_array(context->arena, count, sizeof *asked);
  StringView *folders = folders_of_imports(context->arena);
  size_t asked_count = 0;
  int result = tests && asked && folders ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "out of memory");
  for (size_t index = 0; index < count && result == 0; index++) {
    if (proposals[index].guard)
      continue;
    asked[asked_count] = &proposals[index];
    result = fill_static_test(context, &proposals[index], &tests[asked_count++], ret_error);
  }
  if (result < 0 || asked_count == 0)
    return result;
  StaticRequest request = {
      .root = context->bench->root,
      .scratch = context->bench->scratch,
      .original_root = context->original_root,
      .tests = {tests, asked_count},
      .folders = {folders, 2},
  };
  StaticAnswer answer;
  result = guard_taken_names(context, asked[0], &request.taken, ret_error);
  if (result < 0)
    return result;
  result = bench_call(context->bench, "guard_static", &static_request_type, &request, &static_answer_type,
                      context->arena, &answer, ret_error);
  for (size_t index = 0; result == 0 && index < asked_count && index < answer.facts.count; index++)
    judge_fact(context, asked[index], &((StaticFact *)answer.facts.items)[index]);
  return result;
}

// ---- oracle: strength by the analyzer ----

static const TestFacts *find_test(const FileAnalysis *analysis, const PlacedTest *placed) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &definition_count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[tests[index].definition].name, placed->name))
      return &tests[index];
  return NULL;
}

static void judge_strength(GuardContext *context, Proposal *proposals, size_t count, size_t file,
                           const FileAnalysis *analysis) {
  for (size_t index = 0; index < count; index++) {
    Proposal *proposal = &proposals[index];
    if (proposal->guard || proposal->file != file)
      continue;
    const TestFacts *facts = find_test(analysis, &proposal->placed);
    proposal->strength = facts ? facts->strength : 0;
    if (facts && proposal->strength < ORACLE_STRENGTH_MIN)  // what is no test to the analyzer is none to pytest
      guard_reject(context, proposal, "oracle", "weak", "the test asserts too little: its strength is %d, %d is needed",
                   proposal->strength, ORACLE_STRENGTH_MIN);
  }
}

static int analyze_file(GuardContext *context, Proposal *proposals, size_t count, size_t file, SyntaxParser *parser,
                        Error *ret_error) {
  size_t placed_count, edit_count;
  TextEdit *edits;
  StringView text;
  PlacedTest *placed = guards_placed(proposals, count, file, context->arena, &placed_count);
  if (!placed || placed_count == 0)
    return placed ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "out of memory");
  const TestFile *target = &context->files[file];
  int result = place_edits(target, placed, placed_count, context->arena, &edits, &edit_count, ret_error);
  if (result == 0)
    result = place_apply(target, edits, edit_count, context->arena, &text, ret_error);
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  AnalyzerOptions options = {0};
  if (result == 0)
    result = snapshot_create(parser, text, &snapshot, ret_error);
  if (result == 0)
    result = analysis_create(target->path, snapshot, &options, NULL, &analysis, ret_error);
  if (result == 0)
    judge_strength(context, proposals, count, file, analysis);
  analysis_release(analysis);
  snapshot_release(snapshot);
  return result;
}

int guard_oracle_strength(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  SyntaxParser *parser = NULL;
  int result = syntax_parser_create(language_at(0), &parser, ret_error);
  for (size_t file = 0; file < context->file_count && result == 0; file++)
    result = analyze_file(context, proposals, count, file, parser, ret_error);
  syntax_parser_destroy(parser);
  return result;
}
