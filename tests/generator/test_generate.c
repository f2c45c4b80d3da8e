// Generation end to end: what is accepted, what is said of the rest, and that nothing is left behind.
#include "support.h"

#include "server/base/clock.h"
#include "server/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static StringView applied_text(Project *project, const char *path) {
  project_apply(project);
  return project_read(project, path);
}

static void boundaries_documentation_and_errors(void **state) {
  (void)state;
  Project *project = project_open("pricing");
  assert_int_equal(project_generate(project, "shop/pricing.py"), 0);
  assert_int_equal(project->report.rejected.count, 0);
  const AcceptedTest *table = find_accepted(project, "test_shipping_around_total_50");
  assert_non_null(table);
  assert_int_equal(table->category, CATEGORY_BOUNDARY);
  assert_true(table->confidence < 1);
  assert_true(table->strength >= 51);
  assert_contains(table->code, "(50, 5),\n        (51, 0),\n");
  const AcceptedTest *error = find_accepted(project, "test_discount_raises_value_error_for_negative_quantity");
  assert_non_null(error);
  assert_contains(error->code, "pytest.raises(ValueError, match=\"quantity must not be negative\")");
  assert_true(project->report.line_gain > 0);
  assert_true(table->kills.present && table->kills.value > 0);
  // The second example of the documentation is wrong.
  assert_int_equal(project->report.disagreements.count, 1);
  const Disagreement *wrong = project->report.disagreements.items;
  assert_contains(wrong->specification, "17.0");
  assert_contains(wrong->observed, "18.0");
  assert_true(is_unanswered(project, "average([])", "ZeroDivisionError"));
  project_close(project);
}

static void asking_twice_adds_nothing(void **state) {
  (void)state;
  Project *project = project_open("pricing");
  assert_int_equal(project_generate(project, "shop/pricing.py"), 0);
  StringView text = applied_text(project, "tests/test_pricing.py");
  assert_contains(text, "import pytest\n\nfrom shop.pricing import average, discount, shipping\n");
  size_t main_block = string_view_find(text, SV("if __name__"));
  assert_true(string_view_find(text, SV("def test_discount")) < main_block);
  assert_int_equal(project_generate(project, "shop/pricing.py"), 0);
  assert_int_equal(project->report.accepted.count, 0);
  assert_int_equal(project->report.edits.count, 0);
  project_close(project);
}

static void one_function_and_its_lines(void **state) {
  (void)state;
  Project *project = project_open("pricing");
  LineRange range = {13, 13};  // raise ValueError
  project->request.lines = &range;
  project->request.line_count = 1;
  assert_int_equal(project_generate(project, "shop/pricing.py::discount"), 0);
  assert_int_equal(project->report.accepted.count, 1);
  assert_non_null(find_accepted(project, "test_discount_raises_value_error_for_negative_quantity"));
  project_close(project);
}

static void the_same_seed_gives_the_same_tests(void **state) {
  (void)state;
  Project *project = project_open("text");
  assert_int_equal(project_generate(project, "parser.py"), 0);
  const FileEdit *first = project->report.edits.items;
  size_t count = project->report.edits.count;
  assert_true(count > 0);
  assert_int_equal(project_generate(project, "parser.py"), 0);
  const FileEdit *second = project->report.edits.items;
  assert_int_equal(project->report.edits.count, count);
  for (size_t index = 0; index < count; index++)
    assert_true(string_view_equal(first[index].text, second[index].text));
  project_close(project);
}

static void texts_none_and_custom_errors(void **state) {
  (void)state;
  Project *project = project_open("text");
  assert_int_equal(project_generate(project, "parser.py"), 0);
  StringView text = applied_text(project, "tests/test_parser.py");
  assert_contains(text, "is None");
  assert_contains(text, "with pytest.raises(ParseError, match=");
  assert_contains(text, "from parser import ParseError, parse_line\n");
  project_close(project);
}

// ---- Specs ----

