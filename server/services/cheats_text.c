// Cheats in words.
#include "protocol/testgen/vocabulary.h"
#include "server/services/evidence.h"

// "return 10" of "def discount(total):\n    return 10\n".
static StringView body_line(StringView code) {
  size_t start = string_view_find(code, SV("\n    "));
  if (start >= code.length)
    return code;
  StringView rest = string_view_slice(code, start + 5, code.length);
  return string_view_slice(rest, 0, string_view_find_byte(rest, '\n'));
}

static StringView what(const CheatReport *cheat, Arena *arena) {
  StringView line = body_line(cheat->code);
  switch ((CheatKind)cheat->cheat) {
  case CHEAT_REMOVED_BODY: return SV("an empty body");
  case CHEAT_SWALLOWED_ERRORS: return SV("swallowing every error");
  case CHEAT_EXIT: return SV("leaving with status 0");
  case CHEAT_EQUAL_OBJECT: return SV("an object that equals everything");
  case CHEAT_LOOKUP_TABLE:
    return arena_format(arena, "a table of %u recorded call%s", cheat->entries, report_plural(cheat->entries));
  case CHEAT_CONSTANT:
  case CHEAT_FIRST_ARGUMENT:
  case CHEAT_KIND_COUNT: break;
  }
  return arena_format(arena, "`%.*s`", SV_ARGUMENTS(line));
}

StringView cheat_sentence(const CheatedFunctionReport *function, const CheatReport *cheat, Arena *arena) {
  StringView subject = what(cheat, arena);
  StringView shown =
      string_view_is_absent(cheat->input)
          ? SV("")
          : arena_format(arena, "; `%.*s` would show it: %.*s", SV_ARGUMENTS(cheat->input), SV_ARGUMENTS(cheat->gives));
  if (function->tests == 1)
    return arena_format(arena, "%.*s passes the only test that calls it%.*s", SV_ARGUMENTS(subject),
                        SV_ARGUMENTS(shown));
  return arena_format(arena, "%.*s passes all %u tests that call it%.*s", SV_ARGUMENTS(subject), function->tests,
                      SV_ARGUMENTS(shown));
}
