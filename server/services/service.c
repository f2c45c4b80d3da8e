#include "server/services/service.h"

#include "server/base/clock.h"

typedef int (*ServiceFunction)(ServiceContext *context, const void *params, Arena *arena, void *ret_report,
                               Error *ret_error);

// One typed step between the table and each service.
#define SERVICE_ADAPTER(name, params_struct, report_struct) \
  static int adapt_##name(ServiceContext *context, const void *params, Arena *arena, void *ret_report, \
                          Error *ret_error) { \
    return service_##name(context, (const params_struct *)params, arena, (report_struct *)ret_report, ret_error); \
  }

SERVICE_ADAPTER(score, ScoreParams, ScoreReport)
SERVICE_ADAPTER(check, CheckParams, CheckReport)
SERVICE_ADAPTER(gaps, GapsParams, GapsReport)
SERVICE_ADAPTER(run_tests, RunTestsParams, RunTestsReport)
SERVICE_ADAPTER(generate, GenerateParams, GenerateReport)
SERVICE_ADAPTER(implement, ImplementParams, GenerateReport)
SERVICE_ADAPTER(mutate, MutateParams, MutationReport)
SERVICE_ADAPTER(boundary, BoundaryParams, BoundaryReport)
SERVICE_ADAPTER(cheats, CheatsParams, CheatsReport)
SERVICE_ADAPTER(value, ValueParams, ValueReport)
SERVICE_ADAPTER(history, HistoryParams, RunsPage)
SERVICE_ADAPTER(run_detail, RunParams, RunDetail)
SERVICE_ADAPTER(trend, TrendParams, TrendReport)
SERVICE_ADAPTER(stats, EmptyParams, StatsReport)
SERVICE_ADAPTER(config, ConfigParams, ConfigsReport)
SERVICE_ADAPTER(evolve, EvolveParams, EvolveReport)

// COMMAND_CANCEL and COMMAND_EXPLAIN belong to the editor: they speak of what runs and what is open there.
static const ServiceFunction services[COMMAND_COUNT] = {
    [COMMAND_SCORE] = adapt_score,
    [COMMAND_CHECK] = adapt_check,
    [COMMAND_SHOW_COVERAGE_GAPS] = adapt_gaps,
    [COMMAND_RUN_TESTS] = adapt_run_tests,
    [COMMAND_GENERATE] = adapt_generate,
    [COMMAND_IMPLEMENT] = adapt_implement,
    [COMMAND_MUTATE] = adapt_mutate,
    [COMMAND_BOUNDARY] = adapt_boundary,
    [COMMAND_CHEATS] = adapt_cheats,
    [COMMAND_VALUE] = adapt_value,
    [COMMAND_HISTORY] = adapt_history,
    [COMMAND_RUN_DETAIL] = adapt_run_detail,
    [COMMAND_TREND] = adapt_trend,
    [COMMAND_STATS] = adapt_stats,
    [COMMAND_CONFIG] = adapt_config,
    [COMMAND_EVOLVE] = adapt_evolve,
};

int service_call(CommandIdentifier command, ServiceContext *context, const void *params, Arena *arena, void *ret_report,
                 Error *ret_error) {
  if (!context->run_id[0])
    store_make_run_id(clock_unix_ms(), context->run_id);
  if (!services[command])
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "%s cannot be called here", command_row(command)->name);
  return services[command](context, params, arena, ret_report, ret_error);
}
