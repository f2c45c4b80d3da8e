// Whatever a spec says, as JSON and as Markdown: no crash, and every part and every problem stands where the text is.
#include "server/generator/spec.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static void check_span(Span span, size_t size) {
  require(span.start <= span.end && span.end <= size);
}

static void check_example(const SpecExample *example, size_t size) {
  check_span(example->span, size);
  require(example->call.length > 0);
  require(!example->expected.data || !example->raises.data);
  require(example->category >= 0 && example->category < CATEGORY_COUNT);
}

static void check_spec(const Spec *spec, size_t size) {
  check_span(spec->signature_span, size);
  for (size_t index = 0; index < spec->clause_count; index++) {
    check_span(spec->clauses[index].span, size);
    require(spec->clauses[index].text.length > 0);
  }
  for (size_t index = 0; index < spec->example_count; index++) {
    check_example(&spec->examples[index], size);
  }
  for (size_t index = 0; index < spec->prohibited_count; index++) {
    require(spec->prohibited[index].tool.data != NULL);
    check_span(spec->prohibited[index].span, size);
  }
  require(spec->context >= 0 && spec->context <= CONTEXT_COUNT);
}

static void check(StringView path, StringView text) {
  Arena arena = {0};
  Error error = {0};
  Spec spec = {0};
  SpecProblem *problems = NULL;
  size_t problem_count = 0;
  int code = spec_parse(path, text, &arena, &spec, &problems, &problem_count, &error);
  require((code == 0) == (error.code == 0) && code == error.code);
  for (size_t index = 0; code == 0 && index < problem_count; index++) {
    check_span(problems[index].span, text.length);
    require(problems[index].message && problems[index].message[0] != '\0');
  }
  if (code == 0) {
    check_spec(&spec, text.length);
  }
  arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  StringView text = {(const char *)data, size};
  check(SV("a.spec.json"), text);
  check(SV("a.spec.md"), text);
  return 0;
}
