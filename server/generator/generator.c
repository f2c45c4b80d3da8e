#include "server/generator/generator.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/hash.h"
#include "server/generator/guards.h"
#include "server/generator/merge.h"
#include "server/generator/provider.h"
#include "server/generator/spec_internal.h"
#include "server/generator/surroundings.h"

#include <string.h>

#define ITEMS_MAX 20000u
#define KILLERS_TRIED_MAX 200u  // tests that are run with a mutant that one of them may kill

typedef struct Generation {
  const GenerateRequest *request;
  Arena *arena;
  Bench bench;
  ProposeRequest propose;
  Proposals proposals;
  TestFile file;
  GuardContext guard_context;
  size_t known;     // proposed tests that the file has already
  Vector tests;     // Proposal
  Vector rejected;  // RejectedTest
  Error *ret_error;
} Generation;

static int no_memory(Generation *generation) {
  return error_set(generation->ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are generated");
}

static void emit(const Generation *generation, RunEventKind kind, StringView message, const AcceptedTest *test) {
  const GenerateRequest *request = generation->request;
  RunEvent event = {.run_id = request->run_id, .kind = (int)kind, .message = message, .test = test};
  if (request->emit)
    request->emit(request->user, &event);
}

static void show_progress(void *user, size_t done, size_t total) {
  const Generation *generation = user;
  const GenerateRequest *request = generation->request;
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "Checked %zu of %zu proposed tests", done, total),
      .done = {true, (int64_t)done},
      .total = {true, (int64_t)total},
  };
  if (request->emit)
    request->emit(request->user, &event);
}

// ---- The subject ----

static const Definition *find_symbol(const FileAnalysis *analysis, StringView symbol) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, symbol) && !definitions[index].is_nested)
      return &definitions[index];
  return NULL;
}

static bool is_module_of(const FileAnalysis *analysis, const WorkspaceIndex *index, StringView module) {
  StringView path = analysis_path(analysis);
  return string_view_is_absent(module) || string_view_equal(path, module) ||
         string_view_equal(workspace_index_resolve_module(index, SV("spec.py"), module), path);
}

// A spec's subject is looked for by the name in its signature, outside the tests.
static void locate_spec(Generation *generation) {
  const GenerateRequest *request = generation->request;
  const Spec *spec = request->spec;
  StringView name = spec->signature.data ? spec_signature_name(spec->signature) : spec->name;
  FileAnalysis **files;
  size_t count = workspace_index_files(request->index, generation->arena, &files);
  for (size_t index = 0; index < count && name.data; index++) {
    if (analysis_is_test_file(files[index]) || !is_module_of(files[index], request->index, spec->module) ||
        !find_symbol(files[index], name))
      continue;
    generation->propose.subject_path = analysis_path(files[index]);
    generation->propose.symbol = name;
    return;
  }
}

static int locate_subject(Generation *generation) {
  const GenerateRequest *request = generation->request;
  const FileAnalysis *analysis = workspace_index_get(request->index, request->subject_path);
  if (!analysis)
    return error_set(generation->ret_error, ERROR_NOT_FOUND, "%.*s is not a Python file of this workspace",
                     SV_ARGUMENTS(request->subject_path));
  if (request->subject_symbol.length > 0 && !find_symbol(analysis, request->subject_symbol))
    return error_set(generation->ret_error, ERROR_NOT_FOUND, "%.*s has no function, method or class %.*s",
                     SV_ARGUMENTS(request->subject_path), SV_ARGUMENTS(request->subject_symbol));
  generation->propose.subject_path = request->subject_path;
  generation->propose.symbol = request->subject_symbol;
  return 0;
}

static int locate(Generation *generation) {
  const GenerateRequest *request = generation->request;
  int result = 0;
  if (request->subject_path.length > 0)
    result = locate_subject(generation);
  else if (request->spec)
    locate_spec(generation);
  else
    result = error_set(generation->ret_error, ERROR_INVALID_ARGUMENT, "target: name a spec, a file or FILE::NAME");
  if (result < 0 || generation->propose.subject_path.length == 0)
    return result;
  generation->propose.module = place_module_name(request->index, generation->propose.subject_path, generation->arena);
  return generation->propose.module.data ? 0 : no_memory(generation);
}

// ---- Candidates to proposals ----

