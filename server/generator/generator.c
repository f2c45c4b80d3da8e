#include "server/generator/generator.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/hash.h"
#include "server/generator/guards.h"
#include "server/generator/implement.h"
#include "server/generator/merge.h"
#include "server/generator/prompt.h"
#include "server/generator/provider.h"
#include "server/generator/render.h"
#include "server/generator/spec_internal.h"
#include "server/generator/stub.h"
#include "server/generator/surroundings.h"

#include <string.h>

#define ITEMS_MAX 20000u
#define FEEDBACK_MAX (64u << 10)  // bytes of what a model is told of its answers
#define TOLD_MAX 20u              // of them at most
#define KILLERS_WANTED 5u         // of a model
#define KILLERS_TRIED_MAX 200u    // tests that are run with a mutant that one of them may kill

typedef struct Generation {
  const GenerateRequest *request;
  Arena *arena;
  Bench bench;
  ProposeRequest propose;
  Proposals proposals;
  TestFile file;
  GuardContext guard_context;
  Stub stub;
  FileAnalysis *stub_analysis;  // NULL: there is code
  ImplementationReport implementation;
  size_t known;     // proposed tests that the file has already
  size_t unsure;    // proposed tests of which a model was not sure enough
  size_t round;     // from 0
  Vector taken;     // StringView: names of tests
  Vector keys;      // StringView: bodies of the proposed tests
  size_t old_keys;  // of them: those of earlier rounds
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

static void emit_environment(const Generation *generation) {
  const GenerateRequest *request = generation->request;
  const EnvironmentReport *environment = &generation->propose.environment;
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "Tests are proven with Python %.*s; sandbox: %.*s",
                              SV_ARGUMENTS(environment->python), SV_ARGUMENTS(environment->sandbox)),
      .environment = environment,
  };
  if (request->emit)
    request->emit(request->user, &event);
}

static void emit_spent(const Generation *generation) {
  const GenerateRequest *request = generation->request;
  const ModelUse *use = request->model;
  bool has_prices = use->input_price > 0 || use->output_price > 0;
  SpentReport spent = {
      .tokens = generation->proposals.tokens,
      .token_budget = use->token_budget,
      .cost_cents = {has_prices, generation->proposals.cents},
      .budget_cents = {use->budget > 0, use->budget},
  };
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "The model has used %lld of %lld tokens", (long long)spent.tokens,
                              (long long)spent.token_budget),
      .spent = &spent,
  };
  if (request->emit)
    request->emit(request->user, &event);
}

