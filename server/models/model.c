#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/models/curl_library.h"
#include "server/models/http.h"
#include "server/models/model_internal.h"

#include <string.h>
#include <sys/random.h>

#define TRIES_MAX 4u
#define FIRST_PAUSE_MS 500  // at most; each further pause may be twice as long
#define CONNECT_MS 15000
#define ANSWER_MAX (8u << 20)  // bytes that come over the wire
#define EVENT_MAX (1u << 20)
#define QUESTION_MAX (16u << 20)
#define MESSAGE_MAX 240u  // bytes of what the other side says

static const ModelApi *const apis[] = {&openai_api, &anthropic_api};

const ModelApi *model_api_find(StringView name) {
  for (size_t i = 0; i < sizeof apis / sizeof *apis; i++)
    if (string_view_equal_text(name, apis[i]->name))
      return apis[i];
  return NULL;
}

const char *model_api_default_url(const ModelApi *api) {
  return api->default_url;
}

const char *model_api_key_variable(const ModelApi *api) {
  return api->key_variable;
}

int model_check(Error *ret_error) {
  const CurlLibrary *library;
  return curl_library(&library, ret_error);
}

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
}

// ---- Values ----

const JsonValue *model_member(const JsonValue *value, const char *first, const char *second) {
  const JsonValue *inner = json_member(value, first);
  return inner ? json_member(inner, second) : NULL;
}

StringView model_string(const JsonValue *value) {
  return value && value->kind == JSON_STRING ? value->string : SV("");
}

int64_t model_integer(const JsonValue *value) {
  return value && value->kind == JSON_INTEGER && value->integer > 0 ? value->integer : 0;
}

int model_parse(ModelExchange *exchange, StringView text, JsonValue *ret_value, Error *ret_error) {
  Error problem = {0};
  int result = json_parse(text, &exchange->scratch, ret_value, &problem);
  return result == 0 ? 0
                     : error_set(ret_error, ERROR_PROTOCOL, "%.*s: its answer is no JSON: %s",
                                 SV_ARGUMENTS(exchange->origin), problem.message);
}

int model_append(ModelExchange *exchange, StringView text, Error *ret_error) {
  buffer_append(&exchange->text, text);
  return buffer_check(&exchange->text, ret_error, "the answer of a model");
}

// ---- What the other side says of a failure ----

// On one line, without signs that do something to a terminal, and without the key, should it stand there.
static StringView printable(const ModelExchange *exchange, StringView text, Arena *arena) {
  StringView key = exchange->request->key;
  Buffer line;
  buffer_init(&line, MESSAGE_MAX + 16);
  text = string_view_trim(text);
  while (text.length > 0 && line.length < MESSAGE_MAX) {
    if (key.length > 0 && string_view_starts_with(text, key)) {
      buffer_append_text(&line, "[key]");
      text = string_view_slice(text, key.length, text.length);
      continue;
    }
    buffer_append_byte(&line, (unsigned char)text.data[0] < ' ' || text.data[0] == 0x7f ? ' ' : text.data[0]);
    text = string_view_slice(text, 1, text.length);
  }
  if (text.length > 0)
    buffer_append_text(&line, "...");
  StringView copy = arena_copy(arena, buffer_view(&line));
  buffer_finish(&line);
  return copy.data ? copy : SV("");
}

// {"error": {"message": ...}}, {"error": "..."}, {"message": ...}, or text.
static StringView message_of(const ModelExchange *exchange, StringView problem, Arena *arena) {
  JsonValue value;
  StringView text = problem;
  if (json_parse(problem, arena, &value, NULL) == 0) {
    StringView nested = model_string(model_member(&value, "error", "message"));
    StringView plain = model_string(json_member(&value, "error"));
    text = nested.length > 0 ? nested : plain.length > 0 ? plain : model_string(json_member(&value, "message"));
  }
  text = printable(exchange, text, arena);
  return text.length > 0 ? text : SV("it does not say why");
}

