#include "server/generator/mutant_set.h"

#include "server/mutation/mutants.h"

#define MUTANTS_MAX 400u  // of all; where there are more, some are left out
#define SOURCES_MAX 100u
#define TIME_SHARE 4  // one judging may take this part of what is left of the time
#define SUITE_RUNS 4  // what judging takes at least, in runs of the suite

// ---- What the harness answers ----

static const MutantFate fates[MUTANT_STATUS_COUNT] = {
    [MUTANT_PENDING] = FATE_UNKNOWN,       [MUTANT_KILLED] = FATE_KILLED,       [MUTANT_SURVIVED] = FATE_UNNOTICED,
    [MUTANT_NO_COVERAGE] = FATE_UNNOTICED, [MUTANT_TIMEOUT] = FATE_UNCLEAR,     [MUTANT_INCONCLUSIVE] = FATE_UNCLEAR,
    [MUTANT_EQUIVALENT] = FATE_NO_MUTANT,  [MUTANT_DUPLICATE] = FATE_NO_MUTANT, [MUTANT_INVALID] = FATE_NO_MUTANT,
};

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while it is measured what tests notice");
}

// ---- Judging ----

typedef struct Judging {
  const MutantSet *set;
  MutantFate *fates;
  KillTable *table;  // NULL: nobody asks for the killers
  Arena events;
} Judging;

static int take_verdict(Judging *judging, const JsonValue *event, Error *ret_error) {
  JudgedMutant verdict;
  int result = json_decode(&judged_mutant_type, event, &judging->events, &verdict, ret_error);
  if (result < 0)
    return result;
  if (verdict.index < 0 || (uint64_t)verdict.index >= judging->set->count)
    return error_set(ret_error, ERROR_PROTOCOL, "the test harness speaks of mutant %lld, of %zu",
                     (long long)verdict.index, judging->set->count);
  judging->fates[verdict.index] = fates[verdict.status];
  return judging->table && verdict.status == MUTANT_KILLED
             ? kill_table_add_kill(judging->table, (uint32_t)verdict.index, verdict.test, verdict.killers, ret_error)
             : 0;
}

static int on_event(void *user, const JsonValue *event, Error *ret_error) {
  Judging *judging = user;
  const JsonValue *kind = json_member(event, "event");
  StringView name = kind && kind->kind == JSON_STRING ? kind->string : (StringView){0};
  int result = 0;
  if (string_view_equal(name, SV("verdict")))
    result = take_verdict(judging, event, ret_error);
  else if (judging->table && string_view_equal(name, SV("reach")))
    result = kill_table_take_reach(judging->table, event, ret_error);
  arena_reset(&judging->events);
  return result;
}

static int on_idle(void *user, Error *ret_error) {
  (void)user;
  (void)ret_error;
  return 0;
}

static int note(GuardContext *context, StringView text, Error *ret_error) {
  return text.data && vector_push_copy(&context->notes, &text) ? 0 : no_memory(ret_error);
}

static int list_files(const MutantSet *set, Arena *arena, JsonArray *ret_files, Error *ret_error) {
  const MutatedSource *sources = set->sources.items;
  MutatedFile *files = arena_allocate_array(arena, set->sources.count, sizeof *files);
  for (size_t index = 0; files && index < set->sources.count; index++)
    files[index] = (MutatedFile){sources[index].path, sources[index].mutants};
  *ret_files = (JsonArray){files, set->sources.count};
  return files ? 0 : no_memory(ret_error);
}

// What could not be judged is said, and held against nobody.
static int judge(GuardContext *context, const MutantSet *set, JsonArray tests, MutantFate *ret_fates, KillTable *table,
                 Error *ret_error) {
  MutateRequest request = {
      .root = context->bench->root,
      .scratch = context->bench->scratch,
      .arguments = context->pytest_arguments,
      .selection = tests,
      .all_killers = table != NULL,
  };
  Judging judging = {.set = set, .fates = ret_fates, .table = table};
  HarnessListener listener = {on_event, on_idle, &judging};
  Error problem = {0};
  arena_init(&judging.events);
  int64_t limit_ms = bench_left_ms(context->bench) / TIME_SHARE + 1;
  int result = list_files(set, context->arena, &request.files, &problem);
  if (result == 0)
    result = bench_stream(context->bench, "mutate", &mutate_request_type, &request, limit_ms, &listener, context->arena,
                          &problem);
  arena_finish(&judging.events);
  bool is_over = bench_left_ms(context->bench) == 0;
  if (result == 0 || result == ERROR_CANCELLED || result == ERROR_NO_MEMORY || (result == ERROR_TIMEOUT && is_over))
    return result < 0 ? error_set(ret_error, (ErrorCode)result, "%s", problem.message) : 0;
  return note(context,
              arena_format(context->arena,
                           "not all that the tests notice is known, and what is not was not held "
                           "against them: %s",
                           problem.message),
              ret_error);
}

