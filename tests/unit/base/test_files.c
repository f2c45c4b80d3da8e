#include "server/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

static Arena arena;
static Error error;
static char root[64];

static int set_up(void **state) {
  (void)state;
  arena_init(&arena);
  error_clear(&error);
  strcpy(root, "/tmp/testgen-files-XXXXXX");
  return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  int code = directory_remove_all(root, &error);
  arena_finish(&arena);
  return code;
}

static const char *below(const char *name) {
  return path_join(&arena, string_view_from(root), string_view_from(name)).data;
}

static void write_file(const char *name, const char *text) {
  StringView folder = path_directory(string_view_from(below(name)));
  assert_int_equal(directory_create_all(arena_terminated(&arena, folder), &error), 0);
  assert_int_equal(file_write_atomic(below(name), string_view_from(text), &error), 0);
}

static void assert_text(const char *name, const char *expected) {
  StringView text;
  assert_int_equal(file_read(below(name), 1000, &arena, &text, &error), 0);
  assert_true(string_view_equal_text(text, expected));
}

// ---- Reading ----

static void reading_has_a_limit(void **state) {
  (void)state;
  write_file("a", "12345");
  StringView text;
  assert_int_equal(file_read(below("a"), 5, &arena, &text, &error), 0);
  assert_int_equal(text.length, 5);
  assert_int_equal(file_read(below("a"), 4, &arena, &text, &error), ERROR_LIMIT);
  error_clear(&error);
  assert_int_equal(file_read("/proc/self/status", 10, &arena, &text, &error), ERROR_LIMIT);
  assert_int_equal(file_read("/proc/self/status", 1 << 20, &arena, &text, NULL), 0);
  assert_true(text.length > 100);
}

static void only_regular_files_are_read(void **state) {
  (void)state;
  StringView text;
  assert_int_equal(file_read(below("none"), 10, &arena, &text, &error), ERROR_NOT_FOUND);
  assert_int_equal(file_read(root, 10, &arena, &text, NULL), ERROR_IO);
  assert_int_equal(mkfifo(below("pipe"), 0600), 0);
  assert_int_equal(file_read(below("pipe"), 10, &arena, &text, NULL), ERROR_IO);
  assert_int_equal(file_read("/dev/zero", 10, &arena, &text, NULL), ERROR_IO);
}

// ---- Writing ----

static size_t count_names(const char *folder) {
  WalkResult result;
  assert_int_equal(directory_walk(folder, &(WalkOptions){0}, &arena, &result, &error), 0);
  return result.count;
}

static void writing_keeps_mode_and_links(void **state) {
  (void)state;
  write_file("target", "old");
  assert_int_equal(chmod(below("target"), 0640), 0);
  assert_int_equal(symlink("target", below("link")), 0);
  assert_int_equal(symlink("later", below("dangling")), 0);
  write_file("link", "new");
  write_file("dangling", "made");
  struct stat status;
  assert_int_equal(lstat(below("link"), &status), 0);
  assert_true(S_ISLNK(status.st_mode));
  assert_int_equal(stat(below("target"), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0640);
  assert_text("target", "new");
  assert_text("later", "made");
  assert_int_equal(symlink("loop", below("loop")), 0);
  assert_int_equal(file_write_atomic(below("loop"), SV("x"), NULL), ERROR_IO);
  assert_int_equal(file_write_atomic(root, SV("x"), NULL), ERROR_IO);
  assert_int_equal(file_write_atomic(below("no/such/folder"), SV("x"), NULL), ERROR_NOT_FOUND);
}

// In a child: a file may only have 1,000 bytes there, so the second half of the write fails.
static void failed_writing_leaves_the_old_file(void **state) {
  (void)state;
  write_file("keep", "old");
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    char *large = calloc(1, 5000);
    _exit(file_write_atomic(below("keep"), (StringView){large, 5000}, NULL) == ERROR_IO ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_text("keep", "old");
  assert_int_equal(count_names(root), 1);
}

static int fill_small_disk(void) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("tmpfs", root, "tmpfs", 0, "size=64k") != 0) {
    return 77;
  }
  write_file("keep", "old");
  size_t size = 1 << 20;
  char *large = calloc(1, size);
  int code = file_write_atomic(below("keep"), (StringView){large, size}, &error);
  assert_text("keep", "old");
  return code == ERROR_IO && strstr(error.message, "No space left") && count_names(root) == 1 ? 0 : 1;
}

