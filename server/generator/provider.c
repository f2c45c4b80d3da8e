#include "server/generator/provider.h"

static int builtin_propose(const ProposeRequest *request, Arena *arena, Proposals *proposals, Error *ret_error) {
  return request->request->spec ? builtin_propose_spec(request, arena, proposals, ret_error)
                                : builtin_propose_subject(request, arena, proposals, ret_error);
}

static const Provider providers[] = {
    {"builtin", builtin_propose, false},
    {"answer", answer_propose, false},
    {"openai", model_propose, true},
    {"anthropic", model_propose, true},
};

const Provider *provider_find(StringView name) {
  for (size_t index = 0; index < sizeof providers / sizeof *providers; index++)
    if (string_view_equal_text(name, providers[index].name))
      return &providers[index];
  return NULL;
}

int proposals_say_unanswered(Proposals *proposals, StringView requirement, StringView reason, Error *ret_error) {
  Unanswered item = {requirement, reason};
  return reason.data && vector_push_copy(&proposals->unanswered, &item)
             ? 0
             : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while tests are proposed");
}
