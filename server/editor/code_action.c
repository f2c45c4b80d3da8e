// Code actions: quick fixes of findings, silencing them, and the commands that fit the place.
#include "protocol/lsp/uri.h"
#include "server/base/files.h"
#include "server/editor/diagnostics.h"
#include "server/editor/document.h"
#include "server/editor/mutant_findings.h"

#include <inttypes.h>
#include <string.h>

#define ACTIONS_MAX 200u
#define FINDINGS_MAX 200000u
#define TAG_LLM_GENERATED 1  // CodeActionTag of LSP 3.18

typedef struct ActionBuilder {
  Session *session;
  const Document *document;
  const LspCodeActionParams *params;
  Arena *arena;
  Vector actions;  // LspCodeAction
} ActionBuilder;

// The client's filter: a kind allows itself and what is below it.
static bool is_wanted(const ActionBuilder *builder, StringView kind) {
  const StringView *only = builder->params->context.only.items;
  size_t count = builder->params->context.only.count;
  for (size_t i = 0; i < count; i++)
    if (string_view_equal(kind, only[i]) || only[i].length == 0 ||
        (string_view_starts_with(kind, only[i]) && kind.data[only[i].length] == '.'))
      return true;
  return count == 0;
}

// ---- Edits ----

static LspWorkspaceEdit *make_edit(ActionBuilder *builder, StringView uri, OptionalInteger version, Range range,
                                   StringView text) {
  Buffer json;
  JsonWriter writer;
  LspTextEdit *text_edit = arena_allocate(builder->arena, sizeof *text_edit);
  LspWorkspaceEdit *edit = arena_allocate(builder->arena, sizeof *edit);
  if (!text_edit || !edit || !text.data)
    return NULL;
  *text_edit = (LspTextEdit){.range = range, .new_text = text};
  if (builder->session->client.knows_document_changes) {
    LspDocumentChange *change = arena_allocate(builder->arena, sizeof *change);
    LspOptionalVersionedTextDocumentIdentifier *identifier = arena_allocate(builder->arena, sizeof *identifier);
    if (!change || !identifier)
      return NULL;
    *identifier = (LspOptionalVersionedTextDocumentIdentifier){uri, version};
    change->text_document = identifier;
    change->edits = (JsonArray){text_edit, 1};
    edit->document_changes = (JsonArray){change, 1};
    return edit;
  }
  buffer_init(&json, 1u << 20);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name_view(&writer, uri);
  json_write_array_begin(&writer);
  json_encode(&writer, &lsp_text_edit_type, text_edit);
  json_write_array_end(&writer);
  json_write_object_end(&writer);
  edit->changes_json = arena_copy(builder->arena, buffer_view(&json));
  buffer_finish(&json);
  return edit;
}

static LspWorkspaceEdit *edit_document(ActionBuilder *builder, Span span, StringView text) {
  const Document *document = builder->document;
  return make_edit(builder, string_view_from(document->uri), (OptionalInteger){true, document->version},
                   document_range(builder->session, document, span), text);
}

static void add_edit_action(ActionBuilder *builder, StringView title, LspWorkspaceEdit *edit, JsonArray diagnostics,
                            bool is_preferred) {
  LspCodeAction *action = edit && title.data ? vector_push(&builder->actions) : NULL;
  if (!action)
    return;  // one action less
  *action = (LspCodeAction){
      .title = title, .kind = SV("quickfix"), .edit = edit, .diagnostics = diagnostics, .is_preferred = is_preferred};
}

// ---- Findings ----

// The client's diagnostics that a finding made.
static JsonArray matching_diagnostics(ActionBuilder *builder, const Finding *finding) {
  const LspDiagnostic *diagnostics = builder->params->context.diagnostics.items;
  Range range = document_range(builder->session, builder->document, finding->span);
  for (size_t i = 0; i < builder->params->context.diagnostics.count; i++)
    if (string_view_equal_text(diagnostics[i].code, diagnostic_row(finding->code)->code) &&
        position_compare(diagnostics[i].range.start, range.start) == 0)
      return (JsonArray){(void *)(uintptr_t)&diagnostics[i], 1};
  return (JsonArray){0};
}

static void add_fix(ActionBuilder *builder, const Finding *finding, JsonArray diagnostics) {
  if (finding->fix && finding->fix_text)
    add_edit_action(builder, string_view_from(finding->fix),
                    edit_document(builder, finding->fix_span, string_view_from(finding->fix_text)), diagnostics, true);
}

