// Each guard with what it must reject and what it must let pass: candidates written by hand, through the whole table.
#include "support.h"

#include "server/base/files.h"
#include "server/generator/guards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define IMPORT_SHIPPING \
  { "shop.pricing", "shipping" }

typedef struct Row {
  const char *name;
  const char *body;           // below `def name():`
  const char *imports[2][2];  // module, name
  const char *guard;          // NULL: passes
  const char *reason;
} Row;

static const Row rows[] = {
    // ---- What passes ----
    {"test_good", "    assert shipping(80) == 0\n", {IMPORT_SHIPPING}, NULL, NULL},
    {"test_good_by_variable", "    cost = shipping(10)\n    assert cost == 5\n", {IMPORT_SHIPPING}, NULL, NULL},
    {"test_good_raises",
     "    with pytest.raises(TypeError, match=\"not supported\"):\n        shipping(\"x\")\n",
     {IMPORT_SHIPPING, {"pytest", ""}},
     NULL,
     NULL},
    {"test_good_sum",
     "    total = sum(shipping(n) for n in (1, 2))\n    assert total == 10\n",
     {IMPORT_SHIPPING},
     NULL,
     NULL},
    // ---- syntax ----
    {"test_unclosed", "    assert shipping(80 == 0\n", {IMPORT_SHIPPING}, "syntax", "does-not-parse"},
    {"test_no_body", "", {IMPORT_SHIPPING}, "syntax", "does-not-parse"},
    {"test_bad_indent", "    x = 1\n  assert x\n", {IMPORT_SHIPPING}, "syntax", "does-not-parse"},
    // ---- imports ----
    {"test_no_module", "    assert ship(80) == 0\n", {{"shop.nothing", "ship"}}, "imports", "no-module"},
    {"test_no_name", "    assert ship(80) == 0\n", {{"shop.pricing", "ship"}}, "imports", "no-name"},
    {"test_no_package",
     "    assert shipping(80) == flask\n",
     {IMPORT_SHIPPING, {"flask_that_is_not_there", ""}},
     "imports",
     "no-module"},
    // ---- policy ----
    {"test_sleeps",
     "    import time\n    time.sleep(1)\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "sleeping"},
    {"test_sleeps_by_alias",
     "    from time import sleep as rest\n    rest(1)\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "sleeping"},
    {"test_network",
     "    import urllib.request\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "network"},
    {"test_socket",
     "    from socket import socket\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "network"},
    {"test_process", "    import subprocess\n    assert shipping(80) == 0\n", {IMPORT_SHIPPING}, "policy", "process"},
    {"test_system",
     "    import os\n    os.system(\"true\")\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "process"},
    {"test_exits",
     "    import os\n    os._exit(0)\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "process"},
    {"test_deletes",
     "    import shutil\n    shutil.rmtree(\"shop\")\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "deletion"},
    {"test_unlinks",
     "    from pathlib import Path\n    Path(\"x\").unlink()\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "deletion"},
    {"test_overwrites",
     "    open(\"shop/pricing.py\", \"w\").close()\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "deletion"},
    {"test_environment",
     "    import os\n    os.environ[\"A\"] = \"b\"\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING},
     "policy",
     "environment"},
    {"test_skips",
     "    pytest.skip(\"later\")\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING, {"pytest", ""}},
     "policy",
     "skipping"},
    {"test_marks",
     "    mark = pytest.mark.xfail\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING, {"pytest", ""}},
     "policy",
     "skipping"},
    {"test_patches_pytest",
     "    pytest.raises = None\n    assert shipping(80) == 0\n",
     {IMPORT_SHIPPING, {"pytest", ""}},
     "policy",
     "pytest"},
    {"test_hides", "    eval(\"1\")\n    assert shipping(80) == 0\n", {IMPORT_SHIPPING}, "policy", "hidden"},
    // ---- oracle ----
    {"test_runs_only", "    shipping(80)\n", {IMPORT_SHIPPING}, "oracle", "no-assertion"},
    {"test_true", "    shipping(80)\n    assert True\n", {IMPORT_SHIPPING}, "oracle", "tautology"},
    {"test_self_equal", "    assert shipping(80) == shipping(80)\n", {IMPORT_SHIPPING}, "oracle", "tautology"},
    {"test_independent",
     "    shipping(80)\n    cost = max(3, 5)\n    assert cost == 5\n",
     {IMPORT_SHIPPING},
     "oracle",
     "independent"},
    {"test_constant",
     "    shipping(80)\n    cost = 5\n    assert cost == 5\n",
     {IMPORT_SHIPPING},
     "oracle",
     "tautology"},
    {"test_of_a_library",
     "    shipping(80)\n    assert sqrt(4) == 2\n",
     {IMPORT_SHIPPING, {"math", "sqrt"}},
     "oracle",
     "independent"},
    {"test_with_a_library", "    assert floor(shipping(10)) == 5\n", {IMPORT_SHIPPING, {"math", "floor"}}, NULL, NULL},
    {"test_mocks",
     "    shipping = Mock(return_value=3)\n    assert shipping(1) == 3\n",
     {IMPORT_SHIPPING, {"unittest.mock", "Mock"}},
     "oracle",
     "mocked-subject"},
    {"test_weak", "    assert shipping(10)\n", {IMPORT_SHIPPING}, "oracle", "weak"},
    {"test_not_none", "    assert shipping(10) is not None\n", {IMPORT_SHIPPING}, "oracle", "weak"},
    // ---- collect and green ----
    {"check_not_collected", "    assert shipping(80) == 0\n", {IMPORT_SHIPPING}, "collect", "not-collected"},
    {"test_fails", "    assert shipping(80) == 5\n", {IMPORT_SHIPPING}, "green", "fails"},
    {"test_errors", "    assert shipping(undefined) == 5\n", {IMPORT_SHIPPING}, "green", "fails"},
    {"test_hash_seed",
     "    words = {\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"}\n    assert shipping(len(words)) == 5\n"
     "    assert list(words) == [str(w) for w in words][::-1]\n",
     {IMPORT_SHIPPING},
     "green",
     "fails"},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

typedef struct Trial {
  Project *project;
  Bench bench;
  TestFile file;
  Candidate candidates[ROW_COUNT];
  Proposal proposals[ROW_COUNT];
} Trial;

static void fill_imports(Arena *arena, const Row *row, Candidate *candidate) {
  CandidateImport *imports = arena_allocate_array(arena, 2, sizeof *imports);
  size_t count = 0;
  for (size_t index = 0; index < 2 && row->imports[index][0]; index++)
    imports[count++] =
        (CandidateImport){string_view_from(row->imports[index][0]), string_view_from(row->imports[index][1])};
  candidate->imports = (JsonArray){imports, count};
}

static void fill(Trial *trial, size_t index, const Row *row) {
  Arena *arena = &trial->project->arena;
  Proposal *proposal = &trial->proposals[index];
  fill_imports(arena, row, &trial->candidates[index]);
  *proposal = (Proposal){
      .candidate = &trial->candidates[index],
      .subject_path = SV("shop/pricing.py"),
      .original_path = path_join(arena, trial->bench.root, SV("shop/pricing.py")),
      .placed = {.candidate = &trial->candidates[index],
                 .name = string_view_from(row->name),
                 .form = FORM_FUNCTION,
                 .offset = (uint32_t)trial->file.text.length,
                 .code = arena_format(arena, "def %s():\n%s", row->name, row->body)},
  };
  proposal->id = place_node_id(&trial->file, &proposal->placed, arena);
}

static Trial *open_trial(void) {
  Trial *trial = test_calloc(1, sizeof *trial);
  trial->project = project_open("pricing");
  Project *project = trial->project;
  assert_int_equal(bench_open(&project->request, &project->arena, &trial->bench, &project->error), 0);
  assert_int_equal(place_choose_file(project->index, SV("shop/pricing.py"), SV("tests/test_new.py"), &project->arena,
                                     &trial->file, &project->error),
                   0);
  return trial;
}

static void close_trial(Trial *trial) {
  bench_close(&trial->bench);
  project_close(trial->project);
  test_free(trial);
}

static void run(Trial *trial, size_t count) {
  Project *project = trial->project;
  GuardContext context = {
      .bench = &trial->bench,
      .index = project->index,
      .files = &trial->file,
      .file_count = 1,
      .original_root = project->root,
      .arena = &project->arena,
  };
  vector_init(&context.notes, sizeof(StringView), 100);
  int result = guards_run(&context, trial->proposals, count, &project->error);
  vector_finish(&context.notes);
  if (result != 0)
    fail_msg("%s", project->error.message);
}

static void assert_verdict(const Proposal *proposal, const Row *row) {
  const char *guard = proposal->guard ? proposal->guard : "none";
  bool is_same = strcmp(guard, row->guard ? row->guard : "none") == 0 &&
                 (!row->reason || string_view_equal_text(proposal->reason, row->reason));
  if (!is_same)
    fail_msg("%s: expected %s %s, got %s %.*s (%.*s)", row->name, row->guard ? row->guard : "none",
             row->reason ? row->reason : "", guard, SV_ARGUMENTS(proposal->reason), SV_ARGUMENTS(proposal->message));
  if (proposal->guard)
    assert_true(proposal->message.length > 10);
}

static void every_guard_rejects_and_lets_pass(void **state) {
  (void)state;
  Trial *trial = open_trial();
  for (size_t index = 0; index < ROW_COUNT; index++)
    fill(trial, index, &rows[index]);
  run(trial, ROW_COUNT);
  for (size_t index = 0; index < ROW_COUNT; index++)
    assert_verdict(&trial->proposals[index], &rows[index]);
  close_trial(trial);
}

static void tests_that_depend_on_their_order_are_rejected(void **state) {
  (void)state;
  static const Row pair[] = {
      {"test_first",
       "    import shop.pricing as module\n    module.seen = True\n    assert shipping(80) == 0\n",
       {IMPORT_SHIPPING},
       "policy",
       "state"},
      {"test_second",
       "    import shop.pricing as module\n    assert shipping(80) == 0\n    assert hasattr(module, \"seen\")\n",
       {IMPORT_SHIPPING},
       "green",
       "fails"},
  };
  Trial *trial = open_trial();
  fill(trial, 0, &pair[0]);
  fill(trial, 1, &pair[1]);
  run(trial, 2);
  assert_verdict(&trial->proposals[0], &pair[0]);
  assert_verdict(&trial->proposals[1], &pair[1]);
  close_trial(trial);
}

static void places_outside_the_tests_are_rejected(void **state) {
  (void)state;
  static const char *const paths[] = {"shop/pricing.py", "../test_out.py", "/tmp/test_out.py", "tests/helper.py",
                                      "tests/../../test_out.py"};
  Trial *trial = open_trial();
  for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
    fill(trial, 0, &rows[0]);
    trial->file.path = string_view_from(paths[index]);
    run(trial, 1);
    assert_string_equal(trial->proposals[0].guard, "place");
    assert_string_equal(trial->proposals[0].reason.data, "outside");
  }
  trial->file.path = SV("tests/test_pricing.py");  // which exists, so it is no new file
  fill(trial, 0, &rows[0]);
  run(trial, 1);
  assert_string_equal(trial->proposals[0].reason.data, "exists");
  trial->file.path = SV("tests/test_new.py");
  fill(trial, 0, &rows[0]);
  trial->proposals[0].placed.offset = 1000;
  run(trial, 1);
  assert_string_equal(trial->proposals[0].reason.data, "not-an-addition");
  close_trial(trial);
}

static void a_test_that_is_collected_twice_is_rejected(void **state) {
  (void)state;
  Trial *trial = open_trial();
  fill(trial, 0, &rows[0]);
  fill(trial, 1, &rows[0]);  // the same name shadows the first
  run(trial, 2);
  assert_true(trial->proposals[0].guard || trial->proposals[1].guard);
  close_trial(trial);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_guard_rejects_and_lets_pass),
      cmocka_unit_test(tests_that_depend_on_their_order_are_rejected),
      cmocka_unit_test(places_outside_the_tests_are_rejected),
      cmocka_unit_test(a_test_that_is_collected_twice_is_rejected),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
