// The history and the generator's configurations.
#include "server/services/report.h"
#include "server/store/config_change.h"

int service_history(ServiceContext *context, const HistoryParams *params, Arena *arena, RunsPage *ret_page,
                    Error *ret_error) {
  Store *store = NULL;
  int result = workspace_store_to_read(context->workspace, &store, ret_error);
  return result < 0 ? result : store_get_runs(store, params, arena, ret_page, ret_error);
}

int service_run_detail(ServiceContext *context, const RunParams *params, Arena *arena, RunDetail *ret_detail,
                       Error *ret_error) {
  Store *store = NULL;
  int result = workspace_store_to_read(context->workspace, &store, ret_error);
  return result < 0 ? result : store_get_run(store, params->run_id, arena, ret_detail, ret_error);
}

int service_trend(ServiceContext *context, const TrendParams *params, Arena *arena, TrendReport *ret_trend,
                  Error *ret_error) {
  Store *store = NULL;
  int result = workspace_store_to_read(context->workspace, &store, ret_error);
  return result < 0 ? result : store_get_trend(store, params, arena, ret_trend, ret_error);
}

int service_stats(ServiceContext *context, const EmptyParams *params, Arena *arena, StatsReport *ret_report,
                  Error *ret_error) {
  (void)params, (void)arena;
  Store *store = NULL;
  int result = workspace_store_to_read(context->workspace, &store, ret_error);
  return result < 0 ? result : store_get_stats(store, ret_report, ret_error);
}

// ---- Configurations ----

static int one_config(Store *store, OptionalInteger id, Arena *arena, ConfigsReport *ret_report, Error *ret_error) {
  ConfigReport *config = arena_allocate(arena, sizeof *config);
  if (!config)
    return report_out_of_memory(ret_error);
  int result = id.present ? store_get_config(store, id.value, arena, config, ret_error)
                          : store_get_current_config(store, arena, config, ret_error);
  if (result == 0)
    ret_report->configs = (JsonArray){config, 1};
  return result;
}

static int config_show(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                       Error *ret_error) {
  return one_config(store, params->id, arena, ret_report, ret_error);
}

static int config_list(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                       Error *ret_error) {
  (void)params;
  ConfigReport current;  // makes the defaults a row of the list
  int result = store_get_current_config(store, arena, &current, ret_error);
  return result < 0 ? result : store_get_configs(store, arena, ret_report, ret_error);
}

static int config_create(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                         Error *ret_error) {
  ConfigReport current, config;
  int64_t id = 0;
  if (!params->values || params->values->kind != JSON_OBJECT)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "values: give the knobs that differ from the current configuration");
  int result = store_get_current_config(store, arena, &current, ret_error);
  if (result == 0)
    result = config_merge(&current, params->values, arena, &config, ret_error);
  if (result == 0)
    result = store_save_config(store, &config, &id, ret_error);
  return result < 0 ? result : one_config(store, (OptionalInteger){true, id}, arena, ret_report, ret_error);
}

#define EVOLUTION_SHOWN 1000

static int config_history(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                          Error *ret_error) {
  int result = one_config(store, (OptionalInteger){0}, arena, ret_report, ret_error);
  (void)params;
  return result < 0 ? result : store_get_evolution(store, EVOLUTION_SHOWN, arena, &ret_report->steps, ret_error);
}

static int config_roll_back(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                            Error *ret_error) {
  EvolutionStep *step = arena_allocate(arena, sizeof *step);
  if (!step)
    return report_out_of_memory(ret_error);
  int result = store_roll_back_config(store, arena, step, ret_error);
  if (result == 0)
    result = one_config(store, params->id, arena, ret_report, ret_error);
  ret_report->steps = (JsonArray){step, 1};
  return result;
}

static int config_set_current(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                              Error *ret_error) {
  if (!params->id.present)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "id: which configuration? `testgen config list` shows all");
  int result = store_set_current_config(store, params->id.value, ret_error);
  return result < 0 ? result : one_config(store, params->id, arena, ret_report, ret_error);
}

static const struct {
  const char *action;
  int (*run)(Store *store, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report, Error *ret_error);
  int (*open)(Workspace *workspace, Store **ret_store, Error *ret_error);
} actions[] = {
    {"show", config_show, workspace_store_to_read},       {"list", config_list, workspace_store_to_read},
    {"create", config_create, workspace_store},           {"set-current", config_set_current, workspace_store},
    {"history", config_history, workspace_store_to_read}, {"rollback", config_roll_back, workspace_store},
};

int service_config(ServiceContext *context, const ConfigParams *params, Arena *arena, ConfigsReport *ret_report,
                   Error *ret_error) {
  Store *store = NULL;
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
    if (!string_view_equal_text(params->action, actions[i].action))
      continue;
    int result = actions[i].open(context->workspace, &store, ret_error);
    return result < 0 ? result : actions[i].run(store, params, arena, ret_report, ret_error);
  }
  return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                   "action: \"%.*s\" is not one of show, list, create, set-current, history, rollback",
                   SV_ARGUMENTS(params->action));
}
