// JSON: a reader (on yajl) into an arena, field tables that turn values into structs and back, and a streaming writer.
//
// A message type is declared once, as a struct and a table of its fields; decoding, encoding, schemas and documentation
// all follow from the table. Features never walk JSON values by hand.
#ifndef TESTGEN_PROTOCOL_JSON_JSON_H
#define TESTGEN_PROTOCOL_JSON_JSON_H

#include "protocol/memory/arena.h"
#include "protocol/memory/buffer.h"
#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Values ----

typedef enum JsonKind {
  JSON_NULL,
  JSON_BOOL,
  JSON_INTEGER,  // a whole number that fits int64_t
  JSON_DOUBLE,   // every other number
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT,
  JSON_KIND_COUNT
} JsonKind;

typedef struct JsonValue JsonValue;
typedef struct JsonMember JsonMember;

struct JsonValue {
  JsonKind kind;
  uint32_t offset;  // where the value begins in the text, in bytes; for messages with a position
  union {
    bool boolean;
    int64_t integer;
    double number;
    StringView string;  // UTF-8, escapes resolved; may hold NUL bytes
    struct {
      JsonValue *items;
      size_t count;
    } array;
    struct {
      JsonMember *members;  // in the text's order; on duplicate keys the last one counts
      size_t count;
    } object;
  };
};

struct JsonMember {
  StringView name;
  JsonValue value;
  uint32_t name_offset;  // where the name begins in the text, in bytes
};

#define JSON_DEPTH_MAX 128          // nesting of arrays and objects; deeper text is refused
#define JSON_TEXT_MAX (64u << 20)   // bytes
#define JSON_VALUES_MAX (4u << 20)  // values in one text

// Parses one JSON text (RFC 8259; nothing but white space may follow). The value lives in the arena and borrows nothing
// from `text`. Failures: PARSE with "line:column: ..." (1-based, columns in characters), LIMIT, NO_MEMORY.
int json_parse(StringView text, Arena *arena, JsonValue *ret_value, Error *ret_error);

const JsonValue *json_member(const JsonValue *object, const char *name);  // NULL when absent or not an object
const char *json_kind_name(JsonKind kind);                                // "an object", "a string": for messages

// Line and column (1-based, columns in characters) of a byte offset: for messages about files.
void json_position(StringView text, size_t offset, size_t *ret_line, size_t *ret_column);

// ---- Field tables ----

typedef struct JsonArray {
  void *items;  // of the field's item type, in an arena
  size_t count;
} JsonArray;

typedef struct OptionalInteger {
  bool present;
  int64_t value;
} OptionalInteger;

typedef struct OptionalNumber {
  bool present;
  double value;
} OptionalNumber;

typedef enum JsonFieldKind {
  JSON_FIELD_BOOL,              // bool
  JSON_FIELD_INTEGER,           // int64_t
  JSON_FIELD_UINTEGER,          // uint32_t, 0 to 2^31-1 (the LSP's uinteger)
  JSON_FIELD_DOUBLE,            // double
  JSON_FIELD_OPTIONAL_INTEGER,  // OptionalInteger
  JSON_FIELD_OPTIONAL_DOUBLE,   // OptionalNumber
  JSON_FIELD_STRING,            // StringView; absent when data == NULL
  JSON_FIELD_ENUM,              // int, a string on the wire, by `names`
  JSON_FIELD_OBJECT,            // the struct of `type`, embedded
  JSON_FIELD_POINTER,           // pointer to the struct of `type`; absent when NULL
  JSON_FIELD_ARRAY,             // JsonArray of structs of `type`
  JSON_FIELD_STRING_ARRAY,      // JsonArray of StringView
  JSON_FIELD_INTEGER_ARRAY,     // JsonArray of int64_t
  JSON_FIELD_ENUM_ARRAY,        // JsonArray of int, by `names`
  JSON_FIELD_VALUE,             // const JsonValue *, as it stands; absent when NULL
  JSON_FIELD_RAW,               // StringView: JSON text, written as it stands; cannot be decoded
  JSON_FIELD_KIND_COUNT
} JsonFieldKind;

