// Puts the candidates of Markdown files through the guards of the generator, on a copy of the project
// tests/fixtures/generator/corpus, in the sandbox.
//
//   corpus_test [--print] FILE...
//
// The form of the files stands in corpus.h; --print shows what becomes of each.
//
//   corpus_test [--print] --contained FILE...
//
// puts each candidate straight into the sandbox, as if no guard stood before it, and looks at what it has done outside.
#include "corpus.h"
#include "outside.h"
#include "support.h"

#include "server/base/files.h"
#include "server/generator/gain.h"
#include "server/generator/guards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)
#define TEST_FILE "tests/test_shop.py"

// ---- Trying ----

typedef struct Session {
  Project *project;
  Bench bench;
  bool is_printing, is_contained;
  Outside outside;
  size_t failures;
} Session;

static MutantToKill read_mutant(Session *session, StringView line) {
  Arena *arena = &session->project->arena;
  StringView path, before, after;
  assert_true(string_view_next(&line, ' ', &path));
  assert_true(string_view_next(&line, '`', &before) && string_view_next(&line, '`', &before));
  assert_true(string_view_next(&line, '`', &after) && string_view_next(&line, '`', &after));
  StringView text = project_read(session->project, arena_terminated(arena, path));
  size_t start = string_view_find(text, before);
  if (start == text.length)
    fail_msg("%.*s has no %.*s", SV_ARGUMENTS(path), SV_ARGUMENTS(before));
  return (MutantToKill){path, text, (uint32_t)start, (uint32_t)(start + before.length), after};
}

static void choose_file(Session *session, const Section *section, TestFile *file) {
  Project *project = session->project;
  StringView path = section->file.length > 0 ? section->file : SV(TEST_FILE);
  int result = place_choose_file(project->index, SV("shop.py"), SV(TEST_FILE), &project->arena, file, &project->error);
  assert_int_equal(result, 0);
  if (string_view_equal(path, file->path))
    return;
  file->path = path;
  file->is_new = true;
  file->analysis = NULL;
  file->text = file->normalized = SV("");
}

// The first module of the workspace that it imports.
static StringView subject_of(const Session *session, const TestFile *file, const Candidate *candidate) {
  const CandidateImport *imports = candidate->imports.items;
  for (size_t index = 0; index < candidate->imports.count; index++) {
    StringView path = workspace_index_resolve_module(session->project->index, file->path, imports[index].module);
    if (!string_view_is_absent(path))
      return path;
  }
  return SV("shop.py");
}

static Proposal propose(Session *session, const TestFile *file, Trial *trial) {
  Arena *arena = &session->project->arena;
  StringView offset = trial->section->offset;
  trial_fill_candidate(trial, arena);
  StringView subject = subject_of(session, file, &trial->candidate);
  Proposal proposal = {
      .candidate = &trial->candidate,
      .subject_path = subject,
      .original_path = path_join(arena, session->bench.root, subject),
      .placed = {.candidate = &trial->candidate,
                 .form = FORM_FUNCTION,
                 .offset = place_trimmed_end(file->text, (uint32_t)file->text.length),
                 .code = trial->code},
  };
  if (offset.length > 0)
    proposal.placed.offset = (uint32_t)strtoul(offset.data, NULL, 10);
  trial_fill_names(trial, &proposal.placed);
  proposal.id = place_node_id(file, &proposal.placed, arena);
  return proposal;
}

// It adds this, and nothing else that was measured.
static bool adds_only(const Gain *gain, StringView what) {
  const struct {
    const char *name;
    const OptionalInteger *count;
  } parts[] = {{"kills", &gain->kills},
               {"lines", &gain->lines},
               {"branches", &gain->branches},
               {"boundaries", &gain->boundaries},
               {"requirements", &gain->requirements}};
  bool is_known = false;
  for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
    bool is_it = string_view_equal_text(what, parts[index].name);
    is_known |= is_it;
    if (is_it != (parts[index].count->present && parts[index].count->value > 0))
      return false;
  }
  return is_known;
}

static void print_gain(const Session *session, const Proposal *proposal, bool is_right) {
  const Gain *gain = &proposal->gain;
  if (session->is_printing || !is_right)
    printf("%.*s adds kills %lld, lines %lld, branches %lld, boundaries %lld\n", SV_ARGUMENTS(proposal->placed.name),
           (long long)gain->kills.value, (long long)gain->lines.value, (long long)gain->branches.value,
           (long long)gain->boundaries.value);
}

static void judge(Session *session, const Section *section, const Proposal *proposal) {
  StringView guard = string_view_from(proposal->guard ? proposal->guard : "");
  StringView name = proposal->placed.name;
  bool is_right = string_view_equal(guard, section->guard) &&
                  (section->reason.length == 0 || string_view_equal(proposal->reason, section->reason));
  if (is_right && section->adds_only.length > 0) {
    is_right = adds_only(&proposal->gain, section->adds_only);
    print_gain(session, proposal, is_right);
  }
  bool is_said = guard.length == 0 || proposal->message.length > 10;
  if (session->is_printing || !is_right || !is_said)
    printf("%s%.*s: %.*s: %.*s %.*s: %.*s\n", is_right && is_said ? "" : "FAILED ", SV_ARGUMENTS(section->name),
           SV_ARGUMENTS(name), SV_ARGUMENTS(guard.length > 0 ? guard : SV("accepted")), SV_ARGUMENTS(proposal->reason),
           SV_ARGUMENTS(proposal->message));
  session->failures += !is_right || !is_said;
}

