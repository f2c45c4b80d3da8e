// Which earlier runs a score may rest on, and what is said of them.
#include "server/base/files.h"
#include "server/services/report.h"
#include "server/services/score_evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RUNS_MAX 3

typedef struct Case {
  const char *name;
  struct {
    const char *id, *kind, *status, *report;
  } runs[RUNS_MAX];  // the oldest first
  EvidenceState mutants, cheats, efficiency;
  double value;             // of what is measured
  const char *explanation;  // likewise, or of what is outdated
} Case;

static const Case cases[] = {
    {.name = "no run", .value = 0},
    {
        .name = "mutants of the whole workspace",
        .runs = {{"R1", "mutation", "complete",
                  "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true,\"killed\":3,\"survived\":1,\"timeout\":1}"}},
        .mutants = EVIDENCE_MEASURED,
        .value = 0.6,
        .explanation = "run R1: 3 of 5 mutants killed",
    },
    {
        .name = "what could not be decided, or is not reached, counts against the tests",
        .runs =
            {{"R1", "mutation", "complete",
              "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true,\"killed\":1,\"no_coverage\":1,\"inconclusive\":2}"}},
        .mutants = EVIDENCE_MEASURED,
        .value = 0.25,
        .explanation = "run R1: 1 of 4 mutants killed",
    },
    {
        .name = "a sample says that it is one",
        .runs =
            {{"R1", "mutation", "complete",
              "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true,\"killed\":4,\"survived\":6,\"not_sampled\":90}"}},
        .mutants = EVIDENCE_MEASURED,
        .value = 0.4,
        .explanation = "run R1: 4 of 10 mutants killed, a sample of 100",
    },
    {
        .name = "one file is not the workspace",
        .runs = {{"R1", "mutation", "complete", "{\"run_id\":\"R1\",\"target\":\"a.py\",\"killed\":3}"}},
    },
    {
        .name = "a run that judged nothing, or not all, says nothing",
        .runs = {{"R1", "mutation", "complete", "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true}"},
                 {"R2", "mutation", "complete",
                  "{\"run_id\":\"R2\",\"target\":\".\",\"whole\":true,\"killed\":3,\"pending\":1}"}},
    },
    {
        .name = "a run that was cancelled says nothing",
        .runs = {{"R1", "mutation", "cancelled",
                  "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true,\"killed\":3,\"survived\":1}"}},
    },
    {
        .name = "the newest that holds counts",
        .runs = {{"R1", "mutation", "complete", "{\"run_id\":\"R1\",\"target\":\".\",\"whole\":true,\"killed\":1}"},
                 {"R2", "mutation", "complete",
                  "{\"run_id\":\"R2\",\"target\":\".\",\"whole\":true,\"killed\":1,\"survived\":1}"},
                 {"R3", "mutation", "failed", "{\"run_id\":\"R3\",\"target\":\".\",\"whole\":true,\"killed\":1}"}},
        .mutants = EVIDENCE_MEASURED,
        .value = 0.5,
        .explanation = "run R2: 1 of 2 mutants killed",
    },
    {
        .name = "cheats of the whole workspace",
        .runs = {{"R1", "cheats", "complete", "{\"run_id\":\"R1\",\"target\":\".\",\"rejected\":3,\"passed\":1}"}},
        .cheats = EVIDENCE_MEASURED,
        .value = 0.75,
        .explanation = "run R1: 3 of 4 cheats rejected",
    },
    {
        .name = "cheats of a part of it",
        .runs = {{"R1", "cheats", "complete", "{\"run_id\":\"R1\",\"target\":\"a.py\",\"rejected\":3,\"passed\":1}"}},
    },
    {
        .name = "what tests are worth, where everything was judged",
        .runs = {{"R1", "value", "complete",
                  "{\"run_id\":\"R1\",\"target\":\".\",\"kept\":2,\"kept_seconds\":0.5,\"seconds\":2,\"efficiency\":0."
                  "25}"}},
        .efficiency = EVIDENCE_MEASURED,
        .value = 0.25,
        .explanation = "run R1: 2 tests with 0.5 of 2 s keep every kill and every covered line",
    },
};

typedef struct Place {
  Arena arena;
  Workspace *workspace;
  Scan scan;
  char path[64];
} Place;

static void write_file(Place *place, const char *name, const char *text) {
  Error error = {0};
  StringView path = arena_format(&place->arena, "%s/%s", place->path, name);
  if (file_write_atomic(path.data, string_view_from(text), &error) < 0)
    fail_msg("%s", error.message);
}

