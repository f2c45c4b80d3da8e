// Where a test goes: into a test file of the workspace, between what is there, without taking a name from it.
#include "server/generator/guards.h"

#define NAMES_MAX 100000u

static bool is_inside(Span span, StringView text, uint32_t offset) {
  return offset > span.start && offset < place_trimmed_end(text, span.end);
}

// Whether it would stand in the middle of a statement. A method stands at the end of its class.
static bool splits_something(const TestFile *file, uint32_t offset) {
  size_t count = 0, import_count = 0;
  const Definition *definitions = file->analysis ? analysis_definitions(file->analysis, &count) : NULL;
  const Import *imports = file->analysis ? analysis_imports(file->analysis, &import_count) : NULL;
  for (size_t index = 0; index < count; index++)
    if (definitions[index].parent < 0 && is_inside(definitions[index].span, file->text, offset))
      return true;
  for (size_t index = 0; index < import_count; index++)
    if (is_inside(imports[index].span, file->text, offset))
      return true;
  return false;
}

static const char *place_fault(const GuardContext *context, const Proposal *proposal, const char **ret_reason) {
  const TestFile *file = &context->files[proposal->file];
  *ret_reason = "outside";
  if (!place_is_test_path(file->path))
    return "is not a test file inside the workspace (test_*.py or *_test.py)";
  *ret_reason = "not-an-addition";
  if (proposal->placed.offset > file->text.length)
    return "would not be an addition: it lies outside the file";
  if (splits_something(file, proposal->placed.offset))
    return "would not be an addition: something else would be torn apart";
  *ret_reason = "exists";
  if (file->is_new && workspace_index_get(context->index, file->path))
    return "exists already";
  return NULL;
}

int guard_place(GuardContext *context, Proposal *proposals, size_t count, Error *ret_error) {
  (void)ret_error;
  for (size_t index = 0; index < count; index++) {
    const char *reason, *fault = proposals[index].guard ? NULL : place_fault(context, &proposals[index], &reason);
    if (fault)
      guard_reject(context, &proposals[index], "place", reason, "%.*s %s",
                   SV_ARGUMENTS(context->files[proposals[index].file].path), fault);
  }
  return 0;
}

// ---- Names ----

static bool add_name(GuardContext *context, Vector *names, StringView name, StringView module, StringView symbol) {
  StringView text = symbol.length > 0
                        ? arena_format(context->arena, "%.*s=%.*s.%.*s", SV_ARGUMENTS(name), SV_ARGUMENTS(module),
                                       SV_ARGUMENTS(symbol))
                        : arena_format(context->arena, "%.*s=%.*s", SV_ARGUMENTS(name), SV_ARGUMENTS(module));
  return text.data && vector_push_copy(names, &text);
}

static bool add_definitions(GuardContext *context, Vector *names, const FileAnalysis *analysis, StringView module) {
  size_t count = 0;
  bool is_done = true;
  const Definition *definitions = analysis ? analysis_definitions(analysis, &count) : NULL;
  for (size_t index = 0; index < count && is_done; index++)
    if (definitions[index].parent < 0 && !definitions[index].is_nested)
      is_done = add_name(context, names, definitions[index].name, module,
                         module.length > 0 ? definitions[index].name : (StringView){0});
  return is_done;
}

static bool add_imports(GuardContext *context, Vector *names, const TestFile *file) {
  size_t count = 0;
  bool is_done = true;
  const Import *imports = file->analysis ? analysis_imports(file->analysis, &count) : NULL;
  for (size_t index = 0; index < count && is_done; index++) {
    const Import *import = &imports[index];
    bool is_top_level = import->span.start == 0 || file->text.data[import->span.start - 1] == '\n';
    if (is_top_level && import->local_name.length > 0 && !string_view_equal(import->local_name, SV("*")))
      is_done = add_name(context, names, import->local_name, import->module, import->symbol);
  }
  return is_done;
}

int guard_taken_names(GuardContext *context, const Proposal *proposal, JsonArray *ret_names, Error *ret_error) {
  const TestFile *file = &context->files[proposal->file];
  const FileAnalysis *subject = workspace_index_get(context->index, proposal->subject_path);
  StringView module = place_module_name(context->index, proposal->subject_path, context->arena);
  Vector names;
  vector_init(&names, sizeof(StringView), NAMES_MAX);
  bool is_done = module.data && add_imports(context, &names, file) &&
                 add_definitions(context, &names, file->analysis, (StringView){0}) &&
                 add_definitions(context, &names, subject, module);
  if (is_done)
    ret_names->items = vector_to_arena(&names, context->arena, &ret_names->count);
  is_done = is_done && (ret_names->items || names.count == 0);
  vector_finish(&names);
  return is_done ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are placed");
}