// Good tests may notice the same. So what each of them notices is measured for all at once, when the other guards have
// let them pass, and judged as if there were no other.
static void judge_worth(Session *session, GuardContext *context, Trial **trials, Proposal *proposals, size_t count) {
  Error *error = &session->project->error;
  for (size_t index = 0; index < count; index++)
    if (trial_is_good(trials[index]) && !proposals[index].guard) {
      trials[index]->candidate.origin = SV("model");
      proposals[index].is_proven = false;
    }
  context->mutants = NULL;
  assert_int_equal(guard_kills(context, proposals, count, error), 0);
  for (size_t index = 0; index < count; index++)
    if (trial_is_good(trials[index]))
      assert_int_equal(guard_worth(context, &proposals[index], 1, error), 0);
}

static GuardContext context_of(Session *session, const TestFile *file) {
  GuardContext context = {
      .bench = &session->bench,
      .index = session->project->index,
      .files = file,
      .file_count = 1,
      .original_root = session->project->root,
      .arena = &session->project->arena,
  };
  vector_init(&context.notes, sizeof(StringView), 1000);
  return context;
}

static void try_all(Session *session, Trial **trials, size_t count) {
  Project *project = session->project;
  TestFile file;
  MutantToKill mutant;
  const Section *first = trials[0]->section;
  Proposal *proposals = arena_allocate_array(&project->arena, count, sizeof *proposals);
  assert_non_null(proposals);
  choose_file(session, first, &file);
  GuardContext context = context_of(session, &file);
  if (first->mutant.length > 0) {
    mutant = read_mutant(session, first->mutant);
    context.mutant = &mutant;
  }
  for (size_t index = 0; index < count; index++)
    proposals[index] = propose(session, &file, trials[index]);
  if (guards_run(&context, proposals, count, &project->error) != 0)
    fail_msg("%.*s: %s", SV_ARGUMENTS(first->name), project->error.message);
  if (!context.mutant)
    judge_worth(session, &context, trials, proposals, count);
  for (size_t index = 0; index < count; index++)
    judge(session, trials[index]->section, &proposals[index]);
  vector_finish(&context.notes);
  if (place_is_test_path(file.path))
    assert_int_equal(guards_write_files(&context, NULL, 0, &project->error), 0);
}

// ---- Straight into the sandbox ----

// The guard that runs tests, without those before it. That the run fails altogether is as good as a rejection.
static void try_contained(Session *session, Trial *trial) {
  Project *project = session->project;
  TestFile file;
  Error error = {0};
  choose_file(session, trial->section, &file);
  Proposal proposal = propose(session, &file, trial);
  GuardContext context = context_of(session, &file);
  int result = guard_green(&context, &proposal, 1, &error);
  StringView message = result < 0 ? string_view_from(error.message) : proposal.message;
  const char *harm = outside_find_harm(&session->outside, message);
  bool is_stopped = result < 0 || proposal.guard;
  if (session->is_printing || harm || !is_stopped)
    printf("%s%.*s: %s%.*s\n", harm || !is_stopped ? "FAILED " : "", SV_ARGUMENTS(proposal.placed.name),
           harm         ? harm
           : is_stopped ? "stopped: "
                        : "it had its way",
           SV_ARGUMENTS(message));
  session->failures += harm || !is_stopped;
  vector_finish(&context.notes);
  assert_int_equal(guards_write_files(&context, NULL, 0, &project->error), 0);
}

// ---- The program ----

static size_t choose(Corpus *corpus, const Section *section, Trial **ret_chosen) {
  size_t count = 0;
  for (size_t index = 0; index < corpus->trial_count; index++) {
    Trial *trial = &corpus->trials[index];
    if (section ? trial->section == section : !trial->section->is_apart)
      ret_chosen[count++] = trial;
  }
  return count;
}

static void try_corpus(Session *session, Corpus *corpus) {
  Trial *chosen[CANDIDATES_MAX];
  for (size_t index = 0; session->is_contained && index < corpus->trial_count; index++)
    try_contained(session, &corpus->trials[index]);
  if (session->is_contained)
    return;
  size_t count = choose(corpus, NULL, chosen);
  if (count > 0)
    try_all(session, chosen, count);
  for (size_t index = 0; index < corpus->section_count; index++) {
    count = choose(corpus, &corpus->sections[index], chosen);
    if (count == 0)
      fail_msg("%.*s has no candidate", SV_ARGUMENTS(corpus->sections[index].name));
    if (corpus->sections[index].is_apart)
      try_all(session, chosen, count);
  }
}

static void try_file(Session *session, const char *path) {
  Project *project = session->project;
  StringView text;
  Corpus *corpus = test_calloc(1, sizeof *corpus);
  assert_int_equal(file_read(path, TEXT_MAX, &project->arena, &text, &project->error), 0);
  corpus_read(corpus, text);
  assert_true(corpus->trial_count > 0);
  size_t before = session->failures;
  try_corpus(session, corpus);
  printf("%s: %zu candidates, %zu failed\n", path, corpus->trial_count, session->failures - before);
  test_free(corpus);
}

static void every_candidate_has_its_verdict(void **state) {
  char **argument = *state;
  Session session = {0};
  for (; *argument && **argument == '-'; argument++) {
    session.is_printing |= strcmp(*argument, "--print") == 0;
    session.is_contained |= strcmp(*argument, "--contained") == 0;
  }
  outside_open(&session.outside);
  session.project = project_open("corpus");
  Project *project = session.project;
  project->request.timeout_ms = 1800000;
  assert_int_equal(bench_open(&project->request, &project->arena, &session.bench, &project->error), 0);
  for (; *argument; argument++)
    try_file(&session, *argument);
  bench_close(&session.bench);
  project_close(project);
  assert_int_equal(outside_count_processes(&session.outside), 0);
  outside_close(&session.outside);
  assert_int_equal(session.failures, 0);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: corpus_test [--print] [--contained] FILE...\n");
    return 2;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_candidate_has_its_verdict, &arguments[1])};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
