// What the interfaces of models share.
#ifndef TESTGEN_SERVER_MODELS_MODEL_INTERNAL_H
#define TESTGEN_SERVER_MODELS_MODEL_INTERNAL_H

#include "server/loop/event_stream.h"
#include "server/models/model.h"

// What may be left out of a question when the other side does not know it.
typedef enum OptionalMember {
  MEMBER_FORMAT = 1 << 0,  // the form of the answer
  MEMBER_SCHEMA = 1 << 4,  // its schema: then any object will do
  MEMBER_TEMPERATURE = 1 << 1,
  MEMBER_USAGE = 1 << 2,  // that the tokens are told
  MEMBER_TOKENS = 1 << 3  // the name of the limit that older servers know
} OptionalMember;

typedef struct ModelExchange {
  const ModelRequest *request;
  unsigned left_out;   // OptionalMember
  Buffer text;         // of the answer so far
  bool has_ended;      // the stream said so
  bool is_cut_short;   // by the limit of tokens
  bool is_overloaded;  // the other side says so in the place of an answer: another try may go well
  ModelAnswer *answer;
  Arena scratch;      // of one event
  StringView origin;  // of the other side, for messages
} ModelExchange;

struct ModelApi {
  const char *name;
  const char *default_url;
  const char *path;          // behind the URL
  const char *key_variable;  // of the environment
  const char *key_header;    // with one %.*s for the key
  const char *const *headers;
  void (*write)(const ModelExchange *exchange, JsonWriter *writer);  // the question
  StreamEventHandler *read;  // an event of the answer; the user is the ModelExchange
  int (*read_whole)(ModelExchange *exchange, const JsonValue *value, Error *ret_error);  // an answer that is no stream
};

extern const ModelApi openai_api, anthropic_api;

// The member of nested objects; NULL when one is missing.
const JsonValue *model_member(const JsonValue *value, const char *first, const char *second);
StringView model_string(const JsonValue *value);  // "" for everything else
int64_t model_integer(const JsonValue *value);    // 0 for everything else, and for negative ones
int model_parse(ModelExchange *exchange, StringView text, JsonValue *ret_value, Error *ret_error);  // into `scratch`
int model_append(ModelExchange *exchange, StringView text, Error *ret_error);

// ---- Reading ----

#define MODEL_ANSWER_MAX (8u << 20)  // bytes that come over the wire

typedef struct ModelReader {
  ModelExchange *exchange;  // its text grows, and it learns how the answer ended
  EventStream events;
  Buffer whole;  // of an answer that is no stream
  bool is_whole, has_begun;
} ModelReader;

void model_reader_init(ModelReader *reader, ModelExchange *exchange);
void model_reader_finish(ModelReader *reader);
// Bytes, wherever they are cut. PROTOCOL, LIMIT, NO_MEMORY, and UNAVAILABLE when the other side tells an error.
int model_reader_feed(ModelReader *reader, StringView bytes, Error *ret_error);
int model_reader_end(ModelReader *reader, Error *ret_error);  // no more bytes come; failures as above

// An error that the other side tells within its answer; NULL when it says nothing of it. UNAVAILABLE.
int model_report_problem(ModelExchange *exchange, const JsonValue *problem, Error *ret_error);

#endif
