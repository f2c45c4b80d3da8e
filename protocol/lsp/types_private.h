// Private to the files that hold the tables of LSP types.
#ifndef TESTGEN_PROTOCOL_LSP_TYPES_PRIVATE_H
#define TESTGEN_PROTOCOL_LSP_TYPES_PRIVATE_H

#include "protocol/json/json.h"

#include <stddef.h>

// One row: the struct and its member, the name on the wire, the kind, the flags.
#define LSP_FIELD(struct_name, member, wire_name, field_kind, field_flags) \
  { wire_name, JSON_FIELD_##field_kind, field_flags, offsetof(struct_name, member), NULL, NULL, NULL }

// A row with the type of what is inside.
#define LSP_FIELD_OF(struct_name, member, wire_name, field_kind, field_flags, item_type) \
  { wire_name, JSON_FIELD_##field_kind, field_flags, offsetof(struct_name, member), &item_type, NULL, NULL }

// A row with the names of the values.
#define LSP_FIELD_NAMED(struct_name, member, wire_name, field_kind, field_flags, value_names) \
  { wire_name, JSON_FIELD_##field_kind, field_flags, offsetof(struct_name, member), NULL, value_names, NULL }

#define LSP_TYPE(specified_name, struct_name, rows) \
  { specified_name, sizeof(struct_name), rows, sizeof(rows) / sizeof *(rows), NULL }

#endif
