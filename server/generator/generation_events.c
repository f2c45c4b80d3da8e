// What a generation tells while it runs.
#include "server/generator/generation.h"

int generation_no_memory(Generation *generation) {
  return error_set(generation->ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are generated");
}

void generation_emit(const Generation *generation, RunEventKind kind, StringView message, const AcceptedTest *test) {
  const GenerateRequest *request = generation->request;
  RunEvent event = {.run_id = request->run_id, .kind = (int)kind, .message = message, .test = test};
  if (request->emit)
    request->emit(request->user, &event);
}

void generation_emit_environment(const Generation *generation) {
  const GenerateRequest *request = generation->request;
  const EnvironmentReport *environment = &generation->propose.environment;
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "Tests are proven with Python %.*s; sandbox: %.*s",
                              SV_ARGUMENTS(environment->python), SV_ARGUMENTS(environment->sandbox)),
      .environment = environment,
  };
  if (request->emit)
    request->emit(request->user, &event);
}

void generation_emit_spent(const Generation *generation) {
  const GenerateRequest *request = generation->request;
  const ModelUse *use = request->model;
  bool has_prices = use->input_price > 0 || use->output_price > 0;
  SpentReport spent = {
      .tokens = generation->proposals.tokens,
      .token_budget = use->token_budget,
      .cost_cents = {has_prices, generation->proposals.cents},
      .budget_cents = {use->budget > 0, use->budget},
  };
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "The model has used %lld of %lld tokens", (long long)spent.tokens,
                              (long long)spent.token_budget),
      .spent = &spent,
  };
  if (request->emit)
    request->emit(request->user, &event);
}

void generation_emit_rejected(const Generation *generation, const RejectedTest *test) {
  const GenerateRequest *request = generation->request;
  RunEvent event = {.run_id = request->run_id, .kind = EVENT_TEST, .message = test->id, .rejected = test};
  if (request->emit)
    request->emit(request->user, &event);
}

void generation_show_progress(void *user, size_t done, size_t total) {
  const Generation *generation = user;
  const GenerateRequest *request = generation->request;
  RunEvent event = {
      .run_id = request->run_id,
      .kind = EVENT_PROGRESS,
      .message = arena_format(generation->arena, "Checked %zu of %zu proposed tests", done, total),
      .done = {true, (int64_t)done},
      .total = {true, (int64_t)total},
  };
  if (request->emit)
    request->emit(request->user, &event);
}

int generation_push(Generation *generation, Vector *items, const void *item) {
  return vector_push_copy(items, item) ? 0 : generation_no_memory(generation);
}
