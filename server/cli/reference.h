// The reference pages, printed as Markdown, and what editors' manifests are made from.
#ifndef TESTGEN_SERVER_CLI_REFERENCE_H
#define TESTGEN_SERVER_CLI_REFERENCE_H

#include "server/cli/cli.h"

int reference_cli(void);          // docs/cli.md
int reference_settings(void);     // docs/settings.md
int reference_commands(void);     // docs/commands.md
int reference_diagnostics(void);  // docs/diagnostics/README.md
int reference_editor(void);       // commands and settings as JSON, for clients/vscode/package.json

#endif
