// The model that the settings and the configuration name, and what it may cost.
#ifndef TESTGEN_SERVER_SERVICES_MODEL_USE_H
#define TESTGEN_SERVER_SERVICES_MODEL_USE_H

#include "server/generator/generator.h"
#include "server/services/service.h"

// `asks_again`: also for what it has answered before; `is_offline`: only for that. INVALID_ARGUMENT: no model is named,
// or both are asked for. Further failures are those of model_key_find.
int service_model_use(ServiceContext *context, const Settings *settings, const ConfigReport *config, bool asks_again,
                      bool is_offline, Arena *arena, ModelUse *ret_use, Error *ret_error);

#endif
