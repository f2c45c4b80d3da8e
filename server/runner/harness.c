#include "protocol/memory/buffer.h"
#include "server/base/files.h"
#include "server/base/install.h"
#include "server/runner/environment.h"
#include "server/runner/interpreter.h"
#include "server/runner/runner.h"
#include "server/runner/sandbox.h"
#include "server/runner/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HARNESS_PROTOCOL 1  // testgen_harness.PROTOCOL_VERSION
#define DEFAULT_WALL_MS (10 * 60 * 1000)
#define REQUEST_MAX (64u << 20)  // bytes

// Puts the harness first in the module path and takes the current folder out of it, so that a workspace with a json.py
// breaks nothing; the harness then restores what the workspace's tests are to see.
static const char launcher[] =
    "import sys\n"
    "if sys.version_info < (3, 9):\n"
    "    sys.exit('TestGen needs Python 3.9 or later; %s is Python %s' % (sys.executable, sys.version.split()[0]))\n"
    "sys.path[:] = [sys.argv[1]] + [entry for entry in sys.path if entry]\n"
    "from testgen_harness.server import serve\n"
    "sys.exit(serve(int(sys.argv[2])))\n";

struct Harness {
  Arena arena;
  Child *child;
  InterpreterInfo interpreter;
  Scratch scratch;
  int64_t next_id;
};

// ---- What the harness says ----

typedef struct Hello {
  int64_t protocol;
  StringView python;
  StringView pytest;
  StringView coverage;
  StringView hypothesis;
} Hello;

static const JsonField hello_fields[] = {
    {"protocol", JSON_FIELD_INTEGER, JSON_REQUIRED, offsetof(Hello, protocol), NULL, NULL, NULL},
    {"python", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(Hello, python), NULL, NULL, NULL},
    {"pytest", JSON_FIELD_STRING, JSON_NULLABLE, offsetof(Hello, pytest), NULL, NULL, NULL},
    {"coverage", JSON_FIELD_STRING, JSON_NULLABLE, offsetof(Hello, coverage), NULL, NULL, NULL},
    {"hypothesis", JSON_FIELD_STRING, JSON_NULLABLE, offsetof(Hello, hypothesis), NULL, NULL, NULL},
};
static const JsonType hello_type = {"HarnessHello", sizeof(Hello), hello_fields,
                                    sizeof hello_fields / sizeof *hello_fields, NULL};

typedef struct AnswerError {
  StringView code;
  StringView message;
} AnswerError;

static const JsonField answer_error_fields[] = {
    {"code", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(AnswerError, code), NULL, NULL, NULL},
    {"message", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(AnswerError, message), NULL, NULL, NULL},
};
static const JsonType answer_error_type = {"HarnessError", sizeof(AnswerError), answer_error_fields,
                                           sizeof answer_error_fields / sizeof *answer_error_fields, NULL};

// Every line after the hello.
typedef struct HarnessMessage {
  OptionalInteger id;
  StringView event;
  const AnswerError *error;
  const JsonValue *result;
} HarnessMessage;

static const JsonField message_fields[] = {
    {"id", JSON_FIELD_OPTIONAL_INTEGER, JSON_NULLABLE, offsetof(HarnessMessage, id), NULL, NULL, NULL},
    {"event", JSON_FIELD_STRING, JSON_REQUIRED, offsetof(HarnessMessage, event), NULL, NULL, NULL},
    {"error", JSON_FIELD_POINTER, JSON_NULLABLE, offsetof(HarnessMessage, error), &answer_error_type, NULL, NULL},
    {"result", JSON_FIELD_VALUE, 0, offsetof(HarnessMessage, result), NULL, NULL, NULL},
};
static const JsonType message_type = {"HarnessMessage", sizeof(HarnessMessage), message_fields,
                                      sizeof message_fields / sizeof *message_fields, NULL};

// ---- Starting ----

static int find_harness_directory(const RunnerOptions *options, Arena *arena, StringView *ret_path, Error *ret_error) {
  StringView path = options->harness_directory;
  if (path.length == 0) {
    path = install_path(arena, "python");
  }
  StringView marker = path_join(arena, path, SV("testgen_harness/server.py"));
  if (!marker.data || access(marker.data, R_OK) != 0) {
    return error_set(ret_error, ERROR_UNAVAILABLE,
                     "%.*s: the Python side of TestGen is not there: install TestGen again", SV_ARGUMENTS(path));
  }
  // The build tree holds a link, and a sandbox cannot mount over one.
  return path_real(path.data, arena, ret_path, ret_error);
}

