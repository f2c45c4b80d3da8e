// What earlier sessions measured, read again from the history: generations, and runs whose tests are all as they were.
// What such a run says of a function still holds only while the function has the text that the run says.
#ifndef TESTGEN_SERVER_SERVICES_RECALL_H
#define TESTGEN_SERVER_SERVICES_RECALL_H

#include "server/services/report.h"

typedef struct RecalledRuns {
  JsonArray mutations;             // const MutationReport *, the oldest first
  const BoundaryReport *boundary;  // the newest; NULL: none
  const CheatsReport *cheats;      // likewise
  const ValueReport *value;        // likewise
  JsonArray generations;           // const GenerateReport *, the oldest first, whatever became of the tests since
} RecalledRuns;

// Reads the history only; where there is none, nothing is found. Reports live in the arena.
int recall_runs(Workspace *workspace, const CancelToken *cancel, Arena *arena, RecalledRuns *ret_runs,
                Error *ret_error);

#endif
