#include "protocol/json/json.h"

const JsonValue *json_member(const JsonValue *object, const char *name) {
  if (!object || object->kind != JSON_OBJECT) {
    return NULL;
  }
  StringView wanted = string_view_from(name);
  for (size_t index = object->object.count; index > 0; index--) {
    const JsonMember *member = &object->object.members[index - 1];
    if (string_view_equal(member->name, wanted)) {
      return &member->value;
    }
  }
  return NULL;
}

const char *json_kind_name(JsonKind kind) {
  static const char *const names[JSON_KIND_COUNT] = {
      [JSON_NULL] = "null",       [JSON_BOOL] = "a boolean", [JSON_INTEGER] = "an integer", [JSON_DOUBLE] = "a number",
      [JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
  };
  return kind < JSON_KIND_COUNT ? names[kind] : "nothing";
}