// Appends the comment to the line; a comment of ours that is there already gets one code more.
static void add_silence_here(ActionBuilder *builder, const Finding *finding, JsonArray diagnostics) {
  const char *code = diagnostic_row(finding->code)->code;
  const LineIndex *lines = document_lines(builder->document);
  uint32_t line = line_index_line_of(lines, finding->span.start);
  StringView content = line_index_line(lines, document_text(builder->document), line);
  size_t existing = string_view_find(content, SV("# testgen: ignore["));
  size_t bracket = existing + string_view_find_byte(string_view_slice(content, existing, content.length), ']');
  bool has_comment = existing < content.length && bracket < content.length;
  uint32_t place = lines->starts[line] + (uint32_t)(has_comment ? bracket : content.length);
  StringView text = has_comment ? arena_format(builder->arena, ", %s", code)
                                : arena_format(builder->arena, "  # testgen: ignore[%s]", code);
  add_edit_action(builder, arena_format(builder->arena, "Silence %s here", code),
                  edit_document(builder, (Span){place, place}, text), diagnostics, false);
}

// Where the settings file has a diagnostics object, a member goes into it; else the whole object is added.
static StringView settings_insertion(ActionBuilder *builder, StringView text, const char *code, uint32_t *ret_offset) {
  JsonValue value;
  if (json_parse(text, builder->arena, &value, NULL) < 0 || value.kind != JSON_OBJECT)
    return (StringView){0};
  const JsonValue *diagnostics = json_member(&value, "diagnostics");
  bool is_nested = diagnostics && diagnostics->kind == JSON_OBJECT;
  size_t members = is_nested ? diagnostics->object.count : value.object.count;
  *ret_offset = (is_nested ? diagnostics->offset : value.offset) + 1;
  const char *comma = members > 0 ? "," : "";
  return is_nested ? arena_format(builder->arena, "\n    \"%s\": \"off\"%s", code, comma)
                   : arena_format(builder->arena, "\n  \"diagnostics\": {\"%s\": \"off\"}%s", code, comma);
}

// The file with the settings: false where there is none that something can be added to.
static bool settings_file(ActionBuilder *builder, StringView *ret_path, StringView *ret_text) {
  const Folder *folder = builder->document->folder;
  *ret_path = folder ? arena_format(builder->arena, "%s/testgen.json", folder->path) : (StringView){0};
  return ret_path->data && file_read(ret_path->data, 1u << 20, builder->arena, ret_text, NULL) == 0;
}

static LspWorkspaceEdit *edit_settings(ActionBuilder *builder, StringView path, StringView text, Span span,
                                       StringView replacement) {
  LineIndex lines;
  if (line_index_init(&lines, text, NULL) < 0)
    return NULL;
  Range range = range_from_offsets(&lines, text, builder->session->client.encoding, span.start, span.end);
  line_index_finish(&lines);
  return make_edit(builder, uri_from_path(path, builder->arena), (OptionalInteger){0}, range, replacement);
}

static void add_silence_everywhere(ActionBuilder *builder, const Finding *finding, JsonArray diagnostics) {
  const char *code = diagnostic_row(finding->code)->code;
  StringView text, insertion, path;
  uint32_t offset = 0;
  if (!settings_file(builder, &path, &text))
    return;  // there is no file to add it to; the hover's page tells how to begin one
  insertion = settings_insertion(builder, text, code, &offset);
  if (insertion.data)
    add_edit_action(builder, arena_format(builder->arena, "Turn off %s in testgen.json", code),
                    edit_settings(builder, path, text, (Span){offset, offset}, insertion), diagnostics, false);
}

// Where the settings file has the number, it is replaced; else it is added.
static LspWorkspaceEdit *edit_number(ActionBuilder *builder, const char *name, int64_t number) {
  JsonValue value;
  StringView text, path;
  if (!settings_file(builder, &path, &text) || json_parse(text, builder->arena, &value, NULL) < 0 ||
      value.kind != JSON_OBJECT)
    return NULL;
  const JsonValue *present = json_member(&value, name);
  uint32_t start = present ? (uint32_t)present->offset : (uint32_t)value.offset + 1, end = start;
  while (present && end < text.length && !strchr(",} \t\r\n", text.data[end]))
    end++;
  StringView replacement = present ? arena_format(builder->arena, "%" PRId64, number)
                                   : arena_format(builder->arena, "\n  \"%s\": %" PRId64 "%s", name, number,
                                                  value.object.count > 0 ? "," : "\n");
  return edit_settings(builder, path, text, (Span){start, end}, replacement);
}

// On the diagnostic that says how many findings of the file are not shown; it stands at the beginning.
static void add_show_more(ActionBuilder *builder, size_t count) {
  const Range *asked = &builder->params->range;
  const Folder *folder = builder->document->folder;
  SettingsSnapshot *settings = folder ? workspace_settings(folder->workspace) : NULL;
  bool is_cut = settings && count > (size_t)settings->settings.max_diagnostics;
  settings_release(settings);
  if (!is_cut || asked->start.line > 0 || !is_wanted(builder, SV("quickfix")))
    return;
  Finding finding = {.code = DIAGNOSTIC_TOO_MANY_FINDINGS};
  size_t shown = count < SETTING_MAX_DIAGNOSTICS ? count : SETTING_MAX_DIAGNOSTICS;
  add_edit_action(
      builder, arena_format(builder->arena, "Show %zu findings of a file (maxDiagnostics in testgen.json)", shown),
      edit_number(builder, "maxDiagnostics", (int64_t)shown), matching_diagnostics(builder, &finding), false);
}

