#include "server/cli/generate_text.h"

#include <string.h>

static void print_code(StringView code) {
  StringView rest = code, line;
  while (string_view_next(&rest, '\n', &line))
    printf("%s%.*s\n", line.length > 0 ? "    " : "", SV_ARGUMENTS(line));
}

// "notices 3 changes, reaches 2 lines that no other test does".
static void print_gain(Cli *cli, const AcceptedTest *test) {
  const struct {
    const OptionalInteger *count;
    const char *verb, *thing, *things;
  } rows[] = {
      {&test->kills, "notices", "change", "changes"},
      {&test->new_lines, "reaches", "line", "lines"},
      {&test->new_branches, "reaches", "branch", "branches"},
      {&test->new_boundaries, "reaches", "boundary", "boundaries"},
      {&test->new_requirements, "is for", "requirement", "requirements"},
  };
  const char *last_verb = "";
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool is_first = *last_verb == '\0', is_same = strcmp(last_verb, rows[i].verb) == 0;
    if (!rows[i].count->present || rows[i].count->value == 0)
      continue;
    printf("%s%s%s %lld %s", is_first ? "    " : ", ", is_first ? style_on(cli, STYLE_DIM) : "",
           is_same ? "and" : rows[i].verb, (long long)rows[i].count->value,
           rows[i].count->value == 1 ? rows[i].thing : rows[i].things);
    last_verb = rows[i].verb;
  }
  if (*last_verb != '\0')
    printf(" that no other test does%s\n", style_off(cli));
}

static void print_accepted(Cli *cli, const GenerateReport *report) {
  const AcceptedTest *tests = report->accepted.items;
  for (size_t i = 0; i < report->accepted.count; i++) {
    printf("\n%s✓ %.*s%s  %s%s · %.*s · strength %u · confidence %.2f%s\n", style_on(cli, STYLE_GREEN),
           SV_ARGUMENTS(tests[i].name), style_off(cli), style_on(cli, STYLE_DIM), category_names[tests[i].category],
           SV_ARGUMENTS(tests[i].origin), tests[i].strength, tests[i].confidence, style_off(cli));
    print_gain(cli, &tests[i]);
    print_code(tests[i].code);
  }
}

static void print_rejected(Cli *cli, const GenerateReport *report) {
  const RejectedTest *tests = report->rejected.items;
  if (report->rejected.count > 0)
    printf("\n%sRejected%s\n", style_on(cli, STYLE_BOLD), style_off(cli));
  for (size_t i = 0; i < report->rejected.count; i++)
    printf("  %s✗%s %.*s  %s[%.*s: %.*s]%s %.*s\n", style_on(cli, STYLE_RED), style_off(cli), SV_ARGUMENTS(tests[i].id),
           style_on(cli, STYLE_DIM), SV_ARGUMENTS(tests[i].guard), SV_ARGUMENTS(tests[i].reason), style_off(cli),
           SV_ARGUMENTS(tests[i].message));
}

static void print_unanswered(Cli *cli, const GenerateReport *report) {
  const Unanswered *items = report->unanswered.items;
  if (report->unanswered.count > 0)
    printf("\n%sNo oracle for%s\n", style_on(cli, STYLE_BOLD), style_off(cli));
  for (size_t i = 0; i < report->unanswered.count; i++)
    printf("  ? %.*s  %s%.*s%s\n", SV_ARGUMENTS(items[i].requirement), style_on(cli, STYLE_DIM),
           SV_ARGUMENTS(items[i].reason), style_off(cli));
}

static void print_disagreements(Cli *cli, const GenerateReport *report) {
  const Disagreement *items = report->disagreements.items;
  if (report->disagreements.count > 0)
    printf("\n%sThe code does not do what the spec says%s\n", style_on(cli, STYLE_BOLD), style_off(cli));
  for (size_t i = 0; i < report->disagreements.count; i++) {
    bool is_a_models = string_view_equal(items[i].origin, SV("model"));
    printf("  %s!%s %.*s\n      spec: %.*s\n      code: %.*s\n", style_on(cli, STYLE_YELLOW), style_off(cli),
           SV_ARGUMENTS(items[i].requirement), SV_ARGUMENTS(items[i].specification), SV_ARGUMENTS(items[i].observed));
    if (is_a_models)
      printf("      as the model reads the spec, which may be wrong:\n");
    if (is_a_models)
      print_code(items[i].code);
  }
}

static void print_files(const GenerateReport *report) {
  const FileEdit *edits = report->edits.items;
  StringView path = {0};
  for (size_t i = 0; i < report->edits.count; i++) {
    if (string_view_equal(path, edits[i].path))
      continue;
    path = edits[i].path;
    printf("  %s %.*s\n",
           report->written    ? edits[i].created ? "created" : "changed"
           : edits[i].created ? "would create"
                              : "would change",
           SV_ARGUMENTS(path));
  }
}

static void print_model(const GenerateReport *report) {
  if (string_view_is_absent(report->model))
    return;
  printf(" · %.*s, %u question%s, %lld tokens", SV_ARGUMENTS(report->model), report->rounds,
         report->rounds == 1 ? "" : "s", (long long)report->tokens);
  if (report->cost_cents.present)
    printf(", %.2f cents", report->cost_cents.value);
}