static void take_none(MutantSet *set, const MutantFate *found) {
  for (size_t index = 0; index < set->count; index++)
    set->is_none[index] |= found[index] == FATE_NO_MUTANT;
}

int mutant_set_try(GuardContext *context, MutantSet *set, JsonArray tests, MutantFate *ret_fates, KillTable *table,
                   Error *ret_error) {
  int result = judge(context, set, tests, ret_fates, table, ret_error);
  take_none(set, ret_fates);
  if (result == 0)
    kill_table_sort(table);
  return result;
}

// ---- The mutants ----

static bool is_wanted(const GuardContext *context, const Mutant *mutant) {
  StringView symbol = context->symbol;
  return symbol.length == 0 || string_view_equal(mutant->function, symbol) ||
         (string_view_starts_with(mutant->function, symbol) && mutant->function.data[symbol.length] == '.');
}

static int find_mutants(GuardContext *context, SyntaxParser *parser, const FileAnalysis *analysis,
                        MutatedSource *source, Error *ret_error) {
  Snapshot *snapshot = NULL;
  Mutant *mutants = NULL;
  size_t count = 0;
  int result = snapshot_create(parser, analysis_text(analysis), &snapshot, ret_error);
  if (result == 0)
    result = mutants_find(snapshot, context->arena, &mutants, &count, ret_error);
  snapshot_release(snapshot);
  if (result < 0)
    return result;
  MutantRequest *wanted = arena_allocate_array(context->arena, count, sizeof *wanted);
  source->lines = arena_allocate_array(context->arena, count, sizeof *source->lines);
  if (!wanted || !source->lines)
    return no_memory(ret_error);
  for (int is_in_function = 1; is_in_function >= 0; is_in_function--)  // what runs at import costs a process each
    for (size_t index = 0; index < count; index++) {
      if (!is_wanted(context, &mutants[index]) || (mutants[index].function.length > 0) != (is_in_function != 0))
        continue;
      source->lines[source->mutants.count] = mutants[index].line;
      wanted[source->mutants.count++] =
          (MutantRequest){mutants[index].start, mutants[index].end, mutants[index].replacement};
    }
  source->in_functions = 0;
  for (size_t index = 0; index < count; index++)
    source->in_functions += is_wanted(context, &mutants[index]) && mutants[index].function.length > 0;
  source->mutants.items = wanted;
  return 0;
}

// Those in functions stay, or some of them, evenly over the file.
static void thin_out(MutatedSource *source, size_t most) {
  MutantRequest *mutants = (MutantRequest *)source->mutants.items;
  if (source->mutants.count <= most)
    return;
  size_t count = source->in_functions > most ? source->in_functions : source->mutants.count;
  if (count != source->in_functions) {
    source->mutants.count = most;
    return;
  }
  for (size_t index = 0; index < most; index++) {
    mutants[index] = mutants[index * count / most];
    source->lines[index] = source->lines[index * count / most];
  }
  source->mutants.count = most;
}

static bool has_source(const Vector *sources, StringView path) {
  for (size_t index = 0; index < sources->count; index++)
    if (string_view_equal(((const MutatedSource *)vector_at(sources, index))->relative, path))
      return true;
  return false;
}