static bool is_coverage(DiagnosticCode code) {
  return diagnostic_row(code)->family == FAMILY_COVERAGE || code == DIAGNOSTIC_BOUNDARY_LEAD;
}

static void add_command(ActionBuilder *builder, const char *title, const char *kind, CommandIdentifier command,
                        OptionalInteger line, JsonArray diagnostics);

static void add_kill(ActionBuilder *builder, const Finding *finding, JsonArray diagnostics);

static OptionalInteger line_of(const ActionBuilder *builder, uint32_t offset) {
  return (OptionalInteger){true, line_index_line_of(document_lines(builder->document), offset)};
}

static void add_finding_actions(ActionBuilder *builder) {
  Vector findings;
  Range asked = builder->params->range;
  vector_init(&findings, sizeof(Finding), FINDINGS_MAX);
  if (diagnostics_findings(builder->session, builder->document, builder->arena, &findings) < 0)
    findings.count = 0;
  for (size_t i = 0; i < findings.count && builder->actions.count < ACTIONS_MAX; i++) {
    const Finding *finding = vector_at(&findings, i);
    if (!range_overlaps(document_range(builder->session, builder->document, finding->span), asked))
      continue;
    if (!is_wanted(builder, SV("quickfix")) || builder->document->kind != DOCUMENT_SOURCE)
      continue;
    JsonArray diagnostics = matching_diagnostics(builder, finding);
    add_fix(builder, finding, diagnostics);
    if (is_coverage(finding->code))
      add_command(builder, "Generate tests for this gap", "quickfix", COMMAND_GENERATE,
                  line_of(builder, finding->span.start), diagnostics);
    if (finding->action && finding->data)
      add_kill(builder, finding, diagnostics);
    if (finding->code == DIAGNOSTIC_WEAK_ASSERTION)
      add_command(builder, "Strengthen this assertion with the value of a run", "quickfix", COMMAND_GENERATE,
                  line_of(builder, finding->span.start), diagnostics);
    add_silence_here(builder, finding, diagnostics);
    add_silence_everywhere(builder, finding, diagnostics);
  }
  add_show_more(builder, findings.count);
  vector_finish(&findings);
}

// ---- Commands ----

typedef struct ActionArgument {
  OptionalInteger line;
  const char *target;  // NULL: none
  const char *kill;    // JSON; NULL: none
} ActionArgument;

static StringView argument_json(ActionBuilder *builder, const ActionArgument *argument) {
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, 1u << 18);
  json_writer_init(&writer, &json, 0);
  json_write_array_begin(&writer);
  json_write_object_begin(&writer);
  json_write_name(&writer, "uri");
  json_write_string(&writer, string_view_from(builder->document->uri));
  if (argument->line.present) {
    json_write_name(&writer, "line");
    json_write_integer(&writer, argument->line.value);
  }
  if (argument->target) {
    json_write_name(&writer, "target");
    json_write_string(&writer, string_view_from(argument->target));
  }
  if (argument->kill) {
    json_write_name(&writer, "kill");
    json_write_raw(&writer, string_view_from(argument->kill));
  }
  json_write_object_end(&writer);
  json_write_array_end(&writer);
  StringView copy = json.failure == 0 ? arena_copy(builder->arena, buffer_view(&json)) : (StringView){0};
  buffer_finish(&json);
  return copy;
}

static bool asks_model(const ActionBuilder *builder) {
  const Folder *folder = builder->document->folder;
  if (!folder)
    return false;
  SettingsSnapshot *settings = workspace_settings(folder->workspace);
  bool is_model = settings->settings.provider != PROVIDER_BUILTIN;
  settings_release(settings);
  return is_model;
}

// Code that a model writes is marked as such, where the client can show that.
static JsonArray tags_of(const ActionBuilder *builder, CommandIdentifier command) {
  static int64_t generated_by_model[] = {TAG_LLM_GENERATED};
  bool is_written = command == COMMAND_GENERATE || command == COMMAND_IMPLEMENT;
  bool is_tagged = is_written && builder->session->client.tags_actions && asks_model(builder);
  return is_tagged ? (JsonArray){generated_by_model, 1} : (JsonArray){0};
}

