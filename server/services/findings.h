// The findings of a file under the settings: what the editor publishes and `testgen check` lists.
#ifndef TESTGEN_SERVER_SERVICES_FINDINGS_H
#define TESTGEN_SERVER_SERVICES_FINDINGS_H

#include "server/services/report.h"

const char *severity_name(int severity);  // "error", ..., "off"

// The severity that the settings give a diagnostic: a DiagnosticSeverity or SEVERITY_OFF.
int finding_severity(const Settings *settings, DiagnosticCode code);

// The same for one finding: what a run has proved is no lead any more, and a warning unless the settings say otherwise.
int finding_severity_of(const Settings *settings, const Finding *finding);

// Own findings and, with an index, leads of a file that are not switched off, by position, into a Vector of Finding.
int findings_of_file(const WorkspaceIndex *index, const FileAnalysis *analysis, const Settings *settings, Arena *arena,
                     Vector *ret_findings);

// Drops the findings that the settings switch off and those that comments of the file silence; `analysis` may be NULL.
void findings_drop_unwanted(const Settings *settings, const FileAnalysis *analysis, Vector *findings);

#endif
