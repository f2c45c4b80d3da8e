// A test that is proposed, before it is text: what it sets up, calls and checks. Providers make candidates, rendering
// turns them into Python in the project's style, guards decide.
#ifndef TESTGEN_SERVER_GENERATOR_CANDIDATE_H
#define TESTGEN_SERVER_GENERATOR_CANDIDATE_H

#include "protocol/json/json.h"
#include "protocol/testgen/vocabulary.h"

typedef enum CheckKind { CHECK_EQUAL, CHECK_IS, CHECK_APPROX, CHECK_RAISES, CHECK_KIND_COUNT } CheckKind;

typedef struct CandidateCheck {
  int kind;               // CheckKind
  StringView expression;  // what is looked at; empty: the candidate's call
  StringView expected;    // Python expression
  StringView exception;   // CHECK_RAISES
  StringView match;       // a part of the message, as plain text; empty: none
} CandidateCheck;

typedef struct CandidateImport {
  StringView module;  // dotted
  StringView name;    // empty: the module itself
} CandidateImport;

typedef struct CandidateRow {
  JsonArray values;  // StringView, one per parameter
} CandidateRow;

typedef struct Candidate {
  StringView subject;  // qualified name
  int category;        // TestCategory
  StringView name;     // without test_
  StringView reasoning;
  StringView origin;  // spec, characterisation
  StringView requirement;
  double confidence;
  JsonArray setup;       // StringView: statements
  StringView call;       // an expression; empty: the checks look at the set-up
  JsonArray checks;      // CandidateCheck
  JsonArray parameters;  // StringView: of a table; none: a single test
  JsonArray rows;        // CandidateRow
  JsonArray imports;     // CandidateImport
  JsonArray lines;       // int64_t: lines of the subject's file that it reaches, where known
} Candidate;

extern const JsonType candidate_type;
extern const char *const check_kind_names[];

#endif
