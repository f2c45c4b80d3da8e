// What became of a generation, as a report.
#include "server/generator/generation.h"

#include "server/base/hash.h"
#include "server/generator/requirements.h"

#include <inttypes.h>
#include <string.h>

// It was run alone, and an assertion did not hold.
static bool is_failing(const Proposal *proposal) {
  return proposal->guard && strcmp(proposal->guard, "green") == 0 && string_view_equal(proposal->reason, SV("fails"));
}

const SpecClause *generation_disputed(const Generation *generation, const Proposal *proposal) {
  const Spec *spec = generation->request->spec;
  bool has_code = generation->propose.has_code && !generation->request->mutant;
  bool is_a_models = string_view_equal(proposal->candidate->origin, SV("model"));
  return spec && has_code && is_a_models && is_failing(proposal)
             ? requirement_clause(spec, proposal->candidate->requirement, generation->arena)
             : NULL;
}

static int reject(Generation *generation, const Proposal *proposal) {
  const SpecClause *clause = generation_disputed(generation, proposal);
  bool is_stated = string_view_equal(proposal->candidate->origin, SV("spec"));
  if (is_failing(proposal) && (is_stated || clause)) {
    StringView words = is_stated ? proposal->candidate->requirement : clause->text;
    Disagreement item = {.requirement = words,
                         .specification = words,
                         .observed = proposal->message,
                         .origin = proposal->candidate->origin,
                         .code = proposal->placed.code};
    return generation_push(generation, &generation->proposals.disagreements, &item);
  }
  RejectedTest item = {
      .id = proposal->id,
      .guard = string_view_from(proposal->guard),
      .reason = proposal->reason,
      .message = proposal->message,
      .code = proposal->placed.code,
  };
  generation_emit_rejected(generation, &item);
  return generation_push(generation, &generation->rejected, &item);
}

// A generation that was stopped keeps what is proven, and says of the rest that nobody knows.
static void leave_unfinished(Generation *generation, Proposal *proposal, int code) {
  bool is_cancelled = code == ERROR_CANCELLED;
  guard_reject(&generation->guard_context, proposal, "unfinished", is_cancelled ? "cancelled" : "timeout",
               "%s before the test had passed every guard",
               is_cancelled ? "the generation was cancelled" : "the time for the generation was over");
}

AcceptedTest generation_describe(const Generation *generation, const Proposal *proposal) {
  const Candidate *candidate = proposal->candidate;
  return (AcceptedTest){
      .id = proposal->id,
      .name = proposal->placed.name,
      .path = generation->file.path,
      .category = candidate->category,
      .origin = generation->request->mutant ? SV("mutant") : candidate->origin,
      .reasoning = candidate->reasoning,
      .requirement = candidate->requirement,
      .strength = (uint32_t)proposal->strength,
      .kills = proposal->gain.kills,
      .new_lines = proposal->gain.lines,
      .new_branches = proposal->gain.branches,
      .new_boundaries = proposal->gain.boundaries,
      .new_requirements = proposal->gain.requirements,
      .confidence = candidate->confidence,
      .code = proposal->placed.code,
  };
}

static int accept(Generation *generation, const Proposal *proposal, bool is_told, Vector *accepted) {
  AcceptedTest item = generation_describe(generation, proposal);
  if (!is_told)
    generation_emit(generation, EVENT_TEST, item.name, &item);
  return generation_push(generation, accepted, &item);
}

static int take(Generation *generation, Vector *items, JsonArray *ret_array) {
  ret_array->items = vector_to_arena(items, generation->arena, &ret_array->count);
  return ret_array->items || items->count == 0 ? 0 : generation_no_memory(generation);
}

static int take_edits(Generation *generation, GenerateReport *report) {
  size_t count, edit_count;
  TextEdit *edits;
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE] = "";
  const TestFile *file = &generation->file;
  PlacedTest *placed = guards_placed(generation->tests.data, generation->tests.count, 0, generation->arena, &count);
  if (!placed)
    return generation_no_memory(generation);
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
    return generation_no_memory(generation);
  for (size_t index = 0; index < edit_count; index++)
    items[index] =
        (FileEdit){file->path, file->is_new, edits[index].start, edits[index].end, edits[index].text, digest_text};
  report->edits = (JsonArray){items, edit_count};
  return 0;
}

