// Code lenses: strength per test, tests and mutants per function, a summary per test file.
#include "server/editor/document.h"
#include "server/editor/mutant_findings.h"
#include "server/editor/spec_requirements.h"
#include "server/services/report.h"

#define LENSES_MAX 20000u

typedef struct LensBuilder {
  const Session *session;
  const Document *document;
  Arena *arena;
  Vector lenses;  // LspCodeLens
  bool has_failed;
} LensBuilder;

static StringView arguments_json(LensBuilder *builder, uint32_t line) {
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, 16384);
  json_writer_init(&writer, &json, 0);
  json_write_array_begin(&writer);
  json_write_object_begin(&writer);
  json_write_name(&writer, "uri");
  json_write_string(&writer, string_view_from(builder->document->uri));
  json_write_name(&writer, "line");
  json_write_integer(&writer, line);
  json_write_object_end(&writer);
  json_write_array_end(&writer);
  StringView copy = arena_copy(builder->arena, buffer_view(&json));
  buffer_finish(&json);
  return copy;
}

static void add_lens(LensBuilder *builder, Span span, StringView title, CommandIdentifier command,
                     StringView arguments) {
  LspCodeLens *lens = vector_push(&builder->lenses);
  LspCommand *action = arena_allocate(builder->arena, sizeof *action);
  if (!lens || !action || !title.data || !arguments.data) {
    builder->has_failed = true;
    return;
  }
  *action = (LspCommand){title, string_view_from(command_row(command)->name), NULL, arguments};
  lens->range = document_range(builder->session, builder->document, span);
  lens->command = action;
}

static uint32_t line_of(const LensBuilder *builder, Span span) {
  return report_line(builder->document->analysis, span.start) - 1;
}

static void add_test_lenses(LensBuilder *builder) {
  size_t count, definition_count;
  const TestFacts *tests = analysis_tests(builder->document->analysis, &count);
  const Definition *definitions = analysis_definitions(builder->document->analysis, &definition_count);
  unsigned sum = 0;
  for (size_t i = 0; i < count; i++) {
    Span span = definitions[tests[i].definition].name_span;
    sum += (unsigned)tests[i].strength;
    add_lens(builder, span,
             arena_format(builder->arena, "strength %d · %s", tests[i].strength, band_names[tests[i].band]),
             COMMAND_EXPLAIN, arguments_json(builder, line_of(builder, span)));
  }
  if (count > 0)
    add_lens(builder, (Span){0, 0},
             arena_format(builder->arena, "%zu test%s · mean strength %u · score the suite", count,
                          count == 1 ? "" : "s", sum / (unsigned)count),
             COMMAND_SCORE, SV("[{}]"));
}

static StringView mutate_arguments(LensBuilder *builder, const Definition *definition) {
  StringView uri = string_view_from(builder->document->uri), path = builder->document->relative;
  StringView target =
      arena_format(builder->arena, "%.*s::%.*s", SV_ARGUMENTS(path), SV_ARGUMENTS(definition->qualified_name));
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, 16384);
  json_writer_init(&writer, &json, 0);
  json_write_array_begin(&writer);
  json_write_object_begin(&writer);
  json_write_name(&writer, "uri");
  json_write_string(&writer, uri);
  json_write_name(&writer, "target");
  json_write_string(&writer, target);
  json_write_object_end(&writer);
  json_write_array_end(&writer);
  StringView copy = arena_copy(builder->arena, buffer_view(&json));
  buffer_finish(&json);
  return copy;
}

// What mutants said of the function; of another text of it only that it has changed.
static void add_mutant_lens(LensBuilder *builder, int index, const Definition *definition) {
  const Folder *folder = builder->document->folder;
  const FileAnalysis *analysis = builder->document->analysis;
  const FunctionEvidence *evidence = evidence_find(folder, analysis, index);
  if (evidence && !evidence->is_partial)
    add_lens(builder, definition->name_span, mutant_counts(evidence, builder->arena), COMMAND_EXPLAIN,
             arguments_json(builder, line_of(builder, definition->name_span)));
  else if (evidence_find_any(folder, analysis, index))
    add_lens(builder, definition->name_span, SV("changed since its mutants were judged · judge again"), COMMAND_MUTATE,
             mutate_arguments(builder, definition));
}

static void add_subject_lenses(LensBuilder *builder) {
  const Folder *folder = builder->document->folder;
  size_t count;
  const Definition *definitions = analysis_definitions(builder->document->analysis, &count);
  if (!folder || !folder->is_indexed)
    return;
  bool shows_mutants = mutants_are_shown(builder->document->folder);
  for (uint32_t i = 0; i < count; i++) {
    SubjectLink *links = NULL;
    size_t tests = 0;
    if (definitions[i].kind == DEFINITION_CLASS || definitions[i].is_nested || definitions[i].is_abstract_or_stub)
      continue;
    if (shows_mutants)
      add_mutant_lens(builder, (int)i, &definitions[i]);
    if (workspace_index_tests_of(folder->index, builder->document->relative, i, builder->arena, &links, &tests) < 0)
      continue;
    StringView title = tests == 0
                           ? SV("no tests · generate")
                           : arena_format(builder->arena, "%zu test%s · generate more", tests, tests == 1 ? "" : "s");
    add_lens(builder, definitions[i].name_span, title, COMMAND_GENERATE,
             arguments_json(builder, line_of(builder, definitions[i].name_span)));
  }
}

static void add_spec_lens(LensBuilder *builder) {
  StringView summary = spec_requirement_summary(builder->document, builder->arena);
  StringView title = SV("generate tests for this spec");
  if (!string_view_is_absent(summary))
    title = arena_format(builder->arena, "%.*s · %.*s", SV_ARGUMENTS(title), SV_ARGUMENTS(summary));
  add_lens(builder, (Span){0, 0}, title, COMMAND_GENERATE, arguments_json(builder, 0));
}

static bool lenses_are_on(const Document *document) {
  if (!document->folder)
    return true;
  SettingsSnapshot *settings = workspace_settings(document->folder->workspace);
  bool is_on = settings->settings.lenses;
  settings_release(settings);
  return is_on;
}

void handle_code_lens(void *context, RpcRequest *request, const void *params) {
  const LspCodeLensParams *lens = params;
  LensBuilder builder = {.session = context, .arena = rpc_request_arena(request)};
  builder.document = document_find(context, lens->text_document.uri);
  vector_init(&builder.lenses, sizeof(LspCodeLens), LENSES_MAX);
  if (builder.document && lenses_are_on(builder.document)) {
    if (builder.document->kind == DOCUMENT_SPEC)
      add_spec_lens(&builder);
    else if (builder.document->analysis && analysis_is_test_file(builder.document->analysis))
      add_test_lenses(&builder);
    else if (builder.document->analysis)
      add_subject_lenses(&builder);
  }
  if (builder.has_failed)
    rpc_request_fail(request, RPC_INTERNAL_ERROR, "out of memory, or too many lenses");
  else
    rpc_request_reply_array(request, &lsp_code_lens_type, (JsonArray){builder.lenses.data, builder.lenses.count});
  vector_finish(&builder.lenses);
}
