#include "server/generator/implement.h"

#include "protocol/json/field.h"
#include "server/base/files.h"
#include "server/generator/prompt.h"

#define ATTEMPTS_MAX 1000u
#define PROBLEMS_MAX 200u        // of an attempt
#define CODE_MAX (1u << 20)      // bytes
#define FEEDBACK_MAX (2u << 20)  // bytes

typedef struct Implementing {
  const ProposeRequest *propose;
  const Stub *stub;
  Arena *arena;
  Proposals *proposals;
  StringView tests;  // the text of the test file
  Vector attempts;   // ImplementationAttempt
  Vector problems;   // StringView: of the attempt that is made
  Error *ret_error;
} Implementing;

static int no_memory(const Implementing *work) {
  return error_set(work->ret_error, ERROR_NO_MEMORY, "memory is exhausted while code is written");
}

// ---- The code of an answer ----

static bool is_python_fence(StringView line) {
  StringView name = string_view_trim(string_view_slice(line, 3, line.length));
  return name.length == 0 || string_view_equal(name, SV("python")) || string_view_equal(name, SV("py")) ||
         string_view_equal(name, SV("python3"));
}

static StringView longest_block(StringView answer) {
  StringView rest = answer, line, longest = {0};
  const char *start = NULL;  // of the block that is open
  bool is_open = false;
  while (string_view_next(&rest, '\n', &line)) {
    if (!string_view_starts_with(line, SV("```")))
      continue;
    if (is_open && start && (size_t)(line.data - start) > longest.length)
      longest = (StringView){start, (size_t)(line.data - start)};
    if (!is_open)
      start = is_python_fence(line) ? line.data + line.length + 1 : NULL;
    is_open = !is_open;
  }
  if (is_open && start && start < answer.data + answer.length)  // an answer that was cut off; the tests will tell
    longest = (StringView){start, (size_t)(answer.data + answer.length - start)};
  return longest;
}

StringView implement_code_of(StringView answer, Arena *arena) {
  StringView block = longest_block(answer);
  StringView code = string_view_contains(answer, SV("```")) ? block : answer;
  if (string_view_trim(code).length == 0)
    return (StringView){0};
  return code.data[code.length - 1] == '\n' ? code : arena_format(arena, "%.*s\n", SV_ARGUMENTS(code));
}

// ---- One attempt ----

static int add_problem(Implementing *work, StringView problem) {
  if (!problem.data)
    return no_memory(work);
  return work->problems.count >= PROBLEMS_MAX || vector_push_copy(&work->problems, &problem) ? 0 : no_memory(work);
}

static int check_prohibited(Implementing *work, StringView code) {
  const StringView *names = work->propose->environment.prohibited.items;
  int result = 0;
  for (size_t i = 0; i < work->propose->environment.prohibited.count && result == 0; i++) {
    StringView last = names[i];  // "collections.deque" is used as deque, too
    for (size_t at = 0; at < names[i].length; at++)
      if (names[i].data[at] == '.')
        last = string_view_slice(names[i], at + 1, names[i].length);
    if (string_view_contains_word(code, last))
      result = add_problem(
          work, arena_format(work->arena, "the code uses %.*s, which the spec prohibits", SV_ARGUMENTS(names[i])));
  }
  return result;
}

static int take_test(Implementing *work, const TestResult *test, ImplementationAttempt *attempt) {
  if (test->outcome == OUTCOME_PASSED) {
    attempt->passed++;
    return 0;
  }
  attempt->failed++;
  StringView message = test->message.data ? test->message : string_view_from(outcome_names[test->outcome]);
  size_t colons = string_view_find(test->id, SV("::"));
  StringView name = colons < test->id.length ? string_view_slice(test->id, colons + 2, test->id.length) : test->id;
  return add_problem(work, arena_format(work->arena, "%.*s: %.*s", SV_ARGUMENTS(name), SV_ARGUMENTS(message)));
}

