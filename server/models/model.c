#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/models/answer_cache.h"
#include "server/models/curl_library.h"
#include "server/models/http.h"
#include "server/models/model_internal.h"

#include <string.h>
#include <sys/random.h>

#define TRIES_MAX 4u
#define FIRST_PAUSE_MS 500  // at most; each further pause may be twice as long
#define CONNECT_MS 15000
#define QUESTION_MAX (16u << 20)
#define MESSAGE_MAX 240u  // bytes of what the other side says

static const ModelApi *const apis[] = {&openai_api, &anthropic_api};

const ModelApi *model_api_find(StringView name) {
  for (size_t i = 0; i < sizeof apis / sizeof *apis; i++)
    if (string_view_equal_text(name, apis[i]->name))
      return apis[i];
  return NULL;
}

int model_check(Error *ret_error) {
  const CurlLibrary *library;
  return curl_library(&library, ret_error);
}

static int no_memory(Error *ret_error) {
  return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
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
  for (; text.length > 0 && ((unsigned char)text.data[0] & 0xc0) == 0x80;
       text = string_view_slice(text, 1, text.length))
    buffer_append_byte(&line, text.data[0]);  // the rest of a character
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
  StringView type = problem ? model_string(json_member(problem, "type")) : SV("");
  StringView said = problem ? model_string(json_member(problem, "message")) : SV("");
  if (problem && problem->kind == JSON_STRING)
    said = problem->string;
  for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
    exchange->is_overloaded = exchange->is_overloaded || string_view_equal_text(type, transient[i]);
  said = said.length > 0 ? printable(exchange, said, &exchange->scratch) : SV("it does not say why");
  return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s broke off its answer: %.*s", SV_ARGUMENTS(exchange->origin),
                   SV_ARGUMENTS(said));
}

static int report_key(const ModelExchange *exchange, long status, StringView said, Error *ret_error) {
  const ModelRequest *request = exchange->request;
  if (request->key.length == 0)
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%.*s wants a key (%ld): set %s, or name a file with it in the setting modelKeyFile",
                     SV_ARGUMENTS(exchange->origin), status, model_key_variable(request->api, request->url));
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

static int on_bytes(void *user, StringView bytes, Error *ret_error) {
  ModelReader *reader = user;
  const ModelRequest *request = reader->exchange->request;
  if (request->heard)
    request->heard(request->user, bytes.length);
  return model_reader_feed(reader, bytes, ret_error);
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

// The JSON that is sent. Before anybody has refused a part of it, it is the name of the answer.
static int write_question(const ModelExchange *exchange, Arena *arena, StringView *ret_question, Error *ret_error) {
  Buffer text;
  JsonWriter writer;
  buffer_init(&text, QUESTION_MAX);
  json_writer_init(&writer, &text, 0);
  exchange->request->api->write(exchange, &writer);
  int result = buffer_check(&text, ret_error, "the question to a model");
  *ret_question = arena_copy(arena, buffer_view(&text));
  buffer_finish(&text);
  return result == 0 && !ret_question->data ? no_memory(ret_error) : result;
}

static int ask_once(ModelExchange *exchange, StringView url, int64_t left_ms, Arena *arena, HttpAnswer *answer,
                    Error *ret_error) {
  const ModelRequest *request = exchange->request;
  ModelReader reader;
  HttpRequest http = {.url = url,
                      .certificates = request->certificates,
                      .connect_ms = left_ms < CONNECT_MS ? left_ms : CONNECT_MS,
                      .idle_ms = request->idle_ms,
                      .total_ms = left_ms,
                      .maximum = MODEL_ANSWER_MAX,
                      .cancel = request->cancel,
                      .receive = on_bytes,
                      .user = &reader};
  model_reader_init(&reader, exchange);
  int result = write_question(exchange, arena, &http.body, ret_error);
  if (result == 0 && list_headers(request, arena, &http.headers) < 0)
    result = no_memory(ret_error);
  if (result == 0)
    result = http_post(&http, arena, answer, ret_error);
  if (result == 0)
    result = model_reader_end(&reader, ret_error);
  model_reader_finish(&reader);
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
  } members[] = {
      {"stream_options", MEMBER_USAGE}, {"json_schema", MEMBER_SCHEMA},      {"output_config", MEMBER_SCHEMA},
      {"grammar", MEMBER_SCHEMA},       {"response_format", MEMBER_SCHEMA},  {"response_format", MEMBER_FORMAT},
      {"json_object", MEMBER_FORMAT},   {"temperature", MEMBER_TEMPERATURE}, {"max_tokens", MEMBER_TOKENS}};
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

static int ask_all(ModelExchange *exchange, StringView url, Arena *arena, Error *ret_error) {
  int result = check_exposure(exchange->request, url, arena, ret_error);
  if (result < 0)
    return result;
  buffer_init(&exchange->text, MODEL_ANSWER_MAX);
  result = try_all(exchange, url, arena, ret_error);
  if (result == 0) {
    exchange->answer->text = arena_copy(arena, buffer_view(&exchange->text));
    result = exchange->answer->text.data ? 0 : no_memory(ret_error);
  }
  buffer_finish(&exchange->text);
  return result;
}

// Absent: it has to be asked.
static int find_kept(const ModelExchange *exchange, StringView url, StringView question, Arena *arena,
                     bool *ret_is_there, Error *ret_error) {
  const ModelRequest *request = exchange->request;
  Error problem = {0};
  *ret_is_there = false;
  if (request->cache.length == 0 || request->asks_again)
    return 0;
  int result = answer_cache_find(request->cache, url, question, arena, exchange->answer, &problem);
  *ret_is_there = result == 0;
  if (result < 0 && (result != ERROR_NOT_FOUND || request->is_offline))
    return error_set(ret_error, (ErrorCode)result, "%s of %.*s; without --offline it is asked", problem.message,
                     SV_ARGUMENTS(request->model));
  return 0;
}

int model_complete(const ModelRequest *request, Arena *arena, ModelAnswer *ret_answer, Error *ret_error) {
  ModelExchange exchange = {.request = request, .answer = ret_answer};
  StringView base = request->url.length > 0 ? request->url : string_view_from(request->api->default_url), question,
             name = {0};
  bool is_kept = false;
  while (base.length > 0 && base.data[base.length - 1] == '/')
    base = string_view_slice(base, 0, base.length - 1);
  StringView url = arena_format(arena, "%.*s%s", SV_ARGUMENTS(base), request->api->path);
  *ret_answer = (ModelAnswer){0};
  if (!url.data)
    return no_memory(ret_error);
  int result = write_question(&exchange, arena, &question, ret_error);
  if (result == 0)
    result = answer_cache_name(url, question, arena, &name, ret_error);
  if (result == 0)
    result = find_kept(&exchange, url, question, arena, &is_kept, ret_error);
  ret_answer->question = name;
  if (result < 0 || is_kept)
    return result;
  result = http_origin(url, arena, &exchange.origin, ret_error);
  if (result == 0)
    result = ask_all(&exchange, url, arena, ret_error);
  if (result == 0 && request->cache.length > 0 && !ret_answer->is_cut)
    answer_cache_keep(request->cache, url, question, ret_answer, arena);
  arena_finish(&exchange.scratch);
  return result;
}
