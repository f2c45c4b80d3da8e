#include "server/editor/mutant_evidence.h"

#include "server/base/log.h"

#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX 100000u  // of one file
#define SURVIVORS_MAX 10000u   // of one function

typedef struct FileEvidence {
  char *path;
  Vector functions;  // FunctionEvidence *
  Vector reaches;    // FunctionEvidence *, without mutants
} FileEvidence;

// ---- Owning ----

static void function_destroy(FunctionEvidence *evidence) {
  vector_finish(&evidence->survivors);
  arena_finish(&evidence->arena);
  free(evidence);
}

static void list_destroy(Vector *list) {
  for (size_t i = 0; i < list->count; i++)
    function_destroy(*(FunctionEvidence **)vector_at(list, i));
  vector_finish(list);
}

static void file_destroy(FileEvidence *file) {
  list_destroy(&file->functions);
  list_destroy(&file->reaches);
  free(file->path);
  free(file);
}

void mutant_evidence_finish(Folder *folder) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&folder->mutants, &cursor); entry; entry = map_next(&folder->mutants, &cursor))
    file_destroy(entry->value.pointer);
  map_finish(&folder->mutants);
  map_finish(&folder->saved_tests);
  arena_finish(&folder->saved_tests_arena);
}

static FileEvidence *file_make(Folder *folder, StringView path) {
  const MapValue *known = map_get(&folder->mutants, path);
  if (known)
    return known->pointer;
  FileEvidence *file = calloc(1, sizeof *file);
  if (!file)
    return NULL;
  vector_init(&file->functions, sizeof(FunctionEvidence *), FUNCTIONS_MAX);
  vector_init(&file->reaches, sizeof(FunctionEvidence *), FUNCTIONS_MAX);
  file->path = strndup(path.data, path.length);
  MapValue *slot = file->path ? map_put(&folder->mutants, string_view_from(file->path), NULL) : NULL;
  if (!slot) {
    file_destroy(file);
    return NULL;
  }
  slot->pointer = file;
  return file;
}

// ---- Copies ----

static bool copy_text(Arena *arena, StringView *text) {
  bool is_absent = string_view_is_absent(*text);
  *text = arena_copy(arena, *text);
  return is_absent || text->data;
}

static bool copy_texts(Arena *arena, JsonArray *texts) {
  const StringView *items = texts->items;
  StringView *copies = arena_allocate_array(arena, texts->count, sizeof *copies);
  bool is_fine = copies != NULL;
  for (size_t i = 0; i < texts->count && is_fine; i++) {
    copies[i] = items[i];
    is_fine = copy_text(arena, &copies[i]);
  }
  texts->items = copies;
  return is_fine;
}

static bool add_survivor(FunctionEvidence *evidence, const MutantReport *mutant) {
  MutantReport copy = *mutant;
  StringView *const texts[] = {&copy.path,        &copy.function, &copy.operator, & copy.original,
                               &copy.replacement, &copy.way,      &copy.killed_by,
                               &copy.message};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!copy_text(&evidence->arena, texts[i]))
      return false;
  return copy_texts(&evidence->arena, &copy.reached_by) && vector_push_copy(&evidence->survivors, &copy);
}

static FunctionEvidence *function_create(const EvidenceOrigin *origin, const MutatedFunctionReport *function) {
  FunctionEvidence *evidence = calloc(1, sizeof *evidence);
  if (!evidence)
    return NULL;
  vector_init(&evidence->survivors, sizeof(MutantReport), SURVIVORS_MAX);
  evidence->function = *function;
  evidence->origin = *origin;
  evidence->is_partial = true;
  MutatedFunctionReport *copy = &evidence->function;
  if (copy_text(&evidence->arena, &copy->path) && copy_text(&evidence->arena, &copy->function) &&
      copy_text(&evidence->arena, &copy->digest) && copy_texts(&evidence->arena, &copy->tests))
    return evidence;
  function_destroy(evidence);
  return NULL;
}

// ---- Finding ----

static bool is_same_name(StringView left, StringView right) {
  return string_view_is_absent(left) ? string_view_is_absent(right)
                                     : !string_view_is_absent(right) && string_view_equal(left, right);
}

// Two functions may share a name, a property's getter and setter do: then the text tells them apart.
static FunctionEvidence *find_in(const Vector *list, StringView name, StringView digest) {
  for (size_t i = list->count; i-- > 0;) {
    FunctionEvidence *evidence = *(FunctionEvidence **)vector_at(list, i);
    bool is_same_text = string_view_is_absent(digest) || string_view_equal(evidence->function.digest, digest);
    if (is_same_name(evidence->function.function, name) && is_same_text)
      return evidence;
  }
  return NULL;
}