static void add_command_with(ActionBuilder *builder, const char *title, const char *kind, CommandIdentifier command,
                             const ActionArgument *argument, JsonArray diagnostics) {
  LspCommand *action = arena_allocate(builder->arena, sizeof *action);
  StringView arguments = argument_json(builder, argument);
  bool is_fine = action && arguments.data && is_wanted(builder, string_view_from(kind));
  LspCodeAction *entry = is_fine ? vector_push(&builder->actions) : NULL;
  if (!entry)
    return;
  *action = (LspCommand){string_view_from(title), string_view_from(command_row(command)->name), NULL, arguments};
  *entry = (LspCodeAction){
      .title = action->title,
      .kind = string_view_from(kind),
      .command = action,
      .diagnostics = diagnostics,
      .tags = tags_of(builder, command),
  };
}

static void add_command(ActionBuilder *builder, const char *title, const char *kind, CommandIdentifier command,
                        OptionalInteger line, JsonArray diagnostics) {
  add_command_with(builder, title, kind, command, &(ActionArgument){.line = line}, diagnostics);
}

// A test for the function, which must fail with the survivor.
static void add_kill(ActionBuilder *builder, const Finding *finding, JsonArray diagnostics) {
  ActionArgument argument = {.line = line_of(builder, finding->span.start), .kill = finding->data};
  add_command_with(builder, finding->action, "quickfix", COMMAND_GENERATE, &argument, diagnostics);
}

// The function around the cursor, as a target of mutation; NULL: there is none.
static const char *function_target(ActionBuilder *builder) {
  size_t count;
  const FileAnalysis *analysis = builder->document->analysis;
  uint32_t offset = document_offset(builder->session, builder->document, builder->params->range.start);
  const Definition *definitions = analysis_definitions(analysis, &count);
  int index = mutated_function_at(analysis, offset);
  if (index < 0 || !builder->document->folder || !mutants_are_shown(builder->document->folder))
    return NULL;
  return arena_format(builder->arena, "%.*s::%.*s", SV_ARGUMENTS(builder->document->relative),
                      SV_ARGUMENTS(definitions[index].qualified_name))
      .data;
}

static void add_mutate(ActionBuilder *builder) {
  ActionArgument argument = {.target = function_target(builder)};
  if (argument.target)
    add_command_with(builder, "Judge the mutants of this function", "source.testgen.mutate", COMMAND_MUTATE, &argument,
                     (JsonArray){0});
}

static bool is_in_function(const ActionBuilder *builder) {
  if (!builder->document->analysis || analysis_is_test_file(builder->document->analysis))
    return false;
  uint32_t offset = document_offset(builder->session, builder->document, builder->params->range.start);
  return analysis_definition_at(builder->document->analysis, offset) >= 0;
}

static void add_commands(ActionBuilder *builder) {
  OptionalInteger here = {true, builder->params->range.start.line}, nowhere = {0};
  JsonArray none = {0};
  if (builder->document->kind == DOCUMENT_SPEC)
    add_command(builder, "Generate tests for this spec", "source.testgen.generate", COMMAND_GENERATE, here, none);
  if (builder->document->kind == DOCUMENT_SPEC && asks_model(builder))
    add_command(builder, "Implement this spec", "source.testgen.implement", COMMAND_IMPLEMENT, nowhere, none);
  if (is_in_function(builder))
    add_command(builder, "Generate tests for this function", "source.testgen.generate", COMMAND_GENERATE, here, none);
  if (is_in_function(builder))
    add_mutate(builder);
  add_command(builder, "Show coverage gaps", "source.testgen.gaps", COMMAND_SHOW_COVERAGE_GAPS, nowhere, none);
  add_command(builder, "Score suite", "source.testgen.score", COMMAND_SCORE, nowhere, none);
}

// Clients without action literals take bare commands.
static void reply_commands(ActionBuilder *builder, RpcRequest *request) {
  LspCommand *commands = arena_allocate_array(builder->arena, builder->actions.count, sizeof *commands);
  size_t count = 0;
  for (size_t i = 0; commands && i < builder->actions.count; i++) {
    const LspCodeAction *action = vector_at(&builder->actions, i);
    if (action->command)
      commands[count++] = *action->command;
  }
  rpc_request_reply_array(request, &lsp_command_type, (JsonArray){commands, count});
}

void handle_code_action(void *context, RpcRequest *request, const void *params) {
  const LspCodeActionParams *action = params;
  ActionBuilder builder = {.session = context, .params = action, .arena = rpc_request_arena(request)};
  builder.document = document_find(context, action->text_document.uri);
  vector_init(&builder.actions, sizeof(LspCodeAction), ACTIONS_MAX);
  if (builder.document && builder.document->kind != DOCUMENT_OTHER) {
    add_finding_actions(&builder);
    add_commands(&builder);
  }
  if (builder.session->client.knows_action_literals)
    rpc_request_reply_array(request, &lsp_code_action_type, (JsonArray){builder.actions.data, builder.actions.count});
  else
    reply_commands(&builder, request);
  vector_finish(&builder.actions);
}