// Whatever kills the mutant is welcome.
static bool is_in_play(const Generation *generation, const Candidate *candidate) {
  return generation->request->mutant || (generation->request->categories & (1u << candidate->category)) != 0;
}

static int64_t category_limit(const Generation *generation) {
  const ConfigReport *config = generation->request->mutant ? NULL : generation->request->config;
  size_t rounds = config && config->max_rounds_per_category > 0 ? (size_t)config->max_rounds_per_category : 1;
  return config && config->max_tests_per_category > 0 ? config->max_tests_per_category * (int64_t)rounds : INT64_MAX;
}

static int add_proposal(Generation *generation, const Candidate *candidate, Vector *taken) {
  Proposal proposal = {
      .candidate = candidate,
      .subject_path = generation->propose.subject_path,
      .original_path = path_join(generation->arena, generation->bench.root, generation->propose.subject_path),
  };
  int result = place_test(&generation->file, candidate, proposal.subject_path, taken, generation->arena,
                          &proposal.placed, generation->ret_error);
  if (result < 0)
    return result;
  if (place_is_known(&generation->file, candidate, &proposal.placed, generation->arena)) {
    vector_truncate(taken, taken->count - 1);
    generation->known++;
    return 0;
  }
  proposal.id = place_node_id(&generation->file, &proposal.placed, generation->arena);
  return proposal.id.data && proposal.original_path.data && vector_push_copy(&generation->tests, &proposal)
             ? 0
             : no_memory(generation);
}

static int note_known(Generation *generation) {
  if (generation->known == 0)
    return 0;
  StringView note = arena_format(generation->arena, "%.*s has %zu of the proposed tests already",
                                 SV_ARGUMENTS(generation->file.path), generation->known);
  return note.data && vector_push_copy(&generation->proposals.notes, &note) ? 0 : no_memory(generation);
}

static int place_candidates(Generation *generation) {
  int64_t counts[CATEGORY_COUNT] = {0}, limit = category_limit(generation);
  const GenerateRequest *request = generation->request;
  size_t max_tests = request->mutant ? KILLERS_TRIED_MAX : request->max_tests;
  Vector taken;
  vector_init(&taken, sizeof(StringView), ITEMS_MAX);
  StringView wanted = request->spec ? request->spec->test_path : (StringView){0};
  int result = place_choose_file(request->index, generation->propose.subject_path, wanted, generation->arena,
                                 &generation->file, generation->ret_error);
  for (size_t index = 0; index < generation->proposals.candidates.count && result == 0; index++) {
    const Candidate *candidate = vector_at(&generation->proposals.candidates, index);
    bool is_stated = string_view_equal(candidate->origin, SV("spec"));  // what a spec states is never one too many
    if (!is_in_play(generation, candidate) || (counts[candidate->category] >= limit && !is_stated) ||
        generation->tests.count >= max_tests)
      continue;
    size_t before = generation->tests.count;
    result = add_proposal(generation, candidate, &taken);
    counts[candidate->category] += generation->tests.count > before;
  }
  vector_finish(&taken);
  return result == 0 ? note_known(generation) : result;
}

// ---- Guards ----

static int guard(Generation *generation) {
  if (generation->tests.count == 0)
    return 0;
  emit(generation, EVENT_PROGRESS,
       arena_format(generation->arena, "Checking %zu proposed tests", generation->tests.count), NULL);
  GuardContext *context = &generation->guard_context;
  int result = guards_run(context, generation->tests.data, generation->tests.count, generation->ret_error);
  if (context->mutant)
    guards_keep_one(context, generation->tests.data, generation->tests.count);
  return result;
}

// ---- The report ----

static int push(Generation *generation, Vector *items, const void *item) {
  return vector_push_copy(items, item) ? 0 : no_memory(generation);
}

static int reject(Generation *generation, const Proposal *proposal) {
  bool is_stated = string_view_equal(proposal->candidate->origin, SV("spec"));
  if (is_stated && strcmp(proposal->guard, "green") == 0 && string_view_equal(proposal->reason, SV("fails"))) {
    Disagreement item = {proposal->candidate->requirement, proposal->candidate->requirement, proposal->message,
                         proposal->placed.code};
    return push(generation, &generation->proposals.disagreements, &item);
  }
  RejectedTest item = {
      .id = proposal->id,
      .guard = string_view_from(proposal->guard),
      .reason = proposal->reason,
      .message = proposal->message,
      .code = proposal->placed.code,
  };
  return push(generation, &generation->rejected, &item);
}

