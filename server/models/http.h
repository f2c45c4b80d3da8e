// One HTTP POST, from the thread of a job: blocking, cancellable, bounded in time and size. Redirects are not followed,
// certificates are always verified.
#ifndef TESTGEN_SERVER_MODELS_HTTP_H
#define TESTGEN_SERVER_MODELS_HTTP_H

#include "protocol/json/json.h"
#include "protocol/memory/arena.h"
#include "server/base/cancel.h"

typedef struct HttpRequest {
  StringView url;           // http or https
  JsonArray headers;        // StringView: "Name: value"
  StringView body;          // JSON
  StringView certificates;  // a file with authorities, PEM; absent: the system's
  int64_t connect_ms;
  int64_t idle_ms;   // without a byte
  int64_t total_ms;  // of the whole exchange
  size_t maximum;    // bytes of the answer
  const CancelToken *cancel;
  // Bytes of an answer with a status of 200 to 299, as they come; 0, or a failure that ends the exchange.
  int (*receive)(void *user, StringView bytes, Error *ret_error);
  void *user;
} HttpRequest;

typedef struct HttpAnswer {
  long status;             // 0: there was none
  bool is_transient;       // of a failure: another try may go well
  int64_t retry_after_ms;  // that the server asks for; 0: nothing
  StringView problem;      // the beginning of the body of any other status, in the arena
} HttpAnswer;

// 0 whatever the status. Failures: INVALID_ARGUMENT (the address), UNAVAILABLE (nobody answers, TLS fails), TIMEOUT,
// CANCELLED, LIMIT (too long), PROTOCOL (broken off), NO_MEMORY, and what `receive` returns. Messages begin with the
// host and never hold a header.
int http_post(const HttpRequest *request, Arena *arena, HttpAnswer *ret_answer, Error *ret_error);

// "https://api.example.com:8443": where a key would be sent. In the arena. INVALID_ARGUMENT for anything that is no
// http(s) URL, or has a user, a query or a fragment.
int http_origin(StringView url, Arena *arena, StringView *ret_origin, Error *ret_error);

// Whether what is sent there can be read on the way: http to another machine.
int http_is_exposed(StringView url, Arena *arena, bool *ret_exposed, Error *ret_error);

// Waits; CANCELLED when that is asked for meanwhile.
int http_wait(int64_t milliseconds, const CancelToken *cancel, Error *ret_error);

#endif
