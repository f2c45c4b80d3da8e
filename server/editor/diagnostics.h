// Diagnostics: pushed with a version, only when the set changed; or pulled, with result ids that are hashes of the set.
#ifndef TESTGEN_SERVER_EDITOR_DIAGNOSTICS_H
#define TESTGEN_SERVER_EDITOR_DIAGNOSTICS_H

#include "server/editor/document.h"
#include "server/editor/folder.h"

void diagnostics_publish(Session *session, Document *document);

// The other open documents whose leads depend on this one.
void diagnostics_publish_affected(Session *session, const Document *document);

// After a scan: the files of the folder that are not open.
void diagnostics_publish_folder(Folder *folder);

// Asks a client that pulls to pull again.
void diagnostics_ask_for_refresh(Session *session);

void diagnostics_clear(Session *session, Document *document);
void diagnostics_clear_folder(Folder *folder);

// What is shown for a document now: Finding, by position, strings valid as long as arena and analysis live.
int diagnostics_findings(const Session *session, const Document *document, Arena *arena, Vector *ret_findings);

#endif
