// coverage.py's `coverage json`, formats 2 and 3 (its manual, "JSON reporting").
#include "server/runner/coverage_build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct ReportMeta {
  int64_t format;
  StringView timestamp;  // local time, "2026-11-20T21:30:00.123456"
  bool has_branches;
} ReportMeta;

static const JsonField meta_fields[] = {
    {"format", JSON_FIELD_INTEGER, 0, offsetof(ReportMeta, format), NULL, NULL, NULL},
    {"timestamp", JSON_FIELD_STRING, 0, offsetof(ReportMeta, timestamp), NULL, NULL, NULL},
    {"branch_coverage", JSON_FIELD_BOOL, 0, offsetof(ReportMeta, has_branches), NULL, NULL, NULL},
};
static const JsonType meta_type = {"CoverageMeta", sizeof(ReportMeta), meta_fields,
                                   sizeof meta_fields / sizeof *meta_fields, NULL};

typedef struct Report {
  ReportMeta meta;
  const JsonValue *files;  // an object: a file by its path
} Report;

static const JsonField report_fields[] = {
    {"meta", JSON_FIELD_OBJECT, JSON_REQUIRED, offsetof(Report, meta), &meta_type, NULL, NULL},
    {"files", JSON_FIELD_VALUE, JSON_REQUIRED, offsetof(Report, files), NULL, NULL, NULL},
};
static const JsonType report_type = {"CoverageReport", sizeof(Report), report_fields,
                                     sizeof report_fields / sizeof *report_fields, NULL};

typedef struct ReportFile {
  JsonArray executed;
  JsonArray missing;
  JsonArray excluded;
  const JsonValue *executed_branches;  // arrays of [line, target], for which field tables have no kind
  const JsonValue *missing_branches;
} ReportFile;

static const JsonField file_fields[] = {
    {"executed_lines", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(ReportFile, executed), NULL, NULL, NULL},
    {"missing_lines", JSON_FIELD_INTEGER_ARRAY, JSON_REQUIRED, offsetof(ReportFile, missing), NULL, NULL, NULL},
    {"excluded_lines", JSON_FIELD_INTEGER_ARRAY, 0, offsetof(ReportFile, excluded), NULL, NULL, NULL},
    {"executed_branches", JSON_FIELD_VALUE, 0, offsetof(ReportFile, executed_branches), NULL, NULL, NULL},
    {"missing_branches", JSON_FIELD_VALUE, 0, offsetof(ReportFile, missing_branches), NULL, NULL, NULL},
};
static const JsonType file_type = {"CoverageReportFile", sizeof(ReportFile), file_fields,
                                   sizeof file_fields / sizeof *file_fields, NULL};

// Where in which text: for messages.
typedef struct JsonPlace {
  StringView path;
  StringView text;
} JsonPlace;

static int fail_at(const JsonPlace *place, size_t offset, Error *ret_error, const char *reason) {
  size_t line, column;
  json_position(place->text, offset, &line, &column);
  return error_set(ret_error, ERROR_PARSE, "%.*s:%zu:%zu: %s", SV_ARGUMENTS(place->path), line, column, reason);
}

static int add_lines(const JsonPlace *place, const JsonMember *member, CoverageFileBuild *file, JsonArray lines,
                     LineState state, Error *ret_error) {
  const int64_t *numbers = lines.items;
  for (size_t index = 0; index < lines.count; index++) {
    if (numbers[index] < 1 || numbers[index] > COVERAGE_LINE_MAX) {
      char reason[200];
      snprintf(reason, sizeof reason, "%.*s has the line number %lld", (int)(member->name.length % 120),
               member->name.data, (long long)numbers[index]);
      return fail_at(place, member->value.offset, ret_error, reason);
    }
    if (!coverage_build_line(file, (uint32_t)numbers[index], state)) {
      return error_set(ret_error, ERROR_LIMIT, "%.*s: no room for all its lines", SV_ARGUMENTS(place->path));
    }
  }
  return 0;
}

