// lcov tracefiles (geninfo(1), "FILES"), also as coverage.py writes them, whose branches have names.
#include "server/runner/coverage_build.h"

typedef struct LcovReader {
  CoverageBuild *build;
  StringView path;
  CoverageFileBuild *file;  // of the current record; NULL between records
  size_t line;              // 1-based, of the report
} LcovReader;

static int fail_line(const LcovReader *reader, const char *reason, Error *ret_error) {
  return error_set(ret_error, ERROR_PARSE, "%.*s:%zu:1: %s", SV_ARGUMENTS(reader->path), reader->line, reason);
}

static int fail_room(const LcovReader *reader, Error *ret_error) {
  return error_set(ret_error, ERROR_LIMIT, "%.*s:%zu:1: there is no room for so much", SV_ARGUMENTS(reader->path),
                   reader->line);
}

static int read_source(LcovReader *reader, StringView rest, Error *ret_error) {
  if (rest.length == 0) {
    return fail_line(reader, "SF needs a path", ret_error);
  }
  reader->file = coverage_build_file(reader->build, rest);
  return reader->file ? 0 : fail_room(reader, ret_error);
}

static int read_end(LcovReader *reader, StringView rest, Error *ret_error) {
  (void)rest;
  (void)ret_error;
  reader->file = NULL;
  return 0;
}

// Counts may be larger than any integer, and gcov writes negative ones by mistake: only "more than 0" matters.
static bool is_count(StringView text, bool *ret_is_positive) {
  double count;
  if (!string_view_to_double(text, &count)) {
    return false;
  }
  *ret_is_positive = count > 0;
  return true;
}

// DA:line,count[,checksum]
static int read_line(LcovReader *reader, StringView rest, Error *ret_error) {
  StringView number = {0}, count = {0};
  uint32_t line;
  bool is_executed;
  string_view_next(&rest, ',', &number);
  string_view_next(&rest, ',', &count);
  if (!coverage_parse_line(number, &line) || !is_count(count, &is_executed)) {
    return fail_line(reader, "DA needs a line number and a count", ret_error);
  }
  LineState state = is_executed ? LINE_EXECUTED : LINE_MISSING;
  return coverage_build_line(reader->file, line, state) ? 0 : fail_room(reader, ret_error);
}

// coverage.py names its branches "jump to line 7"; every other name says nothing about the target.
static uint32_t target_of(StringView name) {
  StringView prefix = SV("jump to line ");
  uint32_t target;
  if (string_view_starts_with(name, prefix) &&
      coverage_parse_line(string_view_slice(name, prefix.length, name.length), &target)) {
    return target;
  }
  return 0;
}

// BRDA:line,block,branch,taken; `taken` is "-" when the line never ran; the branch may be text with commas in it.
static int read_branch(LcovReader *reader, StringView rest, Error *ret_error) {
  StringView number = {0}, block = {0};
  uint32_t line;
  bool is_taken = false;
  string_view_next(&rest, ',', &number);
  string_view_next(&rest, ',', &block);
  size_t last = rest.length;
  while (last > 0 && rest.data[last - 1] != ',') {
    last--;
  }
  StringView taken = string_view_slice(rest, last, rest.length);
  if (last == 0 || !coverage_parse_line(number, &line) ||
      (!string_view_equal(taken, SV("-")) && !is_count(taken, &is_taken))) {
    return fail_line(reader, "BRDA needs a line number, a block, a branch and a count", ret_error);
  }
  StringView name = string_view_slice(rest, 0, last - 1);
  CoverageBranch branch = {line, target_of(name), is_taken};
  uint64_t identity = string_view_hash(block) * 31 + string_view_hash(name);
  return coverage_build_branch(reader->file, branch, identity) ? 0 : fail_room(reader, ret_error);
}

// BRF:count. Says that branches were looked for, also when there are none.
static int read_branch_count(LcovReader *reader, StringView rest, Error *ret_error) {
  (void)rest;
  (void)ret_error;
  reader->file->has_branches = true;
  return 0;
}

// Every other record (functions, summaries, checksums) says nothing that is needed.
static const struct {
  StringView name;
  bool needs_file;
  int (*read)(LcovReader *reader, StringView rest, Error *ret_error);
} records[] = {
    {{"SF:", 3}, false, read_source},  {{"end_of_record", 13}, false, read_end}, {{"DA:", 3}, true, read_line},
    {{"BRDA:", 5}, true, read_branch}, {{"BRF:", 4}, true, read_branch_count},
};

static int read_record(LcovReader *reader, StringView line, Error *ret_error) {
  for (size_t index = 0; index < sizeof records / sizeof *records; index++) {
    if (string_view_starts_with(line, records[index].name)) {
      if (records[index].needs_file && !reader->file) {
        return fail_line(reader, "stands outside a record: SF:path must come before it", ret_error);
      }
      StringView rest = string_view_slice(line, records[index].name.length, line.length);
      return records[index].read(reader, rest, ret_error);
    }
  }
  return 0;
}

int coverage_read_lcov(CoverageBuild *build, StringView path, StringView text, Error *ret_error) {
  LcovReader reader = {.build = build, .path = path};
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    reader.line++;
    int code = read_record(&reader, string_view_trim(line), ret_error);
    if (code != 0) {
      return code;
    }
  }
  return 0;
}
