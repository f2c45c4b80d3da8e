// What the harness is asked when mutants are to be judged, and its verdict: for all who ask.
#ifndef TESTGEN_SERVER_RUNNER_MUTATE_REQUEST_H
#define TESTGEN_SERVER_RUNNER_MUTATE_REQUEST_H

#include "protocol/json/json.h"

typedef struct MutantRequest {
  uint32_t start, end;  // bytes of the text that are replaced
  StringView replacement;
} MutantRequest;

typedef struct MutatedFile {
  StringView path;    // absolute
  JsonArray mutants;  // MutantRequest
} MutatedFile;

typedef struct LineSpan {
  StringView path;  // absolute
  uint32_t first, last;
} LineSpan;

// A verdict of an earlier run; see MutantVerdict of the store.
typedef struct KnownVerdict {
  StringView key;
  int status;  // MutantStatus
  StringView way, test, message;
  int64_t tests_run;
} KnownVerdict;

typedef struct MutateRequest {
  StringView root;
  StringView scratch;
  JsonArray files;      // MutatedFile
  JsonArray arguments;  // StringView, of pytest
  int64_t workers;      // 0: one per processor
  JsonArray known;      // KnownVerdict
  JsonArray selection;  // StringView: tests; none: all
  JsonArray spans;      // LineSpan: of which it is asked who reaches them
  bool all_killers;     // no test is left out because another one has failed
  bool stays_ready;     // the harness is kept for the next such request
} MutateRequest;

typedef struct JudgedMutant {
  int64_t index;  // of all mutants of the request
  int status;     // MutantStatus
  StringView way;
  StringView test;
  StringView message;
  int64_t tests_run;
  StringView key;        // absent: not to be kept
  bool kept;             // answered from `known`
  JsonArray reached_by;  // StringView
  JsonArray killers;     // StringView: all of them, where that was asked for
  bool is_cut_short;     // a test did not come back, so there may be more
} JudgedMutant;

extern const JsonType mutant_request_type, mutate_request_type, judged_mutant_type;

#endif