// [line, target]; targets below 1 are exits.
static bool read_pair(const JsonValue *pair, CoverageBranch *ret_branch) {
  if (pair->kind != JSON_ARRAY || pair->array.count != 2 || pair->array.items[0].kind != JSON_INTEGER ||
      pair->array.items[1].kind != JSON_INTEGER) {
    return false;
  }
  int64_t line = pair->array.items[0].integer, target = pair->array.items[1].integer;
  if (line < 1 || line > COVERAGE_LINE_MAX || target < -COVERAGE_LINE_MAX || target > COVERAGE_LINE_MAX) {
    return false;
  }
  *ret_branch = (CoverageBranch){.line = (uint32_t)line, .target = target > 0 ? (uint32_t)target : 0};
  return true;
}

static int add_branches(const JsonPlace *place, CoverageFileBuild *file, const JsonValue *pairs, bool is_taken,
                        Error *ret_error) {
  if (!pairs) {
    return 0;
  }
  if (pairs->kind != JSON_ARRAY) {
    return fail_at(place, pairs->offset, ret_error, "branches must be an array of [line, line]");
  }
  for (size_t index = 0; index < pairs->array.count; index++) {
    CoverageBranch branch;
    if (!read_pair(&pairs->array.items[index], &branch)) {
      return fail_at(place, pairs->array.items[index].offset, ret_error, "a branch must be [line, line]");
    }
    branch.is_taken = is_taken;
    if (!coverage_build_branch(file, branch, 0)) {
      return error_set(ret_error, ERROR_LIMIT, "%.*s: no room for all its branches", SV_ARGUMENTS(place->path));
    }
  }
  return 0;
}

static int add_file(const JsonPlace *place, CoverageBuild *build, const JsonMember *member, bool has_branches,
                    Error *ret_error) {
  ReportFile facts;
  Error reason = {0};
  int code = json_decode(&file_type, &member->value, build->arena, &facts, &reason);
  if (code != 0) {
    return fail_at(place, member->value.offset, ret_error, reason.message);
  }
  CoverageFileBuild *file = coverage_build_file(build, member->name);
  if (!file) {
    return error_set(ret_error, ERROR_LIMIT, "%.*s: no room for all its files", SV_ARGUMENTS(place->path));
  }
  file->has_branches = file->has_branches || has_branches;
  const struct {
    JsonArray lines;
    LineState state;
  } parts[] = {{facts.executed, LINE_EXECUTED}, {facts.missing, LINE_MISSING}, {facts.excluded, LINE_EXCLUDED}};
  for (size_t part = 0; code == 0 && part < sizeof parts / sizeof *parts; part++) {
    code = add_lines(place, member, file, parts[part].lines, parts[part].state, ret_error);
  }
  if (code == 0) {
    code = add_branches(place, file, facts.executed_branches, true, ret_error);
  }
  return code == 0 ? add_branches(place, file, facts.missing_branches, false, ret_error) : code;
}

// 0 when it is not understood: then the report counts as old as its file.
static int64_t parse_timestamp(StringView text) {
  struct tm parts = {.tm_isdst = -1};
  char copy[32] = {0};
  memcpy(copy, text.data ? text.data : "", text.length < sizeof copy - 1 ? text.length : sizeof copy - 1);
  if (!strptime(copy, "%Y-%m-%dT%H:%M:%S", &parts)) {
    return 0;
  }
  time_t seconds = mktime(&parts);
  return seconds > 0 ? (int64_t)seconds * 1000 + 999 : 0;
}

int coverage_read_json(CoverageBuild *build, StringView path, StringView text, Error *ret_error) {
  JsonPlace place = {path, text};
  JsonValue value;
  Report report;
  Error reason = {0};
  int code = json_parse(text, build->arena, &value, &reason);
  if (code != 0) {
    return error_set(ret_error, (ErrorCode)code, "%.*s:%s", SV_ARGUMENTS(path), reason.message);
  }
  code = json_decode(&report_type, &value, build->arena, &report, &reason);
  if (code != 0) {
    return error_set(ret_error, ERROR_PARSE, "%.*s:1:1: is JSON, but not by coverage.py: %s", SV_ARGUMENTS(path),
                     reason.message);
  }
  if (report.files->kind != JSON_OBJECT) {
    return fail_at(&place, report.files->offset, ret_error, "\"files\" must be an object");
  }
  build->measured_ms = parse_timestamp(report.meta.timestamp);
  for (size_t index = 0; code == 0 && index < report.files->object.count; index++) {
    code = add_file(&place, build, &report.files->object.members[index], report.meta.has_branches, ret_error);
  }
  return code;
}
