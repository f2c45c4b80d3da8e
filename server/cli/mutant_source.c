#include "server/cli/mutate.h"

void mutant_source_finish(MutantSource *source) {
  line_index_finish(&source->lines);
  *source = (MutantSource){0};
}

void mutant_source_open(Cli *cli, StringView path, MutantSource *source) {
  Error problem = {0};
  if (string_view_equal(source->path, path))
    return;
  mutant_source_finish(source);
  source->path = path;
  if (workspace_read_source(cli->workspace, path, &cli->arena, &source->text, &problem) < 0 ||
      line_index_init(&source->lines, source->text, &problem) < 0)
    source->text = (StringView){0};
}

bool mutant_source_find(const MutantSource *source, const MutantReport *mutant, uint32_t *ret_start,
                        uint32_t *ret_end) {
  Position first = {mutant->line - 1, mutant->column - 1}, last = {mutant->end_line - 1, mutant->end_column - 1};
  bool is_clamped = true, is_end_clamped = true;
  if (string_view_is_absent(source->text))
    return false;
  uint32_t start = position_to_offset(&source->lines, source->text, POSITION_UTF32, first, &is_clamped);
  uint32_t end = position_to_offset(&source->lines, source->text, POSITION_UTF32, last, &is_end_clamped);
  StringView there = string_view_slice(source->text, start, end);
  if (is_clamped || is_end_clamped || !string_view_starts_with(there, mutant->original))
    return false;
  *ret_start = start;
  *ret_end = end;
  return true;
}

// The white space that both begin with.
static size_t shared_indent(StringView left, StringView right) {
  size_t length = 0;
  while (length < left.length && length < right.length && left.data[length] == right.data[length] &&
         (left.data[length] == ' ' || left.data[length] == '\t'))
    length++;
  return length;
}

MutantChange mutant_change(Cli *cli, const MutantSource *source, const MutantReport *mutant) {
  uint32_t start, end;
  if (!mutant_source_find(source, mutant, &start, &end))
    return (MutantChange){mutant->original, mutant->replacement};
  StringView text = source->text;
  uint32_t line_start = source->lines.starts[mutant->line - 1];
  size_t line_end = end + string_view_find_byte(string_view_slice(text, end, text.length), '\n');
  if (line_end > end && text.data[line_end - 1] == '\r')
    line_end--;
  StringView before = string_view_slice(text, line_start, line_end);
  StringView after = arena_format(&cli->arena, "%.*s%.*s%.*s", (int)(start - line_start), text.data + line_start,
                                  SV_ARGUMENTS(mutant->replacement), (int)(line_end - end), text.data + end);
  size_t indent = shared_indent(before, after);
  return (MutantChange){string_view_slice(before, indent, before.length),
                        string_view_slice(after, indent, after.length)};
}

StringView mutant_first_line(StringView text, size_t bytes) {
  StringView line = string_view_slice(text, 0, string_view_find_byte(text, '\n'));
  size_t length = line.length < bytes ? line.length : bytes;
  while (length < line.length && length > 0 && ((unsigned char)line.data[length] & 0xC0) == 0x80)
    length--;
  return string_view_slice(line, 0, length);
}
