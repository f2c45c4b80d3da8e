// A URI that has a path: the path is absolute and normal, and its own URI leads back to it.
#include "protocol/lsp/uri.h"

#include <stdlib.h>
#include <string.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static void check_normal(StringView path) {
  require(path.length > 0 && path.data[0] == '/' && path.data[path.length] == '\0');
  require(memchr(path.data, '\0', path.length) == NULL);
  require(path.length == 1 || path.data[path.length - 1] != '/');
  StringView rest = string_view_slice(path, 1, path.length);
  StringView segment;
  while (string_view_next(&rest, '/', &segment)) {
    require(segment.length > 0);
    require(!string_view_equal(segment, SV(".")) && !string_view_equal(segment, SV("..")));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  StringView path;
  Error error = {0};
  StringView uri = {(const char *)data, size};
  uri_scheme(uri);
  int status = uri_to_path(uri, &arena, &path, &error);
  require(status == error.code);
  if (status == 0) {
    check_normal(path);
    StringView again;
    require(uri_to_path(uri_from_path(path, &arena), &arena, &again, NULL) == 0);
    require(string_view_equal(path, again));
  }
  arena_finish(&arena);
  return 0;
}
