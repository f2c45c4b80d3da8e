#include "corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define IMPORTS_MAX 16

// ---- Reading ----

bool take_word(StringView line, const char *word, StringView *ret_rest) {
  StringView prefix = string_view_from(word);
  if (!string_view_starts_with(line, prefix))
    return false;
  *ret_rest = string_view_trim(string_view_slice(line, prefix.length, line.length));
  return true;
}

static void read_line(Section *section, StringView line) {
  StringView rest;
  if (take_word(line, "rejected by:", &rest)) {
    size_t space = string_view_find_byte(rest, ' ');
    section->guard = string_view_slice(rest, 0, space);
    section->reason = string_view_trim(string_view_slice(rest, space, rest.length));
  } else if (take_word(line, "adds only:", &section->adds_only)) {
    return;
  } else if (take_word(line, "file:", &section->file) || take_word(line, "mutant:", &section->mutant) ||
             take_word(line, "offset:", &section->offset) || string_view_equal(line, SV("apart"))) {
    section->is_apart = true;
  } else if (string_view_equal(line, SV("accepted in turn"))) {
    section->is_in_turn = true;
  }
}

// The text of a fenced block up to its closing fence, which is consumed.
static StringView read_block(StringView *rest) {
  StringView start = *rest, line;
  while (rest->length > 0) {
    size_t offset = (size_t)(rest->data - start.data);
    string_view_next(rest, '\n', &line);
    if (string_view_equal(line, SV("```")))
      return string_view_slice(start, 0, offset);
  }
  return start;
}

static bool is_import(StringView code) {
  return string_view_starts_with(code, SV("import ")) || string_view_starts_with(code, SV("from "));
}

static void read_candidates(Corpus *corpus, const Section *section, StringView block) {
  StringView separator = SV("\n\n\n"), imports = {0};
  while (block.length > 0) {
    size_t end = string_view_find(block, separator);
    StringView code = string_view_slice(block, 0, end);
    block = string_view_slice(block, end < block.length ? end + separator.length : end, block.length);
    if (is_import(code)) {
      imports = code;
      continue;
    }
    assert_true(corpus->trial_count < CANDIDATES_MAX);
    corpus->trials[corpus->trial_count++] = (Trial){.section = section, .imports = imports, .code = code};
  }
}

void corpus_read(Corpus *corpus, StringView text) {
  Section *section = NULL;
  StringView line;
  while (string_view_next(&text, '\n', &line)) {
    if (string_view_starts_with(line, SV("## "))) {
      assert_true(corpus->section_count < SECTIONS_MAX);
      section = &corpus->sections[corpus->section_count++];
      section->name = string_view_slice(line, 3, line.length);
    } else if (section && string_view_equal(line, SV("```python"))) {
      read_candidates(corpus, section, read_block(&text));
    } else if (section) {
      read_line(section, line);
    }
  }
}

// ---- Candidates ----

bool trial_is_good(const Trial *trial) {
  return trial->section->guard.length == 0 && !trial->section->is_in_turn;
}

// "from a import b, c" and "import a": those whose names the code uses.
static void take_imports(StringView line, StringView code, CandidateImport *imports, size_t *count) {
  StringView module, names, name;
  if (take_word(line, "import ", &module)) {
    StringView head = string_view_slice(module, 0, string_view_find_byte(module, '.'));
    if (string_view_contains_word(code, head))
      imports[(*count)++] = (CandidateImport){.module = module};
    return;
  }
  assert_true(take_word(line, "from ", &module));
  size_t middle = string_view_find(module, SV(" import "));
  names = string_view_slice(module, middle + 8, module.length);
  module = string_view_slice(module, 0, middle);
  while (string_view_next(&names, ',', &name)) {
    name = string_view_trim(name);
    if (string_view_contains_word(code, name))
      imports[(*count)++] = (CandidateImport){module, name};
  }
}

void trial_fill_candidate(Trial *trial, Arena *arena) {
  CandidateImport *imports = arena_allocate_array(arena, IMPORTS_MAX, sizeof *imports);
  StringView rest = trial->imports, line;
  size_t count = 0;
  while (string_view_next(&rest, '\n', &line))
    if (line.length > 0)
      take_imports(line, trial->code, imports, &count);
  assert_true(count < IMPORTS_MAX);
  trial->candidate.imports = (JsonArray){imports, count};
  trial->candidate.origin = trial_is_good(trial) ? SV("good") : SV("model");  // see judge_worth
}

// Behind the last "def " of the line; empty when there is none.
static StringView name_after(StringView line, const char *word) {
  StringView prefix = string_view_from(word);
  size_t at = string_view_find(line, prefix), end = at + prefix.length;
  if (at == line.length)
    return SV("");
  while (end < line.length && !strchr("(: ", line.data[end]))
    end++;
  return string_view_slice(line, at + prefix.length, end);
}

// The test is the last function of a part that is named like one, else its first function. One in a class is its
// method.
void trial_fill_names(const Trial *trial, PlacedTest *placed) {
  StringView rest = trial->code, line, owner = {0};
  while (string_view_next(&rest, '\n', &line)) {
    bool is_inside = string_view_starts_with(line, SV(" "));
    StringView class_name = name_after(line, "class "), name = name_after(line, "def ");
    if (!is_inside && class_name.length > 0)
      owner = class_name;
    bool is_test = string_view_starts_with(name, SV("test")) && (!is_inside || owner.length > 0);
    if (is_test || (name.length > 0 && placed->name.length == 0)) {
      placed->name = name;
      placed->class_name = is_inside ? owner : (StringView){0};
    }
  }
}
