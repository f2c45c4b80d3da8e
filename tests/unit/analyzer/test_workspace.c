#include "server/analyzer/workspace_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static SyntaxParser *parser;
static WorkspaceIndex *workspace;
static Arena arena;

static int set_up(void **state) {
  (void)state;
  arena_init(&arena);
  return syntax_parser_create(language_at(0), &parser, NULL) + workspace_index_create(&workspace, NULL);
}

static int tear_down(void **state) {
  (void)state;
  workspace_index_destroy(workspace);
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  return 0;
}

static void put(const char *path, const char *text) {
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  FileAnalysis *previous = workspace_index_get(workspace, string_view_from(path));
  assert_int_equal(snapshot_create(parser, string_view_from(text), &snapshot, NULL), 0);
  assert_int_equal(analysis_create(string_view_from(path), snapshot, NULL, previous, &analysis, NULL), 0);
  assert_int_equal(workspace_index_put(workspace, analysis, NULL), 0);
  analysis_release(analysis);
  snapshot_release(snapshot);
}

static size_t lead_count(const char *path, DiagnosticCode code) {
  Finding *leads = NULL;
  size_t count = 0;
  size_t found = 0;
  assert_int_equal(workspace_index_leads(workspace, string_view_from(path), &arena, &leads, &count), 0);
  for (size_t i = 0; i < count; i++) {
    found += leads[i].code == code;
  }
  return found;
}

static size_t test_count(const char *path, uint32_t definition) {
  SubjectLink *links = NULL;
  size_t count = 0;
  assert_int_equal(workspace_index_tests_of(workspace, string_view_from(path), definition, &arena, &links, &count), 0);
  return count;
}

static const char shop[] = "def pay(total):\n    if total > 9.5:\n        return 1\n    return 0\n";

static void leads_follow_the_tests(void **state) {
  (void)state;
  put("shop.py", shop);
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_UNTESTED_FUNCTION),
                   0);  // no test in sight: nothing to compare with
  put("test_shop.py", "from shop import pay\ndef test_other():\n    assert run() == 1\n");
  put("test_shop.py", "import other\ndef test_other():\n    assert run() == 1\n");
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_UNTESTED_FUNCTION), 1);
  put("test_shop.py", "from shop import pay\ndef test_pay():\n    assert pay(1) == 0\n");
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_UNTESTED_FUNCTION), 0);
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_BOUNDARY_LEAD), 1);
  put("test_shop.py", "from shop import pay\ndef test_pay():\n    assert pay(9.4) == 0\n");
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_BOUNDARY_LEAD), 0);
  workspace_index_remove(workspace, SV("test_shop.py"));
  assert_int_equal(lead_count("shop.py", DIAGNOSTIC_BOUNDARY_LEAD), 0);
  assert_int_equal(test_count("shop.py", 0), 0);
}

static void links_survive_edits_of_the_subject(void **state) {
  (void)state;
  put("test_shop.py", "from shop import pay\ndef test_pay():\n    assert pay(1) == 0\n");
  put("shop.py", shop);
  assert_int_equal(test_count("shop.py", 0), 1);
  put("shop.py", "def first():\n    return 1\n\n\ndef pay(total):\n    return 0\n");
  assert_int_equal(test_count("shop.py", 0), 0);
  assert_int_equal(test_count("shop.py", 1), 1);
}

static void what_an_edit_affects(void **state) {
  (void)state;
  put("shop.py", shop);
  put("bank.py", "def save(x):\n    return x\n");
  put("test_shop.py", "from shop import pay\ndef test_pay():\n    assert pay(1) == 0\n");
  assert_int_equal(test_count("shop.py", 0), 1);
  put("test_shop.py", "from bank import save\ndef test_save():\n    assert save(1) == 1\n");
  StringView *paths = NULL;
  size_t count = 0;
  assert_int_equal(workspace_index_affected(workspace, SV("test_shop.py"), &arena, &paths, &count), 0);
  assert_int_equal(count, 3);
  assert_true(string_view_equal_text(paths[0], "test_shop.py"));
  assert_true(string_view_equal_text(paths[1], "bank.py"));
  assert_true(string_view_equal_text(paths[2], "shop.py"));
  assert_int_equal(workspace_index_affected(workspace, SV("test_shop.py"), &arena, &paths, &count), 0);
  assert_int_equal(count, 2);
}

static void resolves_to(const char *from, const char *module, const char *expected) {
  StringView path = workspace_index_resolve_module(workspace, string_view_from(from), string_view_from(module));
  assert_true(string_view_equal(path, string_view_from(expected)) && (path.data != NULL) == (expected != NULL));
}

static void modules_are_found_as_python_finds_them(void **state) {
  (void)state;
  put("src/pkg/__init__.py", "");
  put("src/pkg/core.py", "");
  put("src/pkg/sub/__init__.py", "");
  put("src/pkg/sub/leaf.py", "");
  put("top.py", "");
  resolves_to("tests/test_a.py", "pkg", "src/pkg/__init__.py");
  resolves_to("tests/test_a.py", "pkg.core", "src/pkg/core.py");
  resolves_to("tests/test_a.py", "top", "top.py");
  resolves_to("src/pkg/sub/leaf.py", "..core", "src/pkg/core.py");
  resolves_to("src/pkg/sub/leaf.py", ".", "src/pkg/sub/__init__.py");
  resolves_to("src/pkg/sub/leaf.py", "..", "src/pkg/__init__.py");
  resolves_to("src/pkg/core.py", ".sub.leaf", "src/pkg/sub/leaf.py");
  resolves_to("top.py", "missing", NULL);
}

static void files_come_by_path_and_unknown_ones_are_said(void **state) {
  (void)state;
  FileAnalysis **files = NULL;
  put("b.py", "");
  put("a.py", "");
  size_t count = workspace_index_files(workspace, &arena, &files);
  assert_int_equal(count, 2);
  assert_true(string_view_equal_text(analysis_path(files[0]), "a.py"));
  Finding *leads = NULL;
  assert_int_equal(workspace_index_leads(workspace, SV("none.py"), &arena, &leads, &count), ERROR_NOT_FOUND);
  assert_null(workspace_index_get(workspace, SV("none.py")));
  workspace_index_remove(workspace, SV("none.py"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(leads_follow_the_tests, set_up, tear_down),
      cmocka_unit_test_setup_teardown(links_survive_edits_of_the_subject, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_an_edit_affects, set_up, tear_down),
      cmocka_unit_test_setup_teardown(modules_are_found_as_python_finds_them, set_up, tear_down),
      cmocka_unit_test_setup_teardown(files_come_by_path_and_unknown_ones_are_said, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
