#include "server/generator/generator.h"

#include "server/generator/generation.h"
#include "server/generator/merge.h"
#include "server/generator/prompt.h"
#include "server/generator/requirements.h"
#include "server/generator/spec_subject.h"
#include "server/generator/surroundings.h"

#define KILLERS_WANTED 5u   // of a model
#define REFINEMENTS_MAX 2u  // questions only about what no test notices yet

// ---- The subject ----

static const Definition *find_symbol(const FileAnalysis *analysis, StringView symbol) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, symbol) && !definitions[index].is_nested)
      return &definitions[index];
  return NULL;
}

// Of a spec that has no code yet there is none.
static void locate_spec(Generation *generation) {
  SpecSubject subject;
  if (!spec_find_subject(generation->request->spec, generation->request->index, generation->arena, &subject))
    return;
  generation->propose.subject_path = analysis_path(subject.file);
  generation->propose.symbol = subject.name;
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
  return generation->propose.module.data ? 0 : generation_no_memory(generation);
}

// ---- The run ----

static void init(Generation *generation) {
  vector_init(&generation->proposals.candidates, sizeof(Candidate), GENERATION_ITEMS_MAX);
  vector_init(&generation->proposals.unanswered, sizeof(Unanswered), GENERATION_ITEMS_MAX);
  vector_init(&generation->proposals.disagreements, sizeof(Disagreement), GENERATION_ITEMS_MAX);
  vector_init(&generation->proposals.notes, sizeof(StringView), GENERATION_ITEMS_MAX);
  vector_init(&generation->proposals.problems, sizeof(StringView), GENERATION_ITEMS_MAX);
  vector_init(&generation->proposals.trajectory, sizeof(RoundReport), GENERATION_ITEMS_MAX);
  vector_init(&generation->taken, sizeof(StringView), GENERATION_ITEMS_MAX);
  vector_init(&generation->keys, sizeof(StringView), GENERATION_ITEMS_MAX);
  vector_init(&generation->tests, sizeof(Proposal), GENERATION_ITEMS_MAX);
  vector_init(&generation->rejected, sizeof(RejectedTest), GENERATION_ITEMS_MAX);
  generation->guard_context = (GuardContext){
      .bench = &generation->bench,
      .mutant = generation->request->mutant,
      .index = generation->request->index,
      .files = &generation->file,
      .file_count = 1,
      .original_root = generation->request->runner.root,
      .pytest_arguments = generation->request->runner.pytest_arguments,
      .arena = generation->arena,
      .progress = generation_show_progress,
      .user = generation,
  };
  vector_init(&generation->guard_context.notes, sizeof(StringView), GENERATION_ITEMS_MAX);
}

static void finish(Generation *generation) {
  bench_close(&generation->bench);
  analysis_release(generation->stub_analysis);
  vector_finish(&generation->guard_context.notes);
  vector_finish(&generation->rejected);
  vector_finish(&generation->tests);
  vector_finish(&generation->keys);
  vector_finish(&generation->taken);
  vector_finish(&generation->proposals.trajectory);
  vector_finish(&generation->proposals.problems);
  vector_finish(&generation->proposals.notes);
  vector_finish(&generation->proposals.disagreements);
  vector_finish(&generation->proposals.unanswered);
  vector_finish(&generation->proposals.candidates);
}

static int note_sandbox(Generation *generation) {
  StringView note = SV("bubblewrap is not here and the settings allow to do without: the candidates ran without a "
                       "sandbox");
  return generation->bench.is_sandboxed ? 0 : generation_push(generation, &generation->proposals.notes, &note);
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
  return note.data ? generation_push(generation, &generation->proposals.notes, &note)
                   : generation_no_memory(generation);
}

// ---- Rounds ----

static size_t count_wanted(const Generation *generation) {
  size_t most = generation_most_tests(generation), kept = generation_count_kept(generation, CATEGORY_COUNT);
  if (generation->request->mutant)
    return KILLERS_WANTED;
  return kept < most ? most - kept : 0;
}

static int propose_part(Generation *generation, const Provider *provider) {
  generation->propose.wanted = count_wanted(generation);
  generation_emit(generation, EVENT_PROGRESS, provider->learns ? SV("Asking the model") : SV("Looking for inputs"),
                  NULL);
  int result =
      provider->propose(&generation->propose, generation->arena, &generation->proposals, generation->ret_error);
  if (result == 0 && provider->learns)
    generation_emit_spent(generation);
  if (result == 0)
    result = candidates_merge(&generation->proposals.candidates, generation->arena, generation->ret_error);
  return result == 0 && generation->proposals.candidates.count > 0 ? generation_try_candidates(generation) : result;
}

// What is found first is proven and told before the rest is looked for.
static int run_round(Generation *generation, const Provider *provider) {
  int result = propose_part(generation, provider);
  while (result == 0 && generation->proposals.explored.goes_on && count_wanted(generation) > 0)
    result = propose_part(generation, provider);
  return result;
}

// Whether a category has fewer tests than the configuration asks for, a round has brought something, and the rounds of
// a category are not over.
static bool lacks_tests(const Generation *generation, size_t kept_before) {
  const ConfigReport *config = generation->request->config;
  bool lacks = false;
  for (int category = 0; category < CATEGORY_COUNT; category++)
    lacks = lacks || generation_missing_of(generation, category) > 0;
  return lacks && generation_count_kept(generation, CATEGORY_COUNT) > kept_before &&
         (int64_t)generation->round + 1 < config->max_rounds_per_category;
}

