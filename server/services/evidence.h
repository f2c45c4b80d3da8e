// What the services share that run the tests to see what the code does meanwhile: which code they are asked about, and
// the call of the harness.
#ifndef TESTGEN_SERVER_SERVICES_EVIDENCE_H
#define TESTGEN_SERVER_SERVICES_EVIDENCE_H

#include "server/services/tests.h"

// A folder, a file or FILE::NAME.
typedef struct EvidenceTarget {
  StringView scope;   // relative; empty: everything
  StringView symbol;  // qualified name of a function or class; absent: all
  StringView shown;   // for titles
} EvidenceTarget;

int evidence_target(const Workspace *workspace, StringView target, Arena *arena, EvidenceTarget *ret_target,
                    Error *ret_error);
// "Stack.push" lies in "Stack". An absent function (module level) lies in no symbol.
bool evidence_has_function(const EvidenceTarget *target, StringView function);
// Sources below the target; neither tests, a conftest.py nor what else lies in folders of tests; setup.py and its like
// only when the target names the file.
bool evidence_is_subject(const EvidenceTarget *target, const ScannedFile *file);
// The same, and what lies in folders of tests when the target names the file or such a folder.
bool evidence_is_changeable(const EvidenceTarget *target, const ScannedFile *file);
const ScannedFile *evidence_file(const Scan *scan, const Workspace *workspace, StringView absolute_path);

// The outermost function or method around an offset, which is what evidence speaks of: its index, and its text's
// digest. -1 at module and class level, with the digest of the whole text.
int evidence_function_at(const FileAnalysis *analysis, uint32_t offset);
StringView evidence_digest(const FileAnalysis *analysis, int function, Arena *arena);  // absent: no memory
Span evidence_span(const FileAnalysis *analysis, int function);                        // what the digest is of

typedef struct EvidenceCall {
  const char *command;
  const JsonType *request_type, *answer_type;
  void *request;
  StringView *scratch;  // in the request: filled by the call
} EvidenceCall;

// Starts the harness, asks it once, and stops it. Events with `done` and `total` are shown as progress.
int evidence_call(ServiceContext *context, const Settings *settings, const EvidenceCall *call, Arena *arena,
                  void *ret_answer, Error *ret_error);

// ---- In words, for the terminal and the editor ----

// What tests did with a comparison: "no test on the boundary; closest 97 in tests/test_shop.py::test_discount".
StringView boundary_sentence(const ComparisonReport *comparison, Arena *arena);

// What passed: "`return 10` passes all 3 tests that call it; discount(98) would show it: 0". `cheat` is one of
// `function`.
StringView cheat_sentence(const CheatedFunctionReport *function, const CheatReport *cheat, Arena *arena);

#endif
