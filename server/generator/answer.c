#include "server/generator/answer.h"

#include "protocol/memory/vector.h"
#include "server/generator/answer_internal.h"

#include <string.h>

#define WORK_MAX (64u << 20)  // bytes looked at for one answer: tangled text is given up, not searched for minutes

typedef struct Reader {
  StringView text;
  AnswerMaker maker;
  size_t work;
  size_t seen;   // tests, usable or not
  bool is_full;  // as many tests as are taken were found
  Answer answer;
  Error *ret_error;
} Reader;

static int no_memory(Reader *reader) {
  return error_set(reader->ret_error, ERROR_NO_MEMORY, "memory is exhausted while the model's answer is read");
}

// ---- Objects in the text ----

// The quote that ends the string.
static size_t end_of_string(StringView text, size_t start) {
  for (size_t index = start + 1; index < text.length; index++) {
    if (text.data[index] == '\\')
      index++;
    else if (text.data[index] == '"')
      return index;
  }
  return text.length;
}

// Behind the brace that closes the one at `start`; 0 when the text ends before.
static size_t end_of_object(StringView text, size_t start) {
  size_t depth = 0;
  for (size_t index = start; index < text.length; index++) {
    char byte = text.data[index];
    if (byte == '"')
      index = end_of_string(text, index);
    else if (byte == '{')
      depth++;
    else if (byte == '}' && --depth == 0)
      return index + 1;
  }
  return 0;
}

// Prose has braces, too; those of JSON are followed by a name.
static bool begins_object(StringView text, size_t start) {
  size_t index = start + 1;
  while (index < text.length && strchr(" \t\r\n", text.data[index]))
    index++;
  return index < text.length && text.data[index] == '"';
}

static bool is_test(const JsonValue *value) {
  static const char *const members[] = {"call", "input", "checks", "expected", "expected_output", "raises", "setup"};
  for (size_t index = 0; index < sizeof members / sizeof *members; index++)
    if (json_member(value, members[index]))
      return true;
  return false;
}

// ---- Tests ----

static int take_test(Reader *reader, const JsonValue *value) {
  AnswerMaker *maker = &reader->maker;
  maker->number = ++reader->seen;
  Candidate candidate;
  if (maker->candidates.count >= ANSWER_TESTS_MAX) {
    if (!reader->is_full)
      answer_say(maker, "only the first %u tests were read; answer with fewer", ANSWER_TESTS_MAX);
    reader->is_full = true;
    reader->answer.dropped++;
    return maker->is_exhausted ? no_memory(reader) : 0;
  }
  bool is_made = answer_make_candidate(maker, value, &candidate);
  if (maker->is_exhausted || (is_made && !vector_push_copy(&maker->candidates, &candidate)))
    return no_memory(reader);
  reader->answer.dropped += !is_made;
  return 0;
}

static int take_list(Reader *reader, const JsonValue *list) {
  int result = 0;
  for (size_t index = 0; index < list->array.count && result == 0; index++)
    result = take_test(reader, &list->array.items[index]);
  return result;
}

// Anything but a number of the scale is no grade.
static void take_grade(Reader *reader, const JsonValue *value) {
  const JsonValue *grade = json_member(value, "comprehensiveness");
  double number = grade && grade->kind == JSON_INTEGER  ? (double)grade->integer
                  : grade && grade->kind == JSON_DOUBLE ? grade->number
                                                        : -1;
  if (number >= 0 && number <= 10)
    reader->answer.grade = (OptionalNumber){true, number};
}

// Takes the object that begins at `start`. `*ret_next` is where to look on: behind what was taken, else inside.
static int take_object(Reader *reader, size_t start, size_t *ret_next) {
  size_t end = end_of_object(reader->text, start);
  reader->work += (end > 0 ? end : reader->text.length) - start;
  reader->answer.is_truncated |= end == 0 && begins_object(reader->text, start);
  *ret_next = start + 1;
  if (end == 0)
    return 0;
  JsonValue value;
  Error problem = {0};
  int result = json_parse(string_view_slice(reader->text, start, end), reader->maker.arena, &value, &problem);
  if (result == ERROR_NO_MEMORY)
    return no_memory(reader);
  if (result < 0) {
    if (begins_object(reader->text, start))
      answer_say(&reader->maker, "an object is no JSON (%s)", problem.message);
    return reader->maker.is_exhausted ? no_memory(reader) : 0;
  }
  const JsonValue *list = json_member(&value, "tests");
  bool is_list = list && list->kind == JSON_ARRAY;
  if (!is_list && !is_test(&value))
    return 0;
  *ret_next = end;
  take_grade(reader, &value);
  return is_list ? take_list(reader, list) : take_test(reader, &value);
}

static int take_objects(Reader *reader) {
  int result = 0;
  StringView text = reader->text;
  for (size_t at = 0, next; result == 0 && reader->work < WORK_MAX; at = next) {
    size_t found = string_view_find_byte(string_view_slice(text, at, text.length), '{');
    if (at + found >= text.length)
      return 0;
    result = take_object(reader, at + found, &next);
  }
  if (result == 0)
    answer_say(&reader->maker, "the answer is too tangled to be read to its end; answer with one JSON object");
  return result;
}

static void sum_up(Reader *reader) {
  size_t count = reader->maker.candidates.count;
  if (reader->answer.is_truncated)
    answer_say(&reader->maker, "the answer ends inside an object, after %zu usable test%s; answer with fewer tests",
               count, count == 1 ? "" : "s");
  else if (reader->seen == 0)
    answer_say(&reader->maker, "the answer holds no test; answer with {\"tests\": [...]} and nothing around it");
}

static int take(Reader *reader, Answer *ret_answer) {
  AnswerMaker *maker = &reader->maker;
  Answer *answer = &reader->answer;
  answer->candidates.items = vector_to_arena(&maker->candidates, maker->arena, &answer->candidates.count);
  answer->problems.items = vector_to_arena(&maker->problems, maker->arena, &answer->problems.count);
  if (answer->candidates.count != maker->candidates.count || answer->problems.count != maker->problems.count ||
      maker->is_exhausted)
    return no_memory(reader);
  *ret_answer = *answer;
  return 0;
}

int answer_parse(StringView text, const AnswerContext *context, Arena *arena, Answer *ret_answer, Error *ret_error) {
  if (text.length > ANSWER_TEXT_MAX)
    return error_set(ret_error, ERROR_LIMIT, "the model's answer is longer than %u MiB; nothing of it was read",
                     ANSWER_TEXT_MAX >> 20);
  Reader reader = {.text = text, .maker = {.context = context, .arena = arena}, .ret_error = ret_error};
  vector_init(&reader.maker.candidates, sizeof(Candidate), ANSWER_TESTS_MAX);
  vector_init(&reader.maker.problems, sizeof(StringView), ANSWER_PROBLEMS_MAX);
  int result = take_objects(&reader);
  if (result == 0) {
    sum_up(&reader);
    result = take(&reader, ret_answer);
  }
  vector_finish(&reader.maker.problems);
  vector_finish(&reader.maker.candidates);
  return result;
}
