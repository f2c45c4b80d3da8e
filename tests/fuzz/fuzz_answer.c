// Whatever a model answers: no crash, and no text of the model leaves the function that it becomes.
#include "server/generator/answer.h"
#include "server/generator/render.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

// Every line but the first is empty or indented.
static void check_code(StringView code) {
  StringView line;
  require(string_view_next(&code, '\n', &line) && string_view_starts_with(line, SV("def test_")));
  while (string_view_next(&code, '\n', &line)) {
    require(line.length == 0 || string_view_starts_with(line, SV("    ")));
  }
}

static void check_candidate(const Candidate *candidate, Arena *arena) {
  TestStyle style = {.form = FORM_FUNCTION, .quote = '"', .indent = SV("    "), .width = 88};
  StringView code, name = arena_format(arena, "test_%.*s", SV_ARGUMENTS(candidate->name));
  require(candidate->category >= 0 && candidate->category < CATEGORY_COUNT);
  require(candidate->confidence >= 0 && candidate->confidence <= 1);
  require(candidate->name.length > 0 && candidate->reasoning.length > 0 && candidate->checks.count > 0);
  if (render_test(candidate, name, &style, arena, &code, NULL) == 0) {
    check_code(code);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  StringView text = {(const char *)data, size};
  AnswerContext context = {.module = SV("shop"), .symbol = SV("price"), .category = CATEGORY_CORRECTNESS};
  Arena arena = {0};
  Error error = {0};
  Answer answer;
  require(answer_parse(text, &context, &arena, &answer, &error) == 0 && error.code == 0);
  require(answer.candidates.count > 0 || answer.problems.count > 0);
  require(answer.candidates.count <= ANSWER_TESTS_MAX && answer.problems.count <= ANSWER_PROBLEMS_MAX);
  const Candidate *candidates = answer.candidates.items;
  for (size_t index = 0; index < answer.candidates.count; index++) {
    check_candidate(&candidates[index], &arena);
  }
  arena_finish(&arena);
  return 0;
}
