// Whatever a report says: no crash, and what is read is sorted, within bounds and without duplicates.
#include "server/runner/coverage_build.h"

#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static void check_numbers(JsonArray numbers) {
  const int64_t *items = numbers.items;
  for (size_t index = 0; index < numbers.count; index++) {
    require(items[index] >= 1 && items[index] <= COVERAGE_LINE_MAX);
    require(index == 0 || items[index - 1] < items[index]);
  }
}

static void check_file(const CoverageFile *file) {
  require(file->path.data != NULL);
  check_numbers(file->executed);
  check_numbers(file->missing);
  check_numbers(file->excluded);
  require(file->has_branches || file->branches.count == 0);
  const CoverageBranch *branches = file->branches.items;
  for (size_t index = 1; index < file->branches.count; index++) {
    require(branches[index - 1].line <= branches[index].line);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Error error = {0};
  CoverageReport report;
  StringView text = {(const char *)data, size};
  int code = coverage_read_text(SV("/nonexistent"), SV("report"), text, &arena, &report, &error);
  require((code == 0) == (error.code == 0) && code == error.code);
  const CoverageFile *files = code == 0 ? report.files.items : NULL;
  for (size_t index = 0; code == 0 && index < report.files.count; index++) {
    check_file(&files[index]);
    require(index == 0 || string_view_compare(files[index - 1].path, files[index].path) < 0);
  }
  arena_finish(&arena);
  return 0;
}