static FunctionEvidence *find(const FileEvidence *file, StringView name, StringView digest) {
  return file ? find_in(&file->functions, name, digest) : NULL;
}

static const FileEvidence *file_of(const Folder *folder, StringView path) {
  const MapValue *slot = map_get(&folder->mutants, path);
  return slot ? slot->pointer : NULL;
}

static StringView name_of(const FileAnalysis *analysis, int function) {
  size_t count;
  const Definition *definitions = analysis_definitions(analysis, &count);
  return function >= 0 ? definitions[function].qualified_name : (StringView){0};
}

const FunctionEvidence *evidence_find(const Folder *folder, const FileAnalysis *analysis, int function) {
  const FileEvidence *file = file_of(folder, analysis_path(analysis));
  StringView name = name_of(analysis, function);
  char digest[FUNCTION_DIGEST_SIZE];
  if (!file || !find(file, name, (StringView){0}))
    return NULL;
  mutated_function_digest(analysis, function, digest);
  return find(file, name, string_view_from(digest));
}

const FunctionEvidence *evidence_find_any(const Folder *folder, const FileAnalysis *analysis, int function) {
  return find(file_of(folder, analysis_path(analysis)), name_of(analysis, function), (StringView){0});
}

const FunctionEvidence *evidence_find_reach(const Folder *folder, const FileAnalysis *analysis, int function) {
  const FileEvidence *file = file_of(folder, analysis_path(analysis));
  return file ? find_in(&file->reaches, name_of(analysis, function), (StringView){0}) : NULL;
}

bool evidence_has_file(const Folder *folder, StringView path) {
  return file_of(folder, path) != NULL;
}

// ---- Taking ----

static void remove_at(Vector *list, size_t index) {
  FunctionEvidence **items = list->data;
  function_destroy(items[index]);
  memmove(&items[index], &items[index + 1], (list->count - index - 1) * sizeof *items);
  vector_truncate(list, list->count - 1);
}

// What older runs said of a function with this name; and what this one said, while it was going on, of this text.
static void remove_older(Vector *list, const EvidenceOrigin *origin, const MutatedFunctionReport *function) {
  for (size_t i = list->count; i-- > 0;) {
    const FunctionEvidence *evidence = *(FunctionEvidence **)vector_at(list, i);
    bool is_older = evidence->origin.started_ms < origin->started_ms;
    bool is_own = !evidence->is_final && evidence->origin.started_ms == origin->started_ms &&
                  string_view_equal(evidence->function.digest, function->digest);
    if (is_same_name(evidence->function.function, function->function) && (is_older || is_own))
      remove_at(list, i);
  }
}

static bool is_outdated(const FileEvidence *file, const EvidenceOrigin *origin, const MutatedFunctionReport *function) {
  const FunctionEvidence *known = find(file, function->function, (StringView){0});
  return known && known->origin.started_ms > origin->started_ms;
}

// The evidence takes the place of what is older. NULL, and a word in the log, when memory is exhausted.
static FunctionEvidence *begin(Vector *list, const EvidenceOrigin *origin, const MutatedFunctionReport *function) {
  FunctionEvidence *evidence = function_create(origin, function);
  remove_older(list, origin, function);
  if (evidence && vector_push_copy(list, &evidence))
    return evidence;
  if (evidence)
    function_destroy(evidence);
  log_error("mutants", "what is known of %.*s is not shown: out of memory", SV_ARGUMENTS(function->path));
  return NULL;
}

void evidence_add_survivor(Folder *folder, const EvidenceOrigin *origin, const MutatedFunctionReport *function,
                           const MutantReport *mutant) {
  FileEvidence *file = file_make(folder, function->path);
  if (!file || is_outdated(file, origin, function))
    return;
  FunctionEvidence *evidence = find(file, function->function, function->digest);
  if (!evidence || evidence->origin.started_ms != origin->started_ms)
    evidence = begin(&file->functions, origin, function);
  if (evidence && !add_survivor(evidence, mutant))
    log_error("mutants", "a survivor in %.*s is not shown: out of memory", SV_ARGUMENTS(function->path));
}

static bool is_inside(const MutatedFunctionReport *function, const MutantReport *mutant) {
  return mutant->line >= function->line && mutant->end_line <= function->end_line;
}

// A body of one statement: leaving out the one is leaving out the other, and says more.
static bool is_whole_body(const MutantReport *survivor, const MutantReport *body) {
  return string_view_equal_text(survivor->operator, "removed-statement") && survivor->line == body->line &&
         survivor->column == body->column && survivor->end_line == body->end_line &&
         survivor->end_column == body->end_column;
}

