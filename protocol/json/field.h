// Shorthands for the rows of field tables, where the member has the name that stands on the wire.
#ifndef TESTGEN_PROTOCOL_JSON_FIELD_H
#define TESTGEN_PROTOCOL_JSON_FIELD_H

#include "protocol/json/json.h"

#define JSON_FIELD(struct_name, member, kind, flags, documentation) \
  { #member, JSON_FIELD_##kind, (flags), offsetof(struct_name, member), NULL, NULL, documentation }

// Of OBJECT, POINTER and ARRAY fields: with the type of what is inside.
#define JSON_FIELD_OF(struct_name, member, kind, flags, type, documentation) \
  { #member, JSON_FIELD_##kind, (flags), offsetof(struct_name, member), &(type), NULL, documentation }

// Of ENUM and ENUM_ARRAY fields: with the names by value.
#define JSON_FIELD_NAMED(struct_name, member, kind, flags, names, documentation) \
  { #member, JSON_FIELD_##kind, (flags), offsetof(struct_name, member), NULL, names, documentation }

#define JSON_TYPE(struct_name, fields, documentation) \
  { #struct_name, sizeof(struct_name), fields, sizeof(fields) / sizeof *(fields), documentation }

#endif
