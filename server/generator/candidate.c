#include "server/generator/candidate.h"

#include "protocol/json/field.h"

const char *const check_kind_names[] = {
    [CHECK_EQUAL] = "equal",   [CHECK_IS] = "is",         [CHECK_APPROX] = "approx",
    [CHECK_RAISES] = "raises", [CHECK_KIND_COUNT] = NULL,
};

static const JsonField check_fields[] = {
    JSON_FIELD_NAMED(CandidateCheck, kind, ENUM, JSON_REQUIRED, check_kind_names, NULL),
    JSON_FIELD(CandidateCheck, expression, STRING, 0, NULL),
    JSON_FIELD(CandidateCheck, expected, STRING, 0, NULL),
    JSON_FIELD(CandidateCheck, exception, STRING, 0, NULL),
    JSON_FIELD(CandidateCheck, match, STRING, 0, NULL),
};
static const JsonType check_type = JSON_TYPE(CandidateCheck, check_fields, NULL);

static const JsonField import_fields[] = {
    JSON_FIELD(CandidateImport, module, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(CandidateImport, name, STRING, 0, NULL),
};
static const JsonType import_type = JSON_TYPE(CandidateImport, import_fields, NULL);

static const JsonField row_fields[] = {
    JSON_FIELD(CandidateRow, values, STRING_ARRAY, JSON_REQUIRED, NULL),
};
static const JsonType row_type = JSON_TYPE(CandidateRow, row_fields, NULL);

static const JsonField candidate_fields[] = {
    JSON_FIELD(Candidate, subject, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(Candidate, category, ENUM, JSON_REQUIRED, category_names, NULL),
    JSON_FIELD(Candidate, name, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Candidate, reasoning, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Candidate, origin, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(Candidate, requirement, STRING, 0, NULL),
    JSON_FIELD(Candidate, confidence, DOUBLE, JSON_REQUIRED, NULL),
    JSON_FIELD(Candidate, setup, STRING_ARRAY, 0, NULL),
    JSON_FIELD(Candidate, call, STRING, 0, NULL),
    JSON_FIELD_OF(Candidate, checks, ARRAY, JSON_REQUIRED, check_type, NULL),
    JSON_FIELD(Candidate, parameters, STRING_ARRAY, 0, NULL),
    JSON_FIELD_OF(Candidate, rows, ARRAY, 0, row_type, NULL),
    JSON_FIELD_OF(Candidate, imports, ARRAY, 0, import_type, NULL),
    JSON_FIELD(Candidate, lines, INTEGER_ARRAY, 0, NULL),
};
const JsonType candidate_type = JSON_TYPE(Candidate, candidate_fields, "A proposed test.");