// Whether too little is noticed, the last round has brought something, and what is left has not been asked for often.
static bool wants_refinement(Generation *generation, size_t kept_before) {
  const OptionalNumber *value = &generation->comprehensiveness.value;
  bool is_too_little = value->present && value->value < generation->request->config->min_comprehensiveness_score;
  return is_too_little && generation->refinements < REFINEMENTS_MAX &&
         generation_count_kept(generation, CATEGORY_COUNT) > kept_before;
}

static bool is_enough(const Generation *generation) {
  const OptionalNumber *value = &generation->comprehensiveness.value;
  return value->present && value->value >= generation->request->config->target_comprehensiveness_score;
}

static bool is_over(const Generation *generation) {
  size_t kept = generation_count_kept(generation, CATEGORY_COUNT);
  return generation->proposals.is_used_up || kept >= generation_most_tests(generation) ||
         (generation->request->mutant && kept > 0) || is_enough(generation);
}

static int tell_reflection(Generation *generation, size_t told, bool lacks) {
  StringView noticed = comprehensiveness_summary(&generation->comprehensiveness, generation->arena);
  StringView why =
      told > 0 ? arena_format(generation->arena, "%zu of the proposed tests could not be kept; asking for others", told)
      : lacks  ? SV("Some categories have too few tests; asking for more")
               : SV("Asking for tests of what no test notices yet");
  StringView message = generation->request->mutant ? why
                                                   : arena_format(generation->arena, "%.*s. Comprehensiveness %.*s",
                                                                  SV_ARGUMENTS(why), SV_ARGUMENTS(noticed));
  if (!message.data)
    return generation_no_memory(generation);
  Vector *trajectory = &generation->proposals.trajectory;
  if (trajectory->count > 0)
    ((RoundReport *)vector_at(trajectory, trajectory->count - 1))->reflection = message;
  generation_emit(generation, EVENT_REFLECTION, message, NULL);
  return 0;
}

// Whether the next round has something to learn from or to add, and somewhere to put its tests.
static int prepare_round(Generation *generation, const RoundStart *start, bool *ret_goes_on) {
  size_t told = 0;
  *ret_goes_on = false;
  if (is_over(generation))
    return 0;
  int result = generation_write_feedback(generation, start, &told);
  bool lacks = lacks_tests(generation, start->kept), refines = wants_refinement(generation, start->kept);
  if (result == 0 && told == 0 && !lacks && refines)
    generation->refinements++;
  *ret_goes_on = told > 0 || lacks || refines;
  if (result == 0 && *ret_goes_on)
    result = tell_reflection(generation, told, lacks);
  return result;
}

// What is proven stays, whatever becomes of a later round; the reason is told.
static int settle_failure(Generation *generation, int result) {
  if (result == 0 || result == ERROR_CANCELLED || result == ERROR_NO_MEMORY || generation->round == 0)
    return result;
  StringView note = arena_format(generation->arena, "question %zu to the model: %s", generation->round + 1,
                                 generation->ret_error->message);
  error_clear(generation->ret_error);
  return note.data ? generation_push(generation, &generation->proposals.notes, &note)
                   : generation_no_memory(generation);
}

static int run_rounds(Generation *generation, const Provider *provider) {
  int64_t rounds = provider->learns ? generation->request->model->rounds : 1;
  bool goes_on = true;
  int result = 0;
  for (generation->round = 0; (int64_t)generation->round < rounds && goes_on && result == 0; generation->round++) {
    RoundStart start = generation_start_round(generation);
    result = run_round(generation, provider);
    int measured = result == 0 ? generation_measure(generation) : 0;
    int told = generation_tell_round(generation, &start);  // also of one that was stopped
    if (result < 0)
      return settle_failure(generation, result);
    result = measured < 0 ? measured : told;
    if (result == 0 && provider->learns && (int64_t)generation->round + 1 < rounds)
      result = prepare_round(generation, &start, &goes_on);
  }
  return result;
}

// ---- Code for the tests ----

// What the spec itself states is the surest oracle, so its tests come first; a model may add others.
static int propose_for_implementation(Generation *generation, const Provider *provider) {
  int result = run_round(generation, provider_find(SV("builtin")));
  if (result == 0)
    result = provider->learns ? run_rounds(generation, provider) : generation_measure(generation);
  return result;
}

static int implement(Generation *generation) {
  const StringView spec = generation->request->spec->path;
  if (generation->file.is_new && generation_count_kept(generation, CATEGORY_COUNT) == 0)
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
  generation_emit_environment(generation);
  result = note_sandbox(generation);
  if (result == 0)
    result = note_stub(generation);
  if (result == 0 && generation->stub_analysis)
    result = bench_write(&generation->bench, generation->stub.path, generation->stub.text, generation->arena,
                         generation->ret_error);
  if (result == 0)
    result = generation_choose_file(generation);
  if (result == 0 && generation->request->spec)
    result = requirement_cells(generation->request->spec, generation->request->index, generation->arena,
                               &generation->guard_context.cells, generation->ret_error);
  bool implements = generation->request->implements;
  if (result == 0)
    result = implements ? propose_for_implementation(generation, provider) : run_rounds(generation, provider);
  if (result == 0 && implements)
    result = implement(generation);
  if (result == 0)
    result = generation_note_unsure(generation);
  return result == 0 ? generation_note_known(generation) : result;
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
    int filled = generation_fill_report(&generation, result, &report);
    result = result == 0 ? filled : result;
    *ret_report = report;
  }
  finish(&generation);
  return result;
}
