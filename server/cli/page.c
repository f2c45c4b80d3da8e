#include "server/cli/page.h"

#include "server/base/files.h"
#include "server/base/install.h"

#define PART_MAX (8u << 20)  // bytes

int page_read_part(Cli *cli, const char *name, StringView *ret_text) {
  Error error = {0};
  StringView path = install_path(&cli->arena, name);
  if (path.data && file_read(path.data, PART_MAX, &cli->arena, ret_text, &error) == 0)
    return EXIT_FINE;
  fprintf(stderr, "testgen: what shows the page is missing: %s: install TestGen again\n", error.message);
  return EXIT_INCOMPLETE;
}

// In JSON a "<" stands in strings only.
void page_append_json(Buffer *page, StringView json) {
  StringView piece;
  bool is_first = true;
  while (string_view_next(&json, '<', &piece)) {
    if (!is_first)
      buffer_append_text(page, "\\u003c");
    is_first = false;
    buffer_append(page, piece);
  }
}

int page_write(Cli *cli, const Buffer *page, StringView path) {
  Error error = {0};
  const char *target = arena_terminated(&cli->arena, path);
  int result = buffer_check(page, &error, "the page");
  if (result == 0 && !target)
    result = error_set(&error, ERROR_NO_MEMORY, "out of memory while writing the page");
  if (result == 0)
    result = file_write_atomic(target, buffer_view(page), &error);
  return result < 0 ? cli_fail(&error) : EXIT_FINE;
}
