// Candidates from an answer that a model gave: what it says is not believed, only tried.
#include "server/generator/answer.h"
#include "server/generator/provider.h"

static bool uses_in_checks(const Candidate *candidate, StringView name) {
  const CandidateCheck *checks = candidate->checks.items;
  for (size_t i = 0; i < candidate->checks.count; i++)
    if (string_view_contains_word(checks[i].expression, name) || string_view_contains_word(checks[i].expected, name) ||
        string_view_contains_word(checks[i].exception, name))
      return true;
  return false;
}

// Whether a candidate uses a name of the subject's module.
static bool uses(const Candidate *candidate, StringView name) {
  const StringView *setup = candidate->setup.items;
  if (string_view_contains_word(candidate->call, name) || uses_in_checks(candidate, name))
    return true;
  for (size_t i = 0; i < candidate->setup.count; i++)
    if (string_view_contains_word(setup[i], name))
      return true;
  return false;
}

static bool imports_name(const Candidate *candidate, StringView name) {
  const CandidateImport *imports = candidate->imports.items;
  for (size_t i = 0; i < candidate->imports.count; i++)
    if (string_view_equal(imports[i].name, name))
      return true;
  return false;
}

// Adds imports of what the candidate uses of the subject's module, and says what it is about. False: out of memory.
static bool bind(const ProposeRequest *propose, const FileAnalysis *analysis, Candidate *candidate, Arena *arena) {
  size_t count, used = candidate->imports.count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  const CandidateImport *given = candidate->imports.items;
  CandidateImport *imports = arena_allocate_array(arena, used + count, sizeof *imports);
  if (!imports)
    return false;
  for (size_t i = 0; i < used; i++)
    imports[i] = given[i];
  for (size_t i = 0; i < count; i++) {
    const Definition *definition = &definitions[i];
    if (definition->parent >= 0 || !uses(candidate, definition->name))
      continue;
    if (candidate->subject.length == 0)
      candidate->subject = definition->qualified_name;
    if (!imports_name(candidate, definition->name))
      imports[used++] = (CandidateImport){propose->module, definition->name};
  }
  candidate->imports = (JsonArray){imports, used};
  return true;
}

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while an answer is read");
}

static int note(Proposals *proposals, StringView text, Error *ret_error) {
  bool is_fine =
      text.data && vector_push_copy(&proposals->notes, &text) && vector_push_copy(&proposals->problems, &text);
  return is_fine ? 0 : no_memory(ret_error);
}

static int take(const ProposeRequest *propose, const FileAnalysis *analysis, Candidate *candidate, Arena *arena,
                Proposals *proposals, Error *ret_error) {
  if (!bind(propose, analysis, candidate, arena))
    return no_memory(ret_error);
  if (candidate->subject.length > 0)
    return vector_push_copy(&proposals->candidates, candidate) ? 0 : no_memory(ret_error);
  return note(proposals,
              arena_format(arena, "the answer: %.*s uses nothing of %.*s", SV_ARGUMENTS(candidate->name),
                           SV_ARGUMENTS(propose->subject_path)),
              ret_error);
}

static int take_all(const ProposeRequest *propose, const Answer *answer, Arena *arena, Proposals *proposals,
                    Error *ret_error) {
  const StringView *problems = answer->problems.items;
  Candidate *candidates = answer->candidates.items;
  int result = 0;
  for (size_t i = 0; i < answer->candidates.count && result == 0; i++)
    result = take(propose, propose->subject, &candidates[i], arena, proposals, ret_error);
  for (size_t i = 0; i < answer->problems.count && result == 0; i++)
    result = note(proposals, arena_format(arena, "the answer: %.*s", SV_ARGUMENTS(problems[i])), ret_error);
  return result;
}

int answer_take(const ProposeRequest *propose, StringView text, Arena *arena, Proposals *proposals, Error *ret_error) {
  AnswerContext context = {.module = propose->module, .symbol = propose->symbol, .category = CATEGORY_CORRECTNESS};
  Answer answer;
  int result = answer_parse(text, &context, arena, &answer, ret_error);
  if (result == 0 && answer.grade.present)
    proposals->grade = answer.grade;
  return result == 0 ? take_all(propose, &answer, arena, proposals, ret_error) : result;
}

int answer_propose(const ProposeRequest *propose, Arena *arena, Proposals *proposals, Error *ret_error) {
  return answer_take(propose, propose->request->answer, arena, proposals, ret_error);
}