int model_report_problem(ModelExchange *exchange, const JsonValue *problem, Error *ret_error) {
  static const char *const transient[] = {"overloaded_error", "rate_limit_error", "api_error", "server_error"};
  StringView type = model_string(json_member(problem, "type"));
  StringView said = problem->kind == JSON_STRING ? problem->string : model_string(json_member(problem, "message"));
  for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
    exchange->is_overloaded = exchange->is_overloaded || string_view_equal_text(type, transient[i]);
  return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s broke off its answer: %.*s", SV_ARGUMENTS(exchange->origin),
                   SV_ARGUMENTS(printable(exchange, said, &exchange->scratch)));
}

static int report_key(const ModelExchange *exchange, long status, StringView said, Error *ret_error) {
  const ModelRequest *request = exchange->request;
  if (request->key.length == 0)
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%.*s wants a key (%ld): set %s, or name a file with it in the setting modelKeyFile",
                     SV_ARGUMENTS(exchange->origin), status, request->api->key_variable);
  return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s does not take the key of %.*s (%ld): %.*s",
                   SV_ARGUMENTS(exchange->origin), SV_ARGUMENTS(request->key_source), status, SV_ARGUMENTS(said));
}

static int report_status(const ModelExchange *exchange, const HttpAnswer *answer, Arena *arena, Error *ret_error) {
  StringView said = message_of(exchange, answer->problem, arena), origin = exchange->origin;
  long status = answer->status;
  if (status == 401 || status == 403)
    return report_key(exchange, status, said, ret_error);
  if (status == 404)
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%.*s has no model %.*s, or nothing at this address (404): %.*s; see the settings model and "
                     "modelUrl",
                     SV_ARGUMENTS(origin), SV_ARGUMENTS(exchange->request->model), SV_ARGUMENTS(said));
  if (status >= 300 && status < 400)
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%.*s points to another address (%ld), which is not followed; see the setting modelUrl",
                     SV_ARGUMENTS(origin), status);
  if (status == 429)
    return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s takes no more requests for now (429): %.*s",
                     SV_ARGUMENTS(origin), SV_ARGUMENTS(said));
  return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s %s (%ld): %.*s", SV_ARGUMENTS(origin),
                   status >= 500 ? "has failed" : "refuses the question", status, SV_ARGUMENTS(said));
}

// ---- One try ----

typedef struct Try {
  ModelExchange *exchange;
  EventStream events;
  Buffer whole;  // of an answer that is no stream
  bool is_whole, has_begun;
} Try;

static int on_event(void *user, const StreamEvent *event, Error *ret_error) {
  ModelExchange *exchange = user;
  arena_reset(&exchange->scratch);
  return exchange->request->api->read(exchange, event, ret_error);
}

// Some servers do not stream, whatever they are asked for.
static int on_bytes(void *user, StringView bytes, Error *ret_error) {
  Try *try = user;
  const ModelRequest *request = try->exchange->request;
  if (request->heard)
    request->heard(request->user, bytes.length);
  StringView text = string_view_trim(bytes);
  if (!try->has_begun && text.length > 0) {
    try->has_begun = true;
    try->is_whole = text.data[0] == '{';
  }
  if (!try->is_whole)
    return event_stream_feed(&try->events, bytes, ret_error);
  buffer_append(&try->whole, bytes);
  return buffer_check(&try->whole, ret_error, "the answer of a model");
}

static int read_whole(Try *try, Error *ret_error) {
  JsonValue value;
  arena_reset(&try->exchange->scratch);
  int result = model_parse(try->exchange, buffer_view(&try->whole), &value, ret_error);
  if (result < 0)
    return result;
  try->exchange->has_ended = true;
  return try->exchange->request->api->read_whole(try->exchange, &value, ret_error);
}

// Headers with the key in them live in the arena, which is wiped by whoever owns it, or freed.
static int list_headers(const ModelRequest *request, Arena *arena, JsonArray *ret_headers) {
  size_t count = 0;
  StringView *headers = arena_allocate_array(arena, 8, sizeof *headers);
  if (!headers)
    return ERROR_NO_MEMORY;
  for (const char *const *each = request->api->headers; each && *each; each++)
    headers[count++] = string_view_from(*each);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if (request->key.length > 0)
    headers[count++] = arena_format(arena, request->api->key_header, SV_ARGUMENTS(request->key));
#pragma GCC diagnostic pop
  *ret_headers = (JsonArray){headers, count};
  return count == 0 || headers[count - 1].data ? 0 : ERROR_NO_MEMORY;
}

