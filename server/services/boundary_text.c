// Boundary evidence in words.
#include "server/services/evidence.h"

static bool is_equality(const ComparisonReport *comparison) {
  return string_view_equal_text(comparison->operator, "==") || string_view_equal_text(comparison->operator, "!=");
}

static bool has_distance(const ComparisonReport *comparison) {
  return string_view_equal_text(comparison->kind, "integer") || string_view_equal_text(comparison->kind, "number");
}

// "; closest 97 in TEST", or an example where nothing is closer than anything else.
static StringView closest(const ComparisonReport *comparison, Arena *arena) {
  const char *word = has_distance(comparison) ? "closest" : "for example";
  if (string_view_is_absent(comparison->closest))
    return SV("");
  bool is_said = string_view_is_absent(comparison->closest_boundary) ||
                 string_view_equal(comparison->closest_boundary, comparison->boundary);
  StringView other = is_said
                         ? SV("")
                         : arena_format(arena, "%s %.*s", comparison->is_boundary_constant ? ", boundary" : " against",
                                        SV_ARGUMENTS(comparison->closest_boundary));
  return arena_format(arena, "; %s %.*s%.*s in %.*s", word, SV_ARGUMENTS(comparison->closest), SV_ARGUMENTS(other),
                      SV_ARGUMENTS(comparison->test));
}

static StringView not_on(const ComparisonReport *comparison, Arena *arena) {
  bool says_equal = is_equality(comparison) || !comparison->is_boundary_constant;
  StringView rest = closest(comparison, arena);
  return arena_format(arena, "%s%.*s", says_equal ? "no test where both sides are equal" : "no test on the boundary",
                      SV_ARGUMENTS(rest));
}

// What is missing is the neighbour that gets the other answer.
static StringView only_on(const ComparisonReport *comparison, Arena *arena) {
  if (is_equality(comparison))
    return SV("both sides are equal in every test: nothing shows what else happens");
  bool is_below =
      string_view_equal_text(comparison->operator, ">=") || string_view_equal_text(comparison->operator, "<");
  bool is_integer = string_view_equal_text(comparison->kind, "integer");
  return arena_format(arena, "tested on the boundary, but not %s%s it", is_integer ? "just " : "",
                      is_below ? "below" : "above");
}

StringView boundary_sentence(const ComparisonReport *comparison, Arena *arena) {
  switch ((BoundaryVerdict)comparison->verdict) {
  case BOUNDARY_NOT_ON: return not_on(comparison, arena);
  case BOUNDARY_ONLY_ON: return only_on(comparison, arena);
  case BOUNDARY_NEVER: return SV("no test evaluates it");
  case BOUNDARY_AT_IMPORT: return SV("evaluated by no test, only when its module is imported");
  case BOUNDARY_NO_DISTANCE:
    return string_view_is_absent(comparison->types)
               ? SV("its operands have no distance")
               : arena_format(arena, "its operands have no distance: %.*s", SV_ARGUMENTS(comparison->types));
  case BOUNDARY_TESTED:
  case BOUNDARY_VERDICT_COUNT: break;
  }
  return SV("tested on the boundary and next to it");
}