static int run_tests(Implementing *work, StringView code, ImplementationAttempt *attempt) {
  Bench *bench = work->propose->bench;
  RunnerOptions options = bench->options;
  TestRun run = {0};
  options.selection = (JsonArray){(void *)&work->propose->test_path, 1};
  options.wall_ms = bench_run_ms(bench);
  int result = bench_write(bench, work->stub->path, code, work->arena, work->ret_error);
  if (result == 0)
    result = runner_run_tests(&options, work->arena, &run, work->ret_error);
  if (result == ERROR_TIMEOUT && bench_left_ms(bench) > 0) {
    error_clear(work->ret_error);
    result = add_problem(work, arena_format(work->arena, "the tests do not end: after %lld s %zu of them had a result",
                                            (long long)options.wall_ms / 1000, run.tests.count));
  }
  const TestResult *tests = run.tests.items, *faults = run.collection_errors.items;
  for (size_t i = 0; i < run.tests.count && result == 0; i++)
    result = take_test(work, &tests[i], attempt);
  for (size_t i = 0; i < run.collection_errors.count && result == 0; i++)
    result = add_problem(
        work, arena_format(work->arena, "the tests cannot be collected: %.*s", SV_ARGUMENTS(faults[i].message)));
  if (result == 0 && run.tests.count == 0 && work->problems.count == 0)
    result = add_problem(work, SV("pytest finds no test"));
  return result;
}

// ---- Code that has memorised the tests ----

typedef struct MemorisedRequest {
  StringView root, scratch, original_root, module, name, code, tests;
} MemorisedRequest;

static const JsonField memorised_fields[] = {
    JSON_FIELD(MemorisedRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, original_root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, module, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, name, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, code, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedRequest, tests, STRING, JSON_REQUIRED, NULL),
};
static const JsonType memorised_type = JSON_TYPE(MemorisedRequest, memorised_fields, NULL);

typedef struct MemorisedAnswer {
  StringView reason;  // empty: nothing speaks against the code
  JsonArray notes;    // StringView: why that is not known
} MemorisedAnswer;