static int ask_once(ModelExchange *exchange, StringView url, int64_t left_ms, Arena *arena, HttpAnswer *answer,
                    Error *ret_error) {
  const ModelRequest *request = exchange->request;
  Try try = {.exchange = exchange};
  Buffer question;
  JsonWriter writer;
  HttpRequest http = {.url = url,
                      .certificates = request->certificates,
                      .connect_ms = left_ms < CONNECT_MS ? left_ms : CONNECT_MS,
                      .idle_ms = request->idle_ms,
                      .total_ms = left_ms,
                      .maximum = ANSWER_MAX,
                      .cancel = request->cancel,
                      .receive = on_bytes,
                      .user = &try};
  buffer_init(&question, QUESTION_MAX);
  buffer_init(&try.whole, ANSWER_MAX);
  event_stream_init(&try.events, EVENT_MAX, on_event, exchange);
  json_writer_init(&writer, &question, 0);
  request->api->write(exchange, &writer);
  http.body = buffer_view(&question);
  int result = buffer_check(&question, ret_error, "the question to a model");
  if (result == 0 && list_headers(request, arena, &http.headers) < 0)
    result = no_memory(ret_error);
  if (result == 0)
    result = http_post(&http, arena, answer, ret_error);
  if (result == 0 && try.is_whole)
    result = read_whole(&try, ret_error);
  event_stream_finish(&try.events);
  buffer_finish(&try.whole);
  buffer_finish(&question);
  return result;
}

// ---- Again ----

static bool is_transient(long status) {
  static const long statuses[] = {408, 425, 429, 500, 502, 503, 504, 529};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i] == status)
      return true;
  return false;
}

// Servers differ in what they know. One that names a member in its refusal is asked again without it.
static bool leave_out(ModelExchange *exchange, const HttpAnswer *answer) {
  static const struct {
    const char *name;
    OptionalMember member;
  } members[] = {{"stream_options", MEMBER_USAGE},
                 {"response_format", MEMBER_FORMAT},
                 {"json_object", MEMBER_FORMAT},
                 {"temperature", MEMBER_TEMPERATURE},
                 {"max_tokens", MEMBER_TOKENS}};
  if (answer->status != 400 && answer->status != 422)
    return false;
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    bool is_named = string_view_contains(answer->problem, string_view_from(members[i].name));
    if (is_named && !(exchange->left_out & members[i].member)) {
      exchange->left_out |= members[i].member;
      return true;
    }
  }
  return false;
}

// Between nothing and the longest, so that many that were turned away together do not come back together.
static int64_t pause_ms(unsigned try, int64_t asked_ms) {
  uint32_t random = 0;
  int64_t longest = (int64_t)FIRST_PAUSE_MS << (try - 1);
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
    random = (uint32_t)clock_monotonic_ns();
  int64_t pause = longest * (int64_t)(random >> 8) >> 24;
  return asked_ms > pause ? asked_ms : pause;
}

typedef enum NextStep { STEP_DONE, STEP_AGAIN, STEP_PAUSE, STEP_FAIL } NextStep;

static NextStep next_step(ModelExchange *exchange, int result, const HttpAnswer *answer) {
  bool has_text = exchange->text.length > 0;
  bool is_good = answer->status >= 200 && answer->status < 300;
  if (result == 0 && is_good)
    return STEP_DONE;
  if (result == ERROR_CANCELLED || result == ERROR_NO_MEMORY)
    return STEP_FAIL;
  if (result < 0 && has_text)  // what has come is worth reading
    return STEP_DONE;
  if (result == 0 && leave_out(exchange, answer))
    return STEP_AGAIN;
  bool may_go_well = result == 0 ? is_transient(answer->status) : answer->is_transient || exchange->is_overloaded;
  return may_go_well && exchange->answer->tries < TRIES_MAX ? STEP_PAUSE : STEP_FAIL;
}

