// Specs without code: the stub that stands in for it, and what tests must do with it.
#include "support.h"

#include "server/generator/stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Row {
  const char *spec;
  const char *path;
  const char *parts[6];  // of the stub's text
} Row;

static const Row rows[] = {
    {"{\"name\": \"Queue\", \"signature\": \"class Queue\", \"requirements\": [\"put(item): Add it\", \"get(): Take "
     "it\"]}",
     "queue_.py",
     {"class Queue:", "def put(self, item):", "def get(self):", "raise NotImplementedYet(\"Queue.put\")"}},
    {"{\"name\": \"add\", \"signature\": \"def add(a: int, b: int = 0) -> int\"}",
     "add.py",
     {"\ndef add(a: int, b: int = 0):", "raise NotImplementedYet(\"add\")"}},
    {"{\"name\": \"fetch\", \"signature\": \"async def fetch(url)\"}", "fetch.py", {"async def fetch(url):"}},
    // Calls with values declare nothing.
    {"{\"name\": \"divide\", \"signature\": \"divide\", \"requirements\": [\"divide(1, 0) must raise DivisionError\"]}",
     "divide.py",
     {"def divide(*args, **kwargs):", "class DivisionError(Exception):"}},
    {"{\"name\": \"LRU\", \"signature\": \"class LRUCache\", \"requirements\": [\"LRUCache(capacity): Keep so many\"], "
     "\"examples\": [{\"call\": \"cache = LRUCache(2)\\ncache.put(1, 'a')\\ncache.get(1)\", \"expected\": \"a\"}]}",
     "lru_cache.py",
     {"class LRUCache:", "def __init__(self, capacity):\n        pass",
      "def put(self, *args, **kwargs):", "def get(self, *args, **kwargs):"}},
    {"{\"name\": \"x\", \"signature\": \"class Money\\n  def plus(self, other: 'Money')\", \"module\": \"shop.money\"}",
     "shop/money.py",
     {"class Money:", "def plus(self, other: 'Money'):"}},
    {"{\"name\": \"Gr\\u00f6\\u00dfe\"}", "größe.py", {"class Größe:"}},
};

static void stubs_have_the_names_of_the_spec(void **state) {
  (void)state;
  Project *project = project_open("stack_good");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    Spec spec;
    SpecProblem *problems;
    size_t problem_count;
    Stub stub;
    assert_int_equal(spec_parse(SV("a.spec.json"), string_view_from(rows[i].spec), &project->arena, &spec, &problems,
                                &problem_count, &project->error),
                     0);
    if (stub_of_spec(&spec, project->index, &project->arena, &stub, &project->error) < 0)
      fail_msg("%s: %s", rows[i].spec, project->error.message);
    assert_string_equal(stub.path.data, rows[i].path);
    for (size_t part = 0; part < 6 && rows[i].parts[part]; part++)
      assert_contains(stub.text, rows[i].parts[part]);
  }
  project_close(project);
}

static const char *const refused[][2] = {
    {"{\"name\": \"a\", \"signature\": \"class A\", \"module\": \"../a.py\"}", "no place for the code"},
    {"{\"name\": \"a\", \"signature\": \"class A\", \"module\": \"tests/test_a.py\"}", "no place for the code"},
    {"{\"name\": \"a\", \"signature\": \"class A\", \"requirements\": [\"class(x): is no name\"]}", "a.spec.json"},
    {"{\"name\": \"a\", \"signature\": \"class A\", \"module\": \"queue\"}", "hide a module of Python"},
    {"{\"name\": \"7\", \"signature\": \"...\"}", "neither a class nor a function"},
};

static void what_is_no_place_and_no_name_is_refused(void **state) {
  (void)state;
  Project *project = project_open("stack_good");
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    Spec spec;
    SpecProblem *problems;
    size_t problem_count;
    Stub stub;
    int result = spec_parse(SV("a.spec.json"), string_view_from(refused[i][0]), &project->arena, &spec, &problems,
                            &problem_count, &project->error);
    if (result == 0)
      result = stub_of_spec(&spec, project->index, &project->arena, &stub, &project->error);
    assert_int_equal(result, ERROR_INVALID_ARGUMENT);
    assert_contains(string_view_from(project->error.message), refused[i][1]);
    error_clear(&project->error);
  }
  project_close(project);
}

