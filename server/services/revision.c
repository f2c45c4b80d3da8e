#include "server/services/revision.h"

#include "server/base/files.h"

#define SMALL_FILE_MAX 4096u
#define PACKED_MAX (16u << 20)
#define LINKS_MAX 5  // from name to name

// Absent unless the file can be read.
static StringView text_of(StringView folder, StringView name, size_t maximum, Arena *arena) {
  StringView path = path_join(arena, folder, name), text;
  if (!path.data || file_read(path.data, maximum, arena, &text, NULL) < 0)
    return (StringView){0};
  return text;
}

static StringView small_text(StringView folder, StringView name, Arena *arena) {
  StringView text = text_of(folder, name, SMALL_FILE_MAX, arena);
  return string_view_is_absent(text) ? text : string_view_trim(text);
}

// The nearest repository upwards. In a work tree of its own `.git` is a file that names the folder.
static StringView git_folder(StringView folder, Arena *arena) {
  while (folder.length > 1) {
    StringView inside = path_join(arena, folder, SV(".git"));
    if (inside.data && !string_view_is_absent(small_text(inside, SV("HEAD"), arena)))
      return inside;
    StringView link = small_text(folder, SV(".git"), arena);
    if (string_view_starts_with(link, SV("gitdir: ")))
      return path_join(arena, folder, string_view_slice(link, 8, link.length));
    folder = path_directory(folder);
  }
  return (StringView){0};
}

static bool is_commit(StringView text) {
  if (text.length != 40 && text.length != 64)  // SHA-1, SHA-256
    return false;
  for (size_t i = 0; i < text.length; i++)
    if (!(text.data[i] >= '0' && text.data[i] <= '9') && !(text.data[i] >= 'a' && text.data[i] <= 'f'))
      return false;
  return true;
}

// Lines of "COMMIT NAME".
static StringView packed_commit(StringView common, StringView name, Arena *arena) {
  StringView text = text_of(common, SV("packed-refs"), PACKED_MAX, arena), line;
  while (string_view_next(&text, '\n', &line)) {
    size_t space = string_view_find_byte(line, ' ');
    StringView commit = string_view_slice(line, 0, space);
    if (space < line.length && is_commit(commit) &&
        string_view_equal(string_view_slice(line, space + 1, line.length), name))
      return commit;
  }
  return (StringView){0};
}

StringView revision_of(StringView folder, Arena *arena) {
  StringView own = git_folder(folder, arena);
  if (string_view_is_absent(own))
    return own;
  StringView shared = small_text(own, SV("commondir"), arena);
  StringView common = string_view_is_absent(shared) ? own : path_join(arena, own, shared);
  StringView text = small_text(own, SV("HEAD"), arena);
  for (int i = 0; i < LINKS_MAX && string_view_starts_with(text, SV("ref: ")); i++) {
    StringView name = string_view_slice(text, 5, text.length);
    text = small_text(common, name, arena);
    if (string_view_is_absent(text))
      text = packed_commit(common, name, arena);
  }
  return is_commit(text) ? text : (StringView){0};
}
