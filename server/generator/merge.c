#include "server/generator/merge.h"

#include "server/analyzer/analysis.h"
#include "server/generator/python_text.h"
#include "server/generator/render.h"

#define CODE_MAX (1u << 20)  // bytes of a set-up and its call

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while equal tests are merged");
}

StringView merge_labels(StringView one, StringView other, Arena *arena) {
  if (other.length == 0 || string_view_contains(one, other))
    return one;
  if (one.length == 0 || string_view_contains(other, one))
    return other;
  return arena_format(arena, "%.*s; %.*s", SV_ARGUMENTS(one), SV_ARGUMENTS(other));
}

// What is called after which set-up. Empty for what is never merged; absent when memory is exhausted. What a model says
// of a call is a guess: two that differ are two tests, and a run decides between them.
static StringView key_of(const Candidate *candidate, Arena *arena) {
  const CandidateCheck *check = candidate->checks.items;
  if (candidate->rows.count > 0 || candidate->checks.count != 1 || check->expression.length > 0)
    return SV("");
  const StringView *setup = candidate->setup.items;
  Buffer code;
  buffer_init(&code, CODE_MAX);
  for (size_t index = 0; index < candidate->setup.count; index++)
    buffer_append_format(&code, "%.*s;", SV_ARGUMENTS(setup[index]));
  buffer_append(&code, candidate->call);
  if (string_view_equal(candidate->origin, SV("model")))
    buffer_append_format(&code, ";%d;%.*s;%.*s;%.*s", check->kind, SV_ARGUMENTS(check->expected),
                         SV_ARGUMENTS(check->exception), SV_ARGUMENTS(check->match));
  StringView key = code.failure ? (StringView){0} : python_normalize(buffer_view(&code), arena);
  buffer_finish(&code);
  return key;
}

// The assertion strength of the test that it becomes.
static int measure(const Candidate *candidate, Arena *arena, int *ret_strength, Error *ret_error) {
  TestStyle style = {.form = FORM_FUNCTION, .quote = '"', .indent = SV("    "), .width = 88};
  AnalyzerOptions options = {0};
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  FileAnalysis *analysis = NULL;
  StringView code, text;
  int result = render_test(candidate, SV("test_strength"), &style, arena, &code, ret_error);
  if (result < 0)
    return result;
  text = arena_format(arena, "import pytest\n\n\n%.*s", SV_ARGUMENTS(code));
  result = text.data ? syntax_parser_create(language_at(0), &parser, ret_error) : no_memory(ret_error);
  if (result == 0)
    result = snapshot_create(parser, text, &snapshot, ret_error);
  if (result == 0)
    result = analysis_create(SV("test_strength.py"), snapshot, &options, NULL, &analysis, ret_error);
  if (result == 0) {
    size_t count;
    const TestFacts *tests = analysis_tests(analysis, &count);
    *ret_strength = count > 0 ? tests[0].strength : 0;
  }
  analysis_release(analysis);
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  return result;
}

static int merge_into(Candidate *kept, const Candidate *other, Arena *arena, Error *ret_error) {
  int kept_strength, other_strength;
  int result = measure(kept, arena, &kept_strength, ret_error);
  if (result == 0)
    result = measure(other, arena, &other_strength, ret_error);
  if (result < 0)
    return result;
  Candidate merged = other_strength > kept_strength ? *other : *kept;
  bool has_requirement = kept->requirement.length + other->requirement.length > 0;
  merged.requirement = merge_labels(kept->requirement, other->requirement, arena);
  merged.reasoning = merge_labels(kept->reasoning, other->reasoning, arena);
  merged.confidence = kept->confidence > other->confidence ? kept->confidence : other->confidence;
  *kept = merged;
  return (has_requirement && !merged.requirement.data) || !merged.reasoning.data ? no_memory(ret_error) : 0;
}

static size_t find_key(const StringView *keys, size_t count, StringView key) {
  size_t index = 0;
  while (index < count && (key.length == 0 || !string_view_equal(keys[index], key)))
    index++;
  return index;
}

int candidates_merge(Vector *candidates, Arena *arena, Error *ret_error) {
  StringView *keys = arena_allocate_array(arena, candidates->count, sizeof *keys);
  size_t kept = 0;
  int result = keys ? 0 : no_memory(ret_error);
  for (size_t index = 0; index < candidates->count && result == 0; index++) {
    Candidate *candidate = vector_at(candidates, index);
    StringView key = key_of(candidate, arena);
    if (!key.data)
      return no_memory(ret_error);
    size_t same = find_key(keys, kept, key);
    if (same < kept) {
      result = merge_into(vector_at(candidates, same), candidate, arena, ret_error);
      continue;
    }
    keys[kept] = key;
    *(Candidate *)vector_at(candidates, kept++) = *candidate;
  }
  if (result == 0)
    vector_truncate(candidates, kept);
  return result;
}