static void a_good_stack_agrees_with_its_spec(void **state) {
  (void)state;
  Project *project = project_open("stack_good");
  assert_int_equal(project_generate(project, "stack.spec.json"), 0);
  assert_int_equal(project->report.disagreements.count, 0);
  assert_int_equal(project->report.rejected.count, 0);
  const AcceptedTest *none = find_accepted(project, "test_stack_accepts_none");
  assert_non_null(none);
  assert_string_equal(none->origin.data, "spec");
  assert_true(none->confidence == 1);
  assert_non_null(find_accepted(project, "test_peek_on_empty_stack_raises_index_error"));
  assert_true(is_unanswered(project, "push(item)", "states no call"));
  project_close(project);
}

static bool holds(JsonArray texts, const char *text) {
  const StringView *items = texts.items;
  for (size_t index = 0; index < texts.count; index++)
    if (string_view_equal_text(items[index], text))
      return true;
  return false;
}

static void the_report_says_where_tests_were_proven(void **state) {
  (void)state;
  static StringView prohibited[] = {{"pandas", 6}, {"collections.deque", 17}};
  Project *project = project_open("stack_good");
  project->request.prohibited = (JsonArray){prohibited, 2};
  assert_int_equal(project_generate(project, "stack.spec.json"), 0);
  const EnvironmentReport *environment = project->report.environment;
  assert_non_null(environment);
  assert_true(string_view_starts_with(environment->platform, SV("Linux ")));
  assert_true(environment->processors >= 1);
  assert_true(environment->memory_bytes > 1 << 20);
  assert_true(string_view_equal_text(environment->interpreter, TEST_PYTHON));
  assert_true(environment->python.length > 0);
  assert_true(environment->pytest.length > 0);
  assert_string_equal(environment->sandbox.data, "bubblewrap");
  assert_true(holds(environment->tools, "sh"));
  assert_false(holds(environment->tools, "bwrap"));
  assert_int_equal(environment->prohibited.count, 2);  // the spec names one of them again
  assert_true(holds(environment->files, "stack.py"));
  assert_true(environment->file_count >= (int64_t)environment->files.count);
  project_close(project);
}

static void a_buggy_stack_disagrees(void **state) {
  (void)state;
  Project *project = project_open("stack_buggy");
  assert_int_equal(project_generate(project, "stack.spec.json"), 0);
  assert_int_equal(project->report.disagreements.count, 1);
  const Disagreement *item = project->report.disagreements.items;
  assert_contains(item->requirement, "peek() on empty stack");
  assert_contains(item->observed, "None");
  assert_contains(item->code, "with pytest.raises(IndexError)");
  assert_null(find_accepted(project, "test_peek_on_empty_stack_raises_index_error"));
  project_close(project);
}

// Text instead of a number is the likeliest mistake of a spec in JSON.
static void a_disagreement_over_the_type_alone_is_explained(void **state) {
  (void)state;
  static const char *const observed[] = {
      "the spec says text \"750\", the function gave the number 750.0",
      "the spec says the number 750, the function gave text \"750\"",
      "the spec says text \"True\", the function gave the value True",
      NULL,  // differs in more than its type
  };
  Project *project = project_open("types");
  assert_int_equal(project_generate(project, "types.spec.json"), 0);
  assert_int_equal(project->report.disagreements.count, 4);
  const Disagreement *items = project->report.disagreements.items;
  for (size_t index = 0; index < 4; index++) {
    if (observed[index])
      assert_contains(items[index].observed, observed[index]);
    else
      assert_string_equal(items[index].observed.data, "gives 1.5");
  }
  project_close(project);
}

