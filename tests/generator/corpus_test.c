// Puts the candidates of Markdown files through the guards of the generator, on a copy of the project
// tests/fixtures/generator/corpus, in the sandbox.
//
//   corpus_test [--print] FILE...
//
// A section begins with a heading "## what is done" and says what becomes of its candidates:
//
//   accepted                         by all guards; what each is worth is judged as if it were the only new test
//   accepted in turn                 likewise, but for its worth all that stand before it count, too
//   rejected by: GUARD REASON        by this guard with this reason code; without one where chance decides which
//
// and, when that is needed, where they go and with what they are tried. Such a section is tried by itself:
//
//   file: PATH                       the test file; without it tests/test_shop.py, which exists
//   offset: BYTES                    where in the file they are put
//   mutant: PATH `CODE` -> `OTHER`   a change that they must fail with
//   apart                            nothing else
//
// Candidates are the parts of its blocks "```python" that two empty lines divide. Imports at the head of a block belong
// to those of its candidates that use what they import.
#include "support.h"

#include "server/base/files.h"
#include "server/generator/guards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)
#define SECTIONS_MAX 200
#define CANDIDATES_MAX 300
#define IMPORTS_MAX 16
#define TEST_FILE "tests/test_shop.py"

typedef struct Section {
  StringView name;
  StringView guard;  // empty: accepted
  StringView reason;
  StringView file;  // absent: TEST_FILE
  StringView mutant;
  StringView offset;
  bool is_apart;
  bool is_in_turn;
} Section;

// One part of a block, with the imports at its head.
typedef struct Trial {
  const Section *section;
  StringView imports;
  StringView code;
  Candidate candidate;
} Trial;

typedef struct Corpus {
  StringView path;
  Section sections[SECTIONS_MAX];
  size_t section_count;
  Trial trials[CANDIDATES_MAX];
  size_t trial_count;
} Corpus;

// ---- Reading ----

static bool take_word(StringView line, const char *word, StringView *ret_rest) {
  StringView prefix = string_view_from(word);
  if (!string_view_starts_with(line, prefix))
    return false;
  *ret_rest = string_view_trim(string_view_slice(line, prefix.length, line.length));
  return true;
}

static void read_line(Section *section, StringView line) {
  StringView rest;
  if (take_word(line, "rejected by:", &rest)) {
    size_t space = string_view_find_byte(rest, ' ');
    section->guard = string_view_slice(rest, 0, space);
    section->reason = string_view_trim(string_view_slice(rest, space, rest.length));
  } else if (take_word(line, "file:", &section->file) || take_word(line, "mutant:", &section->mutant) ||
             take_word(line, "offset:", &section->offset) || string_view_equal(line, SV("apart"))) {
    section->is_apart = true;
  } else if (string_view_equal(line, SV("accepted in turn"))) {
    section->is_in_turn = true;
  }
}

// The text of a fenced block up to its closing fence, which is consumed.
static StringView read_block(StringView *rest) {
  StringView start = *rest, line;
  while (rest->length > 0) {
    size_t offset = (size_t)(rest->data - start.data);
    string_view_next(rest, '\n', &line);
    if (string_view_equal(line, SV("```")))
      return string_view_slice(start, 0, offset);
  }
  return start;
}

static bool is_import(StringView code) {
  return string_view_starts_with(code, SV("import ")) || string_view_starts_with(code, SV("from "));
}

static void read_candidates(Corpus *corpus, const Section *section, StringView block) {
  StringView separator = SV("\n\n\n"), imports = {0};
  while (block.length > 0) {
    size_t end = string_view_find(block, separator);
    StringView code = string_view_slice(block, 0, end);
    block = string_view_slice(block, end < block.length ? end + separator.length : end, block.length);
    if (is_import(code)) {
      imports = code;
      continue;
    }
    assert_true(corpus->trial_count < CANDIDATES_MAX);
    corpus->trials[corpus->trial_count++] = (Trial){.section = section, .imports = imports, .code = code};
  }
}

static void read_corpus(Corpus *corpus, StringView text) {
  Section *section = NULL;
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    if (string_view_starts_with(line, SV("## "))) {
      assert_true(corpus->section_count < SECTIONS_MAX);
      section = &corpus->sections[corpus->section_count++];
      section->name = string_view_slice(line, 3, line.length);
    } else if (section && string_view_equal(line, SV("```python"))) {
      read_candidates(corpus, section, read_block(&text));
    } else if (section) {
      read_line(section, line);
    }
  }
}

// ---- Candidates ----

static bool is_good(const Trial *trial) {
  return trial->section->guard.length == 0 && !trial->section->is_in_turn;
}

// "from a import b, c" and "import a": those whose names the code uses.
static void take_imports(StringView line, StringView code, CandidateImport *imports, size_t *count) {
  StringView module, names, name;
  if (take_word(line, "import ", &module)) {
    StringView head = string_view_slice(module, 0, string_view_find_byte(module, '.'));
    if (string_view_contains_word(code, head))
      imports[(*count)++] = (CandidateImport){.module = module};
    return;
  }
  assert_true(take_word(line, "from ", &module));
  size_t middle = string_view_find(module, SV(" import "));
  names = string_view_slice(module, middle + 8, module.length);
  module = string_view_slice(module, 0, middle);
  while (string_view_next(&names, ',', &name)) {
    name = string_view_trim(name);
    if (string_view_contains_word(code, name))
      imports[(*count)++] = (CandidateImport){module, name};
  }
}