static void print_attempt(Cli *cli, const ImplementationAttempt *attempt, size_t number) {
  const StringView *problems = attempt->problems.items;
  bool is_green = attempt->problems.count == 0;
  printf("  %s%s attempt %zu%s: %u of %u tests pass\n", style_on(cli, is_green ? STYLE_GREEN : STYLE_RED),
         is_green ? "✓" : "✗", number, style_off(cli), attempt->passed, attempt->passed + attempt->failed);
  for (size_t i = 0; i < attempt->problems.count; i++)
    printf("      %.*s\n", SV_ARGUMENTS(problems[i]));
}

static void print_implementation(Cli *cli, const ImplementationReport *code) {
  const ImplementationAttempt *attempts = code->attempts.items;
  printf("\n%s%.*s%s in %.*s\n", style_on(cli, STYLE_BOLD), SV_ARGUMENTS(code->subject), style_off(cli),
         SV_ARGUMENTS(code->path));
  for (size_t i = 0; i < code->attempts.count; i++)
    print_attempt(cli, &attempts[i], i + 1);
  if (!code->complete && code->code.length > 0)
    printf("  no attempt passes every test, so nothing is written; the one that most tests pass with:\n");
  print_code(code->code);
}

static void print_comprehensiveness(Cli *cli, const ComprehensivenessReport *report) {
  const EvidencePart *parts = report->parts.items;
  printf("%scomprehensiveness%s ", style_on(cli, STYLE_BOLD), style_off(cli));
  if (report->before.present)
    printf("%.1f → ", report->before.value);
  if (report->value.present)
    printf("%.1f of 10", report->value.value);
  else
    printf("not measured");
  if (report->model_grade.present)
    printf(" %s(the model's own grade is %.1f, and no part of it)%s", style_on(cli, STYLE_DIM),
           report->model_grade.value, style_off(cli));
  putchar('\n');
  for (size_t i = 0; i < report->parts.count; i++) {
    if (parts[i].basis == BASIS_MEASURED)
      printf("  %lld of %lld %.*s  ", (long long)parts[i].after.value, (long long)parts[i].total.value,
             SV_ARGUMENTS(parts[i].of));
    else if (parts[i].basis == BASIS_NOT_MEASURED)
      printf("  %.*s not measured  ", SV_ARGUMENTS(parts[i].of));
    else
      continue;
    printf("%s%.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(parts[i].source), style_off(cli));
  }
}

// "round 2, tests: 3 proposed, 1 accepted, 2 rejected; comprehensiveness 6.2; 760 tokens".
static void print_round(Cli *cli, const RoundReport *round, size_t number) {
  const StringView *problems = round->problems.items;
  printf("  round %zu, %.*s by %.*s: ", number, SV_ARGUMENTS(round->wanted), SV_ARGUMENTS(round->model));
  if (string_view_is_absent(round->answer))
    printf("no answer");
  else if (string_view_equal(round->wanted, SV("tests")))
    printf("%u proposed, %u accepted, %u rejected", round->proposed, round->accepted, round->rejected);
  else
    printf("an answer");
  if (round->comprehensiveness.present)
    printf("; comprehensiveness %.1f", round->comprehensiveness.value);
  if (round->kept)
    printf("; kept from before");
  else
    printf("; %lld tokens", (long long)round->tokens);
  if (round->cost_cents.present && !round->kept)
    printf(", %.2f cents", round->cost_cents.value);
  printf("; %.1f s\n", round->duration_ms / 1000);
  for (size_t i = 0; i < round->problems.count; i++)
    printf("      ! %.*s\n", SV_ARGUMENTS(problems[i]));
  if (!string_view_is_absent(round->reflection))
    printf("      %s↻ %.*s%s\n", style_on(cli, STYLE_DIM), SV_ARGUMENTS(round->reflection), style_off(cli));
}

static void print_trajectory(Cli *cli, const GenerateReport *report) {
  const RoundReport *rounds = report->trajectory.items;
  for (size_t i = 0; i < report->trajectory.count; i++)
    print_round(cli, &rounds[i], i + 1);
}

void print_generation(Cli *cli, const GenerateReport *report) {
  print_accepted(cli, report);
  print_disagreements(cli, report);
  print_rejected(cli, report);
  print_unanswered(cli, report);
  if (report->implementation)
    print_implementation(cli, report->implementation);
  printf("\n%s%zu accepted, %zu rejected%s by provider %.*s in %.1f s", style_on(cli, STYLE_BOLD),
         report->accepted.count, report->rejected.count, style_off(cli), SV_ARGUMENTS(report->provider),
         report->duration_ms / 1000);
  print_model(report);
  if (report->score_before.present && report->score_after.present)
    printf(" · score %lld → %lld", (long long)report->score_before.value, (long long)report->score_after.value);
  if (report->line_gain > 0)
    printf(" · %u more line%s reached", report->line_gain, report->line_gain == 1 ? "" : "s");
  putchar('\n');
  if (report->comprehensiveness)
    print_comprehensiveness(cli, report->comprehensiveness);
  print_trajectory(cli, report);
  print_files(report);
}
