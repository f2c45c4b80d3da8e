#include "server/editor/explain.h"

#include "server/editor/mutant_findings.h"
#include "server/editor/spec_disagreements.h"
#include "server/editor/spec_requirements.h"
#include "server/services/report.h"

#define MARKDOWN_MAX 65536u  // bytes
#define LINKS_MAX 12u        // subjects or tests that are listed

static void write_test_parts(const FileAnalysis *analysis, const TestFacts *test, Buffer *text) {
  if (test->part_count == 0)
    return;
  buffer_append_text(text, "| points | line | because |\n|---:|---:|---|\n");
  for (size_t i = 0; i < test->part_count; i++)
    buffer_append_format(text, "| %+d | %u | %s |\n", test->parts[i].points,
                         report_line(analysis, test->parts[i].span.start), test->parts[i].explanation);
}

static const Definition *linked_definition(const WorkspaceIndex *index, const SubjectLink *link) {
  size_t count;
  const FileAnalysis *analysis = workspace_index_get(index, link->path);
  const Definition *definitions = analysis ? analysis_definitions(analysis, &count) : NULL;
  return definitions && link->index < count ? &definitions[link->index] : NULL;
}

static void write_subjects(const Document *document, uint32_t test, Arena *arena, Buffer *text) {
  SubjectLink *links = NULL;
  size_t count = 0;
  if (!document->folder || !document->folder->is_indexed ||
      workspace_index_subjects_of(document->folder->index, document->relative, test, arena, &links, &count) < 0 ||
      count == 0)
    return;
  buffer_append_text(text, "\nTests ");
  for (size_t i = 0; i < count && i < LINKS_MAX; i++) {
    const Definition *definition = linked_definition(document->folder->index, &links[i]);
    if (definition)
      buffer_append_format(text, "%s`%.*s`", i ? ", " : "", SV_ARGUMENTS(definition->qualified_name));
  }
  buffer_append_text(text, count > LINKS_MAX ? " and more\n" : "\n");
}

static void write_test(const Document *document, int index, Arena *arena, Buffer *text) {
  size_t count;
  const TestFacts *test = &analysis_tests(document->analysis, &count)[index];
  buffer_append_format(text, "**Assertion strength %d** of 100 (%s) · category %s (%s)\n\n", test->strength,
                       band_names[test->band], category_names[test->category], test->category_reason);
  write_test_parts(document->analysis, test, text);
  write_subjects(document, (uint32_t)index, arena, text);
}

static void write_tests_of(const Document *document, const SubjectLink *links, size_t count, Buffer *text) {
  buffer_append_format(text, "%zu test%s speak%s of it:\n\n", count, count == 1 ? "" : "s", count == 1 ? "s" : "");
  for (size_t i = 0; i < count && i < LINKS_MAX; i++) {
    const FileAnalysis *analysis = workspace_index_get(document->folder->index, links[i].path);
    size_t tests = 0;
    const TestFacts *facts = analysis ? analysis_tests(analysis, &tests) : NULL;
    if (facts && links[i].index < tests)
      buffer_append_format(text, "- `%.*s` · strength %d\n", SV_ARGUMENTS(facts[links[i].index].id),
                           facts[links[i].index].strength);
  }
  if (count > LINKS_MAX)
    buffer_append_format(text, "- and %zu more\n", count - LINKS_MAX);
}

static void write_subject(const Document *document, int index, Arena *arena, Buffer *text) {
  size_t definition_count, count = 0;
  const Definition *definition = &analysis_definitions(document->analysis, &definition_count)[index];
  SubjectLink *links = NULL;
  if (!document->folder || !document->folder->is_indexed ||
      workspace_index_tests_of(document->folder->index, document->relative, (uint32_t)index, arena, &links, &count) < 0)
    return;
  buffer_append_format(text, "**%.*s** · ", SV_ARGUMENTS(definition->qualified_name));
  if (definition->complexity > 0)
    buffer_append_format(text, "complexity %d · ", definition->complexity);
  if (count > 0)
    write_tests_of(document, links, count, text);
  else
    buffer_append_text(text, "no test speaks of it\n");
  StringView evidence = evidence_hover(&document->folder->evidence, document->analysis, index, arena);
  if (!string_view_is_absent(evidence))
    buffer_append_format(text, "\n%.*s", SV_ARGUMENTS(evidence));
  if (mutants_are_shown(document->folder))
    mutant_explain(document->folder, document->analysis,
                   mutated_function_at(document->analysis, definition->span.start), arena, text);
}

