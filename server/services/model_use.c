#include "server/services/model_use.h"

#include "server/base/files.h"
#include "server/services/workspace.h"

// As everywhere in the settings, a path that is not absolute begins at the workspace. Absent where it is empty.
static StringView path_of(const ServiceContext *context, StringView path, Arena *arena) {
  return path.length > 0 ? path_join(arena, workspace_root(context->workspace), path) : (StringView){0};
}

// Beside the history, unless the settings say otherwise.
static StringView cache_of(const ServiceContext *context, const Settings *settings, Arena *arena) {
  StringView history, folder = path_of(context, settings->model_cache, arena);
  if (folder.length > 0)
    return folder;
  workspace_has_store(context->workspace, arena, &history);
  return history.data ? path_join(arena, path_directory(history), SV("answers")) : (StringView){0};
}

// "local", the default of a configuration, names none.
static StringView configured_model(const ConfigReport *config) {
  return string_view_equal_text(config->primary_model, "local") ? SV("") : config->primary_model;
}

int service_model_use(ServiceContext *context, const Settings *settings, const ConfigReport *config, bool asks_again,
                      bool is_offline, Arena *arena, ModelUse *ret_use, Error *ret_error) {
  const char *provider = model_provider_names[settings->provider];
  *ret_use = (ModelUse){
      .api = model_api_find(string_view_from(provider)),
      .name = settings->model.length > 0 ? settings->model : configured_model(config),
      .url = settings->model_url,
      .certificates = path_of(context, settings->model_certificates, arena),
      .timeout_ms = settings->model_timeout * 1000,
      .output_tokens = config->max_tokens,
      .token_budget = settings->model_tokens,
      .rounds = settings->model_rounds,
      .input_price = settings->model_input_price,
      .output_price = settings->model_output_price,
      .budget = settings->model_budget,
      .cache = cache_of(context, settings, arena),
      .asks_again = asks_again,
      .is_offline = is_offline,
  };
  if (!ret_use->api)
    return error_set(ret_error, ERROR_INTERNAL, "provider: there is no interface for %s", provider);
  if (ret_use->name.length == 0)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT,
                     "model: name the model that %s is to ask, in the setting model or with --model", provider);
  if (asks_again && is_offline)
    return error_set(ret_error, ERROR_INVALID_ARGUMENT, "ask_again: a model that is asked again is not offline");
  if (is_offline)
    return 0;
  return model_key_find(ret_use->api, settings->model_url, path_of(context, settings->model_key_file, arena), arena,
                        &ret_use->key, &ret_use->key_source, ret_error);
}
