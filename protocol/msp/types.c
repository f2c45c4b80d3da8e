#include "protocol/msp/types.h"

#include "protocol/json/field.h"

static const JsonField position_fields[] = {
    JSON_FIELD(MspPosition, line, UINTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(MspPosition, column, UINTEGER, JSON_REQUIRED, NULL),
};
static const JsonType position_type = JSON_TYPE(MspPosition, position_fields, NULL);

static const JsonField location_fields[] = {
    JSON_FIELD_OF(MspLocation, start, OBJECT, JSON_REQUIRED, position_type, NULL),
    JSON_FIELD_OF(MspLocation, end, OBJECT, JSON_REQUIRED, position_type, NULL),
};
static const JsonType location_type = JSON_TYPE(MspLocation, location_fields, NULL);

static const JsonField file_range_fields[] = {
    JSON_FIELD(MspFileRange, path, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD_OF(MspFileRange, range, POINTER, 0, location_type, NULL),
};
static const JsonType file_range_type = JSON_TYPE(MspFileRange, file_range_fields, NULL);

static const JsonField configure_params_fields[] = {
    JSON_FIELD(MspConfigureParams, configFilePath, STRING, 0, NULL),
};
const JsonType msp_configure_params_type = JSON_TYPE(MspConfigureParams, configure_params_fields, NULL);

static const JsonField configure_result_fields[] = {
    JSON_FIELD(MspConfigureResult, version, STRING, JSON_REQUIRED, NULL),
};
const JsonType msp_configure_result_type = JSON_TYPE(MspConfigureResult, configure_result_fields, NULL);

static const JsonField discover_params_fields[] = {
    JSON_FIELD_OF(MspDiscoverParams, files, ARRAY, 0, file_range_type, NULL),
};
const JsonType msp_discover_params_type = JSON_TYPE(MspDiscoverParams, discover_params_fields, NULL);

static const JsonField mutation_test_params_fields[] = {
    JSON_FIELD_OF(MspMutationTestParams, files, ARRAY, 0, file_range_type, NULL),
    JSON_FIELD(MspMutationTestParams, mutants, VALUE, JSON_NULLABLE, NULL),
};
const JsonType msp_mutation_test_params_type = JSON_TYPE(MspMutationTestParams, mutation_test_params_fields, NULL);

#define DISCOVERED_FIELDS \
  JSON_FIELD(MspMutant, id, STRING, JSON_REQUIRED, NULL), \
      JSON_FIELD_OF(MspMutant, location, OBJECT, JSON_REQUIRED, location_type, NULL), \
      JSON_FIELD(MspMutant, mutatorName, STRING, JSON_REQUIRED, NULL), \
      JSON_FIELD(MspMutant, replacement, STRING, 0, NULL)

static const JsonField discovered_mutant_fields[] = {DISCOVERED_FIELDS};
const JsonType msp_discovered_mutant_type = JSON_TYPE(MspMutant, discovered_mutant_fields, NULL);

static const JsonField discovered_file_fields[] = {
    JSON_FIELD_OF(MspMutantFile, mutants, ARRAY, JSON_REQUIRED, msp_discovered_mutant_type, NULL),
};
const JsonType msp_discovered_file_type = JSON_TYPE(MspMutantFile, discovered_file_fields, NULL);

static const JsonField mutant_result_fields[] = {
    DISCOVERED_FIELDS,
    JSON_FIELD(MspMutant, status, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(MspMutant, statusReason, STRING, 0, NULL),
    JSON_FIELD(MspMutant, killedBy, STRING_ARRAY, JSON_OMIT_ZERO, NULL),
    JSON_FIELD(MspMutant, testsCompleted, OPTIONAL_INTEGER, 0, NULL),
    {"static", JSON_FIELD_BOOL, JSON_OMIT_ZERO, offsetof(MspMutant, is_static), NULL, NULL, NULL},
};
const JsonType msp_mutant_result_type = JSON_TYPE(MspMutant, mutant_result_fields, NULL);
