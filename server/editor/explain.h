// Why a test has the strength it has, and which tests speak of a function: for hovers and the explain command.
#ifndef TESTGEN_SERVER_EDITOR_EXPLAIN_H
#define TESTGEN_SERVER_EDITOR_EXPLAIN_H

#include "server/editor/document.h"

// Markdown about the definition at an offset, and the span it is about. Absent when there is nothing to say.
StringView explain_at(const Document *document, uint32_t offset, Arena *arena, Span *ret_span);

void explain_command(Session *session, RpcRequest *request, const JsonValue *argument);

#endif
