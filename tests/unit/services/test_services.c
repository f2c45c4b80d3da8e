// What the services build on: pytest's configuration, encodings, edits.
#include "server/base/files.h"
#include "server/services/edits.h"
#include "server/services/pytest_config.h"
#include "server/services/report.h"
#include "server/services/revision.h"
#include "server/services/source_decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Fixture {
  char folder[64];
  Arena arena;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->folder, "/tmp/testgen-services-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  directory_remove_all(fixture->folder, NULL);
  arena_finish(&fixture->arena);
  free(fixture);
  return 0;
}

static void write_text(Fixture *fixture, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
  assert_int_equal(file_write_atomic(path, string_view_from(text), NULL), 0);
}

static StringView read_text(Fixture *fixture, const char *name) {
  char path[256];
  StringView text = {0};
  snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
  assert_int_equal(file_read(path, 1u << 20, &fixture->arena, &text, NULL), 0);
  return text;
}

// ---- pytest's configuration ----

static void expect_list(TextList list, const char *joined) {
  char text[256] = "";
  for (size_t i = 0; i < list.count; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s", i ? "|" : "", SV_ARGUMENTS(list.items[i]));
  assert_string_equal(text, joined);
}

static void reads_pytests_configuration_in_every_form(void **state) {
  Fixture *fixture = *state;
  static const struct {
    const char *file, *text, *python_files, *python_functions, *python_path;
  } cases[] = {
      {"pytest.ini", "[pytest]\npython_files = test_*.py check_*.py\n    more_*.py\n# c\npython_functions=test check\n",
       "test_*.py|check_*.py|more_*.py", "test|check", ""},
      {"pyproject.toml",
       "[project]\nname = \"x\"\n[tool.pytest.ini_options]\npython_files = ['a_*.py', \"b_*.py\"] # c\n"
       "python_functions = \"test it\"\npythonpath = [\"src\"]\n",
       "a_*.py|b_*.py", "test|it", "src"},
      {"tox.ini", "[tox]\nenvlist = py\n[pytest]\npython_files: no\npython_files = t.py\n", "t.py", "", ""},
      {"setup.cfg",
       "[metadata]\nname = x\n[tool:pytest]\npython_files =\n    one.py\n    two.py\n[other]\npython_files = z\n",
       "one.py|two.py", "", ""},
      {"pyproject.toml", "[tool.pytest]\npython_functions = [\"spec_\"]\n", "", "spec_", ""},
      {"pyproject.toml", "[tool.pytest.ini_options\npython_functions = [\"broken", "", "", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    PytestConfig config;
    write_text(fixture, cases[i].file, cases[i].text);
    assert_int_equal(pytest_config_read(string_view_from(fixture->folder), &fixture->arena, &config, NULL), 0);
    expect_list(config.python_files, cases[i].python_files);
    expect_list(config.python_functions, cases[i].python_functions);
    expect_list(config.python_path, cases[i].python_path);
    char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, cases[i].file);
    remove(path);
  }
}

static void the_first_file_with_a_section_counts(void **state) {
  Fixture *fixture = *state;
  PytestConfig config;
  write_text(fixture, "tox.ini", "[pytest]\npython_files = tox.py\n");
  write_text(fixture, "pyproject.toml", "[tool.black]\nline-length = 100\n");
  assert_int_equal(pytest_config_read(string_view_from(fixture->folder), &fixture->arena, &config, NULL), 0);
  expect_list(config.python_files, "tox.py");
  write_text(fixture, "pyproject.toml", "[tool.pytest.ini_options]\npython_files = \"toml.py\"\n");
  assert_int_equal(pytest_config_read(string_view_from(fixture->folder), &fixture->arena, &config, NULL), 0);
  expect_list(config.python_files, "toml.py");
}

// ---- Encodings ----

static void decodes_what_the_file_declares(void **state) {
  Fixture *fixture = *state;
  StringView text = {0};
  Error error = {0};
  static const char latin[] = "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n";
  assert_int_equal(source_decode(string_view_from(latin), &fixture->arena, &text, &error), 0);
  assert_true(string_view_contains(text, SV("caf\xc3\xa9")));
  static const char second[] = "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n";
  assert_int_equal(source_decode(string_view_from(second), &fixture->arena, &text, &error), 0);
  assert_true(string_view_contains(text, SV("\xe2\x82\xac")));
  assert_true(string_view_is_absent(source_declared_encoding(SV("x = 1\n# coding: latin-1\n"))));
}

static void says_why_a_file_cannot_be_decoded(void **state) {
  Fixture *fixture = *state;
  StringView text = {0};
  Error unknown = {0}, wrong = {0}, binary = {0};
  assert_int_equal(source_decode(SV("# coding: klingon\n\xff\n"), &fixture->arena, &text, &unknown), ERROR_NOT_FOUND);
  assert_non_null(strstr(unknown.message, "klingon"));
  assert_int_equal(source_decode(SV("# coding: utf-8\n\xff\n"), &fixture->arena, &text, &wrong), ERROR_PARSE);
  assert_int_equal(source_decode((StringView){"a\0b", 3}, &fixture->arena, &text, &binary), ERROR_PARSE);
  assert_non_null(strstr(binary.message, "binary"));
}

// ---- Edits ----

static StringView digest_text(Fixture *fixture, StringView text) {
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE];
  assert_int_equal(digest_of(text, &digest, NULL), 0);
  digest_to_text(&digest, hexadecimal);
  return arena_copy(&fixture->arena, string_view_from(hexadecimal));
}

