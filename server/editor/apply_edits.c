#include "server/editor/apply_edits.h"

#include "protocol/lsp/uri.h"
#include "server/base/hash.h"
#include "server/base/log.h"
#include "server/editor/document.h"

#define EDIT_JSON_MAX (16u << 20)  // bytes
#define ANNOTATION "testgen.generated"

typedef struct EditBuilder {
  Session *session;
  Folder *folder;
  Arena *arena;
  Vector changes;  // LspDocumentChange
  Error error;
} EditBuilder;

static StringView edit_uri(EditBuilder *builder, StringView path, const Document **ret_document) {
  StringView absolute = arena_format(builder->arena, "%s/%.*s", builder->folder->path, SV_ARGUMENTS(path));
  if (!absolute.data)
    return absolute;
  *ret_document = document_find_path(builder->session, absolute);
  return *ret_document ? string_view_from((*ret_document)->uri) : uri_from_path(absolute, builder->arena);
}

static bool is_same_text(StringView text, StringView digest) {
  Digest now;
  char hexadecimal[DIGEST_TEXT_SIZE];
  if (digest_of(text, &now, NULL) < 0)
    return false;
  digest_to_text(&now, hexadecimal);
  return string_view_equal_text(digest, hexadecimal);
}

// The range of an edit in the text that the editor has, which must be the text the edit was made for.
static int edit_range(EditBuilder *builder, const FileEdit *edit, Range *ret_range) {
  StringView text;
  LineIndex lines;
  int result = workspace_read_source(builder->folder->workspace, edit->path, builder->arena, &text, &builder->error);
  if (result < 0)
    return result;
  if (!is_same_text(text, edit->digest))
    return error_set(&builder->error, ERROR_CONFLICT, "%.*s changed meanwhile; generate again",
                     SV_ARGUMENTS(edit->path));
  result = line_index_init(&lines, text, &builder->error);
  if (result < 0)
    return result;
  *ret_range = range_from_offsets(&lines, text, builder->session->client.encoding, edit->start, edit->end);
  line_index_finish(&lines);
  return 0;
}

static LspDocumentChange *add_change(EditBuilder *builder) {
  LspDocumentChange *change = vector_push(&builder->changes);
  if (!change)
    error_set(&builder->error, ERROR_NO_MEMORY, "out of memory while making an edit");
  return change;
}

static int add_creation(EditBuilder *builder, StringView uri) {
  LspDocumentChange *change = builder->session->client.creates_files ? add_change(builder) : NULL;
  if (!builder->session->client.creates_files)
    return 0;  // clients make the file when they are sent an edit of it
  LspFileChangeOptions *options = arena_allocate(builder->arena, sizeof *options);
  if (!change || !options)
    return error_set(&builder->error, ERROR_NO_MEMORY, "out of memory while making an edit");
  options->ignore_if_exists = true;
  change->kind = SV("create");
  change->uri = uri;
  change->options = options;
  if (builder->session->client.confirms_annotations)  // else the preview makes an empty file of what was not ticked
    change->annotation_id = SV(ANNOTATION);
  return 0;
}

static int fill_text_edit(EditBuilder *builder, const FileEdit *edit, LspTextEdit *ret_edit) {
  if (!edit->created && edit_range(builder, edit, &ret_edit->range) < 0)
    return builder->error.code;
  ret_edit->new_text = edit->text;
  if (builder->session->client.confirms_annotations)
    ret_edit->annotation_id = SV(ANNOTATION);
  return 0;
}

// All edits of one file make one change: their ranges speak of the same text.
static int add_file(EditBuilder *builder, JsonArray edits, size_t first) {
  const FileEdit *items = edits.items;
  const Document *document = NULL;
  StringView uri = edit_uri(builder, items[first].path, &document);
  LspTextEdit *text_edits = arena_allocate_array(builder->arena, edits.count, sizeof *text_edits);
  LspOptionalVersionedTextDocumentIdentifier *identifier = arena_allocate(builder->arena, sizeof *identifier);
  size_t count = 0;
  if (!uri.data || !text_edits || !identifier)
    return error_set(&builder->error, ERROR_NO_MEMORY, "out of memory while making an edit");
  int result = items[first].created ? add_creation(builder, uri) : 0;
  for (size_t i = first; i < edits.count && result == 0; i++)
    if (string_view_equal(items[i].path, items[first].path))
      result = fill_text_edit(builder, &items[i], &text_edits[count++]);
  LspDocumentChange *change = result == 0 ? add_change(builder) : NULL;
  if (!change)
    return builder->error.code;
  identifier->uri = uri;
  if (document)
    identifier->version = (OptionalInteger){true, document->version};
  change->text_document = identifier;
  change->edits = (JsonArray){text_edits, count};
  return 0;
}

