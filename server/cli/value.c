// What each test is worth: by worth, the cases of a parametrised test together; then what would suffice.
#include "server/cli/mutate.h"

#define NAMED 2u  // of what makes up for a test
#define SUBSTITUTES_MAX 10000u

typedef struct Section {
  TestWorth worth;
  const char *title;
  Style style;
} Section;

static const Section sections[] = {
    {WORTH_SOLE_KILLER, "Kill what no other test kills", STYLE_GREEN},
    {WORTH_SHARED, "Kill only what others kill, too, and none of these makes up for it alone", STYLE_CYAN},
    {WORTH_EQUAL, "Kill exactly what a test kills that is no slower", STYLE_YELLOW},
    {WORTH_DOMINATED, "Kill a part of what one other test kills", STYLE_YELLOW},
    {WORTH_KILLS_NOTHING, "Kill nothing of what they reach", STYLE_RED},
    {WORTH_REACHES_NOTHING, "Reach none of this code", STYLE_DIM},
    {WORTH_UNKNOWN, "Not known: nothing of what they may kill is seen", STYLE_DIM},
};

// The cases of one test function that are worth the same.
typedef struct Group {
  StringView name;
  const TestValueReport *best;  // the case that kills most
  uint32_t cases, kept;
  uint32_t kills, sole_kills, reaches, sole_lines;  // each the most of one case, but for the sole ones: their sum
  double seconds;
} Group;

static StringView function_of(StringView test) {
  return string_view_slice(test, 0, string_view_find_byte(test, '['));
}

static Group group_at(const ValueReport *report, TestWorth worth, size_t *index) {
  const TestValueReport *values = report->values.items;
  Group group = {.name = function_of(values[*index].test), .best = &values[*index]};
  for (; *index < report->values.count && string_view_equal(function_of(values[*index].test), group.name); (*index)++) {
    const TestValueReport *value = &values[*index];
    if (value->worth != (int)worth)
      continue;
    if (group.cases == 0 || value->kills > group.best->kills)
      group.best = value;
    group.cases++;
    group.kept += value->is_kept;
    group.kills = value->kills > group.kills ? value->kills : group.kills;
    group.reaches = value->reaches > group.reaches ? value->reaches : group.reaches;
    group.sole_kills += value->sole_kills;
    group.sole_lines += value->sole_lines;
    group.seconds += value->seconds;
  }
  return group;
}

static void print_time(double seconds) {
  if (seconds >= 1)
    printf("%.1f s", seconds);
  else if (seconds >= 0.001)
    printf("%.0f ms", seconds * 1e3);
  else
    printf("%.0f µs", seconds * 1e6);
}

static void print_kills(const Group *group) {
  const char *most = group->cases > 1 ? "at most " : "";
  if (group->kills > 0)
    printf("%s%u kill%s", most, group->kills, group->kills == 1 ? "" : "s");
  else if (group->reaches > 0)
    printf("reaches %s%u mutant%s", most, group->reaches, group->reaches == 1 ? "" : "s");
  else
    fputs("no mutant", stdout);
}

// Of several cases the one that kills most.
static void print_superior(const Cli *cli, const Group *group) {
  const TestValueReport *best = group->best;
  if (best->worth != WORTH_DOMINATED && best->worth != WORTH_EQUAL)
    return;
  if (group->cases > 1)
    printf("      %.*s: ", SV_ARGUMENTS(string_view_slice(best->test, group->name.length, best->test.length)));
  else
    fputs("      ", stdout);
  printf("%sby %.*s%s\n", style_on(cli, STYLE_DIM),
         SV_ARGUMENTS(best->worth == WORTH_DOMINATED ? best->dominated_by : best->equals), style_off(cli));
}

static void print_group(const Cli *cli, const Group *group) {
  printf("  %.*s", SV_ARGUMENTS(group->cases > 1 ? group->name : group->best->test));
  if (group->cases > 1)
    printf("  %u cases", group->cases);
  fputs("\n      ", stdout);
  print_kills(group);
  if (group->sole_kills > 0)
    printf(", %u that only %s", group->sole_kills, group->cases > 1 ? "one case makes" : "it makes");
  if (group->sole_lines > 0)
    printf(", %u line%s that only %s", group->sole_lines, group->sole_lines == 1 ? "" : "s",
           group->cases > 1 ? "one case runs" : "it runs");
  printf("%s  ", style_on(cli, STYLE_DIM));
  print_time(group->seconds);
  printf("%s\n", style_off(cli));
  print_superior(cli, group);
}

