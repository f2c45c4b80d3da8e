// Small tools for building reports in an arena.
#ifndef TESTGEN_SERVER_SERVICES_REPORT_H
#define TESTGEN_SERVER_SERVICES_REPORT_H

#include "protocol/json/json.h"
#include "protocol/memory/vector.h"
#include "server/services/service.h"

// Copies the vector's items into the arena and finishes the vector. NO_MEMORY when that fails.
int report_take(Vector *items, Arena *arena, JsonArray *ret_array, Error *ret_error);

// Adds a line to a list of notes (Vector of StringView).
int report_note(Vector *notes, Arena *arena, Error *ret_error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// The notes of the scan that are about what lies in the scope, or about everything.
int report_scope_notes(const Scan *scan, StringView scope, Vector *notes, Error *ret_error);
int report_notes_append(Vector *notes, JsonArray more, Error *ret_error);

// "s" unless there is exactly one.
const char *report_plural(size_t count);

// What was asked for as titles name it: "." is the workspace.
StringView report_subject(StringView target);

int report_out_of_memory(Error *ret_error);

// A path that a user gave, relative to the workspace ("" is the workspace itself). INVALID_ARGUMENT when it lies
// outside, NOT_FOUND when nothing is there.
int report_scope(const Workspace *workspace, StringView path, Arena *arena, StringView *ret_scope, Error *ret_error);
bool report_in_scope(StringView scope, StringView path);

// The paths of all spec files of the workspace, relative. StringView.
int report_specs(const ServiceContext *context, Arena *arena, JsonArray *ret_paths, Error *ret_error);

// Fails with NOT_FOUND when a path was named and nothing below it could be analysed; the message says why.
int report_check_scope(const Scan *scan, StringView scope, Error *ret_error);

// 1-based line of an offset.
uint32_t report_line(const FileAnalysis *analysis, uint32_t offset);

uint32_t report_test_line(const FileAnalysis *analysis, const TestFacts *test);  // of its name, 1-based
StringView report_test_digest(const FileAnalysis *analysis, const TestFacts *test, Arena *arena);  // of its text

// The run's id for its report; absent when the run is not recorded.
StringView report_run_id(const ServiceContext *context, Arena *arena);

void report_emit(ServiceContext *context, RunEventKind kind, OptionalInteger done, OptionalInteger total,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

// The digests of the scanned files below a scope, for the history. RunFile.
// A test file or a conftest.py: what it says decides verdicts.
bool report_is_test(const ScannedFile *file);
bool report_has_text(const ScannedFile *file, const RunFile *recorded);  // that with which it was recorded

int report_files(const Scan *scan, StringView scope, Arena *arena, JsonArray *ret_files, Error *ret_error);
// Likewise, with every test of the workspace: what a run was measured on that ran them.
int report_files_and_tests(const Scan *scan, StringView scope, Arena *arena, JsonArray *ret_files, Error *ret_error);

// Puts the notes into the report, and the report into the history when the context records. `report_notes` lies in the
// report. A run that could not be saved has one note more. `type` and `report` are the report as it is answered.
int report_record(ServiceContext *context, RunRecord *record, const JsonType *type, const void *report,
                  JsonArray *report_notes, Vector *notes, Arena *arena, Error *ret_error);

#endif
