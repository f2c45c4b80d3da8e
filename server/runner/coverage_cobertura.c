// Cobertura XML (coverage-04.dtd) as coverage.py, pytest-cov and others write it, read with expat.
#include "server/runner/coverage_build.h"

#include <expat.h>
#include <string.h>

#define NESTING_MAX 64
#define SOURCE_MAX 4096     // bytes of one <source>
#define BRANCHES_MAX 10000  // of one line
#define PIECE_SIZE (1u << 20)

typedef struct XmlReader {
  CoverageBuild *build;
  StringView path;
  XML_Parser parser;
  CoverageFileBuild *file;  // of the current class; NULL outside
  int depth;
  bool is_in_source;
  bool has_root;
  char source[SOURCE_MAX];
  size_t source_length;
  int code;
  Error *error;
} XmlReader;

static void fail(XmlReader *reader, ErrorCode code, const char *reason) {
  if (reader->code == 0) {
    reader->code = error_set(reader->error, code, "%.*s:%lu:%lu: %s", SV_ARGUMENTS(reader->path),
                             (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                             (unsigned long)XML_GetCurrentColumnNumber(reader->parser) + 1, reason);
    XML_StopParser(reader->parser, XML_FALSE);
  }
}

static StringView attribute(const XML_Char **attributes, const char *name) {
  for (; attributes[0]; attributes += 2) {
    if (strcmp(attributes[0], name) == 0) {
      return string_view_from(attributes[1]);
    }
  }
  return (StringView){0};
}

// ---- Elements ----

// Milliseconds by coverage.py, seconds by others.
static void begin_coverage(XmlReader *reader, const XML_Char **attributes) {
  int64_t timestamp;
  reader->has_root = true;
  if (string_view_to_int64(attribute(attributes, "timestamp"), &timestamp) && timestamp > 1000000000) {
    bool is_milliseconds = timestamp > 100000000000;
    reader->build->measured_ms = is_milliseconds ? timestamp : timestamp * 1000;
  }
}

static void begin_source(XmlReader *reader, const XML_Char **attributes) {
  (void)attributes;
  reader->is_in_source = true;
  reader->source_length = 0;
}

static void begin_class(XmlReader *reader, const XML_Char **attributes) {
  StringView name = attribute(attributes, "filename");
  if (name.length == 0) {
    fail(reader, ERROR_PARSE, "a class needs a filename");
    return;
  }
  reader->file = coverage_build_file(reader->build, name);
  if (!reader->file) {
    fail(reader, ERROR_LIMIT, "there is no room for so many files");
  }
}

// "50% (1/2)": covered and all ways out of the line.
static bool parse_conditions(StringView text, int64_t *ret_covered, int64_t *ret_total) {
  size_t open = string_view_find_byte(text, '('), close = string_view_find_byte(text, ')');
  StringView rest = string_view_slice(text, open + 1, close), covered = {0}, total = {0};
  string_view_next(&rest, '/', &covered);
  string_view_next(&rest, '/', &total);
  return string_view_to_int64(covered, ret_covered) && string_view_to_int64(total, ret_total) && *ret_covered >= 0 &&
         *ret_covered <= *ret_total && *ret_total <= BRANCHES_MAX;
}

// coverage.py lists where the missing ways would go ("7,exit"); nobody says where the covered ones went.
static void add_branches(XmlReader *reader, uint32_t line, const XML_Char **attributes) {
  int64_t covered, total;
  if (!parse_conditions(attribute(attributes, "condition-coverage"), &covered, &total)) {
    fail(reader, ERROR_PARSE, "condition-coverage must look like 50% (1/2)");
    return;
  }
  StringView missing = attribute(attributes, "missing-branches"), name;
  for (int64_t way = 0; way < total; way++) {
    CoverageBranch branch = {.line = line, .is_taken = way < covered};
    if (way >= covered && string_view_next(&missing, ',', &name)) {
      uint32_t target;
      branch.target = coverage_parse_line(string_view_trim(name), &target) ? target : 0;
    }
    if (!coverage_build_branch(reader->file, branch, (uint64_t)way)) {
      fail(reader, ERROR_LIMIT, "there is no room for so many branches");
      return;
    }
  }
}

static void begin_line(XmlReader *reader, const XML_Char **attributes) {
  uint32_t line;
  double hits;
  if (!reader->file) {
    fail(reader, ERROR_PARSE, "a line stands outside a class");
  } else if (!coverage_parse_line(attribute(attributes, "number"), &line)) {
    fail(reader, ERROR_PARSE, "a line needs a number");
  } else if (!string_view_to_double(attribute(attributes, "hits"), &hits)) {
    fail(reader, ERROR_PARSE, "a line needs its hits");
  } else if (!coverage_build_line(reader->file, line, hits > 0 ? LINE_EXECUTED : LINE_MISSING)) {
    fail(reader, ERROR_LIMIT, "there is no room for so many lines");
  } else if (string_view_equal(attribute(attributes, "branch"), SV("true"))) {
    add_branches(reader, line, attributes);
  }
}

static void end_class(XmlReader *reader) {
  reader->file = NULL;
}

static void end_source(XmlReader *reader) {
  StringView source = string_view_trim((StringView){reader->source, reader->source_length});
  StringView copy = arena_copy(reader->build->arena, source);
  reader->is_in_source = false;
  if (source.length > 0 && (!copy.data || !vector_push_copy(&reader->build->sources, &copy))) {
    fail(reader, ERROR_LIMIT, "there is no room for so many sources");
  }
}

static const struct {
  const char *name;
  void (*begin)(XmlReader *reader, const XML_Char **attributes);
  void (*end)(XmlReader *reader);
} elements[] = {
    {"coverage", begin_coverage, NULL},
    {"source", begin_source, end_source},
    {"class", begin_class, end_class},
    {"line", begin_line, NULL},
};

static void XMLCALL on_begin(void *user, const XML_Char *name, const XML_Char **attributes) {
  XmlReader *reader = user;
  if (++reader->depth > NESTING_MAX) {
    fail(reader, ERROR_LIMIT, "elements are nested too deeply");
    return;
  }
  if (reader->depth == 1 && strcmp(name, "coverage") != 0) {
    fail(reader, ERROR_PARSE, "is XML, but no Cobertura report: its first element must be coverage");
    return;
  }
  for (size_t index = 0; index < sizeof elements / sizeof *elements; index++) {
    if (strcmp(name, elements[index].name) == 0) {
      elements[index].begin(reader, attributes);
      return;
    }
  }
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
  XmlReader *reader = user;
  reader->depth--;
  for (size_t index = 0; index < sizeof elements / sizeof *elements; index++) {
    if (elements[index].end && strcmp(name, elements[index].name) == 0) {
      elements[index].end(reader);
    }
  }
}

static void XMLCALL on_text(void *user, const XML_Char *text, int length) {
  XmlReader *reader = user;
  if (!reader->is_in_source) {
    return;
  }
  if ((size_t)length > sizeof reader->source - reader->source_length) {
    fail(reader, ERROR_LIMIT, "a source is too long");
    return;
  }
  memcpy(reader->source + reader->source_length, text, (size_t)length);
  reader->source_length += (size_t)length;
}

// Reports declare no entities; files that do want to grow ("billion laughs") or to read other files.
static void XMLCALL on_entity(void *user, const XML_Char *name, int is_parameter, const XML_Char *value,
                              int value_length, const XML_Char *base, const XML_Char *system_id,
                              const XML_Char *public_id, const XML_Char *notation) {
  (void)name, (void)is_parameter, (void)value, (void)value_length;
  (void)base, (void)system_id, (void)public_id, (void)notation;
  fail(user, ERROR_PARSE, "declares an entity, which a coverage report has no use for");
}

// ---- The file ----

static void parse(XmlReader *reader, StringView text) {
  for (size_t start = 0; reader->code == 0; start += PIECE_SIZE) {
    StringView piece = string_view_slice(text, start, start + PIECE_SIZE);
    bool is_last = start + PIECE_SIZE >= text.length;
    if (XML_Parse(reader->parser, piece.data, (int)piece.length, is_last) != XML_STATUS_OK && reader->code == 0) {
      fail(reader, ERROR_PARSE, XML_ErrorString(XML_GetErrorCode(reader->parser)));
    }
    if (is_last) {
      return;
    }
  }
}

int coverage_read_cobertura(CoverageBuild *build, StringView path, StringView text, Error *ret_error) {
  XmlReader reader = {.build = build, .path = path, .error = ret_error};
  reader.parser = XML_ParserCreate(NULL);
  if (!reader.parser) {
    return error_set(ret_error, ERROR_NO_MEMORY, "%.*s: no memory to read it", SV_ARGUMENTS(path));
  }
  XML_SetUserData(reader.parser, &reader);
  XML_SetElementHandler(reader.parser, on_begin, on_end);
  XML_SetCharacterDataHandler(reader.parser, on_text);
  XML_SetEntityDeclHandler(reader.parser, on_entity);
  parse(&reader, text);
  XML_ParserFree(reader.parser);
  return reader.code;
}