static Workspace *open_workspace(Fixture *fixture) {
  Workspace *workspace = NULL;
  assert_int_equal(workspace_create(string_view_from(fixture->folder), &workspace, NULL), 0);
  return workspace;
}

static void writes_several_edits_and_a_new_file(void **state) {
  Fixture *fixture = *state;
  write_text(fixture, "test_a.py", "import os\n\ndef test_a(): pass\n");
  StringView digest = digest_text(fixture, read_text(fixture, "test_a.py"));
  FileEdit edits[] = {
      {.path = SV("test_a.py"), .start = 0, .end = 0, .text = SV("import abc\n"), .digest = digest},
      {.path = SV("sub/test_new.py"), .created = true, .text = SV("def test_n(): pass\n")},
      {.path = SV("test_a.py"), .start = 10, .end = 11, .text = SV("# x\n"), .digest = digest},
      {.path = SV("test_a.py"), .start = 30, .end = 30, .text = SV("\ndef test_b(): pass\n"), .digest = digest},
  };
  Workspace *workspace = open_workspace(fixture);
  Error error = {0};
  if (edits_write(workspace, (JsonArray){edits, 4}, &fixture->arena, &error) < 0)
    fail_msg("%s", error.message);
  assert_true(string_view_equal(read_text(fixture, "test_a.py"),
                                SV("import abc\nimport os\n# x\ndef test_a(): pass\n\ndef test_b(): pass\n")));
  assert_true(string_view_equal(read_text(fixture, "sub/test_new.py"), SV("def test_n(): pass\n")));
  workspace_release(workspace);
}

static void writes_nothing_when_one_file_moved_on(void **state) {
  Fixture *fixture = *state;
  write_text(fixture, "a.py", "a\n");
  write_text(fixture, "b.py", "b\n");
  FileEdit edits[] = {
      {.path = SV("a.py"), .text = SV("x"), .digest = digest_text(fixture, SV("a\n"))},
      {.path = SV("b.py"), .text = SV("x"), .digest = digest_text(fixture, SV("older\n"))},
  };
  Workspace *workspace = open_workspace(fixture);
  Error error = {0};
  assert_int_equal(edits_write(workspace, (JsonArray){edits, 2}, &fixture->arena, &error), ERROR_CONFLICT);
  assert_non_null(strstr(error.message, "b.py"));
  assert_true(string_view_equal(read_text(fixture, "a.py"), SV("a\n")));
  workspace_release(workspace);
}

static void refuses_edits_outside_the_workspace_and_over_new_files(void **state) {
  Fixture *fixture = *state;
  write_text(fixture, "here.py", "");
  FileEdit outside = {.path = SV("../escape.py"), .created = true, .text = SV("x")};
  FileEdit existing = {.path = SV("here.py"), .created = true, .text = SV("x")};
  Workspace *workspace = open_workspace(fixture);
  Error escape = {0}, exists = {0};
  assert_int_equal(edits_write(workspace, (JsonArray){&outside, 1}, &fixture->arena, &escape), ERROR_INVALID_ARGUMENT);
  assert_int_equal(edits_write(workspace, (JsonArray){&existing, 1}, &fixture->arena, &exists), ERROR_CONFLICT);
  workspace_release(workspace);
}

// ---- Score ----

static StringView score_text(Fixture *fixture, Workspace *workspace) {
  ServiceContext context = {.workspace = workspace};
  ScoreParams params = {0};
  ScoreReport report;
  Error error = {0};
  Buffer buffer;
  JsonWriter writer;
  if (service_score(&context, &params, &fixture->arena, &report, &error) < 0)
    fail_msg("service_score: %s", error.message);
  buffer_init(&buffer, 1u << 20);
  json_writer_init(&writer, &buffer, 0);
  json_encode(&writer, &score_report_type, &report);
  StringView text = arena_copy(&fixture->arena, buffer_view(&buffer));
  buffer_finish(&buffer);
  assert_true(text.length > 100);
  return text;
}

