#include "server/generator/prompt.h"

#include <math.h>

#define PROMPT_MAX (8u << 20)
#define GAPS_SHARE 4          // what no test notices may take this part of a question
#define SURROUNDINGS_SHARE 3  // the tests that there are may take this part of a question, times their weight

static const char instructions[] =
    "You write tests for Python code, as pytest runs them. Each test is one call with a result that you have worked "
    "out from what the code is meant to do: its name, its documentation, its specification. You do not run the code, "
    "and you do not copy a result that looks wrong: a test that shows a fault is worth more than one that repeats it. "
    "Every proposed test is run; one that fails, asserts nothing that depends on the code, imports what does not "
    "exist, "
    "needs the network, time or chance, or repeats another one is thrown away. Prefer values on, just below and just "
    "above each limit in the code, empty and missing values, and errors that the code raises.\n"
    "\n"
    "Answer with one JSON object and nothing else:\n"
    "{\"comprehensiveness\": 6, \"tests\": [{\"name\": \"no_discount_below_the_limit\", \"category\": \"boundary\", "
    "\"reasoning\": \"the last "
    "total without a discount\", \"setup\": [\"cart = Cart()\"], \"call\": \"discount(99)\", \"expected\": \"0\"}, "
    "{\"name\": \"negative_total_is_refused\", \"category\": \"correctness\", \"reasoning\": \"totals are positive\", "
    "\"call\": \"discount(-1)\", \"raises\": \"ValueError\", \"match\": \"negative\"}]}\n"
    "`call` is one Python expression on one line. `expected` is a Python expression in a string. `raises` with `match` "
    "(a part of the message, optional) stands in the place of `expected`. `setup` has statements that run before. "
    "`imports` (\"from a import B\") is needed only for names of other modules than the tested one. "
    "`comprehensiveness` is how much of what the code is "
    "meant to do the tests check, these and those that are there, from 0 to 10 as you see it.";

// Every member is required and no other one allowed, because some interfaces take no looser schema; what a test does
// not need is empty.
#define MEMBERS \
  "\"name\":{\"type\":\"string\"},\"category\":{\"type\":\"string\",\"enum\":[\"anti_cheat\",\"existence\"," \
  "\"correctness\",\"boundary\",\"integration\"]},\"reasoning\":{\"type\":\"string\"}," \
  "\"requirement\":{\"type\":\"string\"},\"imports\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}," \
  "\"setup\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"call\":{\"type\":\"string\"}"
#define REQUIRED "\"name\",\"category\",\"reasoning\",\"requirement\",\"imports\",\"setup\",\"call\""
#define CLOSED_OBJECT(members, required) \
  "{\"type\":\"object\",\"properties\":{" members "},\"required\":[" required "],\"additionalProperties\":false}"

static const char answer_schema[] = CLOSED_OBJECT(
    "\"tests\":{\"type\":\"array\",\"items\":{\"anyOf\":[" CLOSED_OBJECT(
        MEMBERS ",\"expected\":{\"type\":\"string\"}", REQUIRED
        ",\"expected\"") "," CLOSED_OBJECT(MEMBERS ",\"raises\":{\"type\":\"string\"},\"match\":{\"type\":\"string\"}",
                                           REQUIRED
                                           ",\"raises\",\"match\"") "]}},"
                                                                    "\"comprehensiveness\":{\"type\":\"number\"}",
    "\"tests\",\"comprehensiveness\"");

static const char implementing[] =
    "You write one Python module for a specification. Tests of it are there already, and they decide: they are run "
    "with "
    "your code in a sandbox, without a network. Write what the specification asks for, for every input, in plain and "
    "readable Python of the version that is named, with type hints and short docstrings. Code that only gives back "
    "what "
    "the tests expect is no implementation. Do not import or mention the tests, and use only Python's own library "
    "unless the specification names another one.\n"
    "\n"
    "Answer with the whole module in one fenced block of Python, and nothing else.";

typedef struct Writer {
  const ProposeRequest *propose;
  Buffer text;
  bool is_cut;
} Writer;

