#include "server/base/files.h"
#include "server/models/model_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KEY_MAX 4096u

// A key goes into a header: nothing in it may end one.
static bool is_key(StringView text) {
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] <= ' ' || text.data[i] > '~')
      return false;
  return text.length > 0;
}

static int read_file(StringView file, Arena *arena, StringView *ret_key, Error *ret_error) {
  struct stat status;
  StringView text;
  char *path = arena_terminated(arena, file);
  if (!path)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is called");
  if (stat(path, &status) < 0)
    return error_set_errno(ret_error, errno, "%s, the file of the model's key", path);
  if (status.st_mode & (S_IRWXG | S_IRWXO))
    return error_set(ret_error, ERROR_UNTRUSTED, "%s: others may read the model's key; run chmod 600 %s", path, path);
  int result = file_read(path, KEY_MAX, arena, &text, ret_error);
  if (result < 0)
    return result;
  *ret_key = string_view_trim(text);
  return is_key(*ret_key) ? 0
                          : error_set(ret_error, ERROR_INVALID_ARGUMENT,
                                      "%s: one line with the model's key is expected, and nothing else", path);
}

static StringView without_slashes(StringView url) {
  while (url.length > 0 && url.data[url.length - 1] == '/')
    url = string_view_slice(url, 0, url.length - 1);
  return url;
}

const char *model_key_variable(const ModelApi *api, StringView url) {
  bool is_own = url.length == 0 || string_view_equal_text(without_slashes(url), api->default_url);
  return is_own ? api->key_variable : MODEL_KEY_VARIABLE;
}

static int read_variable(const char *name, StringView *ret_key, StringView *ret_source, Error *ret_error) {
  const char *value = getenv(name);
  if (!value || !*value)
    return 0;
  *ret_source = string_view_from(name);
  *ret_key = string_view_trim(string_view_from(value));
  return is_key(*ret_key) ? 0
                          : error_set(ret_error, ERROR_INVALID_ARGUMENT,
                                      "%s holds no key: there are spaces or other signs in it", name);
}

int model_key_find(const ModelApi *api, StringView url, StringView file, Arena *arena, StringView *ret_key,
                   StringView *ret_source, Error *ret_error) {
  *ret_key = (StringView){0};
  *ret_source = file;
  if (file.length > 0)
    return read_file(file, arena, ret_key, ret_error);
  int result = read_variable(MODEL_KEY_VARIABLE, ret_key, ret_source, ret_error);
  return result == 0 && string_view_is_absent(*ret_key)
             ? read_variable(model_key_variable(api, url), ret_key, ret_source, ret_error)
             : result;
}