// As `activate` would set them, so that tests that start `python` get the same one.
static const char *const *make_environment(StringView interpreter, Arena *arena) {
  StringView folder = interpreter_virtual_environment(interpreter, arena);
  if (!folder.data) {
    return environment_for_child((const char *const *)environ, NULL, arena);
  }
  const char *path = getenv("PATH");
  StringView first = arena_format(arena, "VIRTUAL_ENV=%.*s", SV_ARGUMENTS(folder));
  StringView second = arena_format(arena, "PATH=%.*s/bin:%s", SV_ARGUMENTS(folder), path ? path : "/usr/bin:/bin");
  const char *const extra[] = {first.data, second.data, NULL};
  return first.data && second.data ? environment_for_child((const char *const *)environ, extra, arena) : NULL;
}

// What must stay readable in the sandbox: the harness, the virtual environment, and the interpreter behind its links.
static int list_readable(StringView interpreter, StringView harness, Arena *arena, const char *const **ret_folders,
                         Error *ret_error) {
  const char **folders = arena_allocate_array(arena, 4, sizeof *folders);
  StringView real = {0};
  if (folders && string_view_find_byte(interpreter, '/') < interpreter.length) {
    int code = path_real(arena_terminated(arena, interpreter), arena, &real, ret_error);
    if (code != 0) {
      return code;
    }
  }
  size_t count = 0;
  if (folders) {
    folders[count++] = arena_terminated(arena, harness);
  }
  if (real.data) {
    folders[count++] = arena_terminated(arena, path_directory(path_directory(interpreter)));
    folders[count++] = arena_terminated(arena, path_directory(path_directory(real)));
  }
  *ret_folders = folders;
  return folders ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "no memory to start the test harness");
}

static int64_t wall_limit(const RunnerOptions *options) {
  return options->wall_ms > 0 ? options->wall_ms : DEFAULT_WALL_MS;
}

static int start_child(Harness *harness, const RunnerOptions *options, StringView directory, Error *ret_error) {
  Arena *arena = &harness->arena;
  int processes = options->sandbox == SANDBOX_STRICT ? SANDBOX_PROCESSES_MAX : 0;
  StringView limit = arena_format(arena, "%d", processes);
  const char *const arguments[] = {arena_terminated(arena, harness->interpreter.path),
                                   "-c",
                                   launcher,
                                   arena_terminated(arena, directory),
                                   limit.data,
                                   NULL};
  ChildOptions child = {
      .arguments = arguments,
      .environment = make_environment(harness->interpreter.path, arena),
      .directory = arena_terminated(arena, options->root),
      .sandbox = options->sandbox,
      .writable = harness->scratch.path.data,
      .wall_ms = wall_limit(options),
      .niceness = options->niceness,
      .cancel = options->cancel,
  };
  if (!arguments[0] || !arguments[3] || !arguments[4] || !child.environment || !child.directory) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory to start the test harness");
  }
  int code = list_readable(harness->interpreter.path, directory, arena, &child.readable, ret_error);
  return code == 0 ? child_start(&child, &harness->child, ret_error) : code;
}

static int parse_message(StringView line, Arena *arena, const JsonType *type, void *ret_struct,
                         const JsonValue **ret_value, Error *ret_error) {
  JsonValue *value = arena_allocate(arena, sizeof *value);
  if (!value) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for what the test harness says");
  }
  Error reason = {0};
  int code = json_parse(line, arena, value, &reason);
  if (code == 0) {
    code = json_decode(type, value, arena, ret_struct, &reason);
  }
  if (code != 0) {
    return error_set(ret_error, code == ERROR_NO_MEMORY ? ERROR_NO_MEMORY : ERROR_PROTOCOL,
                     "the test harness sent what it should not: %s", reason.message);
  }
  *ret_value = value;
  return 0;
}

static int read_message(Harness *harness, Arena *arena, const JsonType *type, void *ret_struct,
                        const JsonValue **ret_value, Error *ret_error) {
  StringView line;
  int code = child_receive(harness->child, &line, ret_error);
  return code == 0 ? parse_message(line, arena, type, ret_struct, ret_value, ret_error) : code;
}

