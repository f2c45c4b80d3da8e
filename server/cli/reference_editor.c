// `testgen help reference-editor`: the commands and settings as JSON. The manifests of editors' extensions are made
// from it and compared with it by a test, so that they cannot drift from the tables.
#include "server/cli/reference.h"

#include "protocol/testgen/commands.h"
#include "protocol/testgen/settings.h"

#define REFERENCE_MAX (1u << 20)  // bytes

static void write_text(JsonWriter *writer, const char *name, const char *text) {
  json_write_name(writer, name);
  json_write_string(writer, string_view_from(text));
}

static void write_flag(JsonWriter *writer, const char *name, bool flag) {
  json_write_name(writer, name);
  json_write_bool(writer, flag);
}

static void write_commands(JsonWriter *writer) {
  json_write_name(writer, "commands");
  json_write_array_begin(writer);
  for (int i = 0; i < COMMAND_COUNT; i++) {
    const CommandRow *row = command_row((CommandIdentifier)i);
    json_write_object_begin(writer);
    write_text(writer, "name", row->name);
    write_text(writer, "title", row->title);
    write_text(writer, "description", row->documentation);
    write_flag(writer, "runs_code", row->runs_code);
    write_flag(writer, "is_long", row->is_long);
    json_write_object_end(writer);
  }
  json_write_array_end(writer);
}

int reference_editor(void) {
  Buffer text;
  JsonWriter writer;
  Error error = {0};
  buffer_init(&text, REFERENCE_MAX);
  json_writer_init(&writer, &text, 2);
  json_write_object_begin(&writer);
  write_commands(&writer);
  json_write_name(&writer, "settings");
  settings_write_contributions(&writer);
  json_write_object_end(&writer);
  buffer_append_byte(&text, '\n');
  int result = buffer_check(&text, &error, "the reference for editors");
  if (result == 0)
    fwrite(text.data, 1, text.length, stdout);
  buffer_finish(&text);
  return result < 0 ? cli_fail(&error) : EXIT_FINE;
}
