// Candidates from a model that is asked: its answers are read as any answer is, and its tokens are counted.
#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/generator/prompt.h"

#include <stdio.h>

#define OUTPUT_TOKENS_MIN 512  // less is not worth a question
#define IDLE_MS 60000
#define HEARD_STEP 4096  // bytes between two messages

typedef struct Asking {
  const ProposeRequest *propose;
  size_t heard, told;
} Asking;

static void on_heard(void *user, size_t bytes) {
  Asking *asking = user;
  const GenerateRequest *request = asking->propose->request;
  asking->heard += bytes;
  if (!request->emit || asking->heard < asking->told + HEARD_STEP)
    return;
  asking->told = asking->heard;
  char message[96];
  snprintf(message, sizeof message, "The model answers: %zu KiB so far", asking->heard >> 10);
  RunEvent event = {.run_id = request->run_id, .kind = EVENT_PROGRESS, .message = string_view_from(message)};
  request->emit(request->user, &event);
}

static int64_t estimated_tokens(const Prompt *prompt) {
  return (int64_t)(prompt->instructions.length + prompt->question.length) / PROMPT_BYTES_PER_TOKEN;
}

static double price_of(const ModelUse *use, int64_t input, int64_t output) {
  return ((double)input * (double)use->input_price + (double)output * (double)use->output_price) / 1e6;
}

static int note(Proposals *proposals, StringView text, Error *ret_error) {
  return text.data && vector_push_copy(&proposals->notes, &text)
             ? 0
             : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
}

// What the next answer may have at most, checked before anything is sent; 0: the budget does not allow another one.
static int64_t affordable_tokens(const ProposeRequest *propose, const Proposals *proposals, const Prompt *prompt) {
  const ModelUse *use = propose->request->model;
  int64_t input = estimated_tokens(prompt), output = use->output_tokens;
  int64_t left = use->token_budget - proposals->tokens - input;
  if (output > left)
    output = left;
  if (use->budget > 0 && use->output_price > 0) {
    double cents = (double)use->budget - proposals->cents - price_of(use, input, 0);
    double most = cents * 1e6 / (double)use->output_price;
    if (most < (double)output)
      output = most > 0 ? (int64_t)most : 0;
  }
  int64_t least = use->output_tokens < OUTPUT_TOKENS_MIN ? use->output_tokens : OUTPUT_TOKENS_MIN;
  return output >= least ? output : 0;
}

static int say_used_up(const ProposeRequest *propose, Proposals *proposals, Arena *arena, Error *ret_error) {
  const ModelUse *use = propose->request->model;
  proposals->is_used_up = true;
  return note(proposals,
              arena_format(arena,
                           "the budget does not allow another question: %lld of %lld tokens are used (settings "
                           "modelTokens, modelBudget)",
                           (long long)proposals->tokens, (long long)use->token_budget),
              ret_error);
}

static int note_estimate(Proposals *proposals, Error *ret_error) {
  if (proposals->are_tokens_estimated)
    return 0;
  proposals->are_tokens_estimated = true;
  return note(proposals, SV("the model's server does not count tokens: the tokens are estimated"), ret_error);
}

// Where the other side says nothing of tokens, bytes are counted.
static int count(const ModelUse *use, const Prompt *prompt, const ModelAnswer *answer, RoundReport *round,
                 Proposals *proposals, Error *ret_error) {
  proposals->questions++;
  if (answer->is_kept)
    return note(proposals,
                SV("the model's answer is one that was kept, and cost nothing (--ask-again asks for another)"),
                ret_error);
  int64_t input = answer->has_usage ? answer->input_tokens : estimated_tokens(prompt);
  int64_t output = answer->has_usage ? answer->output_tokens : (int64_t)answer->text.length / PROMPT_BYTES_PER_TOKEN;
  round->tokens = input + output;
  round->cost_cents.value = price_of(use, input, output);
  proposals->tokens += round->tokens;
  proposals->cents += round->cost_cents.value;
  return answer->has_usage ? 0 : note_estimate(proposals, ret_error);
}

