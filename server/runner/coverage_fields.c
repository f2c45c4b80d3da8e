#include "server/runner/coverage_fields.h"

static const JsonField branch_fields[] = {
    {"line", JSON_FIELD_UINTEGER, JSON_REQUIRED, offsetof(CoverageBranch, line), NULL, NULL, NULL},
    {"target", JSON_FIELD_UINTEGER, JSON_REQUIRED, offsetof(CoverageBranch, target), NULL, NULL, NULL},
    {"taken", JSON_FIELD_BOOL, JSON_REQUIRED, offsetof(CoverageBranch, is_taken), NULL, NULL, NULL},
};
const JsonType coverage_branch_type = {"CoverageBranch", sizeof(CoverageBranch), branch_fields,
                                       sizeof branch_fields / sizeof *branch_fields, NULL};

static const JsonField test_fields[] = {
    {"test", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(CoverageTest, test), NULL, NULL, NULL},
    {"lines", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(CoverageTest, lines), NULL, NULL, NULL},
    {"branches", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(CoverageTest, branches), NULL, NULL, NULL},
};
static const JsonType coverage_test_type = {"CoverageTest", sizeof(CoverageTest), test_fields,
                                            sizeof test_fields / sizeof *test_fields, NULL};

static const JsonField file_fields[] = {
    {"path", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(CoverageFile, path), NULL, NULL, NULL},
    {"executed", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(CoverageFile, executed), NULL, NULL, NULL},
    {"missing", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(CoverageFile, missing), NULL, NULL, NULL},
    {"excluded", JSON_FIELD_INTEGER_ARRAY, 0, offsetof(CoverageFile, excluded), NULL, NULL, NULL},
    {"branches", JSON_FIELD_ARRAY, 0, offsetof(CoverageFile, branches), &coverage_branch_type, NULL, NULL},
    {"tests", JSON_FIELD_ARRAY, 0, offsetof(CoverageFile, tests), &coverage_test_type, NULL, NULL},
    {"has_branches", JSON_FIELD_BOOL, 0, offsetof(CoverageFile, has_branches), NULL, NULL, NULL},
};
const JsonType coverage_file_type = {"CoverageFile", sizeof(CoverageFile), file_fields,
                                     sizeof file_fields / sizeof *file_fields, NULL};