static const JsonField memorised_answer_fields[] = {
    JSON_FIELD(MemorisedAnswer, reason, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MemorisedAnswer, notes, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType memorised_answer_type = JSON_TYPE(MemorisedAnswer, memorised_answer_fields, NULL);

// A table of what the tests expect passes them all, and does no work.
static int check_memorised(Implementing *work, StringView code) {
  Bench *bench = work->propose->bench;
  MemorisedRequest request = {
      .root = bench->root,
      .scratch = bench->scratch,
      .original_root = work->propose->request->runner.root,
      .module = work->propose->module,
      .name = work->stub->subject,
      .code = code,
      .tests = work->tests,
  };
  MemorisedAnswer answer = {0};
  int result = bench_call(bench, "memorised", &memorised_type, &request, &memorised_answer_type, work->arena, &answer,
                          work->ret_error);
  if (result == 0 && answer.reason.length > 0)
    result = add_problem(work, answer.reason);
  const StringView *notes = answer.notes.items;
  if (result == 0 && answer.notes.count > 0) {
    StringView note = arena_format(work->arena, "it is not known whether the code has memorised the tests: %.*s",
                                   SV_ARGUMENTS(notes[0]));
    result = note.data && vector_push_copy(&work->proposals->notes, &note) ? 0 : no_memory(work);
  }
  return result;
}

static void tell_attempt(const Implementing *work, const ImplementationAttempt *attempt) {
  const GenerateRequest *request = work->propose->request;
  RunEvent event = {
      .run_id = request->run_id,
      .kind = attempt->problems.count > 0 ? EVENT_REFLECTION : EVENT_PROGRESS,
      .message = arena_format(work->arena, "Attempt %zu at %.*s: %u of %u tests pass", work->attempts.count,
                              SV_ARGUMENTS(work->stub->subject), attempt->passed, attempt->passed + attempt->failed),
  };
  if (request->emit && event.message.data)
    request->emit(request->user, &event);
}

// The attempt is kept also when the tests could not be run to their end.
static int attempt(Implementing *work, StringView answer) {
  ImplementationAttempt attempt = {.code = implement_code_of(answer, work->arena)};
  vector_truncate(&work->problems, 0);
  int result = 0;
  if (string_view_is_absent(attempt.code))
    result = add_problem(work, SV("the answer has no code"));
  else if (attempt.code.length > CODE_MAX)
    result = add_problem(work, SV("the code is longer than 1 MiB"));
  else
    result = check_prohibited(work, attempt.code);
  if (result == 0 && work->problems.count == 0)
    result = run_tests(work, attempt.code, &attempt);
  if (result == 0 && work->problems.count == 0)
    result = check_memorised(work, attempt.code);
  attempt.problems.items = vector_to_arena(&work->problems, work->arena, &attempt.problems.count);
  if (!vector_push_copy(&work->attempts, &attempt))
    return no_memory(work);
  if (result == 0)
    tell_attempt(work, &attempt);
  return result;
}

static const ImplementationAttempt *last_attempt(const Implementing *work) {
  return work->attempts.count > 0 ? vector_at(&work->attempts, work->attempts.count - 1) : NULL;
}

static bool is_green(const ImplementationAttempt *attempt) {
  return attempt && attempt->problems.count == 0 && attempt->failed == 0 && attempt->passed > 0;
}

// ---- The questions ----

static StringView feedback(const Implementing *work) {
  const ImplementationAttempt *last = last_attempt(work);
  if (!last)
    return SV("");
  const StringView *problems = last->problems.items;
  Buffer text;
  buffer_init(&text, FEEDBACK_MAX);
  buffer_append_format(&text, "\n## What became of your answer\n```python\n%.*s```\n%u of %u tests pass.\n",
                       SV_ARGUMENTS(last->code), last->passed, last->passed + last->failed);
  for (size_t i = 0; i < last->problems.count; i++)
    buffer_append_format(&text, "- %.*s\n", SV_ARGUMENTS(problems[i]));
  buffer_append_text(&text, "Answer with the whole module again, with these faults mended.\n");
  StringView copy = text.failure ? (StringView){0} : arena_copy(work->arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

static int ask(Implementing *work, StringView *ret_answer) {
  StringView told = feedback(work);
  Prompt prompt;
  ModelAnswer answer = {0};
  size_t asked = work->proposals->trajectory.count;
  *ret_answer = (StringView){0};
  if (!told.data)
    return no_memory(work);
  int result =
      prompt_build_implementation(work->propose, work->stub, work->tests, told, work->arena, &prompt, work->ret_error);
  if (result == 0)
    result = model_ask(work->propose, &prompt, work->arena, work->proposals, &answer, work->ret_error);
  Vector *trajectory = &work->proposals->trajectory;
  if (trajectory->count > asked)
    ((RoundReport *)vector_at(trajectory, asked))->wanted = SV("code");
  if (result == 0)
    *ret_answer = answer.text;
  return result;
}

static bool is_end(int code) {
  return code == ERROR_CANCELLED || code == ERROR_TIMEOUT || code == ERROR_NO_MEMORY;
}

static int attempt_until_green(Implementing *work) {
  const GenerateRequest *request = work->propose->request;
  int64_t rounds = request->model ? request->model->rounds : 1;
  int result = 0;
  for (int64_t round = 0; round < rounds && result == 0 && !is_green(last_attempt(work)); round++) {
    StringView answer = request->answer;
    if (request->model)
      result = ask(work, &answer);
    if (result < 0 && round > 0 && !is_end(result)) {
      StringView note =
          arena_format(work->arena, "question %lld about the code: %s", (long long)round + 1, work->ret_error->message);
      error_clear(work->ret_error);
      return note.data && vector_push_copy(&work->proposals->notes, &note) ? 0 : no_memory(work);
    }
    if (result == 0 && string_view_is_absent(answer))  // the budget is used up
      return 0;
    if (result == 0)
      result = attempt(work, answer);
  }
  return result;
}

// The one with the most tests that pass.
static const ImplementationAttempt *best_attempt(const Implementing *work) {
  const ImplementationAttempt *best = NULL;
  for (size_t i = 0; i < work->attempts.count; i++) {
    const ImplementationAttempt *attempt = vector_at(&work->attempts, i);
    if (!best || attempt->passed > best->passed || is_green(attempt))
      best = attempt;
  }
  return best;
}

static int fill_report(Implementing *work, ImplementationReport *report) {
  const ImplementationAttempt *best = best_attempt(work);
  *report = (ImplementationReport){
      .path = work->stub->path,
      .subject = work->stub->subject,
      .complete = is_green(last_attempt(work)),
  };
  if (best)
    report->code = best->code.data ? best->code : SV("");
  report->attempts.items = vector_to_arena(&work->attempts, work->arena, &report->attempts.count);
  return report->attempts.items || work->attempts.count == 0 ? 0 : no_memory(work);
}

int implement_run(const ProposeRequest *propose, const Stub *stub, Arena *arena, Proposals *proposals,
                  ImplementationReport *ret_report, Error *ret_error) {
  Implementing work = {
      .propose = propose, .stub = stub, .arena = arena, .proposals = proposals, .ret_error = ret_error};
  vector_init(&work.attempts, sizeof(ImplementationAttempt), ATTEMPTS_MAX);
  vector_init(&work.problems, sizeof(StringView), PROBLEMS_MAX);
  StringView path = path_join(arena, propose->bench->root, propose->test_path);
  int result = path.data ? file_read(path.data, CODE_MAX, arena, &work.tests, ret_error) : no_memory(&work);
  if (result == 0)
    result = attempt_until_green(&work);
  int filled = fill_report(&work, ret_report);
  vector_finish(&work.problems);
  vector_finish(&work.attempts);
  return result == 0 ? filled : result;
}