static void print_section(const Cli *cli, const ValueReport *report, const Section *section) {
  const WorthCount *counts = report->worth.items;
  size_t index = 0;
  if (counts[section->worth].count == 0)
    return;
  printf("%s%s%s%s: %u\n", style_on(cli, STYLE_BOLD), style_on(cli, section->style), section->title, style_off(cli),
         counts[section->worth].count);
  while (index < report->values.count) {
    Group group = group_at(report, section->worth, &index);
    if (group.cases > 0)
      print_group(cli, &group);
  }
  putchar('\n');
}

// ---- What would suffice ----

static void print_smallest(const Cli *cli, const ValueReport *report) {
  size_t count = report->values.count;
  printf("%s%u of %zu tests%s keep all %u kills and all %u lines: the smallest set that was found.\n",
         style_on(cli, STYLE_BOLD), report->kept, count, style_off(cli), report->killed, report->lines);
  fputs("They take ", stdout);
  print_time(report->kept_seconds);
  fputs(" of ", stdout);
  print_time(report->reaching_seconds);
  printf(" on the processor%s.\n",
         report->reaching_seconds < report->seconds ? " that the tests take which reach this code" : "");
  if (report->kept == count)
    return;
  printf("Without the other %zu, all at once, nothing is lost among the %u mutants that were judged.\n",
         count - report->kept, report->killed + report->survived);
  fputs("What a test is there for beside that, no mutant says: other files' code, documentation, a report once made.\n",
        stdout);
}

// The functions whose tests kill what some cases of one function kill, each once.
static void collect_substitutes(const TestValueReport *value, Vector *names) {
  const StringView *tests = value->replaced_by.items;
  for (size_t i = 0; i < value->replaced_by.count; i++) {
    StringView name = function_of(tests[i]);
    bool is_new = true;
    for (size_t at = 0; at < names->count && is_new; at++)
      is_new = !string_view_equal(*(StringView *)vector_at(names, at), name);
    if (is_new && !vector_push_copy(names, &name))
      break;  // more than are ever shown
  }
}

static void print_substitutes(const Vector *names) {
  for (size_t i = 0; i < names->count && i < NAMED; i++)
    printf("%s%.*s", i > 0 ? ", " : "", SV_ARGUMENTS(*(StringView *)vector_at(names, i)));
  if (names->count > NAMED)
    printf(" and %zu more", names->count - NAMED);
  putchar('\n');
}

// The cases [first, end) of one function: those that kill and are not kept, with what makes up for them.
static void print_replaced(const TestValueReport *values, size_t first, size_t end) {
  Vector names;
  uint32_t cases = 0;
  size_t shown = first;
  vector_init(&names, sizeof(StringView), SUBSTITUTES_MAX);
  for (size_t i = first; i < end; i++) {
    if (values[i].is_kept || values[i].kills == 0)
      continue;
    shown = i;
    cases++;
    collect_substitutes(&values[i], &names);
  }
  if (cases == 1)
    printf("  %.*s: ", SV_ARGUMENTS(values[shown].test));
  if (cases > 1)
    printf("  %.*s  %u cases: ", SV_ARGUMENTS(function_of(values[shown].test)), cases);
  if (cases > 0)
    print_substitutes(&names);
  vector_finish(&names);
}

static void print_proof(const ValueReport *report) {
  const TestValueReport *values = report->values.items;
  puts("\nWhat is not kept, and who kills the same:");
  for (size_t first = 0, end = 0; first < report->values.count; first = end) {
    while (end < report->values.count &&
           string_view_equal(function_of(values[end].test), function_of(values[first].test)))
      end++;
    print_replaced(values, first, end);
  }
}

static void print_text(const Cli *cli, const ValueReport *report) {
  const RedTestReport *red = report->red_tests.items;
  if (report->mutants.count == 0) {
    puts("No mutant was judged, so nothing is said of the tests.");
    return;
  }
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
    print_section(cli, report, &sections[i]);
  for (size_t i = 0; i < report->red_tests.count; i++)
    printf("left out: %.*s fails without any mutant: %.*s\n", SV_ARGUMENTS(red[i].test), SV_ARGUMENTS(red[i].reason));
  print_smallest(cli, report);
  if (report->kept < report->values.count)
    print_proof(report);
}

int run_value(Cli *cli) {
  ValueReport report = {0};
  ValueParams params = {
      .workers = cli->options.workers,
      .diff = cli->options.diff,
      .since = cli->options.since,
      .sample = cli->options.sample,
      .seed = cli->options.seed,
  };
  int code = mutate_open_targets(cli, &params.target, &params.targets);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_VALUE, &params, &report);
  if (string_view_is_absent(report.status))
    return code;
  cli_print_notes(cli, report.notes);
  if (cli->format == FORMAT_JSON)
    code = cli_print_json(&value_report_type, &report) != EXIT_FINE ? EXIT_INCOMPLETE : code;
  else
    print_text(cli, &report);
  return code == EXIT_FINE && !string_view_equal(report.status, SV("complete")) ? EXIT_INCOMPLETE : code;
}