// The folder has stack.py; without it in the index the generator sees no code.
static Project *open_without_code(void) {
  Project *project = project_open("stack_good");
  workspace_index_remove(project->index, SV("stack.py"));
  return project;
}

static void tests_of_a_spec_fail_with_its_stub(void **state) {
  (void)state;
  Project *project = open_without_code();
  assert_int_equal(project_generate(project, "stack.spec.json"), 0);
  assert_true(project->report.accepted.count >= 7);
  assert_int_equal(project->report.rejected.count, 0);
  assert_int_equal(project->report.edits.count, 1);
  assert_non_null(find_accepted(project, "test_stack_accepts_none"));
  assert_true(is_unanswered(project, "push(item)", "no call with its result"));
  const StringView *notes = project->report.notes.items;
  assert_contains(notes[0], "there is no Stack yet");
  project_close(project);
}

typedef struct Answered {
  const char *test;
  const char *guard, *reason;  // NULL: accepted
} Answered;

static const Answered answers[] = {
    {"{\"name\": \"pop_gives_the_last\", \"setup\": [\"s = Stack()\", \"s.push(3)\"], \"call\": \"s.pop()\", "
     "\"expected\": \"3\"}",
     NULL, NULL},
    {"{\"name\": \"any_error\", \"setup\": [\"s = Stack()\"], \"call\": \"s.pop()\", \"raises\": \"IndexError\"}", NULL,
     NULL},
    {"{\"name\": \"is_a_stack\", \"setup\": [\"s = Stack()\"], \"call\": \"type(s).__name__\", \"expected\": "
     "\"'Stack'\"}",
     "red", "passes-on-stub"},
    {"{\"name\": \"key_error\", \"setup\": [\"s = Stack()\", \"t = {}[1]\"], \"call\": \"s.pop()\", \"expected\": "
     "\"1\"}",
     "red", "wrong-reason"},
    {"{\"name\": \"same_as_itself\", \"setup\": [\"s = Stack()\"], \"call\": \"s.size() in (0, None, True, False, '', "
     "[])\", \"expected\": \"True\"}",
     "red", "passes-on-cheats"},
};

static const RejectedTest *find_rejected(const Project *project, const char *name) {
  const RejectedTest *tests = project->report.rejected.items;
  for (size_t i = 0; i < project->report.rejected.count; i++)
    if (string_view_contains(tests[i].id, string_view_from(name)))
      return &tests[i];
  return NULL;
}

static void a_model_is_judged_by_the_stub_too(void **state) {
  (void)state;
  Project *project = open_without_code();
  Buffer text;
  buffer_init(&text, 1 << 20);
  buffer_append_text(&text, "{\"tests\": [");
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    buffer_append_format(&text, "%s%s", i ? ", " : "", answers[i].test);
  buffer_append_text(&text, "]}");
  project->request.provider = SV("answer");
  project->request.answer = buffer_view(&text);
  assert_int_equal(project_generate(project, "stack.spec.json"), 0);
  assert_non_null(find_accepted(project, "test_pop_gives_the_last"));
  assert_non_null(find_accepted(project, "test_any_error"));
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    if (!answers[i].guard)
      continue;
    StringView rest = string_view_from(answers[i].test + strlen("{\"name\": \""));
    StringView name = string_view_slice(rest, 0, string_view_find_byte(rest, '"'));
    const RejectedTest *test = find_rejected(project, arena_terminated(&project->arena, name));
    if (!test)
      fail_msg("%s was not rejected", answers[i].test);
    assert_string_equal(test->guard.data, answers[i].guard);
    assert_string_equal(test->reason.data, answers[i].reason);
  }
  buffer_finish(&text);
  project_close(project);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stubs_have_the_names_of_the_spec),
      cmocka_unit_test(what_is_no_place_and_no_name_is_refused),
      cmocka_unit_test(tests_of_a_spec_fail_with_its_stub),
      cmocka_unit_test(a_model_is_judged_by_the_stub_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
