// pytest's own configuration of a workspace: which files, classes and functions are tests, and where modules come from.
//
// Source: pytest's "Configuration": the first of pytest.ini, .pytest.ini, pytest.toml, pyproject.toml
// ([tool.pytest.ini_options] or [tool.pytest]), tox.ini ([pytest]) and setup.cfg ([tool:pytest]) that has its section
// counts.
#ifndef TESTGEN_SERVER_SERVICES_PYTEST_CONFIG_H
#define TESTGEN_SERVER_SERVICES_PYTEST_CONFIG_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

typedef struct TextList {
  const StringView *items;
  size_t count;
} TextList;

typedef struct PytestConfig {
  StringView source;  // the file that was used, relative; absent: none
  TextList python_files;
  TextList python_classes;
  TextList python_functions;
  TextList python_path;
  TextList test_paths;
} PytestConfig;

// Missing files are fine. Failures are NO_MEMORY only: what cannot be read is left to pytest to complain about.
int pytest_config_read(StringView root, Arena *arena, PytestConfig *ret_config, Error *ret_error);

#endif