static void note_duplicate_body(const FunctionEvidence *evidence, const MutantReport *mutant) {
  MutantReport *last = evidence->survivors.count > 0 && string_view_equal_text(mutant->operator, "removed-body")
                           ? vector_at(&evidence->survivors, evidence->survivors.count - 1)
                           : NULL;
  if (last && is_whole_body(last, mutant))
    last->operator= SV("removed-body");
}

static void count_mutant(FunctionEvidence *evidence, const MutantReport *mutant) {
  evidence->counts[mutant->status]++;
  if (mutant->status == MUTANT_DUPLICATE)
    note_duplicate_body(evidence, mutant);
  if (mutant->status == MUTANT_SURVIVED && !add_survivor(evidence, mutant))
    log_error("mutants", "a survivor in %.*s is not shown: out of memory", SV_ARGUMENTS(mutant->path));
}

// The row after `first` of the same file in which the mutant lies, else `first`, that of the code outside functions.
static size_t row_of(const MutationReport *report, size_t first, size_t at, const MutantReport *mutant) {
  const MutatedFunctionReport *rows = report->functions.items;
  while (at + 1 < report->functions.count && string_view_equal(rows[at + 1].path, rows[first].path) &&
         rows[at + 1].line <= mutant->line)
    at++;
  return at > first && is_inside(&rows[at], mutant) ? at : first;
}

// Mutants and functions are in the same order, so one pass tells which belong together.
static void count_mutants(const MutationReport *report, FunctionEvidence **taken) {
  const MutatedFunctionReport *rows = report->functions.items;
  const MutantReport *mutants = report->mutants.items;
  size_t first = 0, at = 0;
  for (size_t i = 0; i < report->mutants.count; i++) {
    while (first + 1 < report->functions.count && !string_view_equal(rows[first].path, mutants[i].path))
      at = ++first;
    size_t row = row_of(report, first, at, &mutants[i]);
    if (row > first)
      at = row;
    if (taken[row])
      count_mutant(taken[row], &mutants[i]);
  }
}

// Twins, with the same name and text, share their evidence.
static FunctionEvidence *begin_final(FileEvidence *file, const EvidenceOrigin *origin,
                                     const MutatedFunctionReport *function) {
  FunctionEvidence *twin = find(file, function->function, function->digest);
  if (twin && twin->is_final && twin->origin.started_ms == origin->started_ms)
    return twin;
  FunctionEvidence *evidence = begin(&file->functions, origin, function);
  if (evidence)
    evidence->is_final = true;
  return evidence;
}

void evidence_take_report(Folder *folder, const EvidenceOrigin *origin, const MutationReport *report) {
  const MutatedFunctionReport *rows = report->functions.items;
  Arena arena = {0};
  FunctionEvidence **taken = arena_allocate_array(&arena, report->functions.count, sizeof *taken);
  for (size_t i = 0; taken && i < report->functions.count; i++) {
    FileEvidence *file = file_make(folder, rows[i].path);
    if (file && rows[i].tests_known && (!origin->is_selected || rows[i].mutants > 0))  // selected for these alone
      begin(&file->reaches, origin, &rows[i]);
    if (file && rows[i].mutants > 0 && !is_outdated(file, origin, &rows[i]))
      taken[i] = begin_final(file, origin, &rows[i]);
  }
  if (taken)
    count_mutants(report, taken);
  for (size_t i = 0; taken && i < report->functions.count; i++)
    if (taken[i]) {
      taken[i]->tests = report->tests;
      taken[i]->is_partial = taken[i]->counts[MUTANT_PENDING] > 0;
    }
  arena_finish(&arena);
}

// ---- Tests that were saved ----

void evidence_note_saved_test(Folder *folder, StringView path) {
  MapValue *slot = map_get(&folder->saved_tests, path);
  if (!slot) {
    StringView copy = arena_copy(&folder->saved_tests_arena, path);
    slot = copy.data ? map_put(&folder->saved_tests, copy, NULL) : NULL;
  }
  if (slot)
    slot->number = (int64_t)++folder->test_saves;
}

int evidence_saved_tests(const Folder *folder, uint64_t as_of, Vector *ret_paths) {
  size_t cursor = 0;
  for (const MapEntry *entry = map_next(&folder->saved_tests, &cursor); entry;
       entry = map_next(&folder->saved_tests, &cursor))
    if ((uint64_t)entry->value.number > as_of && !vector_push_copy(ret_paths, &entry->key))
      return ERROR_NO_MEMORY;
  return 0;
}