// A generation that was stopped keeps what is proven, and says of the rest that nobody knows.
static void leave_unfinished(Generation *generation, Proposal *proposal, int code) {
  bool is_cancelled = code == ERROR_CANCELLED;
  guard_reject(&generation->guard_context, proposal, "unfinished", is_cancelled ? "cancelled" : "timeout",
               "%s before the test had passed every guard",
               is_cancelled ? "the generation was cancelled" : "the time for the generation was over");
}

static int accept(Generation *generation, const Proposal *proposal, Vector *accepted) {
  const Candidate *candidate = proposal->candidate;
  AcceptedTest item = {
      .id = proposal->id,
      .name = proposal->placed.name,
      .path = generation->file.path,
      .category = candidate->category,
      .origin = generation->request->mutant ? SV("mutant") : candidate->origin,
      .reasoning = candidate->reasoning,
      .requirement = candidate->requirement,
      .strength = (uint32_t)proposal->strength,
      .confidence = candidate->confidence,
      .code = proposal->placed.code,
  };
  emit(generation, EVENT_TEST, item.name, &item);
  return push(generation, accepted, &item);
}

static int take(Generation *generation, Vector *items, JsonArray *ret_array) {
  ret_array->items = vector_to_arena(items, generation->arena, &ret_array->count);
  return ret_array->items || items->count == 0 ? 0 : no_memory(generation);
}

static int take_edits(Generation *generation, GenerateReport *report) {
  size_t count, edit_count;
  TextEdit *edits;
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE] = "";
  const TestFile *file = &generation->file;
  PlacedTest *placed = guards_placed(generation->tests.data, generation->tests.count, 0, generation->arena, &count);
  if (!placed)
    return no_memory(generation);
  if (count == 0)
    return 0;
  int result = place_edits(file, placed, count, generation->arena, &edits, &edit_count, generation->ret_error);
  if (result == 0 && !file->is_new)
    result = digest_of(file->text, &digest, generation->ret_error);
  if (result < 0)
    return result;
  if (!file->is_new)
    digest_to_text(&digest, hexadecimal);
  StringView digest_text =
      file->is_new ? (StringView){0} : arena_copy(generation->arena, string_view_from(hexadecimal));
  FileEdit *items = arena_allocate_array(generation->arena, edit_count, sizeof *items);
  if (!items || (!file->is_new && !digest_text.data))
    return no_memory(generation);
  for (size_t index = 0; index < edit_count; index++)
    items[index] =
        (FileEdit){file->path, file->is_new, edits[index].start, edits[index].end, edits[index].text, digest_text};
  report->edits = (JsonArray){items, edit_count};
  return 0;
}

static int fill_tests(Generation *generation, int code, GenerateReport *report) {
  Vector accepted;
  vector_init(&accepted, sizeof(AcceptedTest), ITEMS_MAX);
  int result = 0;
  for (size_t index = 0; index < generation->tests.count && result == 0; index++) {
    Proposal *proposal = vector_at(&generation->tests, index);
    if (!proposal->guard && !proposal->is_proven)
      leave_unfinished(generation, proposal, code);
    result = proposal->guard ? reject(generation, proposal) : accept(generation, proposal, &accepted);
  }
  if (result == 0)
    result = take(generation, &accepted, &report->accepted);
  vector_finish(&accepted);
  return result == 0 ? take_edits(generation, report) : result;
}

static int take_environment(Generation *generation, GenerateReport *report) {
  if (!generation->propose.environment.platform.data)
    return 0;
  EnvironmentReport *copy = arena_allocate(generation->arena, sizeof *copy);
  if (!copy)
    return no_memory(generation);
  *copy = generation->propose.environment;
  report->environment = copy;
  return 0;
}

