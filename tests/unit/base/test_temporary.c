// Temporary folders: made, removed, and swept when their owner was killed.
#include "server/base/files.h"
#include "server/base/temporary.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Fixture {
  Arena arena;
  Error error;
  char place[64];
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->place, "/tmp/testgen-temporary-XXXXXX");
  assert_non_null(mkdtemp(fixture->place));
  assert_int_equal(setenv("TMPDIR", fixture->place, 1), 0);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  int result = directory_remove_all(fixture->place, &fixture->error);
  arena_finish(&fixture->arena);
  free(fixture);
  return result;
}

static TemporaryFolder open_folder(Fixture *fixture) {
  TemporaryFolder folder = {0};
  if (temporary_folder_open("test", &fixture->arena, &folder, &fixture->error) < 0)
    fail_msg("%s", fixture->error.message);
  return folder;
}

static bool is_there(const char *path) {
  return access(path, F_OK) == 0;
}

static void make_old(const char *path) {
  struct timespec old = {.tv_sec = time(NULL) - 2 * TEMPORARY_AGE_MIN};
  assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){old, old}, 0), 0);
}

// A process that has a folder with a file in it and waits to be killed. Fills the folder's path.
static pid_t start_owner(Fixture *fixture, char *ret_path, size_t size) {
  int pipe_ends[2];
  assert_int_equal(pipe(pipe_ends), 0);
  pid_t owner = fork();
  if (owner == 0) {
    TemporaryFolder folder = open_folder(fixture);
    StringView file = path_join(&fixture->arena, folder.path, SV("file"));
    bool is_done = file_write_atomic(file.data, SV("text"), NULL) == 0 &&
                   write(pipe_ends[1], folder.path.data, folder.path.length) == (ssize_t)folder.path.length;
    close(pipe_ends[1]);
    while (is_done)
      pause();
    _exit(1);
  }
  close(pipe_ends[1]);
  ssize_t length = read(pipe_ends[0], ret_path, size - 1);
  assert_true(length > 0);
  ret_path[length] = '\0';
  close(pipe_ends[0]);
  return owner;
}

static void end(pid_t owner) {
  assert_int_equal(kill(owner, SIGKILL), 0);
  assert_int_equal(waitpid(owner, NULL, 0), owner);
}

static void a_folder_goes_with_its_content(void **state) {
  Fixture *fixture = *state;
  TemporaryFolder folder = open_folder(fixture);
  struct stat status;
  assert_int_equal(stat(folder.path.data, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0700);
  StringView path = folder.path, file = path_join(&fixture->arena, path, SV("file"));
  assert_int_equal(file_write_atomic(file.data, SV("text"), &fixture->error), 0);
  temporary_folder_close(&folder);
  assert_false(is_there(path.data));
  assert_null(folder.path.data);
  temporary_folder_close(&folder);
}

static void what_a_killed_owner_left_is_swept(void **state) {
  Fixture *fixture = *state;
  char path[256];
  end(start_owner(fixture, path, sizeof path));
  assert_true(is_there(path));
  make_old(path);
  TemporaryFolder folder = open_folder(fixture);
  assert_false(is_there(path));
  assert_true(is_there(folder.path.data));
  temporary_folder_close(&folder);
}

static void a_living_owner_keeps_its_folder(void **state) {
  Fixture *fixture = *state;
  char path[256];
  pid_t owner = start_owner(fixture, path, sizeof path);
  make_old(path);
  TemporaryFolder folder = open_folder(fixture);
  assert_true(is_there(path));
  end(owner);
  temporary_folder_close(&folder);
}

static void a_young_folder_is_left_alone(void **state) {
  Fixture *fixture = *state;
  char path[256];
  end(start_owner(fixture, path, sizeof path));
  TemporaryFolder folder = open_folder(fixture);
  assert_true(is_there(path));
  temporary_folder_close(&folder);
}

static void other_names_are_nobodys_business(void **state) {
  Fixture *fixture = *state;
  static const char *const names[] = {"testgen-test-abc", "testgen-test-abcdefg", "testgen-tests-abcdef",
                                      "testgen-other-abcdef", "xtestgen-test-abcdef"};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    StringView path = path_join(&fixture->arena, string_view_from(fixture->place), string_view_from(names[index]));
    assert_int_equal(mkdir(path.data, 0700), 0);
    make_old(path.data);
  }
  TemporaryFolder folder = open_folder(fixture);
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    StringView path = path_join(&fixture->arena, string_view_from(fixture->place), string_view_from(names[index]));
    assert_true(is_there(path.data));
  }
  temporary_folder_close(&folder);
}

static void a_place_that_is_not_there_is_named(void **state) {
  Fixture *fixture = *state;
  TemporaryFolder folder = {0};
  assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
  assert_int_not_equal(temporary_folder_open("test", &fixture->arena, &folder, &fixture->error), 0);
  assert_non_null(strstr(fixture->error.message, "/nowhere/at/all/testgen-test-"));
  assert_null(folder.path.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_folder_goes_with_its_content, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_a_killed_owner_left_is_swept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_living_owner_keeps_its_folder, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_young_folder_is_left_alone, set_up, tear_down),
      cmocka_unit_test_setup_teardown(other_names_are_nobodys_business, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_place_that_is_not_there_is_named, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