static int shake_hands(Harness *harness, Error *ret_error) {
  Hello hello;
  const JsonValue *value = NULL;
  Error reason = {0};
  int code = read_message(harness, &harness->arena, &hello_type, &hello, &value, &reason);
  InterpreterInfo *info = &harness->interpreter;
  if (code == ERROR_CHILD) {
    return error_set(ret_error, ERROR_UNAVAILABLE, "%.*s cannot run the test harness: %s", SV_ARGUMENTS(info->path),
                     reason.message);
  }
  if (code != 0) {
    return error_set(ret_error, code, "%s", reason.message);
  }
  if (hello.protocol != HARNESS_PROTOCOL) {
    return error_set(ret_error, ERROR_PROTOCOL,
                     "the test harness speaks version %lld and this program version %d: install both from one release",
                     (long long)hello.protocol, HARNESS_PROTOCOL);
  }
  info->python_version = hello.python;
  info->pytest_version = hello.pytest;
  info->coverage_version = hello.coverage;
  info->hypothesis_version = hello.hypothesis;
  return 0;
}

static int start_harness(Harness *harness, const RunnerOptions *options, Error *ret_error) {
  StringView directory = {0};
  int code = interpreter_find(options, &harness->arena, &harness->interpreter, ret_error);
  if (code == 0) {
    code = find_harness_directory(options, &harness->arena, &directory, ret_error);
  }
  if (code == 0) {
    code = scratch_open(options->scratch, &harness->arena, &harness->scratch, ret_error);
  }
  if (code == 0) {
    code = start_child(harness, options, directory, ret_error);
  }
  return code == 0 ? shake_hands(harness, ret_error) : code;
}

int harness_start(const RunnerOptions *options, Harness **ret_harness, Error *ret_error) {
  if (!options->is_trusted) {
    return error_set(ret_error, ERROR_UNTRUSTED,
                     "%.*s is not trusted, so none of its code is run: trust the workspace in the editor",
                     SV_ARGUMENTS(options->root));
  }
  Harness *harness = calloc(1, sizeof *harness);
  if (!harness) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory to start the test harness");
  }
  harness->next_id = 1;
  int code = start_harness(harness, options, ret_error);
  if (code != 0) {
    harness_destroy(harness);
    return code;
  }
  *ret_harness = harness;
  return 0;
}

void harness_destroy(Harness *harness) {
  if (!harness) {
    return;
  }
  child_destroy(harness->child);
  scratch_close(&harness->scratch);
  arena_finish(&harness->arena);
  free(harness);
}

void harness_rest(Harness *harness) {
  child_rest(harness->child);
}

bool harness_resume(Harness *harness, const RunnerOptions *options) {
  return child_resume(harness->child, wall_limit(options), options->cancel);
}

const InterpreterInfo *harness_interpreter(const Harness *harness) {
  return &harness->interpreter;
}

StringView harness_scratch(const Harness *harness) {
  return harness->scratch.path;
}

int harness_require_pytest(const Harness *harness, Error *ret_error) {
  const InterpreterInfo *info = &harness->interpreter;
  if (info->pytest_version.data) {
    return 0;
  }
  return error_set(ret_error, ERROR_UNAVAILABLE,
                   "pytest is not installed for %.*s (Python %.*s): run %.*s -m pip install pytest",
                   SV_ARGUMENTS(info->path), SV_ARGUMENTS(info->python_version), SV_ARGUMENTS(info->path));
}

// ---- Calling ----

