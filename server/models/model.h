// Asking a model: one question, one answer, whatever the interface of whoever runs it.
#ifndef TESTGEN_SERVER_MODELS_MODEL_H
#define TESTGEN_SERVER_MODELS_MODEL_H

#include "protocol/json/json.h"
#include "protocol/memory/arena.h"
#include "server/base/cancel.h"

typedef struct ModelApi ModelApi;

const ModelApi *model_api_find(StringView name);  // "openai", "anthropic"; NULL when unknown

typedef struct ModelRequest {
  const ModelApi *api;
  StringView url;           // of the interface, without "/chat/completions" and the like; absent: the default
  StringView model;         // its name there
  StringView key;           // absent: none is sent
  StringView key_source;    // for messages: "OPENAI_API_KEY"
  StringView certificates;  // see HttpRequest
  StringView instructions;  // what the model is told of its task
  StringView question;
  StringView schema;  // of the JSON object that is wanted, as strict as the interfaces ask; absent: any text
  double temperature;
  int64_t output_tokens;  // at most
  int64_t total_ms;       // of all tries together
  int64_t idle_ms;        // without a byte
  StringView cache;       // a folder with answers that were given before; absent: none is kept
  bool asks_again;        // also what has been answered before
  bool is_offline;        // nobody is asked: NOT_FOUND for what has not been answered before
  const CancelToken *cancel;
  void (*heard)(void *user, size_t bytes);  // of the answer, as it comes; may be NULL
  void *user;
} ModelRequest;

typedef struct ModelAnswer {
  StringView text;       // UTF-8
  bool is_cut;           // it ends before its end: by its length, or because the connection broke off
  int64_t input_tokens;  // as the other side counts; 0 when it says nothing
  int64_t output_tokens;
  bool has_usage;
  bool is_kept;         // it was given before, and cost nothing now
  StringView question;  // SHA-256 of what was sent and where, without the key, in hexadecimal; also of a failure
  unsigned tries;
} ModelAnswer;

// Everything lives in the arena. What can go well the next time (too many requests, overload, a connection that could
// not be made) is tried again, with growing pauses or after the one that is asked for, while the time lasts. Failures
// are those of http_post, and UNAVAILABLE for a status that is an error, with what the other side says about it; no
// message holds the key. An answer that breaks off is given with `is_cut`.
int model_complete(const ModelRequest *request, Arena *arena, ModelAnswer *ret_answer, Error *ret_error);

// Whether models can be asked from here at all. UNAVAILABLE: libcurl is missing.
int model_check(Error *ret_error);

// ---- Keys ----

#define MODEL_KEY_VARIABLE "TESTGEN_API_KEY"

// From the file, which nobody but its owner may read, else from MODEL_KEY_VARIABLE, else, where `url` is the address of
// the API itself, from the API's own variable: what was set for one provider is not sent to another one. Absent when
// there is none. `ret_source` says where it is from. Failures: UNTRUSTED (others may read the file), INVALID_ARGUMENT
// (no key in it), NOT_FOUND, IO.
int model_key_find(const ModelApi *api, StringView url, StringView file, Arena *arena, StringView *ret_key,
                   StringView *ret_source, Error *ret_error);

// The variable that is looked at last.
const char *model_key_variable(const ModelApi *api, StringView url);

#endif