static void fill_imports(Arena *arena, Trial *trial) {
  CandidateImport *imports = arena_allocate_array(arena, IMPORTS_MAX, sizeof *imports);
  StringView rest = trial->imports, line;
  size_t count = 0;
  while (string_view_next(&rest, '\n', &line))
    if (line.length > 0)
      take_imports(line, trial->code, imports, &count);
  assert_true(count < IMPORTS_MAX);
  trial->candidate.imports = (JsonArray){imports, count};
  trial->candidate.origin = is_good(trial) ? SV("good") : SV("model");  // see judge_worth
}

// Behind the last "def " of the line; empty when there is none.
static StringView name_after(StringView line, const char *word) {
  StringView prefix = string_view_from(word);
  size_t at = string_view_find(line, prefix), end = at + prefix.length;
  if (at == line.length)
    return SV("");
  while (end < line.length && !strchr("(: ", line.data[end]))
    end++;
  return string_view_slice(line, at + prefix.length, end);
}

// The test is the last function of a part that is named like one, else its first function. One in a class is its
// method.
static void fill_names(PlacedTest *placed, StringView code) {
  StringView rest = code, line, owner = {0};
  while (string_view_next(&rest, '\n', &line)) {
    bool is_inside = string_view_starts_with(line, SV(" "));
    StringView class_name = name_after(line, "class "), name = name_after(line, "def ");
    if (!is_inside && class_name.length > 0)
      owner = class_name;
    bool is_test = string_view_starts_with(name, SV("test")) && (!is_inside || owner.length > 0);
    if (is_test || (name.length > 0 && placed->name.length == 0)) {
      placed->name = name;
      placed->class_name = is_inside ? owner : (StringView){0};
    }
  }
}

// ---- Trying ----

typedef struct Session {
  Project *project;
  Bench bench;
  bool is_printing;
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
  fill_imports(arena, trial);
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
  fill_names(&proposal.placed, trial->code);
  proposal.id = place_node_id(file, &proposal.placed, arena);
  return proposal;
}

static void judge(Session *session, const Section *section, const Proposal *proposal) {
  StringView guard = string_view_from(proposal->guard ? proposal->guard : "");
  StringView name = proposal->placed.name;
  bool is_right = string_view_equal(guard, section->guard) &&
                  (section->reason.length == 0 || string_view_equal(proposal->reason, section->reason));
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
    if (is_good(trials[index]) && !proposals[index].guard) {
      trials[index]->candidate.origin = SV("model");
      proposals[index].is_proven = false;
    }
  context->mutants = NULL;
  assert_int_equal(guard_kills(context, proposals, count, error), 0);
  for (size_t index = 0; index < count; index++)
    assert_int_equal(guard_worth(context, &proposals[index], 1, error), 0);
}

static void try_all(Session *session, Trial **trials, size_t count) {
  Project *project = session->project;
  TestFile file;
  MutantToKill mutant;
  const Section *first = trials[0]->section;
  Proposal *proposals = arena_allocate_array(&project->arena, count, sizeof *proposals);
  assert_non_null(proposals);
  choose_file(session, first, &file);
  GuardContext context = {
      .bench = &session->bench,
      .index = project->index,
      .files = &file,
      .file_count = 1,
      .original_root = project->root,
      .arena = &project->arena,
  };
  if (first->mutant.length > 0) {
    mutant = read_mutant(session, first->mutant);
    context.mutant = &mutant;
  }
  for (size_t index = 0; index < count; index++)
    proposals[index] = propose(session, &file, trials[index]);
  vector_init(&context.notes, sizeof(StringView), 1000);
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

static void every_candidate_has_its_verdict(void **state) {
  char **arguments = *state;
  Session session = {.is_printing = strcmp(arguments[1], "--print") == 0};
  session.project = project_open("corpus");
  Project *project = session.project;
  project->request.timeout_ms = 1800000;
  assert_int_equal(bench_open(&project->request, &project->arena, &session.bench, &project->error), 0);
  for (char **path = &arguments[session.is_printing ? 2 : 1]; *path; path++) {
    StringView text;
    Corpus *corpus = test_calloc(1, sizeof *corpus);
    assert_int_equal(file_read(*path, TEXT_MAX, &project->arena, &text, &project->error), 0);
    read_corpus(corpus, text);
    assert_true(corpus->trial_count > 0);
    size_t before = session.failures;
    try_corpus(&session, corpus);
    printf("%s: %zu candidates, %zu failed\n", *path, corpus->trial_count, session.failures - before);
    test_free(corpus);
  }
  bench_close(&session.bench);
  project_close(project);
  assert_int_equal(session.failures, 0);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: corpus_test [--print] FILE...\n");
    return 2;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_candidate_has_its_verdict, arguments)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
