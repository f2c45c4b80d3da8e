#include "server/services/pytest_config.h"

#include "protocol/memory/vector.h"
#include "server/base/files.h"

#include <string.h>
#include <tree_sitter/api.h>

#define CONFIG_FILE_MAX (1u << 20)  // bytes
#define LIST_MAX 1000u

const TSLanguage *tree_sitter_toml(void);

typedef struct ConfigReader {
  Arena *arena;
  PytestConfig *config;
  StringView text;
  bool has_section;
} ConfigReader;

static const struct {
  const char *key;
  size_t offset;
} keys[] = {
    {"python_files", offsetof(PytestConfig, python_files)},
    {"python_classes", offsetof(PytestConfig, python_classes)},
    {"python_functions", offsetof(PytestConfig, python_functions)},
    {"pythonpath", offsetof(PytestConfig, python_path)},
    {"testpaths", offsetof(PytestConfig, test_paths)},
};

static TextList *list_of(ConfigReader *reader, StringView key) {
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (string_view_equal_text(key, keys[i].key))
      return (TextList *)(void *)((char *)reader->config + keys[i].offset);
  return NULL;
}

static bool list_add(Vector *items, Arena *arena, StringView item) {
  StringView copy = arena_copy(arena, item);
  return copy.data && vector_push_copy(items, &copy);
}

// Adds the words of a value in INI form: separated by any white space.
static bool list_add_words(Vector *items, Arena *arena, StringView value) {
  size_t start = 0;
  for (size_t i = 0; i <= value.length; i++) {
    if (i < value.length && !strchr(" \t\r\n", value.data[i]))
      continue;
    if (i > start && !list_add(items, arena, string_view_slice(value, start, i)))
      return false;
    start = i + 1;
  }
  return true;
}

static void list_finish(Vector *items, Arena *arena, TextList *ret_list) {
  ret_list->items = vector_to_arena(items, arena, &ret_list->count);
  vector_finish(items);
}

// ---- INI ----

static bool is_continuation(StringView line) {
  return line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
}

// The value of a key with its continuation lines; moves `*rest` behind it.
static StringView ini_value(StringView first, StringView *rest) {
  const char *end = first.data + first.length;
  StringView ahead = *rest, line;
  while (string_view_next(&ahead, '\n', &line) && (is_continuation(line) || string_view_trim(line).length == 0)) {
    end = line.data + line.length;
    *rest = ahead;
  }
  return (StringView){first.data, (size_t)(end - first.data)};
}

static bool read_ini(ConfigReader *reader, const char *section) {
  StringView rest = reader->text, line;
  bool is_inside = false;
  while (string_view_next(&rest, '\n', &line)) {
    StringView trimmed = string_view_trim(line);
    if (trimmed.length == 0 || trimmed.data[0] == '#' || trimmed.data[0] == ';')
      continue;
    if (trimmed.data[0] == '[') {
      StringView name = string_view_slice(trimmed, 1, string_view_find_byte(trimmed, ']'));
      is_inside = string_view_equal_text(string_view_trim(name), section);
      reader->has_section |= is_inside;
      continue;
    }
    size_t equals = string_view_find_byte(line, '=');
    if (!is_inside || equals == line.length)
      continue;
    TextList *list = list_of(reader, string_view_trim(string_view_slice(line, 0, equals)));
    StringView value = ini_value(string_view_slice(line, equals + 1, line.length), &rest);
    if (!list)
      continue;
    Vector items;
    vector_init(&items, sizeof(StringView), LIST_MAX);
    if (!list_add_words(&items, reader->arena, value)) {
      vector_finish(&items);
      return false;
    }
    list_finish(&items, reader->arena, list);
  }
  return true;
}

// ---- TOML ----

static StringView node_text(const ConfigReader *reader, TSNode node) {
  return string_view_slice(reader->text, ts_node_start_byte(node), ts_node_end_byte(node));
}