static int fill_report(Generation *generation, int code, GenerateReport *report) {
  report->provider = generation->request->provider;
  report->tokens = generation->proposals.tokens;
  int result = fill_tests(generation, code, report);
  const StringView *notes = generation->guard_context.notes.data;
  for (size_t index = 0; index < generation->guard_context.notes.count && result == 0; index++)
    result = push(generation, &generation->proposals.notes, &notes[index]);
  if (result == 0)
    result = take(generation, &generation->rejected, &report->rejected);
  if (result == 0)
    result = take(generation, &generation->proposals.unanswered, &report->unanswered);
  if (result == 0)
    result = take(generation, &generation->proposals.disagreements, &report->disagreements);
  if (result == 0)
    result = take(generation, &generation->proposals.notes, &report->notes);
  if (result == 0)
    result = take_environment(generation, report);
  report->line_gain = (uint32_t)generation->guard_context.line_gain.value;
  return result;
}

// ---- The run ----

static void init(Generation *generation) {
  vector_init(&generation->proposals.candidates, sizeof(Candidate), ITEMS_MAX);
  vector_init(&generation->proposals.unanswered, sizeof(Unanswered), ITEMS_MAX);
  vector_init(&generation->proposals.disagreements, sizeof(Disagreement), ITEMS_MAX);
  vector_init(&generation->proposals.notes, sizeof(StringView), ITEMS_MAX);
  vector_init(&generation->tests, sizeof(Proposal), ITEMS_MAX);
  vector_init(&generation->rejected, sizeof(RejectedTest), ITEMS_MAX);
  generation->guard_context = (GuardContext){
      .bench = &generation->bench,
      .mutant = generation->request->mutant,
      .index = generation->request->index,
      .files = &generation->file,
      .file_count = 1,
      .original_root = generation->request->runner.root,
      .pytest_arguments = generation->request->runner.pytest_arguments,
      .arena = generation->arena,
      .progress = show_progress,
      .user = generation,
  };
  vector_init(&generation->guard_context.notes, sizeof(StringView), ITEMS_MAX);
}

static void finish(Generation *generation) {
  bench_close(&generation->bench);
  vector_finish(&generation->guard_context.notes);
  vector_finish(&generation->rejected);
  vector_finish(&generation->tests);
  vector_finish(&generation->proposals.notes);
  vector_finish(&generation->proposals.disagreements);
  vector_finish(&generation->proposals.unanswered);
  vector_finish(&generation->proposals.candidates);
}

static int note_sandbox(Generation *generation) {
  StringView note = SV("bubblewrap is not here and the settings allow to do without: the candidates ran without a "
                       "sandbox");
  return generation->bench.is_sandboxed ? 0 : push(generation, &generation->proposals.notes, &note);
}

static int propose_and_guard(Generation *generation, const Provider *provider) {
  int result = bench_open(generation->request, generation->arena, &generation->bench, generation->ret_error);
  if (result < 0)
    return result;
  generation->propose.request = generation->request;
  generation->propose.bench = &generation->bench;
  result = surroundings_look(generation->request, &generation->bench, generation->arena,
                             &generation->propose.environment, generation->ret_error);
  if (result < 0)
    return result;
  emit(generation, EVENT_PROGRESS, SV("Looking for inputs"), NULL);
  result = note_sandbox(generation);
  if (result == 0)
    result = provider->propose(&generation->propose, generation->arena, &generation->proposals, generation->ret_error);
  if (result == 0)
    result = candidates_merge(&generation->proposals.candidates, generation->arena, generation->ret_error);
  if (result == 0 && generation->proposals.candidates.count > 0)
    result = place_candidates(generation);
  return result == 0 ? guard(generation) : result;
}

static bool keeps_partial_results(int code) {
  return code == ERROR_CANCELLED || code == ERROR_TIMEOUT;
}

int generator_run(const GenerateRequest *request, Arena *arena, GenerateReport *ret_report, Error *ret_error) {
  Generation generation = {.request = request, .arena = arena, .ret_error = ret_error};
  GenerateReport report = {0};
  const Provider *provider = provider_find(request->provider);
  *ret_report = report;
  if (!provider)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "provider: there is no %.*s; there are builtin and answer",
                     SV_ARGUMENTS(request->provider));
  init(&generation);
  int result = locate(&generation);
  if (result == 0)
    result = propose_and_guard(&generation, provider);
  if (result == 0 || keeps_partial_results(result)) {
    int filled = fill_report(&generation, result, &report);
    result = result == 0 ? filled : result;
    *ret_report = report;
  }
  finish(&generation);
  return result;
}
