// Answers of models, kept by what was asked: the same question costs nothing the second time, and a generation can be
// repeated without a network.
#ifndef TESTGEN_SERVER_MODELS_ANSWER_CACHE_H
#define TESTGEN_SERVER_MODELS_ANSWER_CACHE_H

#include "server/models/model.h"

// The name of the answer to a question.
int answer_cache_name(StringView url, StringView question, Arena *arena, StringView *ret_name, Error *ret_error);

// `url` and `question` (the JSON that is sent, without the key) together name the answer. NOT_FOUND when there is none,
// also when its file cannot be read or is damaged.
int answer_cache_find(StringView folder, StringView url, StringView question, Arena *arena, ModelAnswer *ret_answer,
                      Error *ret_error);

// Makes the folder where it is missing. What fails here hinders nothing, and is logged.
void answer_cache_keep(StringView folder, StringView url, StringView question, const ModelAnswer *answer, Arena *arena);

#endif