// Examples and clauses that say the same, in both forms of a spec.
static void the_same_test_is_written_once(void **state) {
  (void)state;
  static const char *const specs[] = {"twice.spec.json", "twice.spec.md"};
  Project *project = project_open("stack_buggy");
  for (size_t index = 0; index < 2; index++) {
    assert_int_equal(project_generate(project, specs[index]), 0);
    assert_int_equal(project->report.accepted.count, 2);
    assert_int_equal(project->report.rejected.count, 0);
    const AcceptedTest *tests = project->report.accepted.items;
    assert_contains(tests[0].code, "with pytest.raises(IndexError, match=\"empty stack\"):\n        stack.pop()");
    assert_contains(tests[0].requirement, "pop() on empty stack must raise IndexError");
    assert_contains(tests[0].requirement, "pop() raises IndexError");
    assert_contains(tests[1].code, "assert stack.size() == 0");
    assert_int_equal(project->report.disagreements.count, 1);
    const Disagreement *item = project->report.disagreements.items;
    assert_contains(item->requirement, "peek() on empty stack must raise IndexError");
    assert_contains(item->requirement, "peek() raises IndexError");
  }
  project_close(project);
}

// ---- Hostile and odd subjects ----

static void hostile_functions_are_contained_and_reported(void **state) {
  (void)state;
  Project *project = project_open("hostile");
  assert_int_equal(project_generate(project, "hostile.py"), 0);
  assert_true(is_unanswered(project, "deletes_files", "deletes files"));
  assert_true(is_unanswered(project, "deletes_folders", ""));
  assert_true(is_unanswered(project, "opens_sockets", "uses the network"));
  assert_true(is_unanswered(project, "loops_forever", "does not end"));
  assert_true(is_unanswered(project, "ends_the_process", "ends the process"));
  assert_true(is_unanswered(project, "starts_processes", "starts processes"));
  assert_true(is_unanswered(project, "writes_files", "writes files"));
  const AcceptedTest *tests = project->report.accepted.items;
  assert_true(project->report.accepted.count > 0);
  for (size_t index = 0; index < project->report.accepted.count; index++)
    assert_contains(tests[index].code, "harmless");
  project_close(project);
}

static void side_effects_at_import_stay_in_the_sandbox(void **state) {
  (void)state;
  Project *project = project_open("side_effects");
  assert_int_equal(project_generate(project, "noisy.py"), 0);
  assert_true(project->report.accepted.count > 0);
  project_close(project);
}

static void unicode_names_are_kept(void **state) {
  (void)state;
  Project *project = project_open("unicode");
  assert_int_equal(project_generate(project, "ma\xc3\x9f"
                                             "e.py"),
                   0);
  assert_true(project->report.accepted.count > 0);
  assert_int_equal(project->report.rejected.count, 0);
  StringView text = applied_text(project, "tests/test_ma\xc3\x9f"
                                          "e.py");
  assert_contains(text, "L\xc3\xa4nge muss gr\xc3\xb6\xc3\x9f"
                        "er als 0 sein");
  project_close(project);
}

// ---- Styles and places ----

static void line_ends_are_kept(void **state) {
  (void)state;
  Project *project = project_open("crlf");
  assert_int_equal(project_generate(project, "clamp.py"), 0);
  assert_true(project->report.accepted.count > 0);
  StringView text = applied_text(project, "tests/test_clamp.py");
  for (size_t index = 0; index < text.length; index++)
    assert_true(text.data[index] != '\n' || (index > 0 && text.data[index - 1] == '\r'));
  project_close(project);
}

static void src_layouts_are_imported_as_installed(void **state) {
  (void)state;
  Project *project = project_open("src_layout");
  assert_int_equal(project_generate(project, "src/parcel/weight.py"), 0);
  assert_true(project->report.accepted.count > 0);
  StringView text = applied_text(project, "tests/test_weight.py");
  assert_contains(text, "from parcel.weight import is_heavy\n");
  assert_contains(text, "is expected");
  project_close(project);
}

