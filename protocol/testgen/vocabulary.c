#include "protocol/testgen/vocabulary.h"

const char *const category_names[] = {
    [CATEGORY_ANTI_CHEAT] = "anti_cheat",   [CATEGORY_EXISTENCE] = "existence",
    [CATEGORY_CORRECTNESS] = "correctness", [CATEGORY_BOUNDARY] = "boundary",
    [CATEGORY_INTEGRATION] = "integration", [CATEGORY_COUNT] = NULL,
};

const char *const context_names[] = {
    [CONTEXT_BENCHMARK] = "benchmark",
    [CONTEXT_COMMANDER] = "commander",
    [CONTEXT_MECHACODER] = "mechacoder",
    [CONTEXT_CUSTOM] = "custom",
    [CONTEXT_COUNT] = NULL,
};

const char *const band_names[] = {
    [BAND_EXECUTION_ONLY] = "execution only", [BAND_WEAK] = "weak", [BAND_BEHAVIOUR] = "behaviour",
    [BAND_COMPREHENSIVE] = "comprehensive",   [BAND_COUNT] = NULL,
};

const char *const basis_names[] = {
    [BASIS_MEASURED] = "measured",
    [BASIS_ESTIMATED] = "estimated",
    [BASIS_NOT_MEASURED] = "not measured",
    [BASIS_NOT_APPLICABLE] = "not applicable",
    [BASIS_COUNT] = NULL,
};

const char *const risk_names[] = {
    [RISK_CRITICAL] = "critical", [RISK_HIGH] = "high", [RISK_MEDIUM] = "medium",
    [RISK_LOW] = "low",           [RISK_COUNT] = NULL,
};

const char *const outcome_names[] = {
    [OUTCOME_PASSED] = "passed",   [OUTCOME_FAILED] = "failed",   [OUTCOME_ERROR] = "error",
    [OUTCOME_SKIPPED] = "skipped", [OUTCOME_XFAILED] = "xfailed", [OUTCOME_XPASSED] = "xpassed",
    [OUTCOME_COUNT] = NULL,
};

const char *const mutant_status_names[] = {
    [MUTANT_KILLED] = "killed",       [MUTANT_SURVIVED] = "survived",         [MUTANT_NO_COVERAGE] = "no-coverage",
    [MUTANT_TIMEOUT] = "timeout",     [MUTANT_INCONCLUSIVE] = "inconclusive", [MUTANT_EQUIVALENT] = "equivalent",
    [MUTANT_DUPLICATE] = "duplicate", [MUTANT_INVALID] = "invalid",           [MUTANT_PENDING] = "pending",
    [MUTANT_STATUS_COUNT] = NULL,
};

const MutantSchemaStatus mutant_schema_statuses[] = {
    [MUTANT_KILLED] = {"Killed", NULL},
    [MUTANT_SURVIVED] = {"Survived", NULL},
    [MUTANT_NO_COVERAGE] = {"NoCoverage", NULL},
    [MUTANT_TIMEOUT] = {"Timeout", NULL},
    [MUTANT_INCONCLUSIVE] = {"RuntimeError", NULL},
    [MUTANT_EQUIVALENT] = {"Ignored", "equivalent: Python makes the same byte code of it"},
    [MUTANT_DUPLICATE] = {"Ignored", "duplicate: the same byte code as another mutant's"},
    [MUTANT_INVALID] = {"CompileError", "no valid program"},
    [MUTANT_PENDING] = {"Pending", "the run ended before its turn came"},
};

const char *const boundary_verdict_names[] = {
    [BOUNDARY_NOT_ON] = "not on the boundary", [BOUNDARY_ONLY_ON] = "only on the boundary",
    [BOUNDARY_NEVER] = "never evaluated",      [BOUNDARY_NO_DISTANCE] = "no distance",
    [BOUNDARY_AT_IMPORT] = "only at import",   [BOUNDARY_TESTED] = "tested",
    [BOUNDARY_VERDICT_COUNT] = NULL,
};

const char *const cheat_kind_names[] = {
    [CHEAT_REMOVED_BODY] = "removed-body",
    [CHEAT_CONSTANT] = "constant",
    [CHEAT_FIRST_ARGUMENT] = "first-argument",
    [CHEAT_SWALLOWED_ERRORS] = "swallowed-errors",
    [CHEAT_EXIT] = "exit",
    [CHEAT_EQUAL_OBJECT] = "equal-object",
    [CHEAT_LOOKUP_TABLE] = "lookup-table",
    [CHEAT_KIND_COUNT] = NULL,
};

const char *const evolution_verdict_names[] = {
    [EVOLUTION_ADOPTED] = "adopted",
    [EVOLUTION_REJECTED] = "rejected",
    [EVOLUTION_ROLLED_BACK] = "rolled-back",
    [EVOLUTION_VERDICT_COUNT] = NULL,
};

const char *const cheat_status_names[] = {
    [CHEAT_REJECTED] = "rejected",
    [CHEAT_PASSED] = "passed",
    [CHEAT_TIMEOUT] = "timeout",
    [CHEAT_INCONCLUSIVE] = "inconclusive",
    [CHEAT_NOT_APPLICABLE] = "not-applicable",
    [CHEAT_STATUS_COUNT] = NULL,
};

const char *const test_worth_names[] = {
    [WORTH_SOLE_KILLER] = "sole-killer",
    [WORTH_SHARED] = "shared",
    [WORTH_EQUAL] = "equal",
    [WORTH_DOMINATED] = "dominated",
    [WORTH_KILLS_NOTHING] = "kills-nothing",
    [WORTH_REACHES_NOTHING] = "reaches-nothing",
    [WORTH_UNKNOWN] = "unknown",
    [WORTH_COUNT] = NULL,
};

int name_index(const char *const *names, StringView name) {
  for (int i = 0; names[i]; i++)
    if (string_view_equal_text(name, names[i]))
      return i;
  return -1;
}

static const struct {
  const char *name;
  TestCategory category;
} legacy_categories[] = {
    {"format", CATEGORY_EXISTENCE},   {"happy_path", CATEGORY_CORRECTNESS}, {"outcome", CATEGORY_CORRECTNESS},
    {"edge_case", CATEGORY_BOUNDARY}, {"invalid_input", CATEGORY_BOUNDARY},
};

bool category_from_name(StringView name, TestCategory *ret_category) {
  int index = name_index(category_names, name);
  if (index >= 0) {
    *ret_category = (TestCategory)index;
    return true;
  }
  for (size_t i = 0; i < sizeof legacy_categories / sizeof *legacy_categories; i++) {
    if (string_view_equal_text(name, legacy_categories[i].name)) {
      *ret_category = legacy_categories[i].category;
      return true;
    }
  }
  return false;
}

StrengthBand band_of_strength(int strength) {
  static const int upper[] = {[BAND_EXECUTION_ONLY] = 20, [BAND_WEAK] = 50, [BAND_BEHAVIOUR] = 80};
  for (int band = 0; band < BAND_COMPREHENSIVE; band++)
    if (strength <= upper[band])
      return (StrengthBand)band;
  return BAND_COMPREHENSIVE;
}
