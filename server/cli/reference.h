// The reference pages, printed as Markdown.
#ifndef TESTGEN_SERVER_CLI_REFERENCE_H
#define TESTGEN_SERVER_CLI_REFERENCE_H

#include "server/cli/cli.h"

int reference_cli(void);          // docs/cli.md
int reference_settings(void);     // docs/settings.md
int reference_commands(void);     // docs/commands.md
int reference_diagnostics(void);  // docs/diagnostics/README.md

#endif
