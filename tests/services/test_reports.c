// What the services' reports promise whoever gets them.
#include "support.h"

#include "server/services/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka's header needs those above.
#include <cmocka.h>

// The report lives in the arena, and nowhere else: while a report is on its way, the files it speaks of may be edited
// and their analyses go. AddressSanitizer watches.
static void reports_outlive_the_workspace(void **state) {
  (void)state;
  static const struct {
    CommandIdentifier command;
    const char *params, *says;
  } cases[] = {
      {COMMAND_SCORE, "{}", "tests/test_pricing.py::test_unrelated"},
      {COMMAND_CHECK, "{}", "untested-function"},
      {COMMAND_SHOW_COVERAGE_GAPS, "{\"run\": true}", "\"function\":\"discount\""},
      {COMMAND_RUN_TESTS, "{}", "test_shipping_is_free_above_the_limit"},
      {COMMAND_GENERATE, "{\"target\": \"shop/pricing.py::shipping\"}", "def test_shipping"},
      {COMMAND_MUTATE, "{\"targets\": [\"shop/pricing.py\"]}", "\"function\":\"shipping\""},
      {COMMAND_BOUNDARY, "{}", "\"function\":\"shipping\""},
      {COMMAND_CHEATS, "{}", "\"function\":\"shipping\""},
      {COMMAND_VALUE, "{\"targets\": [\"shop/pricing.py\"]}", "test_shipping_is_free_above_the_limit"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Arena arena;
    Buffer text;
    JsonWriter writer;
    Error error = {0};
    arena_init(&arena);
    const CommandRow *row = command_row(cases[i].command);
    ServiceContext context = {.workspace = open_project("pricing", &arena)};
    void *params = read_params(row->params, cases[i].params, &arena);
    void *report = arena_allocate(&arena, row->result->size);
    int result = service_call(cases[i].command, &context, params, &arena, report, &error);
    if (result < 0)
      fail_msg("%s: %s", row->name, error.message);
    workspace_release(context.workspace);
    buffer_init(&text, 16u << 20);
    json_writer_init(&writer, &text, 0);
    json_encode(&writer, row->result, report);
    if (!string_view_contains(buffer_view(&text), string_view_from(cases[i].says)))
      fail_msg("%s: \"%s\" is not in %.*s", row->name, cases[i].says, SV_ARGUMENTS(buffer_view(&text)));
    buffer_finish(&text);
    arena_finish(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reports_outlive_the_workspace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
