#include "server/runner/sandbox.h"

#include "protocol/memory/vector.h"
#include "server/base/files.h"

#include <sys/stat.h>

#define ARGUMENTS_MAX 4096

// Own namespaces for everything (so no network, and no other process to be seen), a read-only file system, fresh /dev,
// /proc and /tmp. /run goes because sockets in it (docker, dbus, agents) work across network namespaces.
static const char *const base_arguments[] = {
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
};

#define HIDING_TMPFS_MAX 4096  // bytes: what only hides a folder has nothing to hold

// What lies in a home folder and is nobody's business. Hidden before the readable folders are put in place, so that an
// interpreter or a workspace below one of them stays usable.
static const char *const hidden_in_home[] = {
    ".ssh",
    ".aws",
    ".gnupg",
    ".config",
    ".netrc",
    ".docker",
    ".kube",
    ".azure",
    ".pypirc",
    ".npmrc",
    ".password-store",
    ".git-credentials",
    ".mozilla",
    ".thunderbird",
    ".bash_history",
    ".python_history",
    ".local/share/keyrings",
    ".cargo/credentials.toml",
    ".pgpass",
    ".my.cnf",
};

typedef struct ArgumentList {
  Vector items;  // const char *
  Arena *arena;
  bool limits_tmpfs;  // bwrap knows --size, which came with 0.7; without it the kernel allows half of the memory
  bool has_failed;
} ArgumentList;

// "bubblewrap 0.8.0"
static bool is_version_with_size(StringView text) {
  StringView rest = string_view_trim(text), major, minor;
  rest = string_view_slice(rest, string_view_find_byte(rest, ' ') + 1, rest.length);
  int64_t first, second;
  return string_view_next(&rest, '.', &major) && string_view_next(&rest, '.', &minor) &&
         string_view_to_int64(major, &first) && string_view_to_int64(minor, &second) && (first > 0 || second >= 7);
}

static bool knows_size(void) {
  static const char *const arguments[] = {"bwrap", "--version", NULL};
  ChildOptions options = {.arguments = arguments, .directory = "/", .wall_ms = 10000};
  Child *child = NULL;
  ChildExit end;
  bool is_known = child_start(&options, &child, NULL) == 0 && child_wait(child, &end, NULL) == 0 &&
                  is_version_with_size(end.output);
  child_destroy(child);
  return is_known;
}

static void add(ArgumentList *list, const char *argument) {
  list->has_failed = !argument || !vector_push_copy(&list->items, &argument) || list->has_failed;
}

static void add_view(ArgumentList *list, StringView argument) {
  add(list, argument.data ? arena_terminated(list->arena, argument) : NULL);
}

static void add_bind(ArgumentList *list, const char *option, const char *path) {
  add(list, option);
  add(list, path);
  add(list, path);
}

static void add_tmpfs(ArgumentList *list, const char *path, int64_t size) {
  if (list->limits_tmpfs) {
    add(list, "--size");
    add_view(list, arena_format(list->arena, "%lld", (long long)size));
  }
  add(list, "--tmpfs");
  add(list, path);
}

static void hide_in_home(ArgumentList *list, const char *home) {
  for (size_t index = 0; index < sizeof hidden_in_home / sizeof *hidden_in_home; index++) {
    StringView path = path_join(list->arena, string_view_from(home), string_view_from(hidden_in_home[index]));
    struct stat status;
    if (!path.data || stat(path.data, &status) != 0) {
      list->has_failed = list->has_failed || !path.data;
    } else if (S_ISDIR(status.st_mode)) {
      add_tmpfs(list, path.data, HIDING_TMPFS_MAX);
    } else {
      add(list, "--ro-bind");
      add(list, "/dev/null");
      add_view(list, path);
    }
  }
}

static void add_folders(ArgumentList *list, const ChildOptions *options) {
  for (const char *const *folder = options->readable; folder && *folder; folder++) {
    add_bind(list, "--ro-bind", *folder);
  }
  add_bind(list, "--ro-bind", options->directory);
  if (options->writable) {
    add_bind(list, "--bind", options->writable);
  }
  add(list, "--setenv");
  add(list, "HOME");
  add(list, options->writable ? options->writable : "/tmp");
  add(list, "--setenv");
  add(list, "TMPDIR");
  add(list, "/tmp");
  add(list, "--chdir");
  add(list, options->directory);
}

int sandbox_wrap(const ChildOptions *options, const char *home, Arena *arena, const char *const **ret_arguments,
                 Error *ret_error) {
  ArgumentList list = {.arena = arena, .limits_tmpfs = knows_size()};
  vector_init(&list.items, sizeof(const char *), ARGUMENTS_MAX);
  for (size_t index = 0; index < sizeof base_arguments / sizeof *base_arguments; index++) {
    add(&list, base_arguments[index]);
  }
  add_tmpfs(&list, "/tmp", SANDBOX_TEMPORARY_MAX);
  add_tmpfs(&list, "/run", HIDING_TMPFS_MAX);
  if (home && home[0] == '/') {
    hide_in_home(&list, home);
  }
  add_folders(&list, options);
  add(&list, "--");
  for (const char *const *argument = options->arguments; *argument; argument++) {
    add(&list, *argument);
  }
  const char *end = NULL;
  list.has_failed = !vector_push_copy(&list.items, &end) || list.has_failed;
  size_t count;
  const char *const *arguments = list.has_failed ? NULL : vector_to_arena(&list.items, arena, &count);
  vector_finish(&list.items);
  if (!arguments) {
    return error_set(ret_error, ERROR_LIMIT, "the sandbox cannot be set up: no memory, or more than %d arguments",
                     ARGUMENTS_MAX);
  }
  *ret_arguments = arguments;
  return 0;
}

int sandbox_check(Error *ret_error) {
  static const char *const trial[] = {"bwrap", "--unshare-all", "--ro-bind", "/", "/", "true", NULL};
  ChildOptions options = {.arguments = trial, .directory = "/", .wall_ms = 10000};
  Child *child = NULL;
  int code = child_start(&options, &child, NULL);
  if (code == ERROR_UNAVAILABLE) {
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "the sandbox needs bubblewrap, and bwrap is not in PATH: install it with your package manager "
                     "(apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap)");
  }
  ChildExit end;
  code = code == 0 ? child_wait(child, &end, ret_error) : error_set(ret_error, code, "bwrap cannot be started");
  if (code == 0 && (end.status != 0 || end.timed_out)) {
    code = error_set(ret_error, ERROR_UNAVAILABLE,
                     "bwrap is there but cannot make namespaces (%.*s): allow unprivileged ones with sysctl -w "
                     "kernel.unprivileged_userns_clone=1 or, on Ubuntu, kernel.apparmor_restrict_unprivileged_userns=0",
                     SV_ARGUMENTS(string_view_trim(end.errors)));
  }
  child_destroy(child);
  return code;
}