static bool is_first_of_path(const FileEdit *edits, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (string_view_equal(edits[i].path, edits[index].path))
      return false;
  return true;
}

// For clients without documentChanges: {uri: [edit, ...]}.
static StringView plain_changes(EditBuilder *builder) {
  const LspDocumentChange *changes = builder->changes.data;
  Buffer json;
  JsonWriter writer;
  buffer_init(&json, EDIT_JSON_MAX);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  for (size_t i = 0; i < builder->changes.count; i++) {
    if (!changes[i].text_document)
      continue;
    const LspTextEdit *edits = changes[i].edits.items;
    json_write_name_view(&writer, changes[i].text_document->uri);
    json_write_array_begin(&writer);
    for (size_t k = 0; k < changes[i].edits.count; k++)
      json_encode(&writer, &lsp_text_edit_type, &edits[k]);
    json_write_array_end(&writer);
  }
  json_write_object_end(&writer);
  StringView copy = json.failure ? (StringView){0} : arena_copy(builder->arena, buffer_view(&json));
  buffer_finish(&json);
  return copy;
}

static void applied(void *user, const JsonValue *result, const Error *error) {
  (void)user;
  const JsonValue *flag = result ? json_member(result, "applied") : NULL;
  if (error || !flag || flag->kind != JSON_BOOL || !flag->boolean)
    log_info("edit", "the client did not apply the generated tests%s%s", error ? ": " : "",
             error ? error->message : "");
}

// What the client shows beside the preview: who wrote it.
static StringView annotations_json(EditBuilder *builder, const GenerateReport *report) {
  Buffer json;
  JsonWriter writer;
  bool is_model = !string_view_is_absent(report->model) || string_view_equal_text(report->provider, "answer");
  StringView author = string_view_is_absent(report->model) ? SV("a model") : report->model;
  const char *what = report->implementation ? "Code and tests" : "Tests";
  StringView label = is_model ? arena_format(builder->arena, "%s written by %.*s", what, SV_ARGUMENTS(author))
                              : SV("Tests generated by TestGen");
  buffer_init(&json, 65536);
  json_writer_init(&writer, &json, 0);
  json_write_object_begin(&writer);
  json_write_name(&writer, ANNOTATION);
  json_write_object_begin(&writer);
  json_write_name(&writer, "label");
  json_write_string(&writer, label);
  json_write_name(&writer, "needsConfirmation");
  json_write_bool(&writer, true);
  json_write_name(&writer, "description");
  json_write_string(&writer, SV("They were run before they were shown"));
  json_write_object_end(&writer);
  json_write_object_end(&writer);
  StringView copy = json.failure == 0 ? arena_copy(builder->arena, buffer_view(&json)) : (StringView){0};
  buffer_finish(&json);
  return copy;
}

static void send_edit(EditBuilder *builder, const GenerateReport *report) {
  size_t test_count = report->accepted.count;
  const ImplementationReport *code = report->implementation;
  LspApplyWorkspaceEditParams params = {
      .label = code ? arena_format(builder->arena, "Write %.*s and %zu test%s", SV_ARGUMENTS(code->subject), test_count,
                                   test_count == 1 ? "" : "s")
                    : arena_format(builder->arena, "Add %zu generated test%s", test_count, test_count == 1 ? "" : "s"),
  };
  if (builder->session->client.knows_document_changes)
    params.edit.document_changes = (JsonArray){builder->changes.data, builder->changes.count};
  else
    params.edit.changes_json = plain_changes(builder);
  if (builder->session->client.confirms_annotations)
    params.edit.change_annotations_json = annotations_json(builder, report);
  rpc_peer_call(builder->session->peer, "workspace/applyEdit", &lsp_apply_workspace_edit_params_type, &params, applied,
                NULL, NULL);
}

void apply_generated_edits(Session *session, Folder *folder, const GenerateReport *report) {
  if (report->written || report->edits.count == 0)
    return;
  if (!session->client.applies_edits) {
    session_show(session, LSP_MESSAGE_INFO,
                 "TestGen has %zu tests, but this editor cannot apply edits; use `testgen "
                 "generate --write` on the command line",
                 report->accepted.count);
    return;
  }
  Arena arena = {0};
  EditBuilder builder = {.session = session, .folder = folder, .arena = &arena};
  const FileEdit *edits = report->edits.items;
  int result = 0;
  vector_init(&builder.changes, sizeof(LspDocumentChange), 10000);
  for (size_t i = 0; i < report->edits.count && result == 0; i++)
    result = is_first_of_path(edits, i) ? add_file(&builder, report->edits, i) : 0;
  if (result == 0)
    send_edit(&builder, report);
  else
    session_show(session, LSP_MESSAGE_WARNING, "TestGen: %s", builder.error.message);
  vector_finish(&builder.changes);
  arena_finish(&arena);
}
