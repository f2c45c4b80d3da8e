// The mutants that no test noticed, by file, as the lines that they change.
#include "server/cli/mutate.h"

#define LINE_BYTES 160u  // of a line that is shown

static const Style styles[MUTANT_STATUS_COUNT] = {
    [MUTANT_SURVIVED] = STYLE_RED,  [MUTANT_NO_COVERAGE] = STYLE_YELLOW,  [MUTANT_KILLED] = STYLE_GREEN,
    [MUTANT_TIMEOUT] = STYLE_CYAN,  [MUTANT_INCONCLUSIVE] = STYLE_YELLOW, [MUTANT_EQUIVALENT] = STYLE_DIM,
    [MUTANT_DUPLICATE] = STYLE_DIM, [MUTANT_INVALID] = STYLE_DIM,         [MUTANT_PENDING] = STYLE_DIM,
};

static bool is_shown(const MutantReport *mutant) {
  return mutant->status == MUTANT_SURVIVED || mutant->status == MUTANT_NO_COVERAGE ||
         mutant->status == MUTANT_TIMEOUT || mutant->status == MUTANT_INCONCLUSIVE;
}

static void print_side(const MutateOutput *output, Style style, char sign, StringView text) {
  StringView line = mutant_first_line(text, LINE_BYTES);
  fprintf(output->file, "      %s%c %.*s%s%s\n", style_on(output->cli, style), sign, SV_ARGUMENTS(line),
          line.length < text.length ? " ..." : "", style_off(output->cli));
}

// Of a change of several lines the first one that differs tells more than the first one.
static void skip_equal_lines(MutantChange *change) {
  for (;;) {
    size_t before = string_view_find_byte(change->before, '\n'), after = string_view_find_byte(change->after, '\n');
    bool has_more = before < change->before.length && after < change->after.length;
    if (!has_more ||
        !string_view_equal(string_view_slice(change->before, 0, before), string_view_slice(change->after, 0, after)))
      return;
    change->before = string_view_slice(change->before, before + 1, change->before.length);
    change->after = string_view_slice(change->after, after + 1, change->after.length);
  }
}

static void print_mutant(const MutateOutput *output, const MutantSource *source, const MutantReport *mutant) {
  const Cli *cli = output->cli;
  MutantChange change = mutant_change(output->cli, source, mutant);
  skip_equal_lines(&change);
  fprintf(output->file, "  %4u:%-3u %s%-12s%s %.*s", mutant->line, mutant->column,
          style_on(cli, styles[mutant->status]), mutant_status_names[mutant->status], style_off(cli),
          SV_ARGUMENTS(mutant->operator));
  if (!string_view_is_absent(mutant->function))
    fprintf(output->file, "%s in %.*s%s", style_on(cli, STYLE_DIM), SV_ARGUMENTS(mutant->function), style_off(cli));
  fputc('\n', output->file);
  print_side(output, STYLE_RED, '-', change.before);
  print_side(output, STYLE_GREEN, '+', change.after);
  if (mutant->status == MUTANT_INCONCLUSIVE)
    fprintf(output->file, "      %.*s\n", SV_ARGUMENTS(mutant->message));
}

// The mutants [first, end) are those of one file.
static void print_file(const MutateOutput *output, MutantSource *source, size_t first, size_t end) {
  const MutantReport *mutants = output->report->mutants.items;
  uint32_t counts[MUTANT_STATUS_COUNT] = {0};
  bool has_shown = false;
  for (size_t i = first; i < end; i++) {
    counts[mutants[i].status]++;
    has_shown = has_shown || is_shown(&mutants[i]);
  }
  uint32_t judged = counts[MUTANT_KILLED] + counts[MUTANT_SURVIVED] + counts[MUTANT_NO_COVERAGE] +
                    counts[MUTANT_TIMEOUT] + counts[MUTANT_INCONCLUSIVE];
  if (!has_shown)
    return;
  fprintf(output->file, "%s%.*s%s  %u of %u killed\n", style_on(output->cli, STYLE_BOLD),
          SV_ARGUMENTS(mutants[first].path), style_off(output->cli), counts[MUTANT_KILLED], judged);
  mutant_source_open(output->cli, mutants[first].path, source);
  for (size_t i = first; i < end; i++)
    if (is_shown(&mutants[i]))
      print_mutant(output, source, &mutants[i]);
  fputc('\n', output->file);
}

static void print_files(const MutateOutput *output) {
  const MutantReport *mutants = output->report->mutants.items;
  size_t count = output->report->mutants.count;
  MutantSource source = {0};
  for (size_t first = 0, end = 0; first < count; first = end) {
    while (end < count && string_view_equal(mutants[end].path, mutants[first].path))
      end++;
    print_file(output, &source, first, end);
  }
  mutant_source_finish(&source);
}

static void print_counts(const MutateOutput *output) {
  const MutationReport *report = output->report;
  const struct {
    uint32_t count;
    const char *what;
  } rows[] = {
      {report->timeout, "without end"},
      {report->inconclusive, "inconclusive"},
      {report->pending, "pending"},
      {report->not_sampled, "not in the sample"},
      {report->kept, "known from earlier runs"},
  };
  fprintf(output->file, "%sMutants%s  %u killed, %u survived, %u not reached by any test",
          style_on(output->cli, STYLE_BOLD), style_off(output->cli), report->killed, report->survived,
          report->no_coverage);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].count > 0)
      fprintf(output->file, ", %u %s", rows[i].count, rows[i].what);
  fprintf(output->file, "; %u not run\n", report->not_run);
}

static void print_rate(const MutateOutput *output) {
  const MutationReport *report = output->report;
  if (!report->kill_rate.present)
    return;
  fprintf(output->file, "%s%.1f %% killed", style_on(output->cli, STYLE_DIM), 100 * report->kill_rate.value);
  if (report->kill_rate_low.present)
    fprintf(output->file, " of a sample; of all mutants %.1f %% to %.1f %% (95 %% confidence);",
            100 * report->kill_rate_low.value, 100 * report->kill_rate_high.value);
  fprintf(output->file, " by %u tests in %.1f s%s\n", report->tests, report->duration_ms / 1000,
          style_off(output->cli));
}

static double milliseconds(const JsonValue *value) {
  return value->kind == JSON_INTEGER ? (double)value->integer : value->kind == JSON_DOUBLE ? value->number : 0;
}

static void print_timings(const MutateOutput *output) {
  const JsonValue *timings = output->report->timings;
  if (!timings || timings->kind != JSON_OBJECT || timings->object.count == 0)
    return;
  fputs(style_on(output->cli, STYLE_DIM), output->file);
  for (size_t i = 0; i < timings->object.count; i++) {
    const JsonMember *member = &timings->object.members[i];
    fprintf(output->file, "%s%.*s %.1f s", i > 0 ? ", " : "", SV_ARGUMENTS(member->name),
            milliseconds(&member->value) / 1000);
  }
  fprintf(output->file, "%s\n", style_off(output->cli));
}

int mutate_print_text(const MutateOutput *output) {
  const RedTestReport *red = output->report->red_tests.items;
  print_files(output);
  for (size_t i = 0; i < output->report->red_tests.count; i++)
    fprintf(output->file, "left out: %.*s fails without any mutant: %.*s\n", SV_ARGUMENTS(red[i].test),
            SV_ARGUMENTS(red[i].reason));
  print_counts(output);
  print_rate(output);
  print_timings(output);
  return EXIT_FINE;
}
