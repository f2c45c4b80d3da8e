#include "server/editor/spec_disagreements.h"

#include "protocol/json/field.h"
#include "server/services/evidence.h"

#include <stdlib.h>

#define HOVER_MAX (64u << 10)

struct KeptGeneration {
  KeptGeneration *next;
  Arena arena;
  GenerateReport report;
};

// ---- What is kept ----

static void forget(FolderEvidence *evidence, StringView target) {
  for (KeptGeneration **link = &evidence->generations; *link; link = &(*link)->next) {
    KeptGeneration *kept = *link;
    if (!string_view_equal(kept->report.target, target))
      continue;
    *link = kept->next;
    arena_finish(&kept->arena);
    free(kept);
    return;
  }
}

static void keep(FolderEvidence *evidence, const GenerateReport *report) {
  // A test for one change of the code looks for no disagreement.
  if (report->disagreements.count == 0 && !report->comprehensiveness)
    return;
  forget(evidence, report->target);
  if (report->disagreements.count == 0 || string_view_is_absent(report->subject_digest))
    return;
  KeptGeneration *kept = calloc(1, sizeof *kept);
  if (kept && evidence_copy_report(&generate_report_type, report, &kept->arena, &kept->report)) {
    kept->next = evidence->generations;
    evidence->generations = kept;
  } else if (kept) {
    arena_finish(&kept->arena);
    free(kept);
  }
}

void disagreements_take(FolderEvidence *evidence, const GenerateReport *report) {
  evidence->has_generated = true;
  keep(evidence, report);
}

void disagreements_recall(FolderEvidence *evidence, const GenerateReport *report) {
  if (!evidence->has_generated)
    keep(evidence, report);
}

size_t disagreements_count(const FolderEvidence *evidence) {
  size_t count = 0;
  for (const KeptGeneration *kept = evidence->generations; kept; kept = kept->next)
    count++;
  return count;
}

void disagreements_finish(FolderEvidence *evidence) {
  while (evidence->generations)
    forget(evidence, evidence->generations->report.target);
}

// ---- What still holds ----

static StringView path_of_subject(const GenerateReport *report) {
  return string_view_slice(report->subject, 0, string_view_find(report->subject, SV("::")));
}

static bool is_as_it_was(const GenerateReport *report, const FileAnalysis *file, Arena *arena) {
  StringView digest = file ? evidence_digest(file, -1, arena) : (StringView){0};
  return digest.data && string_view_equal(digest, report->subject_digest);
}

// The file of the code that a generation for the spec ran; NULL when it is not what it was.
static const FileAnalysis *subject_of(const Document *document, const GenerateReport *report, Arena *arena) {
  const WorkspaceIndex *index = document->folder->index;
  if (!index || !string_view_equal(report->target, document->relative))
    return NULL;
  const FileAnalysis *file = workspace_index_get(index, path_of_subject(report));
  return is_as_it_was(report, file, arena) ? file : NULL;
}

static bool says(const Disagreement *item, StringView text) {
  const StringView *stated = item->stated.items;
  for (size_t index = 0; index < item->stated.count; index++)
    if (string_view_equal(stated[index], text))
      return true;
  return false;
}

static StringView describe(const Disagreement *item, Arena *arena) {
  if (string_view_equal(item->origin, SV("model")))
    return arena_format(arena,
                        "A model's test of \"%.*s\" fails on the code: %.*s. Either the code is wrong, or the model "
                        "has misread the sentence",
                        SV_ARGUMENTS(item->specification), SV_ARGUMENTS(item->observed));
  return arena_format(arena, "The %s says: %.*s. The code: %.*s",
                      string_view_is_absent(item->function) ? "spec" : "documentation",
                      SV_ARGUMENTS(item->specification), SV_ARGUMENTS(item->observed));
}

static Span span_of_subject(const FileAnalysis *file, StringView name) {
  size_t count;
  const Definition *definitions = analysis_definitions(file, &count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, name))
      return definitions[index].name_span;
  return (Span){0, 0};
}

// ---- Findings ----

// What is done with each of them that stands at a place of the document.
typedef int Visit(void *user, const Disagreement *item, Span span, const KeptGeneration *kept,
                  const FileAnalysis *subject);