// Whole lines only, and how many are missing.
static void write_text(Writer *writer, StringView text, size_t room) {
  StringView line, rest = text;
  size_t written = 0, left_out = 0;
  while (string_view_next(&rest, '\n', &line)) {
    bool fits = left_out == 0 && written + line.length + 1 <= room;
    left_out += !fits;
    written += fits ? line.length + 1 : 0;
    if (fits) {
      buffer_append(&writer->text, line);
      buffer_append_byte(&writer->text, '\n');
    }
  }
  writer->is_cut = writer->is_cut || left_out > 0;
  if (left_out > 0)
    buffer_append_format(&writer->text, "... (%zu more lines are left out)\n", left_out);
}

static void write_file(Writer *writer, const char *title, StringView path, StringView text, size_t room) {
  buffer_append_format(&writer->text, "\n## %s: %.*s\n```python\n", title, SV_ARGUMENTS(path));
  write_text(writer, text, room);
  buffer_append_text(&writer->text, "```\n");
}

static void write_subject(Writer *writer, size_t room) {
  const ProposeRequest *propose = writer->propose;
  const char *title = propose->has_code ? "The code" : "There is no code yet; what it will look like from outside";
  if (propose->subject)
    write_file(writer, title, propose->subject_path, analysis_text(propose->subject), room);
}

static void write_tests(Writer *writer, size_t room) {
  const ProposeRequest *propose = writer->propose;
  const FileAnalysis *analysis = workspace_index_get(propose->request->index, propose->test_path);
  if (analysis)
    write_file(writer, "Tests that there are; do not repeat them", propose->test_path, analysis_text(analysis), room);
}

static void write_gaps(Writer *writer, size_t room) {
  StringView gaps = writer->propose->gaps;
  if (gaps.length == 0)
    return;
  buffer_append_text(&writer->text, "\n## What is left\nPropose tests that notice these:\n");
  write_text(writer, gaps, room);
}

static void write_clauses(Writer *writer, const Spec *spec) {
  for (size_t i = 0; i < spec->clause_count; i++)
    buffer_append_format(&writer->text, "- %.*s\n", SV_ARGUMENTS(spec->clauses[i].text));
}

static void write_spec(Writer *writer) {
  const Spec *spec = writer->propose->request->spec;
  if (!spec)
    return;
  buffer_append_format(&writer->text, "\n## The specification: %.*s\n%.*s\n", SV_ARGUMENTS(spec->name),
                       SV_ARGUMENTS(spec->description));
  if (spec->signature.length > 0)
    buffer_append_format(&writer->text, "Signature: `%.*s`\n", SV_ARGUMENTS(spec->signature));
  write_clauses(writer, spec);
}

static void write_mutant(Writer *writer) {
  const MutantToKill *mutant = writer->propose->request->mutant;
  if (!mutant)
    return;
  size_t line, column;
  json_position(mutant->text, mutant->start, &line, &column);
  StringView before = string_view_slice(mutant->text, mutant->start, mutant->end);
  buffer_append_format(
      &writer->text,
      "No test notices this change of the code: on line %zu `%.*s` becomes `%.*s`. Each test must pass "
      "without the change and fail with it.\n",
      line, SV_ARGUMENTS(before), SV_ARGUMENTS(mutant->replacement));
}

static void write_prohibited(Writer *writer) {
  const StringView *names = writer->propose->environment.prohibited.items;
  size_t count = writer->propose->environment.prohibited.count;
  if (count > 0)
    buffer_append_text(&writer->text, "The code may not use:");
  for (size_t i = 0; i < count; i++)
    buffer_append_format(&writer->text, "%s %.*s", i ? "," : "", SV_ARGUMENTS(names[i]));
  if (count > 0)
    buffer_append_byte(&writer->text, '\n');
}

static bool is_in_play(const Writer *writer, int category) {
  return (writer->propose->request->categories & (1u << category)) != 0;
}

int64_t prompt_most_of(const ConfigReport *config, int category) {
  double weight = category == CATEGORY_ANTI_CHEAT ? config->anti_cheat_weight : 1;
  return (int64_t)ceil((double)config->max_tests_per_category * weight - 1e-9);
}

static size_t share_of_surroundings(const ProposeRequest *propose, size_t room) {
  return (size_t)((double)room * propose->request->config->environment_weight / SURROUNDINGS_SHARE);
}

