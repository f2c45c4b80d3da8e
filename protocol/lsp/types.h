// The structures of LSP 3.17 (and the few of 3.18) that this server reads or writes: structs named as in the
// specification with "Lsp" in front, each with its field table `lsp_<name>_type`. Position and Range stand in
// position.h.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_H
#define TESTGEN_PROTOCOL_LSP_TYPES_H

#include "protocol/lsp/types_basic.h"
#include "protocol/lsp/types_document.h"
#include "protocol/lsp/types_features.h"
#include "protocol/lsp/types_initialize.h"
#include "protocol/lsp/types_window.h"
#include "protocol/lsp/types_workspace.h"

#endif
