#include "server/models/answer_cache.h"

#include "protocol/json/field.h"
#include "server/base/files.h"
#include "server/base/hash.h"
#include "server/base/log.h"

#define FILE_MAX (32u << 20)

typedef struct KeptAnswer {
  StringView url;
  const JsonValue *question;  // for people; the name of the file is its digest
  StringView text;
  int64_t input_tokens;
  int64_t output_tokens;
  bool has_usage;
} KeptAnswer;

static const JsonField kept_answer_fields[] = {
    JSON_FIELD(KeptAnswer, url, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(KeptAnswer, question, VALUE, JSON_REQUIRED, NULL),
    JSON_FIELD(KeptAnswer, text, STRING, JSON_REQUIRED, NULL),
    JSON_FIELD(KeptAnswer, input_tokens, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(KeptAnswer, output_tokens, INTEGER, JSON_REQUIRED, NULL),
    JSON_FIELD(KeptAnswer, has_usage, BOOL, JSON_REQUIRED, NULL),
};
static const JsonType kept_answer_type = JSON_TYPE(KeptAnswer, kept_answer_fields, NULL);

int answer_cache_name(StringView url, StringView question, Arena *arena, StringView *ret_name, Error *ret_error) {
  Digest digest;
  char name[DIGEST_TEXT_SIZE];
  StringView text = arena_format(arena, "%.*s\n%.*s", SV_ARGUMENTS(url), SV_ARGUMENTS(question));
  int result = text.data ? digest_of(text, &digest, ret_error)
                         : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
  if (result < 0)
    return result;
  digest_to_text(&digest, name);
  *ret_name = arena_copy(arena, string_view_from(name));
  return ret_name->data ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
}

static int name_file(StringView folder, StringView url, StringView question, Arena *arena, const char **ret_path,
                     Error *ret_error) {
  StringView name;
  int result = answer_cache_name(url, question, arena, &name, ret_error);
  if (result < 0)
    return result;
  *ret_path = arena_format(arena, "%.*s/%.*s.json", SV_ARGUMENTS(folder), SV_ARGUMENTS(name)).data;
  return *ret_path ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
}

int answer_cache_find(StringView folder, StringView url, StringView question, Arena *arena, ModelAnswer *ret_answer,
                      Error *ret_error) {
  const char *path;
  StringView text;
  JsonValue value;
  KeptAnswer kept;
  int result = name_file(folder, url, question, arena, &path, ret_error);
  if (result < 0)
    return result;
  if (file_read(path, FILE_MAX, arena, &text, NULL) < 0 || json_parse(text, arena, &value, NULL) < 0 ||
      json_decode(&kept_answer_type, &value, arena, &kept, NULL) < 0)
    return error_set(ret_error, ERROR_NOT_FOUND, "%.*s has no answer to this question", SV_ARGUMENTS(folder));
  *ret_answer = (ModelAnswer){
      .text = kept.text,
      .input_tokens = kept.input_tokens,
      .output_tokens = kept.output_tokens,
      .has_usage = kept.has_usage,
      .is_kept = true,
  };
  return 0;
}

static int keep(StringView folder, StringView url, StringView question, const ModelAnswer *answer, Arena *arena,
                Error *ret_error) {
  const char *path;
  Buffer text;
  JsonWriter writer;
  JsonValue value;
  KeptAnswer kept = {url, &value, answer->text, answer->input_tokens, answer->output_tokens, answer->has_usage};
  const char *place = arena_terminated(arena, folder);
  int result = place ? name_file(folder, url, question, arena, &path, ret_error)
                     : error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while a model is asked");
  if (result == 0)
    result = json_parse(question, arena, &value, ret_error);
  if (result == 0)
    result = directory_create_all(place, ret_error);
  if (result < 0)
    return result;
  buffer_init(&text, FILE_MAX);
  json_writer_init(&writer, &text, 1);
  json_encode(&writer, &kept_answer_type, &kept);
  result = buffer_check(&text, ret_error, "the answer of a model");
  if (result == 0)
    result = file_write_atomic(path, buffer_view(&text), ret_error);
  buffer_finish(&text);
  return result;
}

void answer_cache_keep(StringView folder, StringView url, StringView question, const ModelAnswer *answer,
                       Arena *arena) {
  Error error = {0};
  if (keep(folder, url, question, answer, arena, &error) < 0)
    log_warning("model", "an answer could not be kept: %s", error.message);
}