static void a_warm_score_equals_a_fresh_one_after_every_change(void **state) {
  static const struct {
    const char *file, *text;  // NULL: the file goes
  } changes[] = {
      {"tests/test_shop.py", "from shop import price\n\n\ndef test_price():\n    assert price(2) > 0\n"},
      {"tests/test_shop.py", "from shop import price\n\n\ndef test_price():\n    assert price(2) == 4\n"},
      {"shop.py", "def price(n):\n    return 2 * n\n\n\ndef tax(n):\n    return n if n > 3 else 0\n"},
      {"tests/test_tax.py", "import shop\n\n\ndef test_tax():\n    assert shop.tax(3) == 0\n"},
      {"shop.py", "def cost(n):\n    return 2 * n\n\n\ndef tax(n):\n    return n\n"},
      {"tests/test_tax.py", "import shop\n\n\ndef test_tax(\n"},
      {"tests/test_tax.py", NULL},
      {"shop.py", NULL},
      {"pytest.ini", "[pytest]\npython_functions = check\n"},
  };
  Fixture *fixture = *state;
  StringView before = {0};
  char path[256];
  snprintf(path, sizeof path, "%s/tests", fixture->folder);
  assert_int_equal(directory_create_all(path, NULL), 0);
  write_text(fixture, "shop.py", "def price(n):\n    return 2 * n\n");
  Workspace *warm = open_workspace(fixture);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    snprintf(path, sizeof path, "%s/%s", fixture->folder, changes[i].file);
    if (changes[i].text)
      write_text(fixture, changes[i].file, changes[i].text);
    else
      assert_int_equal(remove(path), 0);
    assert_int_equal(workspace_load_settings(warm, NULL, 0, NULL, NULL, NULL), 0);
    Workspace *fresh = open_workspace(fixture);
    StringView text = score_text(fixture, warm), expected = score_text(fixture, fresh);
    workspace_release(fresh);
    if (!string_view_equal(text, expected))
      fail_msg("change %zu of %s: %.*s\nis not\n%.*s", i, changes[i].file, SV_ARGUMENTS(text), SV_ARGUMENTS(expected));
    assert_false(string_view_equal(text, before));  // the change is seen at all
    before = text;
  }
  workspace_release(warm);
}

// ---- The commit that is checked out ----

#define COMMIT_A "0123456789abcdef0123456789abcdef01234567"
#define COMMIT_B "89abcdef0123456789abcdef0123456789abcdef"

static void write_deep(Fixture *fixture, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
  *strrchr(path, '/') = '\0';
  assert_int_equal(directory_create_all(path, NULL), 0);
  write_text(fixture, name, text);
}

static void expect_revision(Fixture *fixture, const char *folder, const char *expected) {
  char path[256];
  snprintf(path, sizeof path, "%s%s", fixture->folder, folder);
  StringView revision = revision_of(string_view_from(path), &fixture->arena);
  if (!expected)
    assert_true(string_view_is_absent(revision));
  else
    assert_true(string_view_equal_text(revision, expected));
}

static void the_commit_is_that_of_the_branch_or_of_the_head(void **state) {
  Fixture *fixture = *state;
  expect_revision(fixture, "", NULL);
  write_deep(fixture, ".git/HEAD", "ref: refs/heads/main\n");
  expect_revision(fixture, "", NULL);  // no commit yet
  write_deep(fixture, ".git/packed-refs",
             "# pack-refs with: peeled fully-peeled sorted\n" COMMIT_B " refs/heads/main-2\n" COMMIT_A
             " refs/heads/main\n");
  expect_revision(fixture, "", COMMIT_A);
  write_deep(fixture, ".git/refs/heads/main", COMMIT_B "\n");
  expect_revision(fixture, "", COMMIT_B);
  expect_revision(fixture, "/deep/below", COMMIT_B);
  write_deep(fixture, ".git/HEAD", COMMIT_A "\n");
  expect_revision(fixture, "", COMMIT_A);
  write_deep(fixture, ".git/HEAD", "ref: refs/heads/.invalid\n");  // names are kept elsewhere
  expect_revision(fixture, "", NULL);
  write_deep(fixture, ".git/refs/heads/loop", "ref: refs/heads/loop\n");
  write_deep(fixture, ".git/HEAD", "ref: refs/heads/loop\n");
  expect_revision(fixture, "", NULL);
}

static void the_commit_of_a_second_work_tree_is_its_own(void **state) {
  Fixture *fixture = *state;
  write_deep(fixture, "main/.git/HEAD", "ref: refs/heads/main\n");
  write_deep(fixture, "main/.git/refs/heads/main", COMMIT_A "\n");
  write_deep(fixture, "main/.git/refs/heads/topic", COMMIT_B "\n");
  write_deep(fixture, "main/.git/worktrees/second/HEAD", "ref: refs/heads/topic\n");
  write_deep(fixture, "main/.git/worktrees/second/commondir", "../..\n");
  write_deep(fixture, "second/.git", "gitdir: ../main/.git/worktrees/second\n");
  expect_revision(fixture, "/second", COMMIT_B);
  expect_revision(fixture, "/main", COMMIT_A);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(reads_pytests_configuration_in_every_form),
      CASE(the_first_file_with_a_section_counts),
      CASE(decodes_what_the_file_declares),
      CASE(says_why_a_file_cannot_be_decoded),
      CASE(writes_several_edits_and_a_new_file),
      CASE(writes_nothing_when_one_file_moved_on),
      CASE(refuses_edits_outside_the_workspace_and_over_new_files),
      CASE(a_warm_score_equals_a_fresh_one_after_every_change),
      CASE(the_commit_is_that_of_the_branch_or_of_the_head),
      CASE(the_commit_of_a_second_work_tree_is_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
