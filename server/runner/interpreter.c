#include "server/runner/interpreter.h"

#include "server/base/files.h"
#include "server/base/hash.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define POETRY_HASH_LENGTH 8

static bool is_executable(StringView path) {
  return path.data && access(path.data, X_OK) == 0;
}

// The interpreter inside a virtual environment's folder, absent when there is none.
static StringView python_of(StringView environment, Arena *arena) {
  StringView path = environment.data ? path_join(arena, environment, SV("bin/python")) : (StringView){0};
  return is_executable(path) ? path : (StringView){0};
}

static StringView variable(const char *name) {
  StringView value = string_view_from(getenv(name));
  return value.length > 0 ? value : (StringView){0};
}

// ---- Where to look, in this order ----

static StringView find_dot_venv(StringView root, Arena *arena) {
  return python_of(path_join(arena, root, SV(".venv")), arena);
}

static StringView find_venv(StringView root, Arena *arena) {
  return python_of(path_join(arena, root, SV("venv")), arena);
}

static StringView find_active(StringView root, Arena *arena) {
  (void)root;
  return python_of(variable("VIRTUAL_ENV"), arena);
}

static StringView find_uv(StringView root, Arena *arena) {
  StringView environment = variable("UV_PROJECT_ENVIRONMENT");
  return environment.data ? python_of(path_join(arena, root, environment), arena) : environment;
}

// Poetry's folder of virtual environments (its manual, "cache-dir").
static StringView poetry_folder(Arena *arena) {
  StringView cache = variable("POETRY_CACHE_DIR");
  if (cache.data) {
    return path_join(arena, cache, SV("virtualenvs"));
  }
  cache = variable("XDG_CACHE_HOME");
  if (cache.data) {
    return path_join(arena, cache, SV("pypoetry/virtualenvs"));
  }
  StringView home = variable("HOME");
  return home.data ? path_join(arena, home, SV(".cache/pypoetry/virtualenvs")) : home;
}

// "-" and the first characters of the project's path as SHA-256 in URL-safe base64, and "-py": poetry names the
// environment of a project NAME-HASH-pyVERSION (EnvManager.generate_env_name).
static StringView poetry_mark(StringView root, Arena *arena) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  StringView real;
  Digest digest;
  if (path_real(arena_terminated(arena, root), arena, &real, NULL) != 0 || digest_of(real, &digest, NULL) != 0) {
    return (StringView){0};
  }
  char hash[POETRY_HASH_LENGTH];
  for (size_t index = 0; index < POETRY_HASH_LENGTH; index++) {
    size_t bit = index * 6;
    unsigned pair = (unsigned)digest.bytes[bit / 8] << 8 | digest.bytes[bit / 8 + 1];
    hash[index] = alphabet[(pair >> (10 - bit % 8)) & 63];
  }
  return arena_format(arena, "-%.*s-py", POETRY_HASH_LENGTH, hash);
}

static StringView find_poetry(StringView root, Arena *arena) {
  StringView folder = poetry_folder(arena);
  DIR *stream = folder.data ? opendir(folder.data) : NULL;
  if (!stream) {
    return (StringView){0};
  }
  StringView mark = poetry_mark(root, arena), newest = {0};
  for (struct dirent *entry; mark.data && (entry = readdir(stream));) {
    StringView name = string_view_from(entry->d_name);
    if (string_view_contains(name, mark) && (!newest.data || string_view_compare(newest, name) < 0)) {
      newest = arena_copy(arena, name);
    }
  }
  closedir(stream);
  return newest.data ? python_of(path_join(arena, folder, newest), arena) : newest;
}

static StringView find_in_path(StringView root, Arena *arena) {
  (void)root;
  StringView rest = variable("PATH"), folder;
  while (string_view_next(&rest, ':', &folder)) {
    StringView path = folder.length > 0 ? path_join(arena, folder, SV("python3")) : (StringView){0};
    if (is_executable(path)) {
      return path;
    }
  }
  return (StringView){0};
}

static const struct {
  const char *found_by;
  StringView (*find)(StringView root, Arena *arena);
} places[] = {
    {".venv", find_dot_venv},     {"venv", find_venv},
    {"VIRTUAL_ENV", find_active}, {"UV_PROJECT_ENVIRONMENT", find_uv},
    {"poetry", find_poetry},      {"python3 in PATH", find_in_path},
};

static int find_configured(const RunnerOptions *options, Arena *arena, InterpreterInfo *ret_info, Error *ret_error) {
  StringView configured = options->interpreter;
  bool is_path = string_view_find_byte(configured, '/') < configured.length;
  StringView path = is_path ? path_join(arena, options->root, configured) : arena_copy(arena, configured);
  if (!path.data) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for the path of the interpreter");
  }
  if (is_path && !is_executable(path)) {
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%s: the configured Python interpreter does not exist or cannot be run: correct the setting, or "
                     "remove it to have one found",
                     path.data);
  }
  *ret_info = (InterpreterInfo){.path = path, .found_by = SV("settings")};
  return 0;
}

int interpreter_find(const RunnerOptions *options, Arena *arena, InterpreterInfo *ret_info, Error *ret_error) {
  if (options->interpreter.length > 0) {
    return find_configured(options, arena, ret_info, ret_error);
  }
  for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
    StringView path = places[index].find(options->root, arena);
    if (path.data) {
      *ret_info = (InterpreterInfo){.path = path, .found_by = string_view_from(places[index].found_by)};
      return 0;
    }
  }
  return error_set(
      ret_error, ERROR_UNAVAILABLE,
      "no Python interpreter was found for %.*s: make a virtual environment there (python3 -m venv .venv), "
      "or name one in the settings",
      SV_ARGUMENTS(options->root));
}

StringView interpreter_virtual_environment(StringView interpreter, Arena *arena) {
  StringView folder = path_directory(path_directory(interpreter));
  StringView marker = path_join(arena, folder, SV("pyvenv.cfg"));
  return marker.data && access(marker.data, F_OK) == 0 ? arena_copy(arena, folder) : (StringView){0};
}
