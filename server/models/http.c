#include "server/models/http.h"

#include "server/base/clock.h"
#include "server/models/curl_library.h"

#include "version.h"

#include <poll.h>
#include <string.h>

#define PROBLEM_MAX 65536u  // bytes of an answer that is an error
#define TOKENS_MAX 8u       // nested cancel tokens
#define LOOK_MS 1000        // between two looks at the clock

typedef struct Exchange {
  const CurlLibrary *curl;
  const HttpRequest *request;
  HttpAnswer *answer;
  Arena *arena;
  CURLM *multi;
  CURL *easy;
  struct curl_slist *headers;
  StringView origin;
  bool is_here;  // the address is this machine's
  Buffer problem;
  size_t received;
  int64_t last_ns;  // when the last byte came
  int result;
  char detail[CURL_ERROR_SIZE];
  Error *ret_error;
} Exchange;

// ---- Addresses ----

// Both parts in the arena; empty when the URL has none.
static StringView url_part(const CurlLibrary *curl, CURLU *url, CURLUPart part, Arena *arena) {
  char *text = NULL;
  if (curl->curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return SV("");
  StringView copy = arena_copy(arena, string_view_from(text));
  curl->curl_free(text);
  return copy;
}

typedef struct Address {
  StringView scheme, host, port;
} Address;

static int read_address(StringView text, Arena *arena, Address *ret_address, Error *ret_error) {
  const CurlLibrary *curl;
  int result = curl_library(&curl, ret_error);
  if (result < 0)
    return result;
  char *terminated = arena_terminated(arena, text);
  CURLU *url = curl->curl_url();
  bool is_fine = terminated && url && curl->curl_url_set(url, CURLUPART_URL, terminated, 0) == CURLUE_OK;
  if (is_fine) {
    ret_address->scheme = url_part(curl, url, CURLUPART_SCHEME, arena);
    ret_address->host = url_part(curl, url, CURLUPART_HOST, arena);
    ret_address->port = url_part(curl, url, CURLUPART_PORT, arena);
    is_fine =
        (string_view_equal_text(ret_address->scheme, "https") || string_view_equal_text(ret_address->scheme, "http")) &&
        ret_address->host.length > 0 && url_part(curl, url, CURLUPART_USER, arena).length == 0 &&
        url_part(curl, url, CURLUPART_QUERY, arena).length == 0 &&
        url_part(curl, url, CURLUPART_FRAGMENT, arena).length == 0;
  }
  curl->curl_url_cleanup(url);
  return is_fine
             ? 0
             : error_set(ret_error, ERROR_INVALID_ARGUMENT,
                         "modelUrl: http://HOST[:PORT]/PATH is expected, or https, without user, query and fragment");
}

int http_origin(StringView url, Arena *arena, StringView *ret_origin, Error *ret_error) {
  Address address = {0};
  int result = read_address(url, arena, &address, ret_error);
  if (result < 0)
    return result;
  *ret_origin = arena_format(arena, "%.*s://%.*s%s%.*s", SV_ARGUMENTS(address.scheme), SV_ARGUMENTS(address.host),
                             address.port.length > 0 ? ":" : "", SV_ARGUMENTS(address.port));
  return ret_origin->data ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is called");
}

static bool is_here(const Address *address) {
  return string_view_equal_text(address->host, "localhost") || string_view_equal_text(address->host, "[::1]") ||
         string_view_starts_with(address->host, SV("127."));
}

int http_is_exposed(StringView url, Arena *arena, bool *ret_exposed, Error *ret_error) {
  Address address = {0};
  int result = read_address(url, arena, &address, ret_error);
  if (result < 0)
    return result;
  *ret_exposed = string_view_equal_text(address.scheme, "http") && !is_here(&address);
  return 0;
}

// ---- Cancellation ----

// What becomes readable when any of the tokens is cancelled.
static unsigned wakeups_of(const CancelToken *cancel, struct curl_waitfd waits[TOKENS_MAX]) {
  unsigned count = 0;
  for (; cancel && count < TOKENS_MAX; cancel = cancel->parent)
    if (cancel->wakeup >= 0)
      waits[count++] = (struct curl_waitfd){.fd = cancel->wakeup, .events = CURL_WAIT_POLLIN};
  return count;
}

static int report_cancelled(Error *ret_error) {
  return error_set(ret_error, ERROR_CANCELLED, "cancelled while a model was asked");
}

int http_wait(int64_t milliseconds, const CancelToken *cancel, Error *ret_error) {
  struct curl_waitfd waits[TOKENS_MAX];
  struct pollfd polled[TOKENS_MAX];
  unsigned count = wakeups_of(cancel, waits);
  for (unsigned i = 0; i < count; i++)
    polled[i] = (struct pollfd){.fd = waits[i].fd, .events = POLLIN};
  int64_t deadline = clock_monotonic_ns() + milliseconds * 1000000;
  for (;;) {
    if (cancel_token_is_cancelled(cancel))
      return report_cancelled(ret_error);
    int64_t left = (deadline - clock_monotonic_ns()) / 1000000;
    if (left <= 0)
      return 0;
    poll(polled, count, (int)(left > LOOK_MS ? LOOK_MS : left));
  }
}

// ---- What comes ----

static size_t on_bytes(char *bytes, size_t size, size_t count, void *user) {
  Exchange *exchange = user;
  StringView chunk = {bytes, size * count};
  exchange->last_ns = clock_monotonic_ns();
  exchange->curl->curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &exchange->answer->status);
  if (exchange->answer->status < 200 || exchange->answer->status > 299) {
    size_t room = PROBLEM_MAX - exchange->problem.length;
    buffer_append(&exchange->problem, string_view_slice(chunk, 0, room));
    return chunk.length;
  }
  exchange->received += chunk.length;
  if (exchange->received > exchange->request->maximum)
    exchange->result =
        error_set(exchange->ret_error, ERROR_LIMIT, "%.*s: the answer is longer than %zu MiB and was broken off",
                  SV_ARGUMENTS(exchange->origin), exchange->request->maximum >> 20);
  if (exchange->result == 0)
    exchange->result = exchange->request->receive(exchange->request->user, chunk, exchange->ret_error);
  return exchange->result == 0 ? chunk.length : 0;
}

