// From a spec, a function or a gap to tests that are worth keeping.
//
//   request -> provider -> candidates -> render -> guards -> accepted tests -> edits
//
// Blocking; called from jobs and from the CLI. Nothing in the workspace is changed: the result holds edits that the
// caller previews or writes. Candidates run only inside the sandbox, on a copy of the workspace in a scratch folder.
#ifndef TESTGEN_SERVER_GENERATOR_GENERATOR_H
#define TESTGEN_SERVER_GENERATOR_GENERATOR_H

#include "protocol/testgen/reports.h"
#include "server/analyzer/gaps.h"
#include "server/analyzer/workspace_index.h"
#include "server/generator/spec.h"
#include "server/models/model.h"
#include "server/runner/runner.h"

// A change of the subject that a test must notice.
typedef struct MutantToKill {
  StringView path;  // relative
  StringView text;  // of the file, as the index has it
  uint32_t start;   // bytes of the text that are replaced
  uint32_t end;
  StringView replacement;
} MutantToKill;

// The model that is asked, and what it may cost.
typedef struct ModelUse {
  const ModelApi *api;
  StringView name, url, key, key_source, certificates;  // see ModelRequest
  StringView cache;
  bool asks_again, is_offline;
  int64_t timeout_ms;                 // of one question
  int64_t output_tokens;              // of one answer
  int64_t token_budget;               // of the generation
  int64_t rounds;                     // questions at most
  int64_t input_price, output_price;  // cents for a million tokens; 0: not known
  int64_t budget;                     // cents; 0: not limited
} ModelUse;

typedef struct GenerateRequest {
  RunnerOptions runner;  // root, interpreter, trust, cancel; sandbox and scratch are the generator's own business
  const WorkspaceIndex *index;  // of the workspace as the user sees it, unsaved buffers included

  // What to test: a spec, or a subject, or both (a spec whose signatures were found in the workspace).
  const Spec *spec;           // NULL without one
  StringView subject_path;    // relative; absent when there is no code yet
  StringView subject_symbol;  // qualified name; absent: every public function and method of the file
  const LineRange *lines;     // only what helps to reach these lines (a coverage gap); none: everything
  size_t line_count;
  bool implements;             // the code of a spec that has none is wanted, too; never with `builtin`
  const MutantToKill *mutant;  // only a test that fails with it, and one is enough; NULL: every test that passes

  JsonArray prohibited;  // StringView: by the settings; a spec may prohibit more
  const ConfigReport *config;
  unsigned categories;  // mask of the categories in play
  uint32_t max_tests;
  uint64_t seed;
  int64_t timeout_ms;     // of the whole generation
  bool require_sandbox;   // false: the user opted out
  StringView provider;    // "builtin", "answer", or the name of a model's API
  StringView answer;      // of a model, see answer.h: for "answer"
  const ModelUse *model;  // for a model's API

  // Tests and progress, on the thread of the call; may be NULL. Start and end of a run are told by whoever runs it.
  void (*emit)(void *user, const RunEvent *event);
  void *user;
  StringView run_id;  // for the events
} GenerateRequest;

// 0 also when nothing was accepted. Failures: UNTRUSTED, UNAVAILABLE (no interpreter, no pytest, no sandbox),
// CANCELLED, NOT_FOUND (no such symbol), NO_MEMORY. On CANCELLED and TIMEOUT `*ret_report` holds what was accepted
// until then. `implements` fails with CONFLICT where there is code, and with INVALID_ARGUMENT for a spec of which no
// test can be made; its edits are empty unless every test passes. Fills accepted, rejected, unanswered, disagreements,
// edits, provider, subject, line_gain, tokens, environment, implementation, notes.
int generator_run(const GenerateRequest *request, Arena *arena, GenerateReport *ret_report, Error *ret_error);

#endif
