#include "protocol/json/field.h"
#include "protocol/testgen/reports.h"
#include "protocol/testgen/vocabulary.h"

// ---- Boundaries ----

static const JsonField boundary_params_fields[] = {
    JSON_FIELD(BoundaryParams, target, STRING, 0, "A source file, FILE::NAME, or a folder; absent: the workspace."),
};
const JsonType boundary_params_type =
    JSON_TYPE(BoundaryParams, boundary_params_fields, "Of which code the comparisons are shown.");

static const JsonField comparison_report_fields[] = {
    JSON_FIELD(ComparisonReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(ComparisonReport, line, UINTEGER, JSON_REQUIRED, "Where it begins, 1-based."),
    JSON_FIELD(ComparisonReport, column, UINTEGER, JSON_REQUIRED, "In characters, 1-based."),
    JSON_FIELD(ComparisonReport, end_line, UINTEGER, JSON_REQUIRED, "Where it ends."),
    JSON_FIELD(ComparisonReport, end_column, UINTEGER, JSON_REQUIRED, "Behind its last character."),
    JSON_FIELD(ComparisonReport, function, STRING, JSON_REQUIRED | JSON_NULLABLE,
               "Qualified name; null: module or class level."),
    JSON_FIELD(ComparisonReport, text, STRING, JSON_REQUIRED, "As it is written, on one line."),
    JSON_FIELD(ComparisonReport, operator, STRING, JSON_REQUIRED,
               "Between operand and boundary in this order: `100 <= total` is `>=` of total and 100."),
    JSON_FIELD(ComparisonReport, operand, STRING, JSON_REQUIRED, "The text of the side that varies."),
    JSON_FIELD(ComparisonReport, boundary, STRING, JSON_REQUIRED, "The text of the other side."),
    JSON_FIELD(ComparisonReport, is_boundary_constant, BOOL, JSON_REQUIRED,
               "The boundary is a literal or a constant of the module; false: both sides vary."),
    JSON_FIELD(ComparisonReport, kind, STRING, 0,
               "Of the operands that came: integer, number (floats, decimals), order (texts, dates, tuples: greater or "
               "less, no distance), equality (equal or not), none. Absent: no test evaluated it."),
    JSON_FIELD(ComparisonReport, types, STRING, 0, "Of operands that have no distance."),
    JSON_FIELD(ComparisonReport, evaluated, INTEGER, JSON_REQUIRED, "How often, while tests ran."),
    JSON_FIELD(ComparisonReport, tests, UINTEGER, JSON_REQUIRED, "By how many tests."),
    JSON_FIELD(ComparisonReport, below, INTEGER, JSON_REQUIRED,
               "How often the operand was less than the boundary: of integers by exactly one."),
    JSON_FIELD(ComparisonReport, on, INTEGER, JSON_REQUIRED, "How often both were equal."),
    JSON_FIELD(ComparisonReport, above, INTEGER, JSON_REQUIRED,
               "How often the operand was greater: of integers by exactly one."),
    JSON_FIELD(ComparisonReport, closest, STRING, 0,
               "The operand that came closest; where nothing is closer than anything else, the first that came."),
    JSON_FIELD(ComparisonReport, closest_boundary, STRING, 0, "What it was compared with."),
    JSON_FIELD(ComparisonReport, distance, OPTIONAL_DOUBLE, 0, "Operand minus boundary, where there is such a thing."),
    JSON_FIELD(ComparisonReport, test, STRING, 0, "The test that had it."),
    JSON_FIELD_NAMED(ComparisonReport, verdict, ENUM, JSON_REQUIRED, boundary_verdict_names, "docs/boundaries.md."),
    JSON_FIELD(ComparisonReport, digest, STRING, JSON_REQUIRED,
               "Of the text of the function, or of the file at module level: the evidence speaks of that text."),
    JSON_FIELD(ComparisonReport, offset, UINTEGER, JSON_REQUIRED, "Bytes from the beginning of that text."),
    JSON_FIELD(ComparisonReport, length, UINTEGER, JSON_REQUIRED, "Bytes of the comparison as it stands there."),
};
const JsonType comparison_report_type =
    JSON_TYPE(ComparisonReport, comparison_report_fields, "One comparison, and what tests did with it.");

static const JsonField boundary_report_fields[] = {
    JSON_FIELD(BoundaryReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(BoundaryReport, target, STRING, JSON_REQUIRED, "Of what the comparisons are shown."),
    JSON_FIELD(BoundaryReport, tests, UINTEGER, JSON_REQUIRED, "Tests that passed."),
    JSON_FIELD(BoundaryReport, tested, UINTEGER, JSON_REQUIRED, "Comparisons tested on the boundary and next to it."),
    JSON_FIELD(BoundaryReport, only_on, UINTEGER, JSON_REQUIRED, "Comparisons tested on the boundary, not next to it."),
    JSON_FIELD(BoundaryReport, not_on, UINTEGER, JSON_REQUIRED, "Comparisons that no test has on the boundary."),
    JSON_FIELD(BoundaryReport, never, UINTEGER, JSON_REQUIRED, "Comparisons that no test evaluates."),
    JSON_FIELD(BoundaryReport, at_import, UINTEGER, JSON_REQUIRED, "Comparisons that only the import evaluates."),
    JSON_FIELD(BoundaryReport, no_distance, UINTEGER, JSON_REQUIRED,
               "Comparisons of operands that have neither a distance nor an order of Python's own."),
    JSON_FIELD(BoundaryReport, tested_rate, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Tested of tested, only on, not on and never; null: there are none."),
    JSON_FIELD_OF(BoundaryReport, comparisons, ARRAY, JSON_REQUIRED, comparison_report_type, "Worst first."),
    JSON_FIELD_OF(BoundaryReport, red_tests, ARRAY, JSON_REQUIRED, red_test_report_type,
                  "Tests that fail; what they evaluated counts all the same."),
    JSON_FIELD(BoundaryReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of everything."),
    JSON_FIELD(BoundaryReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType boundary_report_type =
    JSON_TYPE(BoundaryReport, boundary_report_fields, "How close the tests come to the boundaries of the code.");

// ---- Cheats ----

static const JsonField cheats_params_fields[] = {
    JSON_FIELD(CheatsParams, target, STRING, 0, "A source file, FILE::NAME, or a folder; absent: the workspace."),
    JSON_FIELD(CheatsParams, workers, OPTIONAL_INTEGER, 0, "Processes at a time; absent: one per processor."),
};
const JsonType cheats_params_type = JSON_TYPE(CheatsParams, cheats_params_fields, "Which functions to cheat.");

static const JsonField cheat_report_fields[] = {
    JSON_FIELD_NAMED(CheatReport, cheat, ENUM, JSON_REQUIRED, cheat_kind_names, "What was done: docs/cheats.md."),
    JSON_FIELD_NAMED(CheatReport, status, ENUM, JSON_REQUIRED, cheat_status_names, "What the tests said."),
    JSON_FIELD(CheatReport, gap, BOOL, JSON_REQUIRED,
               "It passed, and says something that no simpler cheat of the function says."),
    JSON_FIELD(CheatReport, code, STRING, JSON_REQUIRED, "The cheating implementation."),
    JSON_FIELD(CheatReport, reason, STRING, 0, "Why it was not run."),
    JSON_FIELD(CheatReport, killed_by, STRING, 0, "The test that failed first."),
    JSON_FIELD(CheatReport, message, STRING, 0, "How it failed, or why there is no verdict."),
    JSON_FIELD(CheatReport, tests_run, UINTEGER, JSON_REQUIRED, "Tests that ran for it."),
    JSON_FIELD(CheatReport, entries, UINTEGER, JSON_REQUIRED, "Entries of a table that passed: those that were used."),
    JSON_FIELD(CheatReport, input, STRING, 0, "A call that no test makes, and that would have shown the cheat."),
    JSON_FIELD(CheatReport, gives, STRING, 0, "What the function does with it."),
};
const JsonType cheat_report_type = JSON_TYPE(CheatReport, cheat_report_fields, "One cheat and what came of it.");

static const JsonField cheated_function_report_fields[] = {
    JSON_FIELD(CheatedFunctionReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(CheatedFunctionReport, line, UINTEGER, JSON_REQUIRED, "Of its name, 1-based."),
    JSON_FIELD(CheatedFunctionReport, function, STRING, JSON_REQUIRED, "Qualified name."),
    JSON_FIELD(CheatedFunctionReport, tests, UINTEGER, JSON_REQUIRED, "Tests that pass and call it."),
    JSON_FIELD(CheatedFunctionReport, calls, INTEGER, JSON_REQUIRED, "How often they do."),
    JSON_FIELD(CheatedFunctionReport, distinct, UINTEGER, JSON_REQUIRED, "With how many different arguments."),
    JSON_FIELD(CheatedFunctionReport, complexity, UINTEGER, JSON_REQUIRED, "Cyclomatic (McCabe 1976)."),
    JSON_FIELD(CheatedFunctionReport, memorisation_index, OPTIONAL_INTEGER, 0,
               "How many entries of a table of calls suffice to pass. Absent: no such table passes."),
    JSON_FIELD(CheatedFunctionReport, reason, STRING, 0, "Why no cheat was tried."),
    JSON_FIELD_OF(CheatedFunctionReport, cheats, ARRAY, JSON_REQUIRED, cheat_report_type, "All that were thought of."),
    JSON_FIELD(CheatedFunctionReport, digest, STRING, JSON_REQUIRED, "Of its text, which the verdicts are about."),
};
const JsonType cheated_function_report_type =
    JSON_TYPE(CheatedFunctionReport, cheated_function_report_fields, "A function, and the cheats of it.");

static const JsonField cheats_report_fields[] = {
    JSON_FIELD(CheatsReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(CheatsReport, target, STRING, JSON_REQUIRED, "Of what the functions were given cheats."),
    JSON_FIELD(CheatsReport, tests, UINTEGER, JSON_REQUIRED, "Tests that pass without cheats."),
    JSON_FIELD(CheatsReport, rejected, UINTEGER, JSON_REQUIRED, "Cheats with which a test failed."),
    JSON_FIELD(CheatsReport, passed, UINTEGER, JSON_REQUIRED, "Cheats that every test accepted."),
    JSON_FIELD(CheatsReport, gaps, UINTEGER, JSON_REQUIRED, "Those of them that are gaps."),
    JSON_FIELD(CheatsReport, timeout, UINTEGER, JSON_REQUIRED, "Cheats with which the tests did not end."),
    JSON_FIELD(CheatsReport, inconclusive, UINTEGER, JSON_REQUIRED, "Cheats that ended the process."),
    JSON_FIELD(CheatsReport, left_out, UINTEGER, JSON_REQUIRED, "Functions without a cheat; each says why."),
    JSON_FIELD(CheatsReport, rejected_rate, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Rejected of rejected, gaps, timeout and inconclusive; null: there are none."),
    JSON_FIELD_OF(CheatsReport, functions, ARRAY, JSON_REQUIRED, cheated_function_report_type, "Most gaps first."),
    JSON_FIELD_OF(CheatsReport, red_tests, ARRAY, JSON_REQUIRED, red_test_report_type,
                  "Tests that fail without cheats; they were left out."),
    JSON_FIELD(CheatsReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of everything."),
    JSON_FIELD(CheatsReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType cheats_report_type =
    JSON_TYPE(CheatsReport, cheats_report_fields, "Which implementations that do not do the work the tests accept.");
