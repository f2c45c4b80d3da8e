#include "server/runner/mutate_request.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField mutant_request_fields[] = {
    JSON_FIELD(MutantRequest, start, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(MutantRequest, end, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(MutantRequest, replacement, STRING, JSON_REQUIRED, NULL),
};
const JsonType mutant_request_type = JSON_TYPE(MutantRequest, mutant_request_fields, NULL);
static const JsonField mutated_file_fields[] = {
    JSON_FIELD(MutatedFile, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutatedFile, mutants, ARRAY, JSON_REQUIRED, mutant_request_type, NULL),
};
static const JsonType mutated_file_type = JSON_TYPE(MutatedFile, mutated_file_fields, NULL);
static const JsonField known_fields[] = {
    JSON_FIELD(KnownVerdict, key, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(KnownVerdict, status, ENUM, JSON_REQUIRED, mutant_status_names, NULL),
    JSON_FIELD(KnownVerdict, way, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(KnownVerdict, test, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(KnownVerdict, message, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(KnownVerdict, tests_run, INTEGER, JSON_REQUIRED, NULL),
};
static const JsonType known_type = JSON_TYPE(KnownVerdict, known_fields, NULL);
static const JsonField line_span_fields[] = {
    JSON_FIELD(LineSpan, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(LineSpan, first, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(LineSpan, last, UINTEGER, JSON_REQUIRED, NULL),
};
static const JsonType line_span_type = JSON_TYPE(LineSpan, line_span_fields, NULL);
static const JsonField mutate_request_fields[] = {
    JSON_FIELD(MutateRequest, root, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MutateRequest, scratch, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutateRequest, files, ARRAY, JSON_REQUIRED, mutated_file_type, NULL),
    JSON_FIELD(MutateRequest, arguments, STRING_ARRAY, 0, NULL),
    JSON_FIELD(MutateRequest, workers, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MutateRequest, known, ARRAY, JSON_OMIT_ZERO, known_type, NULL),
    JSON_FIELD(MutateRequest, selection, STRING_ARRAY, JSON_OMIT_ZERO, NULL),
    JSON_FIELD_OF(MutateRequest, spans, ARRAY, JSON_OMIT_ZERO, line_span_type, NULL),
    JSON_FIELD(MutateRequest, all_killers, BOOL, JSON_OMIT_ZERO, NULL),
    JSON_FIELD(MutateRequest, stays_ready, BOOL, JSON_OMIT_ZERO, NULL),
};
const JsonType mutate_request_type = JSON_TYPE(MutateRequest, mutate_request_fields, NULL);

static const JsonField judged_mutant_fields[] = {
    JSON_FIELD(JudgedMutant, index, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD_NAMED(JudgedMutant, status, ENUM, JSON_REQUIRED, mutant_status_names, NULL),
    JSON_FIELD(JudgedMutant, way, STRING, 0, NULL),
    JSON_FIELD(JudgedMutant, test, STRING, 0, NULL),
    JSON_FIELD(JudgedMutant, message, STRING, 0, NULL),
    JSON_FIELD(JudgedMutant, tests_run, INTEGER, 0, NULL),
    JSON_FIELD(JudgedMutant, key, STRING, 0, NULL),
    JSON_FIELD(JudgedMutant, kept, BOOL, 0, NULL),
    JSON_FIELD(JudgedMutant, reached_by, STRING_ARRAY, 0, NULL),
    JSON_FIELD(JudgedMutant, killers, STRING_ARRAY, 0, NULL),
    JSON_FIELD(JudgedMutant, is_cut_short, BOOL, 0, NULL),
};
const JsonType judged_mutant_type = JSON_TYPE(JudgedMutant, judged_mutant_fields, NULL);
