// Mutants on save: the functions whose text a save has changed are judged in the background.
#ifndef TESTGEN_SERVER_EDITOR_MUTATE_ON_SAVE_H
#define TESTGEN_SERVER_EDITOR_MUTATE_ON_SAVE_H

#include "server/editor/document.h"
#include "server/editor/operation.h"

// Remembers the functions as they are in a document that has just been opened: what differs later was edited.
void mutate_note_opened(Document *document);

// A document was saved. Of a source the functions that changed are judged; of tests, the survivors in open sources.
void mutate_saved(Session *session, Document *document);

// A run that a save had started is over; `folder` is NULL when it was closed meanwhile.
void mutate_on_save_ended(Folder *folder, const Operation *operation);

#endif