static void suites_keep_their_classes(void **state) {
  (void)state;
  Project *project = project_open("class_style");
  assert_int_equal(project_generate(project, "cart.py"), 0);
  assert_int_equal(project->report.rejected.count, 0);
  StringView text = applied_text(project, "tests/test_cart.py");
  assert_contains(text, "        with self.assertRaisesRegex(ValueError, 'quantity must be at least 1'):\n");
  assert_contains(text, "    def test_tax_");
  const AcceptedTest *tests = project->report.accepted.items;
  for (size_t index = 0; index < project->report.accepted.count; index++)
    assert_contains(tests[index].id, "::Test");
  project_close(project);
}

static void a_first_test_file_is_made(void **state) {
  (void)state;
  Project *project = project_open("no_tests");
  assert_int_equal(project_generate(project, "words.py::initials"), 0);
  const FileEdit *edit = project->report.edits.items;
  assert_int_equal(project->report.edits.count, 1);
  assert_true(edit->created);
  assert_true(string_view_equal(edit->path, SV("tests/test_words.py")));
  assert_contains(edit->text, "assert initials(\"Ada Lovelace\") == \"AL\"\n");
  project_close(project);
}

// ---- Limits ----

static void untrusted_workspaces_run_nothing(void **state) {
  (void)state;
  Project *project = project_open("no_tests");
  project->request.runner.is_trusted = false;
  assert_int_equal(project_generate(project, "words.py"), ERROR_UNTRUSTED);
  project->request.runner.is_trusted = true;
  assert_int_equal(project_generate(project, "words.py::nothing"), ERROR_NOT_FOUND);
  project->request.provider = SV("oracle");
  assert_int_equal(project_generate(project, "words.py"), ERROR_INVALID_ARGUMENT);
  project_close(project);
}

// An environment that says it has pytest, and cannot import it.
static const char make_broken_environment[] = TEST_PYTHON
    " -m venv --without-pip \"$ENVIRONMENT\" && "
    "packages=$(\"$ENVIRONMENT\"/bin/python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))') && "
    "mkdir \"$packages\"/pytest-9.0.dist-info && "
    "printf 'Metadata-Version: 2.1\\nName: pytest\\nVersion: 9.0\\n' > \"$packages\"/pytest-9.0.dist-info/METADATA && "
    "echo 'raise ImportError(\"its parts are missing\")' > \"$packages\"/pytest.py";

static size_t event_counts[EVENT_KIND_COUNT];

static void count_event(void *user, const RunEvent *event) {
  (void)user;
  event_counts[event->kind]++;
}

// Said before anything is explored.
static void a_broken_pytest_is_said_at_once(void **state) {
  (void)state;
  Project *project = project_open("hostile");
  StringView environment = path_join(&project->arena, path_directory(project->root), SV("environment"));
  assert_int_equal(setenv("ENVIRONMENT", environment.data, 1), 0);
  assert_int_equal(system(make_broken_environment), 0);
  project->request.runner.interpreter = path_join(&project->arena, environment, SV("bin/python"));
  memset(event_counts, 0, sizeof event_counts);
  project->request.emit = count_event;
  assert_int_equal(project_generate(project, "hostile.py"), ERROR_UNAVAILABLE);
  assert_int_equal(event_counts[EVENT_PROGRESS], 0);  // which looking for inputs begins with
  assert_contains(string_view_from(project->error.message), "pytest cannot be imported: its parts are missing");
  assert_contains(string_view_from(project->error.message), "-m pip install --force-reinstall pytest");
  project_close(project);
}

static void the_time_limit_is_kept(void **state) {
  (void)state;
  Project *project = project_open("hostile");
  project->request.timeout_ms = 150;  // less than any interpreter needs to start and import pytest
  assert_int_equal(project_generate(project, "hostile.py::loops_forever"), ERROR_TIMEOUT);
  assert_int_equal(count_scratch_folders(), 0);
  project_close(project);
}

static void *cancel_later(void *argument) {
  usleep(700000);
  cancel_token_cancel(argument);
  return NULL;
}