// ---- What goes wrong ----

static int report_time(Exchange *exchange, const char *what, int64_t milliseconds) {
  exchange->answer->is_transient = true;
  return error_set(exchange->ret_error, ERROR_TIMEOUT, "%.*s %s %.3g s", SV_ARGUMENTS(exchange->origin), what,
                   (double)milliseconds / 1000);
}

static bool is_certificate_problem(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
         code == CURLE_SSL_INVALIDCERTSTATUS;
}

static int report_failure(Exchange *exchange, CURLcode code) {
  const char *detail = exchange->detail[0] ? exchange->detail : exchange->curl->curl_easy_strerror(code);
  StringView origin = exchange->origin;
  double connected = 0;
  exchange->curl->curl_easy_getinfo(exchange->easy, CURLINFO_CONNECT_TIME, &connected);
  if (code == CURLE_OPERATION_TIMEDOUT && connected <= 0)
    return report_time(exchange, "does not answer: no connection within", exchange->request->connect_ms);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return report_time(exchange, "did not finish its answer within", exchange->request->total_ms);
  if (is_certificate_problem(code))
    return error_set(exchange->ret_error, ERROR_UNAVAILABLE,
                     "%.*s: its certificate is not trusted: %s; the setting modelCertificates names the file of "
                     "another authority",
                     SV_ARGUMENTS(origin), detail);
  exchange->answer->is_transient = true;
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
    return error_set(exchange->ret_error, ERROR_UNAVAILABLE, "%.*s cannot be found: %s; see the setting modelUrl",
                     SV_ARGUMENTS(origin), detail);
  if (code == CURLE_COULDNT_CONNECT)
    return error_set(exchange->ret_error, ERROR_UNAVAILABLE, "%.*s does not answer: %s; is it running?",
                     SV_ARGUMENTS(origin), detail);
  if (code == CURLE_OUT_OF_MEMORY)
    return error_set(exchange->ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model answers");
  return error_set(exchange->ret_error, ERROR_PROTOCOL, "%.*s broke off: %s", SV_ARGUMENTS(origin), detail);
}

// ---- The exchange ----

static int add_header(Exchange *exchange, StringView header) {
  char *text = arena_terminated(exchange->arena, header);
  struct curl_slist *longer = text ? exchange->curl->curl_slist_append(exchange->headers, text) : NULL;
  if (!longer)
    return error_set(exchange->ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is called");
  exchange->headers = longer;
  return 0;
}

static int add_headers(Exchange *exchange) {
  const StringView *headers = exchange->request->headers.items;
  int result = add_header(exchange, SV("Content-Type: application/json"));
  if (result == 0)
    result = add_header(exchange, SV("Expect:"));  // no pause before the body is sent
  for (size_t i = 0; i < exchange->request->headers.count && result == 0; i++)
    result = add_header(exchange, headers[i]);
  return result;
}

static int set_options(Exchange *exchange) {
  const HttpRequest *request = exchange->request;
  __typeof__(&curl_easy_setopt) set = exchange->curl->curl_easy_setopt;
  CURL *easy = exchange->easy;
  char *url = arena_terminated(exchange->arena, request->url);
  char *authorities =
      request->certificates.length > 0 ? arena_terminated(exchange->arena, request->certificates) : NULL;
  if (!url || (request->certificates.length > 0 && !authorities))
    return error_set(exchange->ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is called");
  bool is_fine =
      set(easy, CURLOPT_URL, url) == CURLE_OK && set(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
      set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length) == CURLE_OK &&
      set(easy, CURLOPT_POSTFIELDS, request->body.data) == CURLE_OK &&
      set(easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK &&
      set(easy, CURLOPT_USERAGENT, "testgen/" TESTGEN_VERSION) == CURLE_OK &&
      set(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && set(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
      set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms) == CURLE_OK &&
      set(easy, CURLOPT_TIMEOUT_MS, (long)request->total_ms) == CURLE_OK &&
      set(easy, CURLOPT_ERRORBUFFER, exchange->detail) == CURLE_OK &&
      set(easy, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK && set(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
      (!exchange->is_here || set(easy, CURLOPT_PROXY, "") == CURLE_OK) &&  // a proxy could read the key
      (!authorities || set(easy, CURLOPT_CAINFO, authorities) == CURLE_OK);
  return is_fine ? 0 : error_set(exchange->ret_error, ERROR_UNAVAILABLE, "libcurl refuses an option of a request");
}

static int begin(Exchange *exchange) {
  Address address = {0};
  int result = http_origin(exchange->request->url, exchange->arena, &exchange->origin, exchange->ret_error);
  if (result == 0)
    result = read_address(exchange->request->url, exchange->arena, &address, exchange->ret_error);
  if (result < 0)
    return result;
  exchange->is_here = is_here(&address);
  exchange->multi = exchange->curl->curl_multi_init();
  exchange->easy = exchange->curl->curl_easy_init();
  if (!exchange->multi || !exchange->easy)
    return error_set(exchange->ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is called");
  result = add_headers(exchange);
  if (result == 0)
    result = set_options(exchange);
  if (result == 0 && exchange->curl->curl_multi_add_handle(exchange->multi, exchange->easy) != CURLM_OK)
    result = error_set(exchange->ret_error, ERROR_UNAVAILABLE, "libcurl refuses a request");
  return result;
}

// Whether it has ended, and how.
static bool has_ended(Exchange *exchange, CURLcode *ret_code) {
  int waiting = 0;
  for (CURLMsg *message; (message = exchange->curl->curl_multi_info_read(exchange->multi, &waiting));)
    if (message->msg == CURLMSG_DONE) {
      *ret_code = message->data.result;
      return true;
    }
  return false;
}

static int check_time(Exchange *exchange) {
  if (cancel_token_is_cancelled(exchange->request->cancel))
    return report_cancelled(exchange->ret_error);
  int64_t idle_ms = (clock_monotonic_ns() - exchange->last_ns) / 1000000;
  return idle_ms < exchange->request->idle_ms
             ? 0
             : report_time(exchange, "sends nothing any more: waited for", exchange->request->idle_ms);
}

static int exchange_all(Exchange *exchange) {
  struct curl_waitfd waits[TOKENS_MAX];
  unsigned wait_count = wakeups_of(exchange->request->cancel, waits);
  exchange->last_ns = clock_monotonic_ns();
  for (;;) {
    int running = 0;
    CURLcode code = CURLE_OK;
    CURLMcode state = exchange->curl->curl_multi_perform(exchange->multi, &running);
    if (exchange->result < 0)  // the receiver's
      return exchange->result;
    if (state == CURLM_OK && has_ended(exchange, &code))
      return code == CURLE_OK ? 0 : report_failure(exchange, code);
    int result = check_time(exchange);
    if (result < 0)
      return result;
    if (state == CURLM_OK)
      state = exchange->curl->curl_multi_poll(exchange->multi, waits, wait_count, LOOK_MS / 10, NULL);
    if (state != CURLM_OK)
      return error_set(exchange->ret_error, ERROR_PROTOCOL, "%.*s: %s", SV_ARGUMENTS(exchange->origin),
                       exchange->curl->curl_multi_strerror(state));
  }
}

static void end(Exchange *exchange) {
  const CurlLibrary *curl = exchange->curl;
  curl_off_t seconds = 0;
  if (exchange->easy) {
    curl->curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &exchange->answer->status);
    curl->curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &seconds);
  }
  exchange->answer->retry_after_ms = seconds * 1000;
  exchange->answer->problem = arena_copy(exchange->arena, buffer_view(&exchange->problem));
  if (exchange->multi && exchange->easy)
    curl->curl_multi_remove_handle(exchange->multi, exchange->easy);
  curl->curl_easy_cleanup(exchange->easy);
  curl->curl_multi_cleanup(exchange->multi);
  curl->curl_slist_free_all(exchange->headers);
  buffer_finish(&exchange->problem);
}

int http_post(const HttpRequest *request, Arena *arena, HttpAnswer *ret_answer, Error *ret_error) {
  Exchange exchange = {.request = request, .answer = ret_answer, .arena = arena, .ret_error = ret_error};
  *ret_answer = (HttpAnswer){0};
  int result = curl_library(&exchange.curl, ret_error);
  if (result < 0)
    return result;
  buffer_init(&exchange.problem, PROBLEM_MAX);
  result = begin(&exchange);
  if (result == 0)
    result = exchange_all(&exchange);
  end(&exchange);
  return result;
}