// In the order, and with the words, of the configuration.
static void write_categories(Writer *writer) {
  const ConfigReport *config = writer->propose->request->config;
  const int *order = config->category_order.items;
  for (size_t i = 0; i < config->category_order.count; i++) {
    if (!is_in_play(writer, order[i]))
      continue;
    const JsonValue *words =
        config->category_prompts ? json_member(config->category_prompts, category_names[order[i]]) : NULL;
    bool has_words = words && words->kind == JSON_STRING && words->string.length > 0;
    buffer_append_format(&writer->text, "Category `%s`, at most %lld tests%s%.*s\n", category_names[order[i]],
                         (long long)prompt_most_of(config, order[i]), has_words ? ": " : "",
                         has_words ? (int)words->string.length : 0, has_words ? words->string.data : "");
  }
  if (is_in_play(writer, CATEGORY_ANTI_CHEAT) && config->anti_cheat_prompt.length > 0)
    buffer_append_format(&writer->text, "%.*s\n", SV_ARGUMENTS(config->anti_cheat_prompt));
}

static void write_task(Writer *writer) {
  const ProposeRequest *propose = writer->propose;
  StringView symbol = propose->symbol;
  if (symbol.length > 0)
    buffer_append_format(&writer->text, "Write tests for `%.*s` of the module `%.*s`", SV_ARGUMENTS(symbol),
                         SV_ARGUMENTS(propose->module));
  else
    buffer_append_format(&writer->text, "Write tests for the module `%.*s`", SV_ARGUMENTS(propose->module));
  buffer_append_format(&writer->text, ", at most %zu, with Python %.*s and pytest %.*s.\n", propose->wanted,
                       SV_ARGUMENTS(propose->environment.python), SV_ARGUMENTS(propose->environment.pytest));
}

static int finish(Writer *writer, const char *told, const char *schema, Arena *arena, Prompt *ret_prompt,
                  Error *ret_error) {
  int result = buffer_check(&writer->text, ret_error, "the question to a model");
  *ret_prompt = (Prompt){
      .instructions = string_view_from(told),
      .schema = string_view_from(schema),
      .question = arena_copy(arena, buffer_view(&writer->text)),
      .is_cut = writer->is_cut,
  };
  buffer_finish(&writer->text);
  if (result == 0 && !ret_prompt->question.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted before a model is asked");
  return result;
}

int prompt_build(const ProposeRequest *propose, size_t maximum, Arena *arena, Prompt *ret_prompt, Error *ret_error) {
  Writer writer = {.propose = propose};
  buffer_init(&writer.text, PROMPT_MAX);
  write_task(&writer);
  write_categories(&writer);
  write_mutant(&writer);
  write_prohibited(&writer);
  write_spec(&writer);
  if (propose->request->spec)
    buffer_append_text(&writer.text, "Put the words of the clause that a test is for into its `requirement`.\n");
  size_t used = sizeof instructions + writer.text.length + propose->feedback.length;
  size_t room = maximum > used ? maximum - used : 0, room_of_gaps = propose->gaps.length;
  if (room_of_gaps > room / GAPS_SHARE)
    room_of_gaps = room / GAPS_SHARE;
  room -= room_of_gaps;
  size_t room_of_tests = share_of_surroundings(propose, room);
  write_subject(&writer, room - room_of_tests);
  write_gaps(&writer, room_of_gaps);
  used = sizeof instructions + writer.text.length + propose->feedback.length;
  if (propose->request->config->environment_weight > 0)
    write_tests(&writer, maximum > used ? maximum - used : 0);
  buffer_append(&writer.text, propose->feedback);
  return finish(&writer, instructions, answer_schema, arena, ret_prompt, ret_error);
}

int prompt_build_implementation(const ProposeRequest *propose, const Stub *stub, StringView tests, StringView feedback,
                                Arena *arena, Prompt *ret_prompt, Error *ret_error) {
  Writer writer = {.propose = propose};
  buffer_init(&writer.text, PROMPT_MAX);
  buffer_append_format(&writer.text, "Write the module `%.*s` (%.*s) with `%.*s`, for Python %.*s.\n",
                       SV_ARGUMENTS(propose->module), SV_ARGUMENTS(stub->path), SV_ARGUMENTS(stub->subject),
                       SV_ARGUMENTS(propose->environment.python));
  write_prohibited(&writer);
  write_spec(&writer);
  write_file(&writer, "The tests", propose->test_path, tests, tests.length + 1);
  buffer_append(&writer.text, feedback);
  return finish(&writer, implementing, NULL, arena, ret_prompt, ret_error);
}