static void emit_rejected(const Generation *generation, const RejectedTest *test) {
  const GenerateRequest *request = generation->request;
  RunEvent event = {.run_id = request->run_id, .kind = EVENT_TEST, .message = test->id, .rejected = test};
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

// What is not written yet has a stub in its place.
static int stand_in(Generation *generation) {
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  AnalyzerOptions options = {0};
  Stub *stub = &generation->stub;
  int result = stub_of_spec(generation->request->spec, generation->request->index, generation->arena, stub,
                            generation->ret_error);
  if (result == 0)
    result = syntax_parser_create(language_at(0), &parser, generation->ret_error);
  if (result == 0)
    result = snapshot_create(parser, stub->text, &snapshot, generation->ret_error);
  if (result == 0)
    result = analysis_create(stub->path, snapshot, &options, NULL, &generation->stub_analysis, generation->ret_error);
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  if (result < 0)
    return result;
  generation->propose.subject_path = stub->path;
  generation->propose.symbol = stub->subject;
  generation->guard_context.stub = stub;
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
  generation->propose.has_code = generation->propose.subject_path.length > 0;
  if (result == 0 && request->implements && generation->propose.has_code)
    result = error_set(generation->ret_error, ERROR_CONFLICT,
                       "%.*s has %.*s already, and only code that is missing is written: generate tests for the spec, "
                       "or name another place with its `module`",
                       SV_ARGUMENTS(generation->propose.subject_path), SV_ARGUMENTS(generation->propose.symbol));
  if (result == 0 && !generation->propose.has_code)
    result = stand_in(generation);
  if (result == 0 && request->implements && generation->stub.existing.length > 0)
    result = error_set(generation->ret_error, ERROR_CONFLICT,
                       "%.*s is there already, without %.*s, and only whole files are written: name another place with "
                       "`module` in %.*s",
                       SV_ARGUMENTS(generation->stub.path), SV_ARGUMENTS(generation->stub.subject),
                       SV_ARGUMENTS(request->spec->path));
  if (result < 0)
    return result;
  generation->propose.subject = generation->propose.has_code
                                    ? workspace_index_get(request->index, generation->propose.subject_path)
                                    : generation->stub_analysis;
  generation->propose.module = place_module_name(request->index, generation->propose.subject_path, generation->arena);
  generation->guard_context.symbol = generation->propose.symbol;
  return generation->propose.module.data ? 0 : no_memory(generation);
}

// ---- Candidates to proposals ----

// Whatever kills the mutant is welcome.
static bool is_in_play(const Generation *generation, const Candidate *candidate) {
  return generation->request->mutant || (generation->request->categories & (1u << candidate->category)) != 0;
}

// The rounds of a category are one after the other, or, of what needs no model, all in one.
static int64_t category_limit(const Generation *generation, int category) {
  const ConfigReport *config = generation->request->config;
  if (generation->request->mutant || config->max_tests_per_category <= 0)
    return INT64_MAX;
  return config->max_rounds_per_category * prompt_most_of(config, category);
}

// A model that says how sure it is of a test is taken at its word: half the precision is the least.
static bool is_sure_enough(Generation *generation, const Candidate *candidate) {
  if (candidate->confidence >= generation->request->config->precision_weight / 2)
    return true;
  generation->unsure++;
  return false;
}

// A model may propose the same again.
static bool is_repeated(const Generation *generation, StringView key) {
  for (size_t i = 0; i < generation->old_keys; i++)
    if (string_view_equal(key, *(const StringView *)vector_at(&generation->keys, i)))
      return true;
  return false;
}

static int add_proposal(Generation *generation, const Candidate *candidate) {
  Vector *taken = &generation->taken;
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

static int note_unsure(Generation *generation) {
  if (generation->unsure == 0)
    return 0;
  StringView note =
      arena_format(generation->arena,
                   "%zu of the proposed tests were not tried: the model is less sure of them than half the "
                   "configuration's precision_weight (%.2f)",
                   generation->unsure, generation->request->config->precision_weight);
  return note.data && vector_push_copy(&generation->proposals.notes, &note) ? 0 : no_memory(generation);
}

static int note_known(Generation *generation) {
  if (generation->known == 0)
    return 0;
  StringView note = arena_format(generation->arena, "%.*s has %zu of the proposed tests already",
                                 SV_ARGUMENTS(generation->file.path), generation->known);
  return note.data && vector_push_copy(&generation->proposals.notes, &note) ? 0 : no_memory(generation);
}

// Tests that were rejected leave their place to those of the next round. Of one category; CATEGORY_COUNT: of all.
static size_t count_kept(const Generation *generation, int category) {
  size_t kept = 0;
  for (size_t i = 0; i < generation->tests.count; i++) {
    const Proposal *proposal = vector_at(&generation->tests, i);
    kept += !proposal->guard && (category == CATEGORY_COUNT || proposal->candidate->category == category);
  }
  return kept;
}

static size_t most_tests(const Generation *generation) {
  return generation->request->mutant ? KILLERS_TRIED_MAX : generation->request->max_tests;
}

static bool has_room(const Generation *generation, const Candidate *candidate) {
  bool is_stated = string_view_equal(candidate->origin, SV("spec"));  // what a spec states is never one too many
  int64_t kept = (int64_t)count_kept(generation, candidate->category);
  bool is_full = kept >= category_limit(generation, candidate->category);
  return (!is_full || is_stated) && count_kept(generation, CATEGORY_COUNT) < most_tests(generation);
}

static int place_candidate(Generation *generation, const Candidate *candidate) {
  StringView key = render_body_key(candidate, &generation->file.style, generation->arena);
  if (!key.data)
    return no_memory(generation);
  if (is_repeated(generation, key))
    return 0;
  return vector_push_copy(&generation->keys, &key) ? add_proposal(generation, candidate) : no_memory(generation);
}

// Those that have room are placed, in their order; the others wait for the places of those that will be rejected.
static int place_candidates(Generation *generation, const Candidate **waiting, size_t *count) {
  size_t kept = 0;
  int result = 0;
  for (size_t i = 0; i < *count && result == 0; i++) {
    if (has_room(generation, waiting[i]))
      result = place_candidate(generation, waiting[i]);
    else
      waiting[kept++] = waiting[i];
  }
  *count = kept;
  return result;
}

static int choose_file(Generation *generation) {
  const GenerateRequest *request = generation->request;
  StringView wanted = request->spec ? request->spec->test_path : (StringView){0};
  int result = place_choose_file(request->index, generation->propose.subject_path, wanted, generation->arena,
                                 &generation->file, generation->ret_error);
  generation->propose.test_path = generation->file.path;
  return result;
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

// To people, and to a model that may propose for other categories.
static int say_untried(Generation *generation, size_t count) {
  bool is_full = count_kept(generation, CATEGORY_COUNT) >= most_tests(generation);
  StringView text = arena_format(generation->arena,
                                 "not tried, as there are as many tests as are wanted: %zu of the "
                                 "proposed ones (%s)",
                                 count, is_full ? "of all, maxTests" : "of their categories");
  if (!text.data || !vector_push_copy(&generation->proposals.notes, &text))
    return no_memory(generation);
  return is_full || vector_push_copy(&generation->proposals.problems, &text) ? 0 : no_memory(generation);
}

// What the tests of this round say is known to the next one. The candidates stay: the proposals point to them.
static int try_candidates(Generation *generation) {
  size_t count = 0, waiting_count = 0, tried = SIZE_MAX;
  const Candidate *candidates = vector_to_arena(&generation->proposals.candidates, generation->arena, &count);
  const Candidate **waiting = arena_allocate_array(generation->arena, count, sizeof *waiting);
  int result = (candidates || count == 0) && waiting ? 0 : no_memory(generation);
  for (size_t i = 0; i < count && result == 0; i++)
    if (is_in_play(generation, &candidates[i]) && is_sure_enough(generation, &candidates[i]))
      waiting[waiting_count++] = &candidates[i];
  generation->old_keys = generation->keys.count;
  while (result == 0 && waiting_count > 0 && generation->tests.count != tried) {
    tried = generation->tests.count;
    result = place_candidates(generation, waiting, &waiting_count);
    if (result == 0 && generation->tests.count != tried)
      result = guard(generation);
  }
  vector_truncate(&generation->proposals.candidates, 0);
  return result == 0 && waiting_count > 0 ? say_untried(generation, waiting_count) : result;
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
  emit_rejected(generation, &item);
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
      .kills = proposal->gain,
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

// Nothing is written unless every test passes; then the code as well.
static int take_implementation(Generation *generation, GenerateReport *report) {
  ImplementationReport *copy = arena_allocate(generation->arena, sizeof *copy);
  FileEdit *edits = arena_allocate_array(generation->arena, report->edits.count + 1, sizeof *edits);
  if (!copy || !edits)
    return no_memory(generation);
  *copy = generation->implementation;
  report->implementation = copy;
  if (!copy->complete) {
    report->edits = (JsonArray){0};
    return 0;
  }
  const FileEdit *tests = report->edits.items;
  edits[0] = (FileEdit){.path = copy->path, .created = true, .text = copy->code};
  for (size_t i = 0; i < report->edits.count; i++)
    edits[i + 1] = tests[i];
  report->edits = (JsonArray){edits, report->edits.count + 1};
  return 0;
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
  const ModelUse *use = generation->request->model;
  report->provider = generation->request->provider;
  StringView file = generation->propose.subject_path, symbol = generation->propose.symbol;
  if (file.length > 0)
    report->subject = symbol.length > 0
                          ? arena_format(generation->arena, "%.*s::%.*s", SV_ARGUMENTS(file), SV_ARGUMENTS(symbol))
                          : file;
  report->tokens = generation->proposals.tokens;
  report->rounds = generation->proposals.questions;
  if (use) {
    bool has_prices = use->input_price > 0 || use->output_price > 0;
    report->model = use->name;
    report->cost_cents = (OptionalNumber){has_prices, generation->proposals.cents};
  }
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
  if (result == 0 && generation->request->implements)
    result = take_implementation(generation, report);
  report->line_gain = (uint32_t)generation->guard_context.line_gain.value;
  return result;
}

// ---- The run ----

static void init(Generation *generation) {
  vector_init(&generation->proposals.candidates, sizeof(Candidate), ITEMS_MAX);
  vector_init(&generation->proposals.unanswered, sizeof(Unanswered), ITEMS_MAX);
  vector_init(&generation->proposals.disagreements, sizeof(Disagreement), ITEMS_MAX);
  vector_init(&generation->proposals.notes, sizeof(StringView), ITEMS_MAX);
  vector_init(&generation->proposals.problems, sizeof(StringView), ITEMS_MAX);
  vector_init(&generation->taken, sizeof(StringView), ITEMS_MAX);
  vector_init(&generation->keys, sizeof(StringView), ITEMS_MAX);
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
  analysis_release(generation->stub_analysis);
  vector_finish(&generation->guard_context.notes);
  vector_finish(&generation->rejected);
  vector_finish(&generation->tests);
  vector_finish(&generation->keys);
  vector_finish(&generation->taken);
  vector_finish(&generation->proposals.problems);
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

static int note_stub(Generation *generation) {
  const Stub *stub = &generation->stub;
  if (generation->propose.has_code)
    return 0;
  StringView note =
      arena_format(generation->arena,
                   "there is no %.*s yet: a test is accepted when it fails with a stub of it for want of the code, and "
                   "notices at least one of %zu implementations that do no work; the tests import it from %.*s",
                   SV_ARGUMENTS(stub->subject), stub->cheat_count, SV_ARGUMENTS(stub->path));
  return note.data ? push(generation, &generation->proposals.notes, &note) : no_memory(generation);
}

// ---- Rounds ----

static int run_round(Generation *generation, const Provider *provider) {
  ProposeRequest *propose = &generation->propose;
  propose->wanted =
      generation->request->mutant ? KILLERS_WANTED : most_tests(generation) - count_kept(generation, CATEGORY_COUNT);
  emit(generation, EVENT_PROGRESS, provider->learns ? SV("Asking the model") : SV("Looking for inputs"), NULL);
  int result = provider->propose(propose, generation->arena, &generation->proposals, generation->ret_error);
  if (result == 0 && provider->learns)
    emit_spent(generation);
  if (result == 0)
    result = candidates_merge(&generation->proposals.candidates, generation->arena, generation->ret_error);
  return result == 0 && generation->proposals.candidates.count > 0 ? try_candidates(generation) : result;
}

// What the code gave in the place of what a test expected is not told: the model would expect that the next time.
static StringView told_of(const Proposal *proposal) {
  return strcmp(proposal->guard, "green") == 0
             ? SV("it does not pass; work out again what the code is meant to do, or leave it out")
             : proposal->message;
}

// How many tests a category in play has too few.
static int64_t missing_of(const Generation *generation, int category) {
  const ConfigReport *config = generation->request->config;
  bool is_wanted = !generation->request->mutant && (generation->request->categories & (1u << category)) != 0;
  int64_t most = prompt_most_of(config, category), least = config->min_tests_per_category;
  int64_t missing = (least < most ? least : most) - (int64_t)count_kept(generation, category);
  return is_wanted && missing > 0 ? missing : 0;
}

static void write_missing(const Generation *generation, Buffer *text) {
  for (int category = 0; category < CATEGORY_COUNT; category++)
    if (missing_of(generation, category) > 0)
      buffer_append_format(text, "Category `%s` has %zu of at least %lld tests.\n", category_names[category],
                           count_kept(generation, category),
                           (long long)generation->request->config->min_tests_per_category);
}

static int write_feedback(Generation *generation, size_t first_test, size_t first_problem, size_t *ret_count) {
  Buffer text;
  buffer_init(&text, FEEDBACK_MAX);
  *ret_count = 0;
  buffer_append_text(&text, "\n## What became of your answer\n");
  if (generation->request->config->reflection_prompt.length > 0)
    buffer_append_format(&text, "%.*s\n", SV_ARGUMENTS(generation->request->config->reflection_prompt));
  for (size_t i = 0; i < generation->tests.count; i++) {
    const Proposal *proposal = vector_at(&generation->tests, i);
    if (!proposal->guard && proposal->is_proven)
      buffer_append_format(&text, "- %.*s: accepted\n", SV_ARGUMENTS(proposal->placed.name));
    else if (proposal->guard && i >= first_test && (*ret_count)++ < TOLD_MAX)
      buffer_append_format(&text, "- %.*s: rejected (%s, %.*s): %.*s\n", SV_ARGUMENTS(proposal->placed.name),
                           proposal->guard, SV_ARGUMENTS(proposal->reason), SV_ARGUMENTS(told_of(proposal)));
  }
  for (size_t i = first_problem; i < generation->proposals.problems.count && *ret_count < TOLD_MAX; i++) {
    const StringView *problem = vector_at(&generation->proposals.problems, i);
    buffer_append_format(&text, "- %.*s\n", SV_ARGUMENTS(*problem));
    (*ret_count)++;
  }
  if (*ret_count > 0)
    buffer_append_text(&text, "Propose other tests in the place of those that were rejected.\n");
  write_missing(generation, &text);
  generation->propose.feedback = arena_copy(generation->arena, buffer_view(&text));
  buffer_finish(&text);
  return generation->propose.feedback.data ? 0 : no_memory(generation);
}

// Whether a category has fewer tests than the configuration asks for, a round has brought something, and the rounds of
// a category are not over.
static bool lacks_tests(const Generation *generation, size_t kept_before) {
  const ConfigReport *config = generation->request->config;
  bool lacks = false;
  for (int category = 0; category < CATEGORY_COUNT; category++)
    lacks = lacks || missing_of(generation, category) > 0;
  return lacks && count_kept(generation, CATEGORY_COUNT) > kept_before &&
         (int64_t)generation->round + 1 < config->max_rounds_per_category;
}

// Whether the next round has something to learn from or to add, and somewhere to put its tests.
static int prepare_round(Generation *generation, size_t first_test, size_t first_problem, size_t kept_before,
                         bool *ret_goes_on) {
  size_t told = 0;
  *ret_goes_on = false;
  size_t kept = count_kept(generation, CATEGORY_COUNT);
  if (generation->proposals.is_used_up || kept >= most_tests(generation) || (generation->request->mutant && kept > 0))
    return 0;
  int result = write_feedback(generation, first_test, first_problem, &told);
  *ret_goes_on = told > 0 || lacks_tests(generation, kept_before);
  if (result == 0 && *ret_goes_on)
    emit(generation, EVENT_REFLECTION,
         told > 0
             ? arena_format(generation->arena, "%zu of the proposed tests could not be kept; asking for others", told)
             : SV("Some categories have too few tests; asking for more"),
         NULL);
  return result;
}

// What is proven stays, whatever becomes of a later round; the reason is told.
static int settle_failure(Generation *generation, int result) {
  if (result == 0 || result == ERROR_CANCELLED || result == ERROR_NO_MEMORY || generation->round == 0)
    return result;
  StringView note = arena_format(generation->arena, "question %zu to the model: %s", generation->round + 1,
                                 generation->ret_error->message);
  error_clear(generation->ret_error);
  return note.data ? push(generation, &generation->proposals.notes, &note) : no_memory(generation);
}

static int run_rounds(Generation *generation, const Provider *provider) {
  int64_t rounds = provider->learns ? generation->request->model->rounds : 1;
  bool goes_on = true;
  int result = 0;
  for (generation->round = 0; (int64_t)generation->round < rounds && goes_on && result == 0; generation->round++) {
    size_t first_test = generation->tests.count, first_problem = generation->proposals.problems.count;
    size_t kept = count_kept(generation, CATEGORY_COUNT);
    result = run_round(generation, provider);
    if (result < 0)
      return settle_failure(generation, result);
    if (provider->learns && (int64_t)generation->round + 1 < rounds)
      result = prepare_round(generation, first_test, first_problem, kept, &goes_on);
  }
  return result;
}

// ---- Code for the tests ----

// What the spec itself states is the surest oracle, so its tests come first; a model may add others.
static int propose_for_implementation(Generation *generation, const Provider *provider) {
  int result = run_round(generation, provider_find(SV("builtin")));
  return result == 0 && provider->learns ? run_rounds(generation, provider) : result;
}

static int implement(Generation *generation) {
  const StringView spec = generation->request->spec->path;
  if (generation->file.is_new && count_kept(generation, CATEGORY_COUNT) == 0)
    return error_set(generation->ret_error, ERROR_INVALID_ARGUMENT,
                     "%.*s: no test could be made of the spec, so nothing can decide about its code: add examples",
                     SV_ARGUMENTS(spec));
  int result = guards_write_files(&generation->guard_context, generation->tests.data, generation->tests.count,
                                  generation->ret_error);
  return result == 0 ? implement_run(&generation->propose, &generation->stub, generation->arena, &generation->proposals,
                                     &generation->implementation, generation->ret_error)
                     : result;
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
  emit_environment(generation);
  result = note_sandbox(generation);
  if (result == 0)
    result = note_stub(generation);
  if (result == 0 && generation->stub_analysis)
    result = bench_write(&generation->bench, generation->stub.path, generation->stub.text, generation->arena,
                         generation->ret_error);
  if (result == 0)
    result = choose_file(generation);
  bool implements = generation->request->implements;
  if (result == 0)
    result = implements ? propose_for_implementation(generation, provider) : run_rounds(generation, provider);
  if (result == 0 && implements)
    result = implement(generation);
  if (result == 0)
    result = note_unsure(generation);
  return result == 0 ? note_known(generation) : result;
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
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "provider: there is no %.*s; there are builtin, openai, anthropic and answer",
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
