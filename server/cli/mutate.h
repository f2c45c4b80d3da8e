// The forms in which `testgen mutate` shows its report, and what they share.
#ifndef TESTGEN_SERVER_CLI_MUTATE_H
#define TESTGEN_SERVER_CLI_MUTATE_H

#include "protocol/lsp/position.h"
#include "server/cli/cli.h"

typedef struct MutateOutput {
  Cli *cli;
  const MutateParams *params;
  const MutationReport *report;
  FILE *file;
} MutateOutput;

// Opens the workspace of the arguments, PATH or FILE::NAME; without any, of the folder that the shell stands in. An
// exit code.
int mutate_open_targets(Cli *cli, StringView *ret_target, JsonArray *ret_targets);

// Each returns an exit code; failures are printed.
int mutate_print_text(const MutateOutput *output);
int mutate_print_json(const MutateOutput *output);   // by mutation-testing-report-schema
int mutate_print_html(const MutateOutput *output);   // a page that shows that JSON
int mutate_print_junit(const MutateOutput *output);  // JUnit XML
int mutate_print_sarif(const MutateOutput *output);

// The program of the page, from the installed tree. An exit code.
int mutate_find_elements(Cli *cli, StringView *ret_elements);

// By mutation-testing-report-schema, version 2. An exit code.
int mutate_write_schema(const MutateOutput *output, JsonWriter *writer);

// ---- Sources ----

// The source of the mutants of one file, as it is now. Absent text: it cannot be read any more.
typedef struct MutantSource {
  StringView path;
  StringView text;
  LineIndex lines;
} MutantSource;

// Opens the file of a mutant unless it is open, in place of the one before. Finish it at the end.
void mutant_source_open(Cli *cli, StringView path, MutantSource *source);
void mutant_source_finish(MutantSource *source);

// Where a mutant lies in the text. False when the text there is not what was mutated.
bool mutant_source_find(const MutantSource *source, const MutantReport *mutant, uint32_t *ret_start, uint32_t *ret_end);

// The lines that a mutant changes, before and after: whole lines, the indentation that both share left out. What was
// replaced alone when the source has changed since. In the arena; absent only without memory.
typedef struct MutantChange {
  StringView before;
  StringView after;
} MutantChange;
MutantChange mutant_change(Cli *cli, const MutantSource *source, const MutantReport *mutant);

StringView mutant_first_line(StringView text, size_t bytes);  // at most so many, whole characters

// ---- Progress ----

#define RATE_SAMPLES 16

// What is shown on a terminal while mutants are judged.
typedef struct MutateProgress {
  Cli *cli;
  struct {
    int64_t at_ns;
    int64_t done;
  } samples[RATE_SAMPLES];  // one per second, as a ring
  size_t sample_count;
  int64_t survived;
} MutateProgress;

void mutate_progress_show(void *user, const RunEvent *event);

#endif