// The contents of a string without its quotes. Escapes stay as they are: names of tests have none.
static StringView string_contents(StringView quoted) {
  size_t quotes = string_view_starts_with(quoted, SV("\"\"\"")) || string_view_starts_with(quoted, SV("'''")) ? 3 : 1;
  if (quoted.length < 2 * quotes)
    return quoted;
  return string_view_slice(quoted, quotes, quoted.length - quotes);
}

static bool read_toml_value(ConfigReader *reader, TSNode value, TextList *list) {
  Vector items;
  vector_init(&items, sizeof(StringView), LIST_MAX);
  bool is_fine = true;
  if (strcmp(ts_node_type(value), "string") == 0) {
    is_fine = list_add_words(&items, reader->arena, string_contents(node_text(reader, value)));
  } else if (strcmp(ts_node_type(value), "array") == 0) {
    for (uint32_t i = 0; i < ts_node_named_child_count(value) && is_fine; i++) {
      TSNode item = ts_node_named_child(value, i);
      if (strcmp(ts_node_type(item), "string") == 0)
        is_fine = list_add(&items, reader->arena, string_contents(node_text(reader, item)));
    }
  }
  list_finish(&items, reader->arena, list);
  return is_fine;
}

static bool read_toml_table(ConfigReader *reader, TSNode table) {
  reader->has_section = true;
  bool is_fine = true;
  for (uint32_t i = 0; i < ts_node_named_child_count(table) && is_fine; i++) {
    TSNode pair = ts_node_named_child(table, i);
    if (strcmp(ts_node_type(pair), "pair") != 0 || ts_node_named_child_count(pair) < 2)
      continue;
    TextList *list = list_of(reader, node_text(reader, ts_node_named_child(pair, 0)));
    if (list)
      is_fine = read_toml_value(reader, ts_node_named_child(pair, 1), list);
  }
  return is_fine;
}

static bool read_toml_document(ConfigReader *reader, TSNode root) {
  for (uint32_t i = 0; i < ts_node_named_child_count(root); i++) {
    TSNode table = ts_node_named_child(root, i);
    if (strcmp(ts_node_type(table), "table") != 0 || ts_node_named_child_count(table) == 0)
      continue;
    StringView name = node_text(reader, ts_node_named_child(table, 0));
    bool is_ours = string_view_equal(name, SV("tool.pytest.ini_options")) ||
                   string_view_equal(name, SV("tool.pytest")) || string_view_equal(name, SV("pytest"));
    if (is_ours && !read_toml_table(reader, table))
      return false;
  }
  return true;
}

static bool read_toml(ConfigReader *reader) {
  TSParser *parser = ts_parser_new();
  ts_parser_set_language(parser, tree_sitter_toml());
  TSTree *tree = ts_parser_parse_string(parser, NULL, reader->text.data, (uint32_t)reader->text.length);
  bool is_fine = tree && read_toml_document(reader, ts_tree_root_node(tree));
  ts_tree_delete(tree);
  ts_parser_delete(parser);
  return is_fine;
}

// ---- Files, in pytest's order ----

static const struct {
  const char *file;
  const char *section;  // NULL: TOML
} sources[] = {
    {"pytest.toml", NULL},    {"pytest.ini", "pytest"}, {".pytest.ini", "pytest"},
    {"pyproject.toml", NULL}, {"tox.ini", "pytest"},    {"setup.cfg", "tool:pytest"},
};

int pytest_config_read(StringView root, Arena *arena, PytestConfig *ret_config, Error *ret_error) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    PytestConfig config = {.source = string_view_from(sources[i].file)};
    ConfigReader reader = {.arena = arena, .config = &config};
    StringView path = path_join(arena, root, config.source);
    if (!path.data)
      return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading pytest's configuration");
    if (file_read(path.data, CONFIG_FILE_MAX, arena, &reader.text, NULL) < 0)
      continue;
    bool is_fine = sources[i].section ? read_ini(&reader, sources[i].section) : read_toml(&reader);
    if (!is_fine)
      return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading pytest's configuration");
    if (reader.has_section) {
      *ret_config = config;
      return 0;
    }
  }
  *ret_config = (PytestConfig){0};
  return 0;
}
