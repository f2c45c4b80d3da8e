// file: URIs and paths (RFC 3986, RFC 8089). Documents are keyed by decoded path; answers use the client's own
// spelling.
#ifndef TESTGEN_PROTOCOL_LSP_URI_H
#define TESTGEN_PROTOCOL_LSP_URI_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

// The decoded, normalized absolute path of a file: URI ("file:///a%20b", "file:/a", "file://localhost/a"; the scheme in
// any case). Failures: INVALID_ARGUMENT for other schemes, remote hosts, broken escapes, NUL bytes, relative paths.
int uri_to_path(StringView uri, Arena *arena, StringView *ret_path, Error *ret_error);

// "file:///..." with everything but unreserved characters and '/' escaped.
StringView uri_from_path(StringView absolute_path, Arena *arena);

StringView uri_scheme(StringView uri);  // without the colon; absent when there is none

#endif
