#include "protocol/lsp/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void uris_become_paths(void **state) {
  (void)state;
  static const struct {
    const char *uri;
    const char *path;  // NULL: refused
  } cases[] = {
      {"file:///a/b.py", "/a/b.py"},
      {"file:/a/b.py", "/a/b.py"},
      {"file://localhost/a", "/a"},
      {"file://LOCALHOST/a", "/a"},
      {"FILE:///a", "/a"},
      {"file:///a%20b", "/a b"},
      {"file:///%C3%A9", "/\xC3\xA9"},
      {"file:///\xC3\xA9", "/\xC3\xA9"},
      {"file:///%ff", "/\xFF"},
      {"file:///c%3A/x", "/c:/x"},
      {"file:///c:/x", "/c:/x"},
      {"file:///a/./b/../c//d/", "/a/c/d"},
      {"file:///a/%2e%2E/b", "/b"},
      {"file:///../../a", "/a"},
      {"file:///a/..", "/"},
      {"file:///", "/"},
      {"file:////a", "/a"},
      {"file:///..a/...", "/..a/..."},
      {"file:///a%23b#fragment", "/a#b"},
      {"file:///a%3Fb?query#fragment", "/a?b"},
      {"file:///a+b&c=d", "/a+b&c=d"},
      {"file:///a%25b", "/a%b"},
      {"file:///a%2Fb", "/a/b"},
      {"http://localhost/a", NULL},
      {"untitled:Untitled-1", NULL},
      {"file://host/a", NULL},
      {"file://localhost", NULL},
      {"file:a/b", NULL},
      {"file:", NULL},
      {"file", NULL},
      {"", NULL},
      {"/a/b", NULL},
      {"file:///a%", NULL},
      {"file:///a%2", NULL},
      {"file:///a%2g", NULL},
      {"file:///a%g0", NULL},
      {"file:///a%00b", NULL},
      {"file://?", NULL},
      {" file:///a", NULL},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    StringView path = {0};
    Error error = {0};
    int status = uri_to_path(string_view_from(cases[index].uri), &arena, &path, &error);
    if (status != (cases[index].path ? 0 : ERROR_INVALID_ARGUMENT)) {
      fail_msg("%s: %s", cases[index].uri, error.message);
    }
    assert_true(string_view_equal(path, string_view_from(cases[index].path)));
    assert_int_equal(error.code, status);
    arena_finish(&arena);
  }
}

static void paths_become_uris(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const char *uri;
  } cases[] = {
      {"/", "file:///"},
      {"/a/b.py", "file:///a/b.py"},
      {"/a b", "file:///a%20b"},
      {"/\xC3\xA9", "file:///%C3%A9"},
      {"/a#?%&+:@", "file:///a%23%3F%25%26%2B%3A%40"},
      {"/-._~", "file:///-._~"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    Arena arena = {0};
    StringView uri = uri_from_path(string_view_from(cases[index].path), &arena);
    assert_true(string_view_equal_text(uri, cases[index].uri));
    arena_finish(&arena);
  }
}

static void every_byte_survives_the_way_to_a_uri_and_back(void **state) {
  (void)state;
  for (int byte = 1; byte < 256; byte++) {
    char path[] = {'/', 'x', (char)byte, 'y', '\0'};
    Arena arena = {0};
    StringView back;
    assert_int_equal(uri_to_path(uri_from_path(string_view_from(path), &arena), &arena, &back, NULL), 0);
    assert_string_equal(back.data, path);
    arena_finish(&arena);
  }
}

static void a_nul_byte_is_refused(void **state) {
  (void)state;
  Arena arena = {0};
  StringView path;
  assert_int_equal(uri_to_path(SV("file:///a\0b"), &arena, &path, NULL), ERROR_INVALID_ARGUMENT);
  arena_finish(&arena);
}

static void schemes_are_found(void **state) {
  (void)state;
  assert_true(string_view_equal(uri_scheme(SV("file:///a")), SV("file")));
  assert_true(string_view_equal(uri_scheme(SV("vscode-notebook-cell:/a")), SV("vscode-notebook-cell")));
  assert_null(uri_scheme(SV("1a:b")).data);
  assert_null(uri_scheme(SV(":b")).data);
  assert_null(uri_scheme(SV("a b:c")).data);
  assert_null(uri_scheme(SV("abc")).data);
  assert_null(uri_scheme((StringView){0}).data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uris_become_paths),
      cmocka_unit_test(paths_become_uris),
      cmocka_unit_test(every_byte_survives_the_way_to_a_uri_and_back),
      cmocka_unit_test(a_nul_byte_is_refused),
      cmocka_unit_test(schemes_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