static int visit_spec(const Document *document, const Spec *spec, Arena *arena, Visit *visit, void *user) {
  StringView text = document_text(document);
  int result = 0;
  for (const KeptGeneration *kept = document->folder->evidence.generations; kept; kept = kept->next) {
    const Disagreement *items = kept->report.disagreements.items;
    const FileAnalysis *subject = subject_of(document, &kept->report, arena);
    for (size_t at = 0; subject && at < kept->report.disagreements.count; at++) {
      for (size_t i = 0; i < spec->clause_count && result == 0; i++)
        if (says(&items[at], string_view_slice(text, spec->clauses[i].span.start, spec->clauses[i].span.end)))
          result = visit(user, &items[at], spec->clauses[i].span, kept, subject);
      for (size_t i = 0; i < spec->example_count && result == 0; i++)
        if (says(&items[at], string_view_slice(text, spec->examples[i].span.start, spec->examples[i].span.end)))
          result = visit(user, &items[at], spec->examples[i].span, kept, subject);
    }
  }
  return result;
}

static int visit_source(const FolderEvidence *evidence, const FileAnalysis *file, Arena *arena, Visit *visit,
                        void *user) {
  int result = 0;
  for (const KeptGeneration *kept = evidence->generations; kept; kept = kept->next) {
    const Disagreement *items = kept->report.disagreements.items;
    bool is_here = string_view_equal(path_of_subject(&kept->report), analysis_path(file)) &&
                   is_as_it_was(&kept->report, file, arena);
    for (size_t at = 0; is_here && at < kept->report.disagreements.count && result == 0; at++)
      if (!string_view_is_absent(items[at].function))
        result = visit(user, &items[at], span_of_subject(file, items[at].function), kept, file);
  }
  return result;
}

typedef struct Finder {
  Arena *arena;
  Vector *findings;
} Finder;

static int add_finding(void *user, const Disagreement *item, Span span, const KeptGeneration *kept,
                       const FileAnalysis *subject) {
  const Finder *finder = user;
  StringView name = kept->report.subject, message = describe(item, finder->arena);
  Finding *finding = message.data ? vector_push(finder->findings) : NULL;
  if (!finding)
    return ERROR_NO_MEMORY;
  *finding = (Finding){.code = DIAGNOSTIC_SPEC_DISAGREEMENT, .span = span, .message = message.data};
  if (!string_view_is_absent(item->function))
    return 0;
  size_t colons = string_view_find(name, SV("::"));
  finding->related_file = subject;
  finding->related = span_of_subject(subject, string_view_slice(name, colons + 2, name.length));
  finding->related_message = "the code that was run";
  return 0;
}

int disagreements_of_spec(const Document *document, const Spec *spec, Arena *arena, Vector *findings) {
  Finder finder = {arena, findings};
  return document->folder ? visit_spec(document, spec, arena, add_finding, &finder) : 0;
}

int disagreements_of_source(const FolderEvidence *evidence, const FileAnalysis *file, Arena *arena, Vector *findings) {
  Finder finder = {arena, findings};
  return visit_source(evidence, file, arena, add_finding, &finder);
}

// ---- Hover ----

typedef struct Hover {
  Arena *arena;
  uint32_t offset;
  Buffer text;
  Span span;
} Hover;

static int write_hover(void *user, const Disagreement *item, Span span, const KeptGeneration *kept,
                       const FileAnalysis *subject) {
  (void)kept;
  (void)subject;
  Hover *hover = user;
  if (hover->offset < span.start || hover->offset > span.end)
    return 0;
  StringView message = describe(item, hover->arena);
  hover->span = span;
  buffer_append_format(&hover->text, "%.*s\n\n```python\n%.*s\n```\n", SV_ARGUMENTS(message), SV_ARGUMENTS(item->code));
  return 0;
}

StringView disagreements_hover(const Document *document, uint32_t offset, Arena *arena, Span *ret_span) {
  Hover hover = {.arena = arena, .offset = offset};
  Spec spec;
  SpecProblem *problems;
  size_t count;
  StringView copy = {0};
  if (!document->folder || !document->folder->evidence.generations)
    return copy;
  buffer_init(&hover.text, HOVER_MAX);
  if (document->kind == DOCUMENT_SPEC &&
      spec_parse(document->relative, document_text(document), arena, &spec, &problems, &count, NULL) == 0)
    visit_spec(document, &spec, arena, write_hover, &hover);
  else if (document->analysis)
    visit_source(&document->folder->evidence, document->analysis, arena, write_hover, &hover);
  if (hover.text.length > 0 && hover.text.failure == 0) {
    copy = arena_copy(arena, buffer_view(&hover.text));
    *ret_span = hover.span;
  }
  buffer_finish(&hover.text);
  return copy;
}