static void scan(Place *place) {
  Error error = {0};
  scan_finish(&place->scan);
  place->scan = (Scan){0};
  if (workspace_scan(place->workspace, &(ScanOptions){0}, &place->arena, &place->scan, &error) < 0)
    fail_msg("%s", error.message);
}

static void open_place(Place *place) {
  Error error = {0};
  *place = (Place){.path = "/tmp/testgen-evidence-XXXXXX"};
  assert_non_null(mkdtemp(place->path));
  write_file(place, "a.py", "def double(value):\n    return value * 2\n");
  write_file(place, "test_a.py", "from a import double\n\n\ndef test_double():\n    assert double(2) == 4\n");
  if (workspace_create(string_view_from(place->path), &place->workspace, &error) < 0)
    fail_msg("%s", error.message);
  scan(place);
}

static void close_place(Place *place) {
  Error error = {0};
  scan_finish(&place->scan);
  workspace_release(place->workspace);
  assert_int_equal(directory_remove_all(place->path, &error), 0);
  arena_finish(&place->arena);
}

static void save_runs(Place *place, const Case *row) {
  Store *store = NULL;
  Error error = {0};
  int result = workspace_store(place->workspace, &store, &error);
  for (int i = 0; i < RUNS_MAX && row->runs[i].id && result == 0; i++) {
    RunRecord record = {
        .run_id = string_view_from(row->runs[i].id),
        .kind = string_view_from(row->runs[i].kind),
        .status = string_view_from(row->runs[i].status),
        .title = SV("a run"),
        .created_ms = 1000 + i,
        .is_whole = true,
        .report = string_view_from(row->runs[i].report),
    };
    result = report_files_and_tests(&place->scan, (StringView){0}, &place->arena, &record.files, &error);
    if (result == 0)
      result = store_save_run(store, &record, &error);
  }
  if (result < 0)
    fail_msg("%s: %s", row->name, error.message);
}

static ScoreEvidences find(Place *place) {
  Error error = {0};
  ScoreEvidences found;
  if (score_evidence_find(place->workspace, &place->scan, &place->arena, &found, &error) < 0)
    fail_msg("%s", error.message);
  return found;
}

static void check(const char *name, const ScoreEvidence *found, EvidenceState state, double value,
                  const char *explanation) {
  if (found->state != state)
    fail_msg("%s: state %d, not %d", name, (int)found->state, (int)state);
  if (state == EVIDENCE_ABSENT)
    return;
  if (!string_view_equal_text(found->explanation, explanation))
    fail_msg("%s: \"%.*s\", not \"%s\"", name, SV_ARGUMENTS(found->explanation), explanation);
  if (state == EVIDENCE_MEASURED && (found->value < value - 1e-9 || found->value > value + 1e-9))
    fail_msg("%s: %g, not %g", name, found->value, value);
}

static void what_was_measured_counts(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const Case *row = &cases[i];
    Place place;
    open_place(&place);
    save_runs(&place, row);
    ScoreEvidences found = find(&place);
    check(row->name, &found.mutants, row->mutants, row->value, row->explanation);
    check(row->name, &found.cheats, row->cheats, row->value, row->explanation);
    check(row->name, &found.efficiency, row->efficiency, row->value, row->explanation);
    close_place(&place);
  }
}

// Whatever changed: the code, a test, a new file, or one that is gone.
static void what_has_changed_outdates_it(void **state) {
  (void)state;
  static const struct {
    const char *name, *text;  // no text: it is removed
  } changes[] = {
      {"a.py", "def double(value):\n    return value + value\n"},
      {"test_a.py", "from a import double\n\n\ndef test_double():\n    assert double(3) == 6\n"},
      {"b.py", "LIMIT = 3\n"},
      {"a.py", NULL},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    Place place;
    char explanation[128];
    open_place(&place);
    save_runs(&place, &cases[1]);
    if (changes[i].text)
      write_file(&place, changes[i].name, changes[i].text);
    else
      unlink(arena_format(&place.arena, "%s/%s", place.path, changes[i].name).data);
    scan(&place);
    ScoreEvidences found = find(&place);
    snprintf(explanation, sizeof explanation, "%s changed since run R1", changes[i].name);
    check(changes[i].name, &found.mutants, EVIDENCE_OUTDATED, 0, explanation);
    close_place(&place);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_measured_counts),
      cmocka_unit_test(what_has_changed_outdates_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
