#include "protocol/testgen/diagnostics.h"

const char *const diagnostic_family_names[] = {
    [FAMILY_ASSERTION] = "assertion", [FAMILY_BOUNDARY] = "boundary",       [FAMILY_ANTI_CHEAT] = "anti-cheat",
    [FAMILY_COVERAGE] = "coverage",   [FAMILY_REQUIREMENT] = "requirement", [FAMILY_ROT] = "rot",
    [FAMILY_SPEC] = "spec",           [FAMILY_SETTINGS] = "settings",       [FAMILY_COUNT] = NULL,
};

static const DiagnosticRow rows[DIAGNOSTIC_COUNT] = {
#define X(name, code, severity, family, is_lead, title) {code, severity, family, is_lead, title},
    DIAGNOSTICS(X)
#undef X
};

const DiagnosticRow *diagnostic_row(DiagnosticCode code) {
  return &rows[code];
}

bool diagnostic_by_name(StringView code, DiagnosticCode *ret_code) {
  for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
    if (string_view_equal_text(code, rows[i].code)) {
      *ret_code = (DiagnosticCode)i;
      return true;
    }
  }
  return false;
}
