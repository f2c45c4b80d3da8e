// A generation for the terminal: each test with what it adds, what was rejected and why, and what it was measured from.
#ifndef TESTGEN_SERVER_CLI_GENERATE_TEXT_H
#define TESTGEN_SERVER_CLI_GENERATE_TEXT_H

#include "server/cli/cli.h"

void print_generation(Cli *cli, const GenerateReport *report);

#endif