static ErrorCode code_by_name(StringView name) {
#define X(code_name, number, text) \
  if (string_view_equal_text(name, #code_name)) { \
    return ERROR_##code_name; \
  }
  ERROR_CODES(X)
#undef X
  return ERROR_INTERNAL;
}

// The fields of the request beside the envelope's. Line breaks can only stand between JSON's tokens, and a line must
// not have any.
static int write_request(int64_t id, const char *command, StringView fields, Buffer *line, Error *ret_error) {
  StringView inner = string_view_trim(fields);
  if (!string_view_starts_with(inner, SV("{")) || !string_view_ends_with(inner, SV("}"))) {
    return error_set(ret_error, ERROR_INTERNAL, "the request %s is no JSON object", command);
  }
  inner = string_view_trim(string_view_slice(inner, 1, inner.length - 1));
  buffer_append_format(line, "{\"id\":%lld,\"command\":\"%s\"%s", (long long)id, command, inner.length > 0 ? "," : "");
  buffer_append(line, inner);
  buffer_append_byte(line, '}');
  for (size_t index = 0; index < line->length; index++) {
    if (line->data[index] == '\n' || line->data[index] == '\r') {
      line->data[index] = ' ';
    }
  }
  return buffer_check(line, ret_error, "the request to the test harness");
}

static int send_request(Harness *harness, const char *command, StringView fields, int64_t *ret_id, Error *ret_error) {
  Buffer line;
  buffer_init(&line, REQUEST_MAX);
  int64_t id = harness->next_id++;
  int code = write_request(id, command, fields, &line, ret_error);
  if (code == 0) {
    code = child_send(harness->child, buffer_view(&line), ret_error);
  }
  buffer_finish(&line);
  if (code == 0) {
    *ret_id = id;
  }
  return code;
}

static int take_answer(const HarnessMessage *message, const JsonValue **ret_answer, Error *ret_error) {
  if (message->error) {
    return error_set(ret_error, code_by_name(message->error->code), "%.*s", SV_ARGUMENTS(message->error->message));
  }
  *ret_answer = message->result;
  return message->result ? 0 : error_set(ret_error, ERROR_PROTOCOL, "the test harness sent an empty answer");
}

int harness_call(Harness *harness, const char *command, StringView request_json, Arena *arena,
                 void (*on_event)(void *user, const JsonValue *event), void *user, const JsonValue **ret_answer,
                 Error *ret_error) {
  int64_t id;
  int code = send_request(harness, command, request_json, &id, ret_error);
  while (code == 0) {
    HarnessMessage message;
    const JsonValue *value = NULL;
    code = read_message(harness, arena, &message_type, &message, &value, ret_error);
    if (code != 0 || !message.id.present || message.id.value != id) {
      continue;  // an answer to an earlier request that nobody waits for any more
    }
    if (string_view_equal(message.event, SV("answer"))) {
      return take_answer(&message, ret_answer, ret_error);
    }
    if (on_event) {
      on_event(user, value);
    }
  }
  return code;
}

// One message, if one comes in time. An event is parsed into `events`, which is emptied again; the answer into `arena`.
static int stream_one(Harness *harness, int64_t id, Arena *events, Arena *arena, const HarnessListener *listener,
                      bool *ret_is_answer, const JsonValue **ret_answer, Error *ret_error) {
  StringView line;
  HarnessMessage message;
  const JsonValue *value = NULL;
  int code = child_receive_within(harness->child, HARNESS_IDLE_MS, &line, ret_error);
  if (code == CHILD_NOTHING_YET) {
    return listener->on_idle(listener->user, ret_error);
  }
  if (code == 0) {
    code = parse_message(line, events, &message_type, &message, &value, ret_error);
  }
  if (code == 0 && message.id.present && message.id.value == id) {
    *ret_is_answer = string_view_equal(message.event, SV("answer"));
    code = *ret_is_answer ? parse_message(line, arena, &message_type, &message, &value, ret_error)
                          : listener->on_event(listener->user, value, ret_error);
  }
  if (code == 0 && *ret_is_answer) {
    code = take_answer(&message, ret_answer, ret_error);
  }
  arena_reset(events);
  return code;
}

int harness_stream(Harness *harness, const char *command, StringView request_json, Arena *arena,
                   const HarnessListener *listener, const JsonValue **ret_answer, Error *ret_error) {
  int64_t id;
  bool is_answer = false;
  Arena events;
  arena_init(&events);
  int code = send_request(harness, command, request_json, &id, ret_error);
  while (code == 0 && !is_answer) {
    code = stream_one(harness, id, &events, arena, listener, &is_answer, ret_answer, ret_error);
  }
  arena_finish(&events);
  return code;
}

int runner_find_interpreter(const RunnerOptions *options, Arena *arena, InterpreterInfo *ret_info, Error *ret_error) {
  Harness *harness;
  int code = harness_start(options, &harness, ret_error);
  if (code != 0) {
    return code;
  }
  const InterpreterInfo *info = harness_interpreter(harness);
  *ret_info = (InterpreterInfo){
      .path = arena_copy(arena, info->path),
      .found_by = arena_copy(arena, info->found_by),
      .python_version = arena_copy(arena, info->python_version),
      .pytest_version = arena_copy(arena, info->pytest_version),
      .coverage_version = arena_copy(arena, info->coverage_version),
      .hypothesis_version = arena_copy(arena, info->hypothesis_version),
  };
  harness_destroy(harness);
  return 0;
}

int runner_require_pytest(const RunnerOptions *options, Error *ret_error) {
  Harness *harness;
  int code = harness_start(options, &harness, ret_error);
  if (code == 0) {
    code = harness_require_pytest(harness, ret_error);
    harness_destroy(harness);
  }
  return code;
}
