// The commands: one row each. The server advertises and dispatches them, the documentation and the editors'
// contributions are generated from them. The CLI's subcommands take the same parameters.
#ifndef TESTGEN_PROTOCOL_TESTGEN_COMMANDS_H
#define TESTGEN_PROTOCOL_TESTGEN_COMMANDS_H

#include "protocol/json/json.h"

typedef enum CommandIdentifier {
  COMMAND_SCORE,
  COMMAND_CHECK,
  COMMAND_SHOW_COVERAGE_GAPS,
  COMMAND_RUN_TESTS,
  COMMAND_GENERATE,
  COMMAND_IMPLEMENT,
  COMMAND_MUTATE,
  COMMAND_BOUNDARY,
  COMMAND_CHEATS,
  COMMAND_VALUE,
  COMMAND_HISTORY,
  COMMAND_RUN_DETAIL,
  COMMAND_TREND,
  COMMAND_STATS,
  COMMAND_CONFIG,
  COMMAND_EVOLVE,
  COMMAND_EXPLAIN,
  COMMAND_CANCEL,
  COMMAND_COUNT
} CommandIdentifier;

typedef struct CommandRow {
  const char *name;   // "testgen.score"
  const char *title;  // as editors show it
  const JsonType *params;
  const JsonType *result;  // NULL: null
  bool runs_code;          // needs a trusted workspace
  bool is_long;            // shows progress
  const char *documentation;
} CommandRow;

const CommandRow *command_row(CommandIdentifier command);
bool command_by_name(StringView name, CommandIdentifier *ret_command);

#endif