static int fill_tests(Generation *generation, int code, GenerateReport *report) {
  Vector accepted;
  vector_init(&accepted, sizeof(AcceptedTest), GENERATION_ITEMS_MAX);
  int result = 0;
  for (size_t index = 0; index < generation->tests.count && result == 0; index++) {
    Proposal *proposal = vector_at(&generation->tests, index);
    if (!proposal->guard && !proposal->is_proven)
      leave_unfinished(generation, proposal, code);
    result = proposal->guard ? reject(generation, proposal)
                             : accept(generation, proposal, index < generation->told, &accepted);
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
    return generation_no_memory(generation);
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
    return generation_no_memory(generation);
  *copy = generation->propose.environment;
  report->environment = copy;
  return 0;
}

static int take_subject(Generation *generation, GenerateReport *report) {
  StringView file = generation->propose.subject_path, symbol = generation->propose.symbol;
  if (generation->propose.has_code && generation->propose.subject) {
    uint64_t hash = string_view_hash(analysis_text(generation->propose.subject));
    report->subject_digest = arena_format(generation->arena, "%016" PRIx64, hash);
    if (!report->subject_digest.data)
      return generation_no_memory(generation);
  }
  if (symbol.length == 0 || file.length == 0) {
    report->subject = file;
    return 0;
  }
  report->subject = arena_format(generation->arena, "%.*s::%.*s", SV_ARGUMENTS(file), SV_ARGUMENTS(symbol));
  return report->subject.data ? 0 : generation_no_memory(generation);
}

static int take_comprehensiveness(Generation *generation, GenerateReport *report) {
  if (!generation->is_comprehensiveness_known)
    return 0;
  ComprehensivenessReport *copy = arena_allocate(generation->arena, sizeof *copy);
  if (!copy)
    return generation_no_memory(generation);
  *copy = generation->comprehensiveness;
  copy->model_grade = generation->proposals.grade;
  report->comprehensiveness = copy;
  return 0;
}

// ---- Where it is said ----

static bool says_example(const Disagreement *item, const SpecExample *example, Arena *arena) {
  StringView label =
      example->raises.data
          ? arena_format(arena, "%.*s raises %.*s", SV_ARGUMENTS(example->call), SV_ARGUMENTS(example->raises))
          : arena_format(arena, "%.*s -> %.*s", SV_ARGUMENTS(example->call), SV_ARGUMENTS(example->expected));
  return label.data && string_view_contains(item->requirement, label);
}

// A disagreement may be about several sentences of the spec, which ask for the same.
static int find_in_spec(Generation *generation, const Spec *spec, Disagreement *item) {
  StringView *stated =
      arena_allocate_array(generation->arena, spec->clause_count + spec->example_count, sizeof *stated);
  size_t count = 0;
  if (!stated)
    return generation_no_memory(generation);
  for (size_t index = 0; index < spec->clause_count; index++)
    if (string_view_contains(item->requirement, spec->clauses[index].text))
      stated[count++] = string_view_slice(spec->text, spec->clauses[index].span.start, spec->clauses[index].span.end);
  for (size_t index = 0; index < spec->example_count; index++)
    if (says_example(item, &spec->examples[index], generation->arena))
      stated[count++] = string_view_slice(spec->text, spec->examples[index].span.start, spec->examples[index].span.end);
  item->stated = (JsonArray){stated, count};
  return 0;
}

// "the documentation of Stack.pop".
static void find_in_code(const FileAnalysis *subject, Disagreement *item) {
  size_t count;
  const Definition *definitions = analysis_definitions(subject, &count);
  size_t space = item->requirement.length;
  while (space > 0 && item->requirement.data[space - 1] != ' ')
    space--;
  StringView name = string_view_slice(item->requirement, space, item->requirement.length);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, name))
      item->function = name;
}

static int place_disagreements(Generation *generation) {
  const ProposeRequest *propose = &generation->propose;
  int result = 0;
  for (size_t index = 0; index < generation->proposals.disagreements.count && result == 0; index++) {
    Disagreement *item = vector_at(&generation->proposals.disagreements, index);
    if (string_view_is_absent(item->origin) && propose->has_code && propose->subject)
      find_in_code(propose->subject, item);
    else if (generation->request->spec)
      result = find_in_spec(generation, generation->request->spec, item);
  }
  return result;
}

// Whoever stops a generation does not wait until its tests are measured.
static int note_unmeasured(Generation *generation, int code, const GenerateReport *report) {
  StringView note = SV("the generation ended before it was measured what the accepted tests add");
  bool is_measured = code == 0 || report->accepted.count == 0 || generation->is_comprehensiveness_known;
  return is_measured ? 0 : generation_push(generation, &generation->proposals.notes, &note);
}

static uint32_t count_lines(const Generation *generation) {
  int64_t lines = 0;
  for (size_t index = 0; index < generation->tests.count; index++) {
    const Proposal *proposal = vector_at(&generation->tests, index);
    lines += !proposal->guard && proposal->gain.lines.present ? proposal->gain.lines.value : 0;
  }
  return (uint32_t)lines;
}

int generation_fill_report(Generation *generation, int code, GenerateReport *report) {
  const ModelUse *use = generation->request->model;
  report->provider = generation->request->provider;
  report->tokens = generation->proposals.tokens;
  report->rounds = generation->proposals.questions;
  if (use) {
    bool has_prices = use->input_price > 0 || use->output_price > 0;
    report->model = use->name;
    report->cost_cents = (OptionalNumber){has_prices, generation->proposals.cents};
  }
  int result = take_subject(generation, report);
  if (result == 0)
    result = fill_tests(generation, code, report);
  if (result == 0)
    result = note_unmeasured(generation, code, report);
  const StringView *notes = generation->guard_context.notes.data;
  for (size_t index = 0; index < generation->guard_context.notes.count && result == 0; index++)
    result = generation_push(generation, &generation->proposals.notes, &notes[index]);
  if (result == 0)
    result = take(generation, &generation->rejected, &report->rejected);
  if (result == 0)
    result = take(generation, &generation->proposals.unanswered, &report->unanswered);
  if (result == 0)
    result = place_disagreements(generation);
  if (result == 0)
    result = take(generation, &generation->proposals.disagreements, &report->disagreements);
  if (result == 0)
    result = take(generation, &generation->proposals.notes, &report->notes);
  if (result == 0)
    result = take(generation, &generation->proposals.trajectory, &report->trajectory);
  if (result == 0)
    result = take_environment(generation, report);
  if (result == 0 && generation->request->implements)
    result = take_implementation(generation, report);
  if (result == 0)
    result = take_comprehensiveness(generation, report);
  report->line_gain = count_lines(generation);
  return result;
}