static int find_sources(GuardContext *context, const Proposal *proposals, size_t count, MutantSet *set,
                        Error *ret_error) {
  Vector sources;
  SyntaxParser *parser = NULL;
  vector_init(&sources, sizeof(MutatedSource), SOURCES_MAX);
  int result = syntax_parser_create(language_at(0), &parser, ret_error);
  for (size_t index = 0; index < count && result == 0; index++) {
    const Proposal *proposal = &proposals[index];
    const FileAnalysis *analysis = workspace_index_get(context->index, proposal->subject_path);
    if (!analysis || has_source(&sources, proposal->subject_path))
      continue;
    MutatedSource source = {.relative = proposal->subject_path, .path = proposal->original_path};
    result = find_mutants(context, parser, analysis, &source, ret_error);
    if (result == 0 && source.mutants.count > 0)
      result = vector_push_copy(&sources, &source) ? 0 : no_memory(ret_error);
  }
  syntax_parser_destroy(parser);
  if (result == 0) {
    set->sources.items = vector_to_arena(&sources, context->arena, &set->sources.count);
    result = set->sources.items || sources.count == 0 ? 0 : no_memory(ret_error);
  }
  vector_finish(&sources);
  return result;
}

static int number_mutants(GuardContext *context, MutantSet *set, Error *ret_error) {
  MutatedSource *sources = (MutatedSource *)set->sources.items;
  for (size_t index = 0; index < set->sources.count; index++) {
    thin_out(&sources[index], MUTANTS_MAX / set->sources.count);
    set->count += sources[index].mutants.count;
  }
  set->lines = arena_allocate_array(context->arena, set->count, sizeof *set->lines);
  set->source_of = arena_allocate_array(context->arena, set->count, sizeof *set->source_of);
  set->is_killed = arena_allocate_array(context->arena, set->count, sizeof *set->is_killed);
  set->is_none = arena_allocate_array(context->arena, set->count, sizeof *set->is_none);
  if (!set->lines || !set->source_of || !set->is_killed || !set->is_none)
    return no_memory(ret_error);
  size_t number = 0;
  for (size_t index = 0; index < set->sources.count; index++)
    for (size_t at = 0; at < sources[index].mutants.count; at++, number++) {
      set->lines[number] = sources[index].lines[at];
      set->source_of[number] = (uint32_t)index;
    }
  return 0;
}

// Of a slow suite only the file that the tests go to is asked; where that is a new one, nobody is.
static JsonArray suite_to_ask(const GuardContext *context, StringView *ret_file, bool *ret_is_nobody,
                              bool *ret_is_partial) {
  bool is_slow = context->suite_ms * SUITE_RUNS > bench_left_ms(context->bench) / TIME_SHARE;
  *ret_file = context->files[0].path;
  *ret_is_nobody = is_slow && context->files[0].is_new;
  *ret_is_partial = is_slow;
  return is_slow ? (JsonArray){ret_file, 1} : (JsonArray){0};
}

// What the suite notices by itself. A mutant that ends its tests is noticed, too.
static int judge_suite(GuardContext *context, MutantSet *set, Error *ret_error) {
  MutantFate *found = arena_allocate_array(context->arena, set->count, sizeof *found);
  StringView file;
  if (!found)
    return no_memory(ret_error);
  JsonArray tests = suite_to_ask(context, &file, &set->is_known, &set->is_partial);
  set->is_known |= context->is_suite_known && context->passed == 0;
  if (set->is_known)  // nobody notices anything
    return 0;
  int result = guards_write_files(context, NULL, 0, ret_error);
  if (result == 0)
    result = judge(context, set, tests, found, NULL, ret_error);
  set->is_known = result == 0;
  take_none(set, found);
  for (size_t index = 0; index < set->count; index++) {
    set->is_killed[index] = found[index] == FATE_KILLED || found[index] == FATE_UNCLEAR;
    set->is_known = set->is_known && found[index] != FATE_UNKNOWN;
  }
  return result;
}

int mutant_set_create(GuardContext *context, const Proposal *proposals, size_t count, MutantSet **ret_set,
                      Error *ret_error) {
  MutantSet *set = arena_allocate(context->arena, sizeof *set);
  if (!set)
    return no_memory(ret_error);
  *set = (MutantSet){0};
  int result = find_sources(context, proposals, count, set, ret_error);
  if (result == 0)
    result = number_mutants(context, set, ret_error);
  if (result == 0 && set->count > 0)
    result = judge_suite(context, set, ret_error);
  if (result == 0)
    *ret_set = set;
  return result;
}