static void cancellation_is_quick_and_tidy(void **state) {
  (void)state;
  Project *project = project_open("hostile");
  CancelToken token;
  pthread_t thread;
  assert_int_equal(cancel_token_init(&token, NULL, &project->error), 0);
  project->request.runner.cancel = &token;
  int64_t started = clock_monotonic_ns();
  assert_int_equal(pthread_create(&thread, NULL, cancel_later, &token), 0);
  assert_int_equal(project_generate(project, "hostile.py"), ERROR_CANCELLED);
  int64_t elapsed_ms = (clock_monotonic_ns() - started) / 1000000;
  pthread_join(thread, NULL);
  if (elapsed_ms > 20000)  // it would explore for minutes; the benchmark measures how quick it is
    fail_msg("cancelled after 700 ms, ended after %lld ms", (long long)elapsed_ms);
  assert_int_equal(count_scratch_folders(), 0);
  cancel_token_finish(&token);
  project_close(project);
}

// Stops the generation when the first batch has passed every guard: by cancelling it, or by using up its time.
typedef struct Stopper {
  CancelToken token;
  int64_t deadline_ns;  // 0: it is cancelled
  size_t proven;
} Stopper;

static void stop_after_first_batch(void *user, const RunEvent *event) {
  Stopper *stopper = user;
  if (event->kind != EVENT_PROGRESS || !event->done.present || stopper->proven > 0)
    return;
  stopper->proven = (size_t)event->done.value;
  if (stopper->deadline_ns == 0)
    cancel_token_cancel(&stopper->token);
  while (clock_monotonic_ns() < stopper->deadline_ns)
    usleep(10000);
}

// The time limit of the fixture's request is shortened to the stopper's, which is long enough for the first batch.
static void keeps_what_was_proven(Stopper *stopper, int expected, const char *reason) {
  Project *project = project_open("many");
  assert_int_equal(cancel_token_init(&stopper->token, NULL, &project->error), 0);
  project->request.runner.cancel = &stopper->token;
  project->request.emit = stop_after_first_batch;
  project->request.user = stopper;
  if (stopper->deadline_ns > 0)
    project->request.timeout_ms = (stopper->deadline_ns - clock_monotonic_ns()) / 1000000 - 100;
  assert_int_equal(project_generate(project, "roman.spec.json"), expected);
  const GenerateReport *report = &project->report;
  assert_true(stopper->proven > 0);
  assert_int_equal(report->accepted.count, stopper->proven);
  assert_int_equal(report->accepted.count + report->rejected.count, 12);
  const RejectedTest *rejected = report->rejected.items;
  for (size_t index = 0; index < report->rejected.count; index++) {
    assert_string_equal(rejected[index].guard.data, "unfinished");
    assert_string_equal(rejected[index].reason.data, reason);
  }
  assert_null(report->comprehensiveness);  // nobody waits for that
  StringView text = applied_text(project, "tests/test_roman.py");
  const AcceptedTest *accepted = report->accepted.items;
  for (size_t index = 0; index < report->accepted.count; index++)
    assert_true(string_view_contains(text, accepted[index].name));
  for (size_t index = 0; index < report->rejected.count; index++)
    assert_false(string_view_contains(text, rejected[index].code));
  cancel_token_finish(&stopper->token);
  project_close(project);
}

static void what_was_proven_survives_cancellation(void **state) {
  (void)state;
  Stopper stopper = {0};
  keeps_what_was_proven(&stopper, ERROR_CANCELLED, "cancelled");
}

static void what_was_proven_survives_the_time_limit(void **state) {
  (void)state;
  Stopper stopper = {.deadline_ns = clock_monotonic_ns() + 30 * 1000000000LL};
  keeps_what_was_proven(&stopper, ERROR_TIMEOUT, "timeout");
}

static void batches_together_prove_everything(void **state) {
  (void)state;
  Project *project = project_open("many");
  assert_int_equal(project_generate(project, "roman.spec.json"), 0);
  assert_int_equal(project->report.accepted.count, 12);
  assert_int_equal(project->report.rejected.count, 0);
  assert_int_equal(project->report.line_gain, 7);  // every line of the file
  project_close(project);
}