static void full_disk_leaves_the_old_file(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    _exit(fill_small_disk());
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) {
    skip();
  }
  assert_int_equal(status, 0);
}

static void folders_are_made_and_removed(void **state) {
  (void)state;
  assert_int_equal(directory_create_all(below("a//b/c/"), &error), 0);
  assert_int_equal(directory_create_all(below("a/b/c"), &error), 0);
  write_file("a/b/c/file", "x");
  assert_int_equal(directory_create_all(below("a/b/c/file/d"), NULL), ERROR_IO);
  write_file("outside", "stays");
  assert_int_equal(symlink(root, below("a/b/up")), 0);
  assert_int_equal(chmod(below("a/b/c"), 0), 0);
  assert_int_equal(directory_remove_all(below("a"), &error), 0);
  assert_int_equal(directory_remove_all(below("a"), &error), 0);
  assert_text("outside", "stays");
}

// ---- Paths ----

static void folders_that_cannot_be_made_are_known_before(void **state) {
  (void)state;
  write_file("file", "");
  assert_int_equal(directory_check_writable(root, &error), 0);
  assert_int_equal(directory_check_writable(below("a/b/c"), &error), 0);
  assert_int_equal(access(below("a"), F_OK), -1);  // nothing was made
  for (int i = 0; i < 2; i++) {
    error_clear(&error);
    assert_int_equal(directory_check_writable(below(i == 0 ? "file" : "file/deeper"), &error), ERROR_IO);
    assert_non_null(strstr(error.message, below("file")));
  }
  if (geteuid() == 0)
    return;  // root may write everywhere
  assert_int_equal(mkdir(below("closed"), 0500), 0);
  assert_int_equal(directory_check_writable(below("closed/a"), NULL), ERROR_IO);
}

static void paths_are_computed(void **state) {
  (void)state;
  static const struct {
    const char *path, *normal, *base, *folder;
  } cases[] = {
      {"", ".", "", "."},
      {"/", "/", "/", "/"},
      {"a/b", "a/b", "b", "a"},
      {"a//./b/", "a/b", "b", "a//."},
      {"/a", "/a", "a", "/"},
      {"a/../..", "..", "..", "a/.."},
      {"/../a", "/a", "a", "/.."},
      {"../../x", "../../x", "x", "../.."},
      {"//a//b//", "/a/b", "b", "//a"},
      {"a/b/../c", "a/c", "c", "a/b/.."},
      {"...", "...", "...", "."},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    StringView path = string_view_from(cases[index].path);
    assert_true(string_view_equal_text(path_normalize(&arena, path), cases[index].normal));
    assert_true(string_view_equal_text(path_base_name(path), cases[index].base));
    assert_true(string_view_equal_text(path_directory(path), cases[index].folder));
  }
}

static void paths_relate(void **state) {
  (void)state;
  assert_true(path_is_inside(SV("/a"), SV("/a/b")));
  assert_true(path_is_inside(SV("/a"), SV("/a")));
  assert_true(path_is_inside(SV("/"), SV("/a")));
  assert_false(path_is_inside(SV("/a"), SV("/ab")));
  assert_false(path_is_inside(SV("."), SV("../a")));
  assert_true(string_view_equal_text(path_relative(&arena, SV("/a/"), SV("/a/./b/c")), "b/c"));
  assert_true(string_view_equal_text(path_relative(&arena, SV("/a"), SV("/a")), "."));
  assert_true(string_view_equal_text(path_relative(&arena, SV("/a"), SV("/b")), "/b"));
  assert_true(string_view_equal_text(path_relative(&arena, SV("/"), SV("/b")), "b"));
  assert_true(string_view_equal_text(path_join(&arena, SV("a/"), SV("b")), "a/b"));
  assert_true(string_view_equal_text(path_join(&arena, SV("a"), SV("/b")), "/b"));
}

