// The messages of the Mutation Server Protocol, version 0.4.0 (npm: mutation-server-protocol). Lines and columns count
// from 1, columns in units of UTF-16; ends are exclusive.
#ifndef TESTGEN_PROTOCOL_MSP_TYPES_H
#define TESTGEN_PROTOCOL_MSP_TYPES_H

#include "protocol/json/json.h"

#define MSP_VERSION "0.4.0"

typedef struct MspPosition {
  uint32_t line;
  uint32_t column;
} MspPosition;

typedef struct MspLocation {
  MspPosition start;
  MspPosition end;
} MspLocation;

typedef struct MspFileRange {
  StringView path;     // relative to the workspace, or absolute; of a file or a folder
  MspLocation *range;  // NULL: the whole file
} MspFileRange;

typedef struct MspConfigureParams {
  StringView configFilePath;
} MspConfigureParams;

typedef struct MspConfigureResult {
  StringView version;
} MspConfigureResult;

typedef struct MspDiscoverParams {
  JsonArray files;  // MspFileRange; no items (NULL): the whole workspace
} MspDiscoverParams;

typedef struct MspMutationTestParams {
  JsonArray files;           // likewise
  const JsonValue *mutants;  // MspMutantFile by path; NULL: those of `files`
} MspMutationTestParams;

// DiscoveredMutant has the first members only, MutantResult has all.
typedef struct MspMutant {
  StringView id;
  MspLocation location;
  StringView mutatorName;
  StringView replacement;
  StringView status;
  StringView statusReason;
  JsonArray killedBy;  // StringView
  OptionalInteger testsCompleted;
  bool is_static;  // acts while modules are imported
} MspMutant;

typedef struct MspMutantFile {
  JsonArray mutants;  // MspMutant
} MspMutantFile;

extern const JsonType msp_configure_params_type, msp_configure_result_type;
extern const JsonType msp_discover_params_type, msp_mutation_test_params_type;
extern const JsonType msp_discovered_mutant_type, msp_discovered_file_type, msp_mutant_result_type;

#endif
