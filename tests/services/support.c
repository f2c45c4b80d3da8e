#include "support.h"

#include "server/services/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
// cmocka's header needs those above.
#include <cmocka.h>

Workspace *open_project(const char *name, Arena *arena) {
  Workspace *workspace = NULL;
  Error error = {0};
  JsonValue settings;
  StringView root = arena_format(arena, "%s/%s", TEST_PROJECTS, name);
  assert_int_equal(json_parse(SV("{\"interpreter\": \"" TEST_PYTHON "\"}"), arena, &settings, &error), 0);
  assert_int_equal(workspace_create(root, &workspace, &error), 0);
  const JsonValue *layer = &settings;
  assert_int_equal(workspace_load_settings(workspace, &layer, 1, NULL, NULL, &error), 0);
  workspace_set_trusted(workspace, true);
  return workspace;
}

void *read_params(const JsonType *type, const char *text, Arena *arena) {
  JsonValue value;
  Error error = {0};
  void *params = arena_allocate(arena, type->size);
  assert_non_null(params);
  assert_int_equal(json_parse(string_view_from(text), arena, &value, &error), 0);
  assert_int_equal(json_decode(type, &value, arena, params, &error), 0);
  return params;
}