enum {
  JSON_REQUIRED = 1 << 0,  // decoding fails when it is missing; encoding always writes it
  JSON_NULLABLE = 1 << 1,  // null decodes as absent; a required absent value is written as null
  JSON_LENIENT = 1 << 2,  // a value of the wrong kind decodes as absent instead of failing; arrays lose such items only
  JSON_OMIT_ZERO = 1 << 3,  // encoding leaves out false, 0, the enum's first value and empty arrays
};

typedef struct JsonType JsonType;

typedef struct JsonField {
  const char *name;  // on the wire
  JsonFieldKind kind;
  unsigned flags;
  size_t offset;              // offsetof in the struct
  const JsonType *type;       // OBJECT, POINTER, ARRAY
  const char *const *names;   // ENUM kinds: names by value, NULL at the end
  const char *documentation;  // one sentence for schemas and docs; NULL for the LSP's own types
} JsonField;

struct JsonType {
  const char *name;  // as the specification calls it
  size_t size;       // sizeof the struct
  const JsonField *fields;
  size_t field_count;
  const char *documentation;  // may be NULL
};

// Fills `*ret_struct` (zeroed first) from an object by the table. Unknown members are ignored. A failure is
// INVALID_ARGUMENT and names the field by its whole path ("edits[2].range.start: ..."), what was expected and what
// stands there. Strings and arrays are borrowed from the value's arena or made in `arena`. As peers often write null
// for what they could leave out, null is absent for every field that is not required. Integers may be written as 1.0. A
// RAW field stays absent; a VALUE field keeps null unless it is nullable.
int json_decode(const JsonType *type, const JsonValue *value, Arena *arena, void *ret_struct, Error *ret_error);

// The byte offset at which the last failed json_decode of this thread's `Error` cannot be known from the message alone,
// so the strict variant reports it (it may be NULL): of the value, or of the name of an unknown member. It also refuses
// unknown members and null for optional fields. It is for files that people write, so "$schema" may stand in the
// outermost object.
int json_decode_strict(const JsonType *type, const JsonValue *value, Arena *arena, void *ret_struct,
                       uint32_t *ret_error_offset, Error *ret_error);

// ---- Writer ----

// A value that was read may be written inside others, so the writer goes deeper than the reader.
#define JSON_WRITER_DEPTH_MAX (2 * JSON_DEPTH_MAX)

// Streams JSON into a buffer; commas and colons are placed by the writer. Misuse (a name outside an object) asserts.
typedef struct JsonWriter {
  Buffer *buffer;
  int indent;  // spaces per level; 0 writes one line
  unsigned depth;
  bool is_first[JSON_WRITER_DEPTH_MAX + 1];   // nothing written yet at that depth
  bool is_object[JSON_WRITER_DEPTH_MAX + 1];  // what is open at that depth
  bool after_name;
} JsonWriter;

void json_writer_init(JsonWriter *writer, Buffer *buffer, int indent);
void json_write_object_begin(JsonWriter *writer);
void json_write_object_end(JsonWriter *writer);
void json_write_array_begin(JsonWriter *writer);
void json_write_array_end(JsonWriter *writer);
void json_write_name(JsonWriter *writer, const char *name);
void json_write_name_view(JsonWriter *writer, StringView name);
void json_write_null(JsonWriter *writer);
void json_write_bool(JsonWriter *writer, bool value);
void json_write_integer(JsonWriter *writer, int64_t value);
void json_write_double(JsonWriter *writer,
                       double value);  // shortest form that reads back equal; NaN and infinities are null
void json_write_string(JsonWriter *writer, StringView value);  // ill-formed UTF-8 becomes U+FFFD; absent is null
void json_write_raw(JsonWriter *writer, StringView json);
void json_write_value(JsonWriter *writer, const JsonValue *value);  // NULL is null

// Writes the struct as an object by the table. Absent strings, pointers, values and optional numbers are left out
// unless they are required; of an array, only nullable ones can be absent (items == NULL), others are written as [].
void json_encode(JsonWriter *writer, const JsonType *type, const void *object);

// Writes the type (and those it refers to, under $defs) as a JSON schema, draft 2020-12. `identifier` becomes "$id".
void json_write_schema(JsonWriter *writer, const JsonType *type, const char *identifier);

#endif
