#include "server/generator/strengthen.h"

#include "protocol/json/field.h"
#include "protocol/memory/buffer.h"
#include "server/base/hash.h"
#include "server/generator/bench.h"

#define ITEMS_MAX 10000u

typedef struct StrengthenRequest {
  StringView root;
  StringView scratch;
  StringView path;
  StringView test;
  int64_t line;
  StringView original_root;
  JsonArray arguments;  // StringView
} StrengthenRequest;

static const JsonField request_fields[] = {
    JSON_FIELD(StrengthenRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, line, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(StrengthenRequest, arguments, STRING_ARRAY, 0, NULL),
};
static const JsonType request_type = JSON_TYPE(StrengthenRequest, request_fields, NULL);

typedef struct ExactAssertion {
  int64_t line;
  int64_t start;  // bytes
  int64_t end;
  StringView old;
  StringView new;      // absent: there is none, and the reason says why
  StringView reason;   // stable code
  StringView message;  // for people
} ExactAssertion;

static const JsonField exact_fields[] = {
    JSON_FIELD(ExactAssertion, line, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ExactAssertion, start, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ExactAssertion, end, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(ExactAssertion, old, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(ExactAssertion, new, STRING, 0, NULL),
    JSON_FIELD(ExactAssertion, reason, STRING, 0, NULL),
    JSON_FIELD(ExactAssertion, message, STRING, 0, NULL),
};
static const JsonType exact_type = JSON_TYPE(ExactAssertion, exact_fields, NULL);

typedef struct StrengthenAnswer {
  JsonArray assertions;  // ExactAssertion
} StrengthenAnswer;

static const JsonField answer_fields[] = {
    JSON_FIELD_OF(StrengthenAnswer, assertions, ARRAY, JSON_REQUIRED, exact_type, NULL),
};
static const JsonType answer_type = JSON_TYPE(StrengthenAnswer, answer_fields, NULL);

typedef struct Strengthening {
  const GenerateRequest *request;
  Arena *arena;
  const FileAnalysis *analysis;
  const TestFacts *test;
  StringView id;  // node id
  GenerateReport report;
  Error *ret_error;
} Strengthening;

static int no_memory(const Strengthening *work) {
  return error_set(work->ret_error, ERROR_NO_MEMORY, "memory is exhausted while a test is made stronger");
}

const TestFacts *strengthen_find_test(const FileAnalysis *analysis, StringView qualified_name) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(analysis, &count);
  const Definition *definitions = analysis_definitions(analysis, &definition_count);
  for (size_t i = count; i-- > 0;)  // of two with one name the last one counts, as in Python
    if (string_view_equal(definitions[tests[i].definition].qualified_name, qualified_name))
      return &tests[i];
  return NULL;
}

// ---- Observing ----

static int observe(Strengthening *work, uint32_t line, StrengthenAnswer *ret_answer) {
  const GenerateRequest *request = work->request;
  Bench bench = {0};
  int result = bench_open(request, work->arena, &bench, work->ret_error);
  if (result < 0)
    return result;
  StrengthenRequest asked = {
      .root = bench.root,
      .scratch = bench.scratch,
      .path = request->subject_path,
      .test = work->id,
      .line = line,
      .original_root = request->runner.root,
      .arguments = request->runner.pytest_arguments,
  };
  result =
      bench_call(&bench, "strengthen", &request_type, &asked, &answer_type, work->arena, ret_answer, work->ret_error);
  bench_close(&bench);
  return result;
}

// What the harness read must be what the user sees, byte for byte.
static int check_places(const Strengthening *work, const StrengthenAnswer *answer) {
  const ExactAssertion *items = answer->assertions.items;
  StringView text = analysis_text(work->analysis);
  int64_t last = 0;
  for (size_t i = 0; i < answer->assertions.count; i++) {
    bool is_inside = items[i].start >= last && items[i].end >= items[i].start && items[i].end <= (int64_t)text.length;
    if (!is_inside ||
        !string_view_equal(string_view_slice(text, (size_t)items[i].start, (size_t)items[i].end), items[i].old))
      return error_set(work->ret_error, ERROR_CONFLICT, "%.*s:%lld: the file is not what the tests were run with",
                       SV_ARGUMENTS(work->request->subject_path), (long long)items[i].line);
    last = items[i].end;
  }
  return 0;
}

// ---- The report ----

static int take_edits(Strengthening *work, const StrengthenAnswer *answer) {
  const ExactAssertion *items = answer->assertions.items;
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE];
  size_t count = 0;
  FileEdit *edits = arena_allocate_array(work->arena, answer->assertions.count, sizeof *edits);
  int result = edits ? digest_of(analysis_text(work->analysis), &digest, work->ret_error) : no_memory(work);
  if (result < 0)
    return result;
  digest_to_text(&digest, hexadecimal);
  StringView digest_text = arena_copy(work->arena, string_view_from(hexadecimal));
  for (size_t i = 0; i < answer->assertions.count; i++)
    if (!string_view_is_absent(items[i].new))
      edits[count++] = (FileEdit){.path = work->request->subject_path,
                                  .start = (uint32_t)items[i].start,
                                  .end = (uint32_t)items[i].end,
                                  .text = items[i].new,
                                  .digest = digest_text};
  work->report.edits = (JsonArray){edits, count};
  return digest_text.data ? 0 : no_memory(work);
}

static int take_rejected(Strengthening *work, const StrengthenAnswer *answer) {
  const ExactAssertion *items = answer->assertions.items;
  size_t count = 0;
  RejectedTest *rejected = arena_allocate_array(work->arena, answer->assertions.count, sizeof *rejected);
  if (!rejected)
    return no_memory(work);
  for (size_t i = 0; i < answer->assertions.count; i++) {
    if (!string_view_is_absent(items[i].new))
      continue;
    StringView message = arena_format(work->arena, "%.*s:%lld: %.*s", SV_ARGUMENTS(work->request->subject_path),
                                      (long long)items[i].line, SV_ARGUMENTS(items[i].message));
    if (!message.data)
      return no_memory(work);
    rejected[count++] = (RejectedTest){work->id, SV("oracle"), items[i].reason, message, items[i].old};
  }
  work->report.rejected = (JsonArray){rejected, count};
  return 0;
}

// The file's text with the edits, which are ascending.
static StringView apply(const Strengthening *work) {
  const FileEdit *edits = work->report.edits.items;
  StringView text = analysis_text(work->analysis), whole = SV("");
  size_t at = 0;
  for (size_t i = 0; i < work->report.edits.count && whole.data; i++) {
    StringView kept = string_view_slice(text, at, edits[i].start);
    whole =
        arena_format(work->arena, "%.*s%.*s%.*s", SV_ARGUMENTS(whole), SV_ARGUMENTS(kept), SV_ARGUMENTS(edits[i].text));
    at = edits[i].end;
  }
  StringView rest = string_view_slice(text, at, text.length);
  return whole.data ? arena_format(work->arena, "%.*s%.*s", SV_ARGUMENTS(whole), SV_ARGUMENTS(rest)) : whole;
}

// A method as it would stand in a module: without the indentation that all its lines share.
static StringView dedent(StringView text, Span span, Arena *arena) {
  size_t start = span.start, indent = 0;
  while (start > 0 && text.data[start - 1] != '\n')
    start--;
  StringView margin = string_view_slice(text, start, span.start), rest = string_view_slice(text, span.start, span.end);
  Buffer buffer;
  StringView line;
  buffer_init(&buffer, rest.length + 1);
  for (bool is_first = true; string_view_next(&rest, '\n', &line); is_first = false) {
    indent = !is_first && string_view_starts_with(line, margin) ? margin.length : 0;
    buffer_append_text(&buffer, is_first ? "" : "\n");
    buffer_append(&buffer, string_view_slice(line, indent, line.length));
  }
  StringView code = buffer.failure == 0 ? arena_copy(arena, buffer_view(&buffer)) : (StringView){0};
  buffer_finish(&buffer);
  return code;
}

static int fill_accepted(Strengthening *work, const FileAnalysis *after, AcceptedTest *accepted) {
  size_t count;
  StringView name = work->request->subject_symbol;
  const TestFacts *test = strengthen_find_test(after, name);
  if (!test)
    return error_set(work->ret_error, ERROR_INTERNAL, "%.*s is no test any more with exact assertions",
                     SV_ARGUMENTS(work->id));
  const Definition *definition = &analysis_definitions(after, &count)[test->definition];
  size_t exact = work->report.edits.count;
  *accepted = (AcceptedTest){
      .id = work->id,
      .name = definition->name,
      .path = work->request->subject_path,
      .category = (int)test->category,
      .origin = SV("characterisation"),
      .reasoning =
          arena_format(work->arena,
                       "%zu assertion%s now expect%s the value that two runs gave; a third run passed. "
                       "Strength %d before, %d after",
                       exact, exact == 1 ? "" : "s", exact == 1 ? "s" : "", work->test->strength, test->strength),
      .strength = (uint32_t)test->strength,
      .confidence = 1,
      .code = dedent(analysis_text(after), definition->span, work->arena),
  };
  accepted->name = arena_copy(work->arena, accepted->name);
  return accepted->reasoning.data && accepted->code.data && accepted->name.data ? 0 : no_memory(work);
}

static int take_accepted(Strengthening *work) {
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  FileAnalysis *after = NULL;
  AnalyzerOptions options = {0};
  AcceptedTest *accepted = arena_allocate(work->arena, sizeof *accepted);
  StringView text = apply(work);
  int result = accepted && text.data ? syntax_parser_create(language_at(0), &parser, work->ret_error) : no_memory(work);
  if (result == 0)
    result = snapshot_create(parser, text, &snapshot, work->ret_error);
  if (result == 0)
    result = analysis_create(work->request->subject_path, snapshot, &options, NULL, &after, work->ret_error);
  if (result == 0)
    result = fill_accepted(work, after, accepted);
  if (result == 0)
    work->report.accepted = (JsonArray){accepted, 1};
  analysis_release(after);
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  return result;
}

static int fill_report(Strengthening *work, const StrengthenAnswer *answer) {
  int result = check_places(work, answer);
  if (result == 0)
    result = take_edits(work, answer);
  if (result == 0)
    result = take_rejected(work, answer);
  return result == 0 && work->report.edits.count > 0 ? take_accepted(work) : result;
}

static int note_nothing(Strengthening *work) {
  StringView *note = arena_allocate(work->arena, sizeof *note);
  if (!note)
    return no_memory(work);
  *note = SV("none of its assertions is one that a value would make stronger");
  work->report.notes = (JsonArray){note, 1};
  return 0;
}

int strengthen_run(const GenerateRequest *request, uint32_t line, Arena *arena, GenerateReport *ret_report,
                   Error *ret_error) {
  Strengthening work = {.request = request, .arena = arena, .ret_error = ret_error};
  StrengthenAnswer answer = {0};
  work.report.provider = SV("builtin");
  work.analysis = workspace_index_get(request->index, request->subject_path);
  work.test = work.analysis ? strengthen_find_test(work.analysis, request->subject_symbol) : NULL;
  if (!work.test)
    return error_set(ret_error, ERROR_NOT_FOUND, "%.*s has no test %.*s", SV_ARGUMENTS(request->subject_path),
                     SV_ARGUMENTS(request->subject_symbol));
  work.id = arena_format(arena, "%.*s::%.*s", SV_ARGUMENTS(request->subject_path), SV_ARGUMENTS(work.test->id));
  if (!work.id.data)
    return no_memory(&work);
  int result = observe(&work, line, &answer);
  if (result == 0)
    result = answer.assertions.count > 0 ? fill_report(&work, &answer) : note_nothing(&work);
  *ret_report = work.report;
  return result;
}