// A question that failed is part of the story, too.
static int tell_failure(const Error *problem, Arena *arena, RoundReport *round, Error *ret_error) {
  StringView *problems = arena_allocate_array(arena, 1, sizeof *problems);
  StringView message = arena_copy(arena, string_view_from(problem->message));
  if (!problems || !message.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
  problems[0] = message;
  round->problems = (JsonArray){problems, 1};
  return 0;
}

static int digest_answer(StringView text, Arena *arena, StringView *ret_digest, Error *ret_error) {
  Digest digest;
  char hexadecimal[DIGEST_TEXT_SIZE];
  int result = digest_of(text, &digest, ret_error);
  if (result < 0)
    return result;
  digest_to_text(&digest, hexadecimal);
  *ret_digest = arena_copy(arena, string_view_from(hexadecimal));
  return ret_digest->data ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
}

static int read_answer(const ProposeRequest *propose, const ModelAnswer *answer, Arena *arena, Proposals *proposals,
                       Error *ret_error) {
  int result = answer_take(propose, answer->text, arena, proposals, ret_error);
  if (result == ERROR_LIMIT) {
    error_clear(ret_error);
    result = note(proposals, SV("the answer is too long to be read"), ret_error);
  }
  if (result == 0 && answer->is_cut)
    result = note(proposals, SV("the answer was cut off: what is whole of it was taken"), ret_error);
  return result;
}

// Later questions, which reflect on what became of the earlier ones, may go to another model. "local" names none.
static StringView model_of(const ProposeRequest *propose) {
  StringView reflecting = propose->request->config->reflection_model;
  bool has_other = reflecting.length > 0 && !string_view_equal_text(reflecting, "local");
  return propose->feedback.length > 0 && has_other ? reflecting : propose->request->model->name;
}

static int ask(const ProposeRequest *propose, const Prompt *prompt, int64_t output_tokens, Arena *arena,
               ModelAnswer *answer, Error *ret_error) {
  const ModelUse *use = propose->request->model;
  int64_t left_ms = bench_left_ms(propose->bench);
  Asking asking = {.propose = propose};
  ModelRequest request = {
      .api = use->api,
      .url = use->url,
      .model = model_of(propose),
      .key = use->key,
      .key_source = use->key_source,
      .certificates = use->certificates,
      .instructions = prompt->instructions,
      .question = prompt->question,
      .schema = prompt->schema,
      .temperature = propose->request->config->temperature,
      .output_tokens = output_tokens,
      .total_ms = use->timeout_ms < left_ms ? use->timeout_ms : left_ms,
      .idle_ms = IDLE_MS,
      .cache = use->cache,
      .asks_again = use->asks_again,
      .is_offline = use->is_offline,
      .cancel = propose->request->runner.cancel,
      .heard = on_heard,
      .user = &asking,
  };
  Error problem = {0};
  int result = model_complete(&request, arena, answer, &problem);
  if (result == ERROR_TIMEOUT && bench_left_ms(propose->bench) > 0)  // it is the model's time that is over
    result = ERROR_UNAVAILABLE;
  return result < 0 ? error_set(ret_error, (ErrorCode)result, "%s", problem.message) : 0;
}

// The question and its answer, as the report tells of them.
static int ask_and_tell(const ProposeRequest *propose, const Prompt *prompt, int64_t output_tokens, Arena *arena,
                        Proposals *proposals, ModelAnswer *answer, Error *ret_error) {
  const ModelUse *use = propose->request->model;
  int64_t started_ns = clock_monotonic_ns();
  RoundReport round = {.wanted = SV("tests"), .model = model_of(propose)};
  int result = ask(propose, prompt, output_tokens, arena, answer, ret_error);
  round.duration_ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
  round.question = answer->question;
  round.kept = answer->is_kept;
  round.cut = answer->is_cut;
  round.cost_cents.present = use->input_price > 0 || use->output_price > 0;
  int told = result < 0 ? tell_failure(ret_error, arena, &round, ret_error)
                        : digest_answer(answer->text, arena, &round.answer, ret_error);
  if (result == 0 && told == 0)
    told = count(use, prompt, answer, &round, proposals, ret_error);
  if (told == 0 && !vector_push_copy(&proposals->trajectory, &round))
    told = error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
  return told < 0 ? told : result;
}

int model_ask(const ProposeRequest *propose, const Prompt *prompt, Arena *arena, Proposals *proposals,
              ModelAnswer *ret_answer, Error *ret_error) {
  *ret_answer = (ModelAnswer){0};
  int64_t output = affordable_tokens(propose, proposals, prompt);
  if (output == 0)
    return say_used_up(propose, proposals, arena, ret_error);
  int result = 0;
  if (prompt->is_cut)
    result = note(proposals, SV("the code or its tests are too long for the budget: the model saw their beginning"),
                  ret_error);
  return result == 0 ? ask_and_tell(propose, prompt, output, arena, proposals, ret_answer, ret_error) : result;
}

int model_propose(const ProposeRequest *propose, Arena *arena, Proposals *proposals, Error *ret_error) {
  const ModelUse *use = propose->request->model;
  Prompt prompt;
  ModelAnswer answer;
  int64_t most = (use->token_budget - proposals->tokens) * PROMPT_BYTES_PER_TOKEN / 2;
  int result = prompt_build(propose, most > 0 ? (size_t)most : 0, arena, &prompt, ret_error);
  if (result == 0)
    result = model_ask(propose, &prompt, arena, proposals, &answer, ret_error);
  if (result < 0 || string_view_is_absent(answer.text))
    return result;
  return read_answer(propose, &answer, arena, proposals, ret_error);
}