static void begin_again(ModelExchange *exchange) {
  buffer_clear(&exchange->text);
  exchange->has_ended = exchange->is_cut_short = exchange->is_overloaded = false;
}

static int fail(const ModelExchange *exchange, int result, const HttpAnswer *answer, const Error *problem, Arena *arena,
                Error *ret_error) {
  Error status = {0};
  if (result == 0)
    result = report_status(exchange, answer, arena, &status);
  const char *message = status.code ? status.message : problem->message;
  unsigned tries = exchange->answer->tries;
  if (tries > 1 && result != ERROR_CANCELLED)
    return error_set(ret_error, (ErrorCode)result, "%s; tried %u times", message, tries);
  return error_set(ret_error, (ErrorCode)result, "%s", message);
}

static int try_all(ModelExchange *exchange, StringView url, Arena *arena, Error *ret_error) {
  const ModelRequest *request = exchange->request;
  int64_t deadline = clock_monotonic_ns() + request->total_ms * 1000000;
  for (;;) {
    Error problem = {0};
    HttpAnswer answer = {0};
    int64_t left_ms = (deadline - clock_monotonic_ns()) / 1000000;
    begin_again(exchange);
    exchange->answer->tries++;
    int result = ask_once(exchange, url, left_ms > 1 ? left_ms : 1, arena, &answer, &problem);
    NextStep step = next_step(exchange, result, &answer);
    if (step == STEP_DONE) {
      exchange->answer->is_cut = result < 0 || exchange->is_cut_short || !exchange->has_ended;
      return 0;
    }
    if (step == STEP_AGAIN) {
      exchange->answer->tries--;
      continue;
    }
    int64_t pause = step == STEP_PAUSE ? pause_ms(exchange->answer->tries, answer.retry_after_ms) : 0;
    left_ms = (deadline - clock_monotonic_ns()) / 1000000;
    if (step == STEP_FAIL || pause >= left_ms)
      return fail(exchange, result, &answer, &problem, arena, ret_error);
    log_info("model", "%.*s: status %ld, next try in %lld ms", SV_ARGUMENTS(exchange->origin), answer.status,
             (long long)pause);
    result = http_wait(pause, request->cancel, ret_error);
    if (result < 0)
      return result;
  }
}

// A key that others could read on the way is not sent.
static int check_exposure(const ModelRequest *request, StringView url, Arena *arena, Error *ret_error) {
  bool is_exposed = false;
  int result = request->key.length > 0 ? http_is_exposed(url, arena, &is_exposed, ret_error) : 0;
  if (result < 0 || !is_exposed)
    return result;
  return error_set(ret_error, ERROR_UNTRUSTED,
                   "%.*s is http: the key of %.*s would go over the network for all to read; use https",
                   SV_ARGUMENTS(url), SV_ARGUMENTS(request->key_source));
}

int model_complete(const ModelRequest *request, Arena *arena, ModelAnswer *ret_answer, Error *ret_error) {
  ModelExchange exchange = {.request = request, .answer = ret_answer};
  StringView base = request->url.length > 0 ? request->url : string_view_from(request->api->default_url);
  while (base.length > 0 && base.data[base.length - 1] == '/')
    base = string_view_slice(base, 0, base.length - 1);
  StringView url = arena_format(arena, "%.*s%s", SV_ARGUMENTS(base), request->api->path);
  *ret_answer = (ModelAnswer){0};
  if (!url.data)
    return no_memory(ret_error);
  int result = http_origin(url, arena, &exchange.origin, ret_error);
  if (result == 0)
    result = check_exposure(request, url, arena, ret_error);
  if (result < 0)
    return result;
  buffer_init(&exchange.text, ANSWER_MAX);
  result = try_all(&exchange, url, arena, ret_error);
  if (result == 0) {
    ret_answer->text = arena_copy(arena, buffer_view(&exchange.text));
    result = ret_answer->text.data ? 0 : no_memory(ret_error);
  }
  buffer_finish(&exchange.text);
  arena_finish(&exchange.scratch);
  return result;
}
