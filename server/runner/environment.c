#include "server/runner/environment.h"

#include <string.h>
#include <strings.h>

// A variable whose name contains one of these is kept from children.
static const char *const secret_parts[] = {
    "KEY",    "TOKEN",   "SECRET", "PASSWORD", "PASSWD",      "PASSPHRASE", "CREDENTIAL", "AUTH",
    "COOKIE", "PRIVATE", "PWD_",   "_PAT",     "WEBHOOK_URL", "SIGNATURE",  "CERT_DATA",
};

// What every child gets. The hash seed is the same in every run, so that an order of a set that a test depends on fails
// always or never; byte code is not written into the workspace.
static const char *const fixed[] = {
    "PYTHONDONTWRITEBYTECODE=1",
    "PYTHONHASHSEED=0",
    "PYTHONIOENCODING=utf-8",
};

// Variables of tools around this process that would make a child write files or believe it is somebody else.
static const char *const dropped_names[] = {
    "COVERAGE_FILE", "COVERAGE_PROCESS_START", "COVERAGE_RUN", "PYTEST_CURRENT_TEST", "PYTHONSTARTUP", "PYTHONINSPECT",
};

bool environment_is_secret(StringView name) {
  for (size_t part = 0; part < sizeof secret_parts / sizeof *secret_parts; part++) {
    size_t length = strlen(secret_parts[part]);
    for (size_t start = 0; start + length <= name.length; start++) {
      if (strncasecmp(name.data + start, secret_parts[part], length) == 0) {
        return true;
      }
    }
  }
  return false;
}

static StringView name_of(const char *variable) {
  StringView view = string_view_from(variable);
  return string_view_slice(view, 0, string_view_find_byte(view, '='));
}

static bool has_name(const char *const *variables, StringView name) {
  for (; variables && *variables; variables++) {
    if (string_view_equal(name_of(*variables), name)) {
      return true;
    }
  }
  return false;
}

static bool is_dropped(StringView name) {
  for (size_t index = 0; index < sizeof dropped_names / sizeof *dropped_names; index++) {
    if (string_view_equal_text(name, dropped_names[index])) {
      return true;
    }
  }
  for (size_t index = 0; index < sizeof fixed / sizeof *fixed; index++) {
    if (string_view_equal(name_of(fixed[index]), name)) {
      return true;
    }
  }
  return false;
}

static size_t count_of(const char *const *variables) {
  size_t count = 0;
  while (variables && variables[count]) {
    count++;
  }
  return count;
}

const char *const *environment_for_child(const char *const *inherited, const char *const *extra, Arena *arena) {
  const size_t fixed_count = sizeof fixed / sizeof *fixed;
  size_t room = count_of(inherited) + count_of(extra) + fixed_count + 1;
  const char **result = arena_allocate_array(arena, room, sizeof *result);
  if (!result) {
    return NULL;
  }
  size_t count = 0;
  for (size_t index = 0; inherited && inherited[index]; index++) {
    StringView name = name_of(inherited[index]);
    if (!environment_is_secret(name) && !is_dropped(name) && !has_name(extra, name)) {
      result[count++] = inherited[index];
    }
  }
  for (size_t index = 0; index < fixed_count; index++) {
    if (!has_name(extra, name_of(fixed[index]))) {
      result[count++] = fixed[index];
    }
  }
  for (size_t index = 0; extra && extra[index]; index++) {
    result[count++] = extra[index];
  }
  return result;
}