static void events_tell_the_story(void **state) {
  (void)state;
  Project *project = project_open("no_tests");
  memset(event_counts, 0, sizeof event_counts);
  project->request.emit = count_event;
  assert_int_equal(project_generate(project, "words.py"), 0);
  assert_true(event_counts[EVENT_PROGRESS] >= 1);
  assert_int_equal(event_counts[EVENT_TEST], project->report.accepted.count);
  // The edges of a run are told once, by who runs it.
  assert_int_equal(event_counts[EVENT_START] + event_counts[EVENT_COMPLETE] + event_counts[EVENT_ERROR], 0);
  project_close(project);
}

typedef struct Order {
  size_t looks;          // for inputs
  size_t tests_between;  // the first two looks
} Order;

static void note_order(void *user, const RunEvent *event) {
  Order *order = user;
  order->looks += event->kind == EVENT_PROGRESS && string_view_equal(event->message, SV("Looking for inputs"));
  order->tests_between += event->kind == EVENT_TEST && order->looks == 1;
}

static void a_first_test_does_not_wait_for_the_others(void **state) {
  (void)state;
  Project *project = project_open("pricing");
  Order order = {0};
  project->request.emit = note_order;
  project->request.user = &order;
  assert_int_equal(project_generate(project, "shop/pricing.py"), 0);
  assert_int_equal(order.looks, 2);
  assert_true(order.tests_between > 0);
  assert_true(project->report.accepted.count > order.tests_between);
  project_close(project);
}

static void few_tests_are_chosen_of_all(void **state) {
  (void)state;
  Project *project = project_open("pricing");
  Order order = {0};
  project->request.emit = note_order;
  project->request.user = &order;
  project->request.max_tests = 2;
  assert_int_equal(project_generate(project, "shop/pricing.py"), 0);
  assert_int_equal(order.looks, 1);
  assert_int_equal(project->report.accepted.count, 2);
  project_close(project);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(boundaries_documentation_and_errors),
      cmocka_unit_test(asking_twice_adds_nothing),
      cmocka_unit_test(one_function_and_its_lines),
      cmocka_unit_test(the_same_seed_gives_the_same_tests),
      cmocka_unit_test(texts_none_and_custom_errors),
      cmocka_unit_test(a_good_stack_agrees_with_its_spec),
      cmocka_unit_test(the_report_says_where_tests_were_proven),
      cmocka_unit_test(a_buggy_stack_disagrees),
      cmocka_unit_test(a_disagreement_over_the_type_alone_is_explained),
      cmocka_unit_test(the_same_test_is_written_once),
      cmocka_unit_test(hostile_functions_are_contained_and_reported),
      cmocka_unit_test(side_effects_at_import_stay_in_the_sandbox),
      cmocka_unit_test(unicode_names_are_kept),
      cmocka_unit_test(line_ends_are_kept),
      cmocka_unit_test(src_layouts_are_imported_as_installed),
      cmocka_unit_test(suites_keep_their_classes),
      cmocka_unit_test(a_first_test_file_is_made),
      cmocka_unit_test(untrusted_workspaces_run_nothing),
      cmocka_unit_test(a_broken_pytest_is_said_at_once),
      cmocka_unit_test(the_time_limit_is_kept),
      cmocka_unit_test(cancellation_is_quick_and_tidy),
      cmocka_unit_test(what_was_proven_survives_cancellation),
      cmocka_unit_test(what_was_proven_survives_the_time_limit),
      cmocka_unit_test(batches_together_prove_everything),
      cmocka_unit_test(events_tell_the_story),
      cmocka_unit_test(a_first_test_does_not_wait_for_the_others),
      cmocka_unit_test(few_tests_are_chosen_of_all),
  };
  return cmocka_run_group_tests(tests, use_own_temporary_folder, remove_own_temporary_folder);
}
