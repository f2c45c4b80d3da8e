#include "server/generator/stub.h"

#include "server/generator/place.h"
#include "server/generator/python_text.h"
#include "server/generator/spec_internal.h"
#include "server/syntax/snapshot.h"

#include <ctype.h>

#define STUB_TEXT_MAX (1u << 20)  // bytes
#define NAMES_MAX 2000u           // functions, and classes of errors

#define ANY_PARAMETERS SV("*args, **kwargs")

typedef struct StubFunction {
  StringView name;
  StringView parameters;  // without self
  bool is_async;
} StubFunction;

typedef struct StubWork {
  const Spec *spec;
  Arena *arena;
  StringView subject;
  bool is_class;
  Vector functions;  // StubFunction: methods of a class, else of the module
  Vector errors;     // StringView: classes
  Error *ret_error;
} StubWork;

// A body that does no work; NULL: the first parameter is given back.
static const char *const cheat_bodies[] = {"return None", NULL,          "return True", "return False",
                                           "return 0",    "return \"\"", "return []"};
#define CHEAT_COUNT (sizeof cheat_bodies / sizeof *cheat_bodies)

static int no_memory(const StubWork *work) {
  return error_set(work->ret_error, ERROR_NO_MEMORY, "memory is exhausted while a spec is read");
}

// ---- Names and parameters ----

