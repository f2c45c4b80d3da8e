#include "protocol/json/json.h"
#include "protocol/json/text.h"

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 40       // bytes of any number
#define DECIMAL_SCALE 10000  // four decimals
#define DECIMAL_MAX 1e9      // with the decimals far less than the 15 digits that a double always keeps apart

void json_writer_init(JsonWriter *writer, Buffer *buffer, int indent) {
  *writer = (JsonWriter){.buffer = buffer, .indent = indent};
  writer->is_first[0] = true;
}

static void write_line_break(JsonWriter *writer) {
  if (writer->indent == 0) {
    return;
  }
  size_t spaces = (size_t)writer->indent * writer->depth;
  buffer_append_byte(writer->buffer, '\n');
  char *room = buffer_reserve(writer->buffer, spaces);
  if (room) {
    memset(room, ' ', spaces);
    writer->buffer->length += spaces;
  }
}

// What stands in front of an item of the open container: a comma if it is not the first, and a line break.
static void begin_item(JsonWriter *writer) {
  if (!writer->is_first[writer->depth]) {
    buffer_append_byte(writer->buffer, ',');
  }
  writer->is_first[writer->depth] = false;
  if (writer->depth > 0) {
    write_line_break(writer);
  }
}

static void begin_value(JsonWriter *writer) {
  if (writer->after_name) {
    writer->after_name = false;
  } else {
    assert(!writer->is_object[writer->depth] && "a value in an object needs a name");
    assert((writer->depth > 0 || writer->is_first[0]) && "one text holds one value");
    begin_item(writer);
  }
}

static void open_container(JsonWriter *writer, char bracket, bool is_object) {
  begin_value(writer);
  assert(writer->depth < JSON_WRITER_DEPTH_MAX);
  buffer_append_byte(writer->buffer, bracket);
  writer->depth++;
  writer->is_first[writer->depth] = true;
  writer->is_object[writer->depth] = is_object;
}

static void close_container(JsonWriter *writer, char bracket) {
  assert(writer->depth > 0 && !writer->after_name);
  bool is_empty = writer->is_first[writer->depth];
  writer->depth--;
  if (!is_empty) {
    write_line_break(writer);
  }
  buffer_append_byte(writer->buffer, bracket);
}

void json_write_object_begin(JsonWriter *writer) {
  open_container(writer, '{', true);
}

void json_write_object_end(JsonWriter *writer) {
  assert(writer->is_object[writer->depth]);
  close_container(writer, '}');
}

void json_write_array_begin(JsonWriter *writer) {
  open_container(writer, '[', false);
}

void json_write_array_end(JsonWriter *writer) {
  assert(!writer->is_object[writer->depth]);
  close_container(writer, ']');
}

void json_write_name(JsonWriter *writer, const char *name) {
  json_write_name_view(writer, string_view_from(name));
}

void json_write_name_view(JsonWriter *writer, StringView name) {
  assert(writer->is_object[writer->depth] && !writer->after_name);
  begin_item(writer);
  json_text_append_quoted(writer->buffer, name);
  buffer_append_byte(writer->buffer, ':');
  if (writer->indent > 0) {
    buffer_append_byte(writer->buffer, ' ');
  }
  writer->after_name = true;
}

void json_write_raw(JsonWriter *writer, StringView json) {
  begin_value(writer);
  buffer_append(writer->buffer, json);
}

void json_write_null(JsonWriter *writer) {
  json_write_raw(writer, SV("null"));
}

void json_write_bool(JsonWriter *writer, bool value) {
  json_write_raw(writer, value ? SV("true") : SV("false"));
}

