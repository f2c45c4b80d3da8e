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

// Of tests for one change all but one go in the end.
static void tell_proven(Generation *generation, size_t done) {
  for (; generation->told < done && !generation->request->mutant; generation->told++) {
    const Proposal *proposal = vector_at(&generation->tests, generation->told);
    if (proposal->guard || !proposal->is_proven)
      continue;
    AcceptedTest test = generation_describe(generation, proposal);
    generation_emit(generation, EVENT_TEST, test.name, &test);
  }
}

void generation_show_progress(void *user, size_t done, size_t total) {
  Generation *generation = user;
  tell_proven(generation, done);
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