static void globs_match(void **state) {
  (void)state;
  static const struct {
    const char *path, *pattern;
    bool matches;
  } cases[] = {
      {"a/b/c.py", "*.py", true},
      {"a/b/c.py", "a/*.py", false},
      {"a/b/c.py", "a/**/*.py", true},
      {"a/c.py", "a/**/c.py", true},
      {"a/b/c/d", "a/**", true},
      {"a", "a/**", false},
      {"x/y/z", "**/z", true},
      {"z", "**/z", true},
      {"x/zz", "**/z", false},
      {"a.c", "a.[ch]", true},
      {"a.x", "a.[!ch]", true},
      {"a.c", "a.[^c]", false},
      {"a-b", "a[a-z-]b", true},
      {"a]b", "a[]]b", true},
      {"[a", "[a", true},
      {"a/é", "a/?", true},
      {"a/b", "a?b", false},
      {"a.js", "*.{js,ts}", true},
      {"src/b.ts", "{src,lib}/*.{js,ts}", true},
      {"x", "{a,{b,x}}", true},
      {"a{b", "a{b", true},
      {"a*b", "a\\*b", true},
      {"axb", "a\\*b", false},
      {"build", "build/", true},
      {"a/b", "./a/b", true},
      {"a/x/b/y/b", "a/**/b", true},
      {"a/x/b/c", "a/**/b", false},
      {"abcabc", "*abc", true},
      {"a/b/c", "a/*/c", true},
      {"a/b/x/c", "a/*/c", false},
      {"", "*", true},
      {"a/.hidden", "*", true},
      {"aXb/c", "a*b/**/c", true},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    bool matches = path_matches_glob(string_view_from(cases[index].path), string_view_from(cases[index].pattern));
    if (matches != cases[index].matches) {
      fail_msg("%s against %s", cases[index].path, cases[index].pattern);
    }
  }
}

// Patterns that take exponential time in a naive matcher.
static void globs_end_soon(void **state) {
  (void)state;
  char path[3000], pattern[900];
  memset(path, 'a', sizeof path);
  for (size_t index = 0; index + 2 < sizeof pattern; index += 2) {
    memcpy(pattern + index, "*a", 2);
  }
  memcpy(pattern + sizeof pattern - 2, "*b", 2);
  assert_false(path_matches_glob((StringView){path, sizeof path}, (StringView){pattern, sizeof pattern}));
  StringView braces = SV("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}c");
  assert_false(path_matches_glob(SV("x"), braces));
}

// ---- Walking ----

static void assert_walk(const WalkOptions *options, const char *expected) {
  WalkResult result;
  assert_int_equal(directory_walk(root, options, &arena, &result, &error), 0);
  char names[4096] = "";
  for (size_t index = 0; index < result.count; index++) {
    strcat(strcat(names, index > 0 ? " " : ""), arena_terminated(&arena, result.entries[index].path));
  }
  assert_string_equal(names, expected);
}

static void walking_leaves_foreign_folders_out(void **state) {
  (void)state;
  const char *const files[] = {"b.py",
                               "a.py",
                               "src/c.py",
                               "src/deep/d.py",
                               ".git/x.py",
                               "__pycache__/a.py",
                               "node_modules/m.py",
                               "env/pyvenv.cfg",
                               "env/lib/site.py",
                               ".hidden.py",
                               "notes.txt"};
  for (size_t index = 0; index < sizeof files / sizeof *files; index++) {
    write_file(files[index], "");
  }
  assert_int_equal(symlink(".", below("src/loop")), 0);
  assert_int_equal(symlink("../a.py", below("src/link.py")), 0);
  assert_int_equal(symlink("nowhere", below("src/dangling.py")), 0);
  StringView suffix = SV(".py"), excluded[] = {SV("src/deep"), SV("b.*")};
  assert_walk(&(WalkOptions){.suffixes = &suffix, .suffix_count = 1},
              ".hidden.py a.py b.py src/c.py src/deep/d.py src/link.py");
  assert_walk(&(WalkOptions){.suffixes = &suffix, .suffix_count = 1, .exclude = excluded, .exclude_count = 2},
              ".hidden.py a.py src/c.py src/link.py");
}

