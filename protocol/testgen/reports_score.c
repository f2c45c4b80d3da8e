#include "protocol/testgen/reports.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField component_report_fields[] = {
    JSON_FIELD(ComponentReport, points, DOUBLE, JSON_REQUIRED, "Points earned; 0 unless measured or estimated."),
    JSON_FIELD(ComponentReport, maximum, DOUBLE, JSON_REQUIRED, "Points that this component can earn."),
    JSON_FIELD(ComponentReport, value, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "0 to 10 for comprehensiveness, 0 to 1 for the others; null unless measured or estimated."),
    JSON_FIELD_NAMED(ComponentReport, basis, ENUM, JSON_REQUIRED, basis_names, "What the value rests on."),
    JSON_FIELD(ComponentReport, source, STRING, 0, "What it was measured from, or why it was not."),
};
const JsonType component_report_type = JSON_TYPE(ComponentReport, component_report_fields, "One component of a score.");

static const JsonField strength_part_report_fields[] = {
    JSON_FIELD(StrengthPartReport, rule, STRING, JSON_REQUIRED, "The code of the rule."),
    JSON_FIELD(StrengthPartReport, points, INTEGER, JSON_REQUIRED, "Points given, or taken when negative."),
    JSON_FIELD(StrengthPartReport, explanation, STRING, JSON_REQUIRED, "What the rule says."),
    JSON_FIELD(StrengthPartReport, line, UINTEGER, JSON_REQUIRED, "Where, 1-based."),
};
static const JsonType strength_part_report_type =
    JSON_TYPE(StrengthPartReport, strength_part_report_fields, "One rule that gave or took points.");

static const JsonField test_report_fields[] = {
    JSON_FIELD(TestReport, id, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(TestReport, path, STRING, JSON_REQUIRED, "Its file."),
    JSON_FIELD(TestReport, line, UINTEGER, JSON_REQUIRED, "Its first line, 1-based."),
    JSON_FIELD(TestReport, strength, UINTEGER, JSON_REQUIRED, "Assertion strength, 0 to 100."),
    JSON_FIELD_NAMED(TestReport, band, ENUM, JSON_REQUIRED, band_names, "The band of the strength."),
    JSON_FIELD_NAMED(TestReport, category, ENUM, JSON_REQUIRED, category_names, "What kind of behaviour it checks."),
    JSON_FIELD(TestReport, confidence, DOUBLE, JSON_REQUIRED, "Of the category, 0 to 1."),
    JSON_FIELD_OF(TestReport, parts, ARRAY, JSON_REQUIRED, strength_part_report_type, "Which rules made the strength."),
    JSON_FIELD(TestReport, subjects, STRING_ARRAY, JSON_REQUIRED, "What it tests, best first."),
};
const JsonType test_report_type = JSON_TYPE(TestReport, test_report_fields, "One test.");

static const JsonField category_count_fields[] = {
    JSON_FIELD_NAMED(CategoryCount, category, ENUM, JSON_REQUIRED, category_names, "The category."),
    JSON_FIELD(CategoryCount, count, UINTEGER, JSON_REQUIRED, "How many tests it has."),
};
static const JsonType category_count_type = JSON_TYPE(CategoryCount, category_count_fields, "Tests of one category.");

static const JsonField score_components_fields[] = {
    JSON_FIELD_OF(ScoreComponents, comprehensiveness, OBJECT, JSON_REQUIRED, component_report_type,
                  "How much of the behaviour the tests would notice, 400 points."),
    JSON_FIELD_OF(ScoreComponents, balance, OBJECT, JSON_REQUIRED, component_report_type,
                  "How evenly the tests spread over the categories in play, 200 points."),
    JSON_FIELD_OF(ScoreComponents, anti_cheat, OBJECT, JSON_REQUIRED, component_report_type,
                  "Whether the suite can be gamed, 200 points."),
    JSON_FIELD_OF(ScoreComponents, efficiency, OBJECT, JSON_REQUIRED, component_report_type,
                  "What the evidence costs, 200 points."),
};
static const JsonType score_components_type =
    JSON_TYPE(ScoreComponents, score_components_fields, "The four components.");

static const JsonField score_report_fields[] = {
    JSON_FIELD(ScoreReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(ScoreReport, path, STRING, JSON_REQUIRED, "What was scored."),
    JSON_FIELD(ScoreReport, score, INTEGER, JSON_REQUIRED, "0 to 1000."),
    JSON_FIELD(ScoreReport, of, INTEGER, JSON_REQUIRED, "What could be earned by what was measured, 0 to 1000."),
    JSON_FIELD_OF(ScoreReport, components, OBJECT, JSON_REQUIRED, score_components_type, "Where the points come from."),
    JSON_FIELD_OF(ScoreReport, categories, ARRAY, JSON_REQUIRED, category_count_type, "Tests per category in play."),
    JSON_FIELD(ScoreReport, strength_mean, UINTEGER, JSON_REQUIRED, "Mean assertion strength of all tests, 0 to 100."),
    JSON_FIELD(ScoreReport, bands, INTEGER_ARRAY, JSON_REQUIRED,
               "Tests per band of strength: execution only, weak, behaviour, comprehensive."),
    JSON_FIELD(ScoreReport, test_count, UINTEGER, JSON_REQUIRED, "Tests found."),
    JSON_FIELD(ScoreReport, file_count, UINTEGER, JSON_REQUIRED, "Files read."),
    JSON_FIELD(ScoreReport, line_count, UINTEGER, JSON_REQUIRED, "Lines read."),
    JSON_FIELD_OF(ScoreReport, tests, ARRAY, JSON_REQUIRED, test_report_type, "Every test, by path and place."),
    JSON_FIELD(ScoreReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType score_report_type =
    JSON_TYPE(ScoreReport, score_report_fields, "How good a suite is, with what each number rests on.");

static const JsonField finding_report_fields[] = {
    JSON_FIELD(FindingReport, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(FindingReport, line, UINTEGER, JSON_REQUIRED, "1-based."),
    JSON_FIELD(FindingReport, column, UINTEGER, JSON_REQUIRED, "1-based, in characters."),
    JSON_FIELD(FindingReport, end_line, UINTEGER, JSON_REQUIRED, "1-based."),
    JSON_FIELD(FindingReport, end_column, UINTEGER, JSON_REQUIRED, "1-based, exclusive."),
    JSON_FIELD(FindingReport, code, STRING, JSON_REQUIRED, "The diagnostic."),
    JSON_FIELD(FindingReport, severity, STRING, JSON_REQUIRED, "error, warning, information or hint."),
    JSON_FIELD(FindingReport, message, STRING, JSON_REQUIRED, "What it says."),
};
const JsonType finding_report_type = JSON_TYPE(FindingReport, finding_report_fields, "One diagnostic.");

static const JsonField check_report_fields[] = {
    JSON_FIELD(CheckReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD_OF(CheckReport, findings, ARRAY, JSON_REQUIRED, finding_report_type, "By path and position."),
    JSON_FIELD(CheckReport, file_count, UINTEGER, JSON_REQUIRED, "Files read."),
    JSON_FIELD(CheckReport, test_count, UINTEGER, JSON_REQUIRED, "Tests found."),
    JSON_FIELD(CheckReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType check_report_type =
    JSON_TYPE(CheckReport, check_report_fields, "What the analyzer found without running anything.");
