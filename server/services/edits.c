#include "server/services/edits.h"

#include "server/base/files.h"

#define FILE_MAX (64u << 20)  // bytes

static int absolute_path(const Workspace *workspace, StringView path, Arena *arena, StringView *ret_absolute,
                         Error *ret_error) {
  StringView root = workspace_root(workspace);
  StringView joined = path_join(arena, root, path);
  StringView absolute = joined.data ? path_normalize(arena, joined) : joined;
  if (!absolute.data)
    return report_out_of_memory(ret_error);
  if (!path_is_inside(root, absolute))
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%.*s lies outside the workspace", SV_ARGUMENTS(path));
  *ret_absolute = absolute;
  return 0;
}

// The file's text, when it is still the one that the edit was made for. Absent for a file that is to be created.
static int check_file(const Workspace *workspace, const FileEdit *edit, Arena *arena, StringView *ret_text,
                      Error *ret_error) {
  StringView absolute = {0};
  FileStamp stamp;
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE];
  int result = absolute_path(workspace, edit->path, arena, &absolute, ret_error);
  if (result < 0)
    return result;
  if (edit->created) {
    *ret_text = (StringView){0};
    if (file_stamp(absolute.data, &stamp, NULL) == 0)
      return error_set(ret_error, ERROR_CONFLICT, "%.*s: the file came into being meanwhile; generate again",
                       SV_ARGUMENTS(edit->path));
    return 0;
  }
  result = file_read(absolute.data, FILE_MAX, arena, ret_text, ret_error);
  if (result == 0)
    result = digest_of(*ret_text, &digest, ret_error);
  if (result < 0)
    return result;
  digest_to_text(&digest, hexadecimal);
  if (!string_view_equal_text(edit->digest, hexadecimal))
    return error_set(ret_error, ERROR_CONFLICT, "%.*s: the file changed meanwhile; generate again",
                     SV_ARGUMENTS(edit->path));
  if (edit->start > edit->end || edit->end > ret_text->length)
    return error_set(ret_error, ERROR_INTERNAL, "%.*s: an edit lies outside the file", SV_ARGUMENTS(edit->path));
  return 0;
}

// All edits of one path, applied to its text. Offsets are of the original text and ascend.
static int apply_to_text(StringView text, JsonArray edits, StringView path, Buffer *output, Error *ret_error) {
  const FileEdit *items = edits.items;
  size_t position = 0;
  for (size_t i = 0; i < edits.count; i++) {
    if (!string_view_equal(items[i].path, path))
      continue;
    if (items[i].start < position)
      return error_set(ret_error, ERROR_INTERNAL, "%.*s: edits overlap or are out of order", SV_ARGUMENTS(path));
    buffer_append(output, string_view_slice(text, position, items[i].start));
    buffer_append(output, items[i].text);
    position = items[i].end;
  }
  buffer_append(output, string_view_slice(text, position, text.length));
  return buffer_check(output, ret_error, "an edited file");
}

static bool is_first_of_path(const FileEdit *edits, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (string_view_equal(edits[i].path, edits[index].path))
      return false;
  return true;
}

static int write_path(Workspace *workspace, JsonArray edits, size_t index, Arena *arena, Error *ret_error) {
  const FileEdit *items = edits.items;
  StringView absolute = {0}, text = {0};
  Buffer output;
  int result = absolute_path(workspace, items[index].path, arena, &absolute, ret_error);
  if (result == 0)
    result = check_file(workspace, &items[index], arena, &text, ret_error);
  if (result < 0)
    return result;
  buffer_init(&output, FILE_MAX);
  result = apply_to_text(text, edits, items[index].path, &output, ret_error);
  const char *folder = arena_terminated(arena, path_directory(absolute));
  if (result == 0)
    result = folder ? directory_create_all(folder, ret_error) : report_out_of_memory(ret_error);
  if (result == 0)
    result = file_write_atomic(absolute.data, buffer_view(&output), ret_error);
  buffer_finish(&output);
  return result;
}

int edits_write(Workspace *workspace, JsonArray edits, Arena *arena, Error *ret_error) {
  const FileEdit *items = edits.items;
  StringView text;
  for (size_t i = 0; i < edits.count; i++) {
    int result = check_file(workspace, &items[i], arena, &text, ret_error);
    if (result < 0)
      return result;
  }
  for (size_t i = 0; i < edits.count; i++) {
    int result = is_first_of_path(items, i) ? write_path(workspace, edits, i, arena, ret_error) : 0;
    if (result < 0)
      return result;
  }
  return 0;
}
