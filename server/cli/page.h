// Reports as pages of one file: nothing is loaded from elsewhere, whatever the report holds.
#ifndef TESTGEN_SERVER_CLI_PAGE_H
#define TESTGEN_SERVER_CLI_PAGE_H

#include "protocol/memory/buffer.h"
#include "server/cli/cli.h"

// The meta element that forbids to load anything.
#define PAGE_POLICY \
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; " \
  "style-src 'unsafe-inline'; img-src data:; font-src data:\">\n"

// Reads a file that is installed with the program, "report/history.js". An exit code; a failure is printed.
int page_read_part(Cli *cli, const char *name, StringView *ret_text);

// JSON for a script element: nothing in it can end the element.
void page_append_json(Buffer *page, StringView json);

// Writes it so that the old file stays until the new one is whole. An exit code; a failure is printed.
int page_write(Cli *cli, const Buffer *page, StringView path);

#endif