// Writes the digits so that they end before `end`, and returns where they begin.
static char *format_digits(uint64_t value, char *end) {
  do {
    *--end = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  return end;
}

static StringView format_integer(uint64_t magnitude, bool is_negative, char text[NUMBER_SIZE]) {
  char *end = text + NUMBER_SIZE, *begin = format_digits(magnitude, end);
  if (is_negative) {
    *--begin = '-';
  }
  return (StringView){begin, (size_t)(end - begin)};
}

void json_write_integer(JsonWriter *writer, int64_t value) {
  char text[NUMBER_SIZE];
  json_write_raw(writer, format_integer(value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, text));
}

// Most numbers of ours have few decimals, and no C library is needed for those. The quotient is the double nearest to
// the decimal: where it is the value, the decimal reads back equal, and it is the form with the fewest digits, as no
// two decimals of so few digits are the same double.
static bool format_decimal(double value, char text[NUMBER_SIZE], StringView *ret_text) {
  double magnitude = fabs(value);
  if (magnitude < 1.0 / DECIMAL_SCALE || magnitude >= DECIMAL_MAX) {
    return false;
  }
  uint64_t scaled = (uint64_t)(magnitude * DECIMAL_SCALE + 0.5);
  if ((double)scaled / DECIMAL_SCALE != magnitude) {
    return false;
  }
  uint64_t fraction = scaled % DECIMAL_SCALE;
  char *end = text + NUMBER_SIZE, *begin = end;
  if (fraction > 0) {
    begin = format_digits(fraction + DECIMAL_SCALE, end);  // a digit before them keeps the zeros in front
    *begin = '.';
    while (end[-1] == '0') {
      end--;
    }
  }
  begin = format_digits(scaled / DECIMAL_SCALE, begin);
  if (value < 0) {
    *--begin = '-';
  }
  *ret_text = (StringView){begin, (size_t)(end - begin)};
  return true;
}

// Up to 15 digits always survive the way to binary and back, so a number that has a form that short has it here: "%g"
// drops trailing zeros. Only below the normal range are there fewer digits to begin with.
static StringView format_shortest(double value, char *text, size_t size) {
  int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
  StringView shortest;
  bool reads_back;
  do {
    double again;
    shortest = (StringView){text, (size_t)snprintf(text, size, "%.*g", digits++, value)};
    reads_back = string_view_to_double(shortest, &again) && again == value;
  } while (!reads_back && digits <= DBL_DECIMAL_DIG);
  return shortest;
}

void json_write_double(JsonWriter *writer, double value) {
  if (!isfinite(value)) {
    json_write_null(writer);
    return;
  }
  if (value == 0 && signbit(value)) {
    json_write_raw(writer, SV("-0.0"));  // "-0" would come back as the integer 0
    return;
  }
  char text[NUMBER_SIZE];
  StringView decimal;
  if (format_decimal(value, text, &decimal)) {
    json_write_raw(writer, decimal);
    return;
  }
  // For the C locale, newlocale hands out a static object: this allocates nothing.
  locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  locale_t previous = uselocale(locale);
  json_write_raw(writer, format_shortest(value, text, sizeof text));
  uselocale(previous);
  freelocale(locale);
}

void json_write_string(JsonWriter *writer, StringView value) {
  if (!value.data) {
    json_write_null(writer);
    return;
  }
  begin_value(writer);
  json_text_append_quoted(writer->buffer, value);
}

static void write_array(JsonWriter *writer, const JsonValue *value) {
  json_write_array_begin(writer);
  for (size_t index = 0; index < value->array.count; index++) {
    json_write_value(writer, &value->array.items[index]);
  }
  json_write_array_end(writer);
}

static void write_object(JsonWriter *writer, const JsonValue *value) {
  json_write_object_begin(writer);
  for (size_t index = 0; index < value->object.count; index++) {
    json_write_name_view(writer, value->object.members[index].name);
    json_write_value(writer, &value->object.members[index].value);
  }
  json_write_object_end(writer);
}

void json_write_value(JsonWriter *writer, const JsonValue *value) {
  switch (value ? value->kind : JSON_NULL) {
  case JSON_BOOL: json_write_bool(writer, value->boolean); break;
  case JSON_INTEGER: json_write_integer(writer, value->integer); break;
  case JSON_DOUBLE: json_write_double(writer, value->number); break;
  case JSON_STRING: json_write_string(writer, value->string); break;
  case JSON_ARRAY: write_array(writer, value); break;
  case JSON_OBJECT: write_object(writer, value); break;
  default: json_write_null(writer); break;
  }
}