StringView explain_at(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  if (!document->analysis)
    return (StringView){0};
  size_t count;
  const Definition *definitions = analysis_definitions(document->analysis, &count);
  int test = analysis_test_at(document->analysis, offset);
  int definition = analysis_definition_at(document->analysis, offset);
  if (definition < 0)
    return (StringView){0};
  Buffer text;
  buffer_init(&text, MARKDOWN_MAX);
  if (test >= 0) {
    size_t tests;
    *ret_span = definitions[analysis_tests(document->analysis, &tests)[test].definition].name_span;
    write_test(document, test, arena, &text);
  } else if (!analysis_is_test_file(document->analysis)) {
    *ret_span = definitions[definition].name_span;
    write_subject(document, definition, arena, &text);
  }
  StringView copy = text.length > 0 && text.failure == 0 ? arena_copy(arena, buffer_view(&text)) : (StringView){0};
  buffer_finish(&text);
  return copy;
}

// Hovers answer on the name of a definition, and on assertions; elsewhere other servers have more to say.
static StringView assertion_at(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  size_t count;
  int index = document->analysis ? analysis_test_at(document->analysis, offset) : -1;
  if (index < 0)
    return (StringView){0};
  const TestFacts *test = &analysis_tests(document->analysis, &count)[index];
  for (size_t i = 0; i < test->assertion_count; i++) {
    const Assertion *assertion = &test->assertions[i];
    if (offset < assertion->span.start || offset > assertion->span.end)
      continue;
    *ret_span = assertion->span;
    return arena_format(arena, "**Assertion** worth %d: %s%s%s%s%s", assertion->rule->value,
                        assertion->rule->explanation, assertion->is_unreachable ? "\n\nIt never runs." : "",
                        assertion->is_swallowed ? "\n\nIts failure is caught." : "",
                        assertion->is_conditional ? "\n\nIt may not run." : "",
                        assertion->is_from_helper ? "\n\nIt is made by a helper." : "");
  }
  return (StringView){0};
}

// Both of what is said one below the other; either may be absent.
static StringView joined(StringView first, StringView second, Arena *arena) {
  if (string_view_is_absent(first) || string_view_is_absent(second))
    return string_view_is_absent(first) ? second : first;
  return arena_format(arena, "%.*s\n%.*s", SV_ARGUMENTS(first), SV_ARGUMENTS(second));
}

static StringView source_at(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  Span span = {0, 0};
  StringView disagreements = disagreements_hover(document, offset, arena, ret_span);
  StringView markdown = explain_at(document, offset, arena, &span);
  bool is_on_name = markdown.data && offset >= span.start && offset <= span.end;
  if (!is_on_name)
    markdown = assertion_at(document, offset, arena, &span);
  if (!markdown.data && document->folder && mutants_are_shown(document->folder))
    markdown = mutant_explain_at(document->folder, document->analysis, offset, arena, &span);
  if (markdown.data)
    *ret_span = span;
  return joined(markdown, disagreements, arena);
}

static StringView spec_at(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  StringView requirement = spec_requirement_hover(document, offset, arena, ret_span);
  return joined(requirement, disagreements_hover(document, offset, arena, ret_span), arena);
}

void handle_hover(void *context, RpcRequest *request, const void *params) {
  Session *session = context;
  const LspHoverParams *hover = params;
  Document *document = document_find(session, hover->text_document.uri);
  Arena *arena = rpc_request_arena(request);
  Span span = {0, 0};
  StringView markdown = {0};
  uint32_t offset = document ? document_offset(session, document, hover->position) : 0;
  if (document && document->analysis)
    markdown = source_at(document, offset, arena, &span);
  else if (document && document->kind == DOCUMENT_SPEC)
    markdown = spec_at(document, offset, arena, &span);
  if (!markdown.data) {
    rpc_request_reply_null(request);
    return;
  }
  Range range = document_range(session, document, span);
  LspHover result = {
      .contents = {session->client.knows_markdown ? SV("markdown") : SV("plaintext"), markdown},
      .range = &range,
  };
  rpc_request_reply(request, &lsp_hover_type, &result);
}

void explain_command(Session *session, RpcRequest *request, const JsonValue *argument) {
  static const JsonValue nothing = {.kind = JSON_OBJECT};
  Arena *arena = rpc_request_arena(request);
  ExplainParams params;
  ExplainReport report = {0};
  Error error = {0};
  Span span;
  if (json_decode(&explain_params_type, argument ? argument : &nothing, arena, &params, &error) < 0) {
    rpc_request_fail_error(request, &error);
    return;
  }
  const Document *document = document_find(session, params.uri);
  if (document && document->analysis) {
    const LineIndex *lines = document_lines(document);
    uint32_t line = params.line < lines->count ? params.line : lines->count - 1;
    StringView content = line_index_line(lines, document_text(document), line);
    report.markdown = explain_at(document, lines->starts[line] + (uint32_t)content.length, arena, &span);
  }
  rpc_request_reply(request, &explain_report_type, &report);
}