static void walking_honours_gitignore(void **state) {
  (void)state;
  const char *const files[] = {"build/a",    "src/build/b", "src/keep.log", "src/x.log", "top",         "src/top",
                               "docs/gen/c", "docs/d",      "only/e",       "x/only",    "src/n/o.tmp", "src/n/p.tmp",
                               "sp ace",     "#hash",       "deep/a/b/f",   "deep/f"};
  for (size_t index = 0; index < sizeof files / sizeof *files; index++) {
    write_file(files[index], "");
  }
  write_file(".gitignore", "# comment\n\nbuild\n*.log\n!keep.log\r\n/top\ndocs/gen\nonly/\nsp\\ ace\n\\#hash\n"
                           "deep/**/f\n.gitignore\n");
  write_file("src/n/.gitignore", "*.tmp\n!o.tmp\n");
  assert_walk(&(WalkOptions){0}, "docs/d src/keep.log src/n/o.tmp src/top x/only");
}

static void walking_stops_at_the_maximum(void **state) {
  (void)state;
  for (int index = 0; index < 20; index++) {
    char name[32];
    snprintf(name, sizeof name, "d%d/f", index);
    write_file(name, "");
  }
  WalkResult result;
  assert_int_equal(directory_walk(root, &(WalkOptions){.maximum = 20}, &arena, &result, &error), 0);
  assert_int_equal(result.count, 20);
  assert_false(result.is_truncated);
  assert_int_equal(directory_walk(root, &(WalkOptions){.maximum = 7}, &arena, &result, &error), 0);
  assert_int_equal(result.count, 7);
  assert_true(result.is_truncated);
  CancelToken token;
  assert_int_equal(cancel_token_init(&token, NULL, &error), 0);
  cancel_token_cancel(&token);
  assert_int_equal(directory_walk(root, &(WalkOptions){.cancel = &token}, &arena, &result, NULL), ERROR_CANCELLED);
  cancel_token_finish(&token);
  assert_int_equal(directory_walk(below("none"), &(WalkOptions){0}, &arena, &result, NULL), ERROR_NOT_FOUND);
}

static int walk_as_nobody(void) {
  if (chmod(root, 0755) != 0 || setuid(65534) != 0) {
    return 77;
  }
  WalkResult result;
  return directory_walk(root, &(WalkOptions){0}, &arena, &result, NULL) == 0 && result.count == 1 &&
                 result.unreadable_count == 1 && string_view_equal_text(result.unreadable[0], "closed")
             ? 0
             : 1;
}

static void unreadable_folders_are_listed(void **state) {
  (void)state;
  write_file("open/a", "");
  write_file("closed/b", "");
  assert_int_equal(chmod(below("closed"), 0), 0);
  pid_t child = fork();
  if (child == 0) {
    _exit(walk_as_nobody());
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) {
    skip();
  }
  assert_int_equal(status, 0);
}

static void walking_goes_deep(void **state) {
  (void)state;
  char name[1200] = "";
  for (int index = 0; index < 300; index++) {
    strcat(name, "d/");
  }
  strcat(name, "f");
  write_file(name, "");
  assert_walk(&(WalkOptions){0}, name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reading_has_a_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(only_regular_files_are_read, set_up, tear_down),
      cmocka_unit_test_setup_teardown(writing_keeps_mode_and_links, set_up, tear_down),
      cmocka_unit_test_setup_teardown(failed_writing_leaves_the_old_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(full_disk_leaves_the_old_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(folders_are_made_and_removed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(folders_that_cannot_be_made_are_known_before, set_up, tear_down),
      cmocka_unit_test_setup_teardown(paths_are_computed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(paths_relate, set_up, tear_down),
      cmocka_unit_test_setup_teardown(globs_match, set_up, tear_down),
      cmocka_unit_test_setup_teardown(globs_end_soon, set_up, tear_down),
      cmocka_unit_test_setup_teardown(walking_leaves_foreign_folders_out, set_up, tear_down),
      cmocka_unit_test_setup_teardown(walking_honours_gitignore, set_up, tear_down),
      cmocka_unit_test_setup_teardown(walking_stops_at_the_maximum, set_up, tear_down),
      cmocka_unit_test_setup_teardown(unreadable_folders_are_listed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(walking_goes_deep, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