static bool is_name_byte(char byte) {
  return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static size_t name_end(StringView text, size_t start) {
  size_t end = start;
  while (end < text.length && is_name_byte(text.data[end]))
    end++;
  return end > start && !isdigit((unsigned char)text.data[start]) ? end : start;
}

// The index of the bracket that closes the one at `open`; the text's length when there is none.
static size_t closing_bracket(StringView text, size_t open) {
  size_t depth = 0;
  for (size_t at = open; at < text.length; at++) {
    char byte = text.data[at];
    if (byte == '"' || byte == '\'') {
      at = python_string_end(text, at) - 1;
      continue;
    }
    depth += byte == '(' || byte == '[' || byte == '{';
    depth -= byte == ')' || byte == ']' || byte == '}';
    if (depth == 0)
      return at;
  }
  return text.length;
}

static bool is_parameter(StringView part) {
  size_t start = 0;
  while (start < part.length && part.data[start] == '*')
    start++;
  size_t end = name_end(part, start);
  StringView name = string_view_slice(part, start, end),
             rest = string_view_trim(string_view_slice(part, end, part.length));
  bool is_value = string_view_equal(name, SV("None")) || string_view_equal(name, SV("True")) ||
                  string_view_equal(name, SV("False"));
  bool is_marker = string_view_equal(part, SV("*")) || string_view_equal(part, SV("/"));
  return is_marker ||
         (name.length > 0 && !is_value && (rest.length == 0 || rest.data[0] == ':' || rest.data[0] == '='));
}

// Whether the text between two brackets declares parameters, and is no call with values.
static bool are_parameters(StringView text) {
  size_t start = 0;
  for (size_t at = 0; at <= text.length; at++) {
    if (at < text.length && (text.data[at] == '"' || text.data[at] == '\''))
      at = python_string_end(text, at) - 1;
    else if (at < text.length && (text.data[at] == '(' || text.data[at] == '[' || text.data[at] == '{'))
      at = closing_bracket(text, at);
    else if (at >= text.length || text.data[at] == ',') {
      StringView part = string_view_trim(string_view_slice(text, start, at));
      bool is_last = at >= text.length;
      if (!is_parameter(part) && !(is_last && part.length == 0))
        return false;
      start = at + 1;
    }
  }
  return true;
}

// Without the self or cls that a signature may state.
static StringView without_self(StringView parameters) {
  StringView rest = string_view_trim(parameters);
  size_t end = name_end(rest, 0);
  StringView name = string_view_slice(rest, 0, end);
  if (!string_view_equal(name, SV("self")) && !string_view_equal(name, SV("cls")))
    return rest;
  rest = string_view_trim(string_view_slice(rest, end, rest.length));
  return rest.length > 0 && rest.data[0] == ',' ? string_view_trim(string_view_slice(rest, 1, rest.length)) : rest;
}

// The first mention of a function says what its parameters are; a later one does where the first could not.
static int add_function(StubWork *work, StringView name, StringView parameters, bool is_async) {
  for (size_t i = 0; i < work->functions.count; i++) {
    StubFunction *known = vector_at(&work->functions, i);
    if (!string_view_equal(known->name, name))
      continue;
    if (string_view_is_absent(known->parameters))
      known->parameters = parameters;
    return 0;
  }
  StubFunction function = {name, parameters, is_async};
  return vector_push_copy(&work->functions, &function) ? 0 : no_memory(work);
}

// "push(item): ..." at `start`, where a name begins.
static int add_mention(StubWork *work, StringView text, size_t start, bool declares) {
  size_t end = name_end(text, start), open = end;
  StringView name = string_view_slice(text, start, end);
  if (end == start || open >= text.length || text.data[open] != '(')
    return 0;
  size_t close = closing_bracket(text, open);
  StringView inner = without_self(string_view_slice(text, open + 1, close));
  bool is_constructor = work->is_class && string_view_equal(name, work->subject);
  bool is_clear = declares && close < text.length && are_parameters(inner);
  if (is_constructor && !is_clear)
    return 0;
  return add_function(work, is_constructor ? SV("__init__") : name, is_clear ? inner : (StringView){0}, false);
}

// ---- The signature ----

static bool take_word(StringView *text, const char *word) {
  StringView keyword = string_view_from(word);
  if (!string_view_starts_with(*text, keyword) || text->length <= keyword.length ||
      !isspace((unsigned char)text->data[keyword.length]))
    return false;
  *text = string_view_trim(string_view_slice(*text, keyword.length, text->length));
  return true;
}

static int add_signature_line(StubWork *work, StringView line, bool is_first) {
  StringView rest = string_view_trim(line);
  bool is_async = take_word(&rest, "async"), is_def = take_word(&rest, "def");
  if (take_word(&rest, "class")) {
    work->is_class = work->is_class || is_first;
    return 0;
  }
  size_t end = name_end(rest, 0);
  if (end == 0 || (!is_def && !is_first))
    return 0;
  StringView name = string_view_slice(rest, 0, end);
  if (end >= rest.length || rest.data[end] != '(')
    return add_function(work, name, (StringView){0}, is_async);
  size_t close = closing_bracket(rest, end);
  StringView inner = without_self(string_view_slice(rest, end + 1, close));
  return add_function(work, name, are_parameters(inner) ? inner : (StringView){0}, is_async);
}

// A name alone is a class where it is written like one.
static int read_signature(StubWork *work) {
  StringView text = work->spec->signature.length > 0 ? work->spec->signature : work->spec->name;
  work->subject = spec_signature_name(text);
  if (work->subject.length == 0 || name_end(work->subject, 0) < work->subject.length)
    return error_set(
        work->ret_error, ERROR_INVALID_ARGUMENT,
        "%.*s: there is no code for this spec, and it names neither a class nor a function to write: give it "
        "a signature, `class Stack` or `def add(a, b)`",
        SV_ARGUMENTS(work->spec->path));
  StringView rest = text, line;
  bool is_name_alone = string_view_equal(string_view_trim(text), work->subject);
  if (is_name_alone && isupper((unsigned char)work->subject.data[0])) {
    work->is_class = true;
    return 0;
  }
  int result = 0;
  for (bool is_first = true; result == 0 && string_view_next(&rest, '\n', &line); is_first = false)
    result = add_signature_line(work, line, is_first);
  return result;
}

// ---- Clauses and examples ----

// Python's own classes of errors that the text of a spec may name.
static bool is_python_error(StringView name) {
  static const char *const names[] = {
      "ArithmeticError",
      "AssertionError",
      "AttributeError",
      "BaseException",
      "BlockingIOError",
      "BrokenPipeError",
      "BufferError",
      "ChildProcessError",
      "ConnectionError",
      "ConnectionAbortedError",
      "ConnectionRefusedError",
      "ConnectionResetError",
      "EOFError",
      "EnvironmentError",
      "Exception",
      "FileExistsError",
      "FileNotFoundError",
      "FloatingPointError",
      "IOError",
      "ImportError",
      "IndentationError",
      "IndexError",
      "InterruptedError",
      "IsADirectoryError",
      "KeyError",
      "LookupError",
      "MemoryError",
      "ModuleNotFoundError",
      "NameError",
      "NotADirectoryError",
      "NotImplementedError",
      "OSError",
      "OverflowError",
      "PermissionError",
      "ProcessLookupError",
      "RecursionError",
      "ReferenceError",
      "RuntimeError",
      "SyntaxError",
      "SystemError",
      "TabError",
      "TimeoutError",
      "TypeError",
      "UnboundLocalError",
      "UnicodeDecodeError",
      "UnicodeEncodeError",
      "UnicodeError",
      "UnicodeTranslateError",
      "ValueError",
      "ZeroDivisionError",
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (string_view_equal_text(name, names[i]))
      return true;
  return false;
}

static int add_error(StubWork *work, StringView name) {
  bool is_error = name.length > 0 && isupper((unsigned char)name.data[0]) &&
                  (string_view_ends_with(name, SV("Error")) || string_view_ends_with(name, SV("Exception")));
  if (!is_error || is_python_error(name) || string_view_equal(name, SV("Error")))
    return 0;
  for (size_t i = 0; i < work->errors.count; i++)
    if (string_view_equal(*(const StringView *)vector_at(&work->errors, i), name))
      return 0;
  return vector_push_copy(&work->errors, &name) ? 0 : no_memory(work);
}

static int add_errors(StubWork *work, StringView text) {
  int result = 0;
  for (size_t at = 0; at < text.length && result == 0; at++) {
    size_t end = name_end(text, at);
    bool begins = at == 0 || (!is_name_byte(text.data[at - 1]) && text.data[at - 1] != '.');
    if (end > at && begins)
      result = add_error(work, string_view_slice(text, at, end));
    at = end > at ? end - 1 : at;
  }
  return result;
}

static int read_clause(StubWork *work, const SpecClause *clause) {
  int result = add_errors(work, clause->text);
  size_t start = clause->subject.length > 0 ? string_view_find(clause->text, clause->subject) : clause->text.length;
  return result == 0 ? add_mention(work, clause->text, start, !clause->is_edge_case) : result;
}

// `stack.push(1)`: what a dot stands before is a method of the subject. A call without a dot is one where the line
// begins with it.
static int read_calls(StubWork *work, StringView code) {
  int result = 0;
  for (size_t at = 0; at < code.length && result == 0; at++) {
    if (code.data[at] == '"' || code.data[at] == '\'') {
      at = python_string_end(code, at) - 1;
      continue;
    }
    bool begins_line = at == 0 || code.data[at - 1] == '\n';
    bool is_method = at > 0 && code.data[at - 1] == '.';
    if (work->is_class && (begins_line || is_method))
      result = add_mention(work, code, at, false);
  }
  return result;
}

static int read_example(StubWork *work, const SpecExample *example) {
  int result = string_view_is_absent(example->raises) ? 0 : add_error(work, example->raises);
  return result == 0 ? read_calls(work, example->call) : result;
}

static int read_spec(StubWork *work) {
  const Spec *spec = work->spec;
  int result = read_signature(work);
  for (size_t i = 0; i < spec->clause_count && result == 0; i++)
    result = read_clause(work, &spec->clauses[i]);
  for (size_t i = 0; i < spec->example_count && result == 0; i++)
    result = read_example(work, &spec->examples[i]);
  return result;
}

// ---- The text ----

static StringView first_parameter(StringView parameters) {
  return string_view_slice(parameters, 0, name_end(parameters, 0));
}

static void write_body(Buffer *text, const StubWork *work, const StubFunction *function, StringView parameters,
                       const char *const *body) {
  StringView first = first_parameter(parameters);
  if (!body)
    buffer_append_format(text, "raise " STUB_EXCEPTION "(\"%.*s%s%.*s\")\n",
                         work->is_class ? (int)work->subject.length : 0, work->subject.data, work->is_class ? "." : "",
                         SV_ARGUMENTS(function->name));
  else if (*body)
    buffer_append_format(text, "%s\n", *body);
  else
    buffer_append_format(text, "return %.*s\n", SV_ARGUMENTS(first.length > 0 ? first : SV("None")));
}

static void write_function(Buffer *text, const StubWork *work, const StubFunction *function, const char *const *body) {
  bool is_constructor = work->is_class && string_view_equal(function->name, SV("__init__"));
  StringView parameters = string_view_is_absent(function->parameters) ? ANY_PARAMETERS : function->parameters;
  const char *indent = work->is_class ? "    " : "";
  buffer_append_format(text, "\n%s%s%sdef %.*s(%s%s%.*s):\n%s    ", work->is_class ? "" : "\n", indent,
                       function->is_async ? "async " : "", SV_ARGUMENTS(function->name), work->is_class ? "self" : "",
                       work->is_class && parameters.length > 0 ? ", " : "", SV_ARGUMENTS(parameters), indent);
  if (is_constructor)
    buffer_append_text(text, "pass\n");
  else
    write_body(text, work, function, parameters, body);
}

static void write_class(Buffer *text, StringView name, const char *base, const char *sentence) {
  buffer_append_format(text, "\n\nclass %.*s%s:\n    \"\"\"%s\"\"\"\n", SV_ARGUMENTS(name), base, sentence);
}

// `body` NULL: every function raises STUB_EXCEPTION.
static StringView write_text(const StubWork *work, StringView existing, const char *const *body) {
  Buffer text;
  buffer_init(&text, STUB_TEXT_MAX);
  buffer_append(&text, existing);
  if (existing.length == 0)
    buffer_append_text(&text, "from __future__ import annotations\n");
  else if (existing.data[existing.length - 1] != '\n')
    buffer_append_byte(&text, '\n');
  write_class(&text, SV(STUB_EXCEPTION), "(BaseException)", "Raised by all that is still to be written.");
  for (size_t i = 0; i < work->errors.count; i++)
    write_class(&text, *(const StringView *)vector_at(&work->errors, i), "(Exception)", "Named by the spec.");
  if (work->is_class)
    write_class(&text, work->subject, "", "Still to be written.");
  for (size_t i = 0; i < work->functions.count; i++)
    write_function(&text, work, vector_at(&work->functions, i), body);
  StringView copy = text.failure ? (StringView){0} : arena_copy(work->arena, buffer_view(&text));
  buffer_finish(&text);
  return copy;
}

static int check_text(const StubWork *work, StringView text) {
  SyntaxParser *parser = NULL;
  Snapshot *snapshot = NULL;
  int result = syntax_parser_create(language_at(0), &parser, work->ret_error);
  if (result == 0)
    result = snapshot_create(parser, text, &snapshot, work->ret_error);
  if (result == 0 && ts_node_has_error(snapshot_root(snapshot)))
    result = error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                       "%.*s: the signature and the requirements do not name Python functions: write them as "
                       "`def add(a, b)` or `push(item): ...`",
                       SV_ARGUMENTS(work->spec->path));
  snapshot_release(snapshot);
  syntax_parser_destroy(parser);
  return result;
}

static int write_texts(const StubWork *work, Stub *stub) {
  StringView *cheats = arena_allocate_array(work->arena, CHEAT_COUNT, sizeof *cheats);
  stub->text = write_text(work, stub->existing, NULL);
  bool is_done = cheats && stub->text.data;
  for (size_t i = 0; i < CHEAT_COUNT && is_done; i++) {
    cheats[i] = write_text(work, stub->existing, &cheat_bodies[i]);
    is_done = cheats[i].data != NULL;
  }
  stub->cheats = cheats;
  stub->cheat_count = CHEAT_COUNT;
  return is_done ? check_text(work, stub->text) : no_memory(work);
}

// ---- The place ----

static bool has_folder(const WorkspaceIndex *index, StringView folder, Arena *arena) {
  FileAnalysis **files;
  size_t count = workspace_index_files(index, arena, &files);
  for (size_t i = 0; i < count; i++)
    if (string_view_starts_with(analysis_path(files[i]), folder))
      return true;
  return false;
}

// A dotted name below src/ where that is the project's layout.
static StringView path_of_module(const WorkspaceIndex *index, StringView module, Arena *arena) {
  StringView path = arena_format(arena, "%.*s.py", SV_ARGUMENTS(module));
  for (size_t at = 0; path.data && at < module.length; at++)
    if (module.data[at] == '.')
      ((char *)path.data)[at] = '/';
  size_t top = string_view_find_byte(module, '.');
  StringView inside = arena_format(arena, "src/%.*s/", SV_ARGUMENTS(string_view_slice(module, 0, top)));
  bool is_below_src = path.data && inside.data && top < module.length && has_folder(index, inside, arena);
  return is_below_src ? arena_format(arena, "src/%.*s", SV_ARGUMENTS(path)) : path;
}

// Modules of Python that a class or function may be called like: a file of that name beside the tests would hide them.
static bool hides_python_module(StringView path) {
  static const char *const names[] = {
      "abc",         "array",    "ast",       "base64",   "bisect",   "calendar", "cmd",       "code",   "codecs",
      "collections", "copy",     "csv",       "datetime", "dis",      "decimal",  "email",     "enum",   "fractions",
      "functools",   "gc",       "glob",      "graphlib", "hashlib",  "heapq",    "hmac",      "html",   "http",
      "inspect",     "io",       "itertools", "json",     "keyword",  "locale",   "logging",   "math",   "numbers",
      "operator",    "os",       "parser",    "pathlib",  "pickle",   "platform", "profile",   "queue",  "random",
      "re",          "sched",    "secrets",   "select",   "shelve",   "signal",   "site",      "socket", "ssl",
      "statistics",  "string",   "struct",    "symbol",   "sys",      "symtable", "tempfile",  "test",   "textwrap",
      "threading",   "time",     "timeit",    "token",    "tokenize", "trace",    "traceback", "turtle", "types",
      "typing",      "unittest", "uuid",      "warnings", "wave",     "weakref",  "zipfile",
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (string_view_equal_text(string_view_slice(path, 0, path.length - 3), names[i]))
      return true;
  return false;
}

static int choose_path(const StubWork *work, const WorkspaceIndex *index, Stub *stub) {
  StringView module = work->spec->module;
  bool is_path = string_view_ends_with(module, SV(".py"));
  if (string_view_is_absent(module))
    stub->path = arena_format(work->arena, "%.*s.py", SV_ARGUMENTS(python_snake_case(work->subject, work->arena)));
  else
    stub->path = is_path ? module : path_of_module(index, module, work->arena);
  if (stub->path.data && hides_python_module(stub->path) && string_view_is_absent(module))
    stub->path =
        arena_format(work->arena, "%.*s_.py", SV_ARGUMENTS(string_view_slice(stub->path, 0, stub->path.length - 3)));
  if (!stub->path.data)
    return no_memory(work);
  if (hides_python_module(stub->path))
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "%.*s: %.*s would hide a module of Python: name another one", SV_ARGUMENTS(work->spec->path),
                     SV_ARGUMENTS(stub->path));
  if (!place_is_inside(stub->path) || place_is_test_path(stub->path))
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "%.*s: %.*s is no place for the code: name a module inside the workspace, beside the tests",
                     SV_ARGUMENTS(work->spec->path), SV_ARGUMENTS(stub->path));
  const FileAnalysis *there = workspace_index_get(index, stub->path);
  stub->existing = there ? analysis_text(there) : SV("");
  return 0;
}

int stub_of_spec(const Spec *spec, const WorkspaceIndex *index, Arena *arena, Stub *ret_stub, Error *ret_error) {
  StubWork work = {.spec = spec, .arena = arena, .ret_error = ret_error};
  Stub stub = {0};
  vector_init(&work.functions, sizeof(StubFunction), NAMES_MAX);
  vector_init(&work.errors, sizeof(StringView), NAMES_MAX);
  int result = read_spec(&work);
  stub.subject = work.subject;
  if (result == 0)
    result = choose_path(&work, index, &stub);
  if (result == 0)
    result = write_texts(&work, &stub);
  vector_finish(&work.errors);
  vector_finish(&work.functions);
  if (result == 0)
    *ret_stub = stub;
  return result;
}
