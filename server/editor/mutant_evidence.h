// What runs of mutants found out, in this session or, by the history, before it: per function, as long as its text is
// the one that was mutated.
#ifndef TESTGEN_SERVER_EDITOR_MUTANT_EVIDENCE_H
#define TESTGEN_SERVER_EDITOR_MUTANT_EVIDENCE_H

#include "server/editor/folder.h"
#include "server/services/mutated_functions.h"

// When and with what a run judged.
typedef struct EvidenceOrigin {
  int64_t started_ms;  // Unix
  uint64_t as_of;      // the folder's count of saved tests when the run began
  bool is_selected;    // not all tests were run, only those that reached the functions before
} EvidenceOrigin;

typedef struct FunctionEvidence {
  Arena arena;                     // holds what follows
  MutatedFunctionReport function;  // its place is that of then
  EvidenceOrigin origin;
  Vector survivors;  // MutantReport
  uint32_t counts[MUTANT_STATUS_COUNT];
  uint32_t tests;   // that passed without mutants
  bool is_partial;  // some mutants have no verdict yet; the counts say nothing then
  bool is_final;    // of a report, not of what came before it
} FunctionEvidence;

// A survivor comes while its run goes on.
void evidence_add_survivor(Folder *folder, const EvidenceOrigin *origin, const MutatedFunctionReport *function,
                           const MutantReport *mutant);

// A run has ended, perhaps early: what it says of a function replaces what older runs said.
void evidence_take_report(Folder *folder, const EvidenceOrigin *origin, const MutationReport *report);

// What is known of a function (-1: of the code outside functions) with the text that it has now; NULL: nothing.
const FunctionEvidence *evidence_find(const Folder *folder, const FileAnalysis *analysis, int function);

// The last that was known of it, whatever its text was then; NULL: nothing.
const FunctionEvidence *evidence_find_any(const Folder *folder, const FileAnalysis *analysis, int function);

// The last that was known of which tests reach it, also when it was never mutated itself; NULL: nothing.
const FunctionEvidence *evidence_find_reach(const Folder *folder, const FileAnalysis *analysis, int function);

bool evidence_has_file(const Folder *folder, StringView path);

// A test was saved: what is known of survivors may be too bad from now on.
void evidence_note_saved_test(Folder *folder, StringView path);

// Adds to a list of StringView the files of tests that were saved after a run began.
int evidence_saved_tests(const Folder *folder, uint64_t as_of, Vector *ret_paths);

void mutant_evidence_finish(Folder *folder);

#endif
