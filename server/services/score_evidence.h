// What earlier runs measured that a score may rest on: mutants, cheats and the worth of tests, as long as every file of
// the workspace has the text that they were measured on.
#ifndef TESTGEN_SERVER_SERVICES_SCORE_EVIDENCE_H
#define TESTGEN_SERVER_SERVICES_SCORE_EVIDENCE_H

#include "server/services/report.h"

typedef enum EvidenceState {
  EVIDENCE_ABSENT,    // there was no complete run of the whole workspace
  EVIDENCE_OUTDATED,  // files changed since; `explanation` says which
  EVIDENCE_MEASURED,
} EvidenceState;

typedef struct ScoreEvidence {
  EvidenceState state;
  double value;  // 0-1
  // "run 01J...: 40 of 50 mutants killed"; for an outdated one, what changed: "shop.py changed since run 01J...".
  StringView explanation;
} ScoreEvidence;

typedef struct ScoreEvidences {
  ScoreEvidence mutants, cheats, efficiency;
} ScoreEvidences;

// A failure is one of the history; nothing is measured then.
int score_evidence_find(Workspace *workspace, const Scan *scan, Arena *arena, ScoreEvidences *ret_evidences,
                        Error *ret_error);

#endif
