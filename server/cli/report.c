// `testgen report --html FILE`: the history as one page, the same that the editor's panel shows, with the data in it.
#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/cli/page.h"

#define RUNS_DEFAULT 1000            // of the list
#define POINTS_MAX 10000             // of the trend
#define DETAILS_MAX (16u << 20)      // bytes of runs in full, the newest first
#define PAGE_MAX ((size_t)64 << 20)  // bytes

static const char page_begin[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" PAGE_POLICY
    "<title>TestGen: the history</title>\n<style>";
static const char page_middle[] =
    "</style>\n</head>\n<body>\n<main id=\"page\"><noscript>This page needs JavaScript.</noscript></main>\n"
    "<script id=\"data\" type=\"application/json\">";
static const char page_script[] = "</script>\n<script>";
static const char page_end[] = "</script>\n</body>\n</html>\n";

typedef struct ReportWork {
  Cli *cli;
  RunsPage runs;
  TrendReport trend;
  StringView style, script;
  Buffer data;
  JsonWriter writer;
} ReportWork;

static int read_all(ReportWork *work) {
  Cli *cli = work->cli;
  HistoryParams runs = {.limit = {true, RUNS_DEFAULT}};
  if (cli->options.limit.present)
    runs.limit = cli->options.limit;
  int code = page_read_part(cli, "report/history.css", &work->style);
  if (code == EXIT_FINE)
    code = page_read_part(cli, "report/history.js", &work->script);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_HISTORY, &runs, &work->runs);
  if (code == EXIT_FINE)
    code = cli_call(cli, COMMAND_TREND, &(TrendParams){.limit = {true, POINTS_MAX}}, &work->trend);
  return code;
}

static void write_member(ReportWork *work, const char *name, const JsonType *type, const void *value) {
  json_write_name(&work->writer, name);
  json_encode(&work->writer, type, value);
}

// Runs in full, until there are as many as a page can hold.
static int write_details(ReportWork *work, uint32_t *ret_count) {
  const RunSummary *runs = work->runs.runs.items;
  size_t before = work->data.length;
  json_write_name(&work->writer, "details");
  json_write_array_begin(&work->writer);
  for (size_t i = 0; i < work->runs.runs.count && work->data.length - before < DETAILS_MAX; i++) {
    RunDetail detail;
    int code = cli_call(work->cli, COMMAND_RUN_DETAIL, &(RunParams){.run_id = runs[i].run_id}, &detail);
    if (code != EXIT_FINE)
      return code;
    json_encode(&work->writer, &run_detail_type, &detail);
    ++*ret_count;
  }
  json_write_array_end(&work->writer);
  return EXIT_FINE;
}

static int write_data(ReportWork *work, uint32_t *ret_details) {
  char written_at[CLOCK_ISO_SIZE];
  clock_format_iso(clock_unix_ms(), written_at);
  json_write_object_begin(&work->writer);
  json_write_name(&work->writer, "written_at");
  json_write_string(&work->writer, string_view_from(written_at));
  json_write_name(&work->writer, "workspace");
  json_write_string(&work->writer, path_base_name(workspace_root(work->cli->workspace)));
  write_member(work, "page", &runs_page_type, &work->runs);
  write_member(work, "trend", &trend_report_type, &work->trend);
  int code = write_details(work, ret_details);
  json_write_object_end(&work->writer);
  return code;
}

static int write_page(ReportWork *work, uint32_t details) {
  Cli *cli = work->cli;
  Buffer page;
  buffer_init(&page, PAGE_MAX);
  buffer_append_text(&page, page_begin);
  buffer_append(&page, work->style);
  buffer_append_text(&page, page_middle);
  page_append_json(&page, buffer_view(&work->data));
  buffer_append_text(&page, page_script);
  buffer_append(&page, work->script);
  buffer_append_text(&page, page_end);
  if (work->data.failure)
    page.failure = work->data.failure;
  int code = page_write(cli, &page, cli->options.html);
  if (code == EXIT_FINE && !cli->options.quiet)
    printf("%.*s has %zu of %lld runs, %u of them in full\n", SV_ARGUMENTS(cli->options.html), work->runs.runs.count,
           (long long)work->runs.total, details);
  buffer_finish(&page);
  return code;
}

int run_report(Cli *cli) {
  ReportWork work = {.cli = cli};
  uint32_t details = 0;
  if (string_view_is_absent(cli->options.html))
    return cli_usage("report: name the file of the page with --html FILE");
  if (cli->format != FORMAT_TEXT)
    return cli_usage("report: a page has no other format; `testgen runs --format json` prints the history");
  int code = cli_open(cli, (StringView){0});
  if (code == EXIT_FINE)
    code = read_all(&work);
  if (code != EXIT_FINE)
    return code;
  buffer_init(&work.data, PAGE_MAX);
  json_writer_init(&work.writer, &work.data, 0);
  code = write_data(&work, &details);
  if (code == EXIT_FINE)
    code = write_page(&work, details);
  buffer_finish(&work.data);
  return code;
}
