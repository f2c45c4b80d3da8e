#include "server/analyzer/measures.h"

#include <math.h>

static const unsigned context_masks[CONTEXT_COUNT] = {
    [CONTEXT_BENCHMARK] = (1u << CATEGORY_COUNT) - 1,
    [CONTEXT_COMMANDER] = 1u << CATEGORY_EXISTENCE | 1u << CATEGORY_CORRECTNESS | 1u << CATEGORY_BOUNDARY,
    [CONTEXT_MECHACODER] = 1u << CATEGORY_CORRECTNESS | 1u << CATEGORY_BOUNDARY,
};

unsigned context_categories(TestContext context, unsigned custom) {
  unsigned every = (1u << CATEGORY_COUNT) - 1;
  return context == CONTEXT_CUSTOM ? custom & every : context_masks[context];
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

// 1 - variance / (ideal^2 (n - 1)): the denominator is the variance when all tests are of one category.
double measure_balance(const uint32_t counts[CATEGORY_COUNT], unsigned mask) {
  double total = 0;
  unsigned in_play = 0;
  for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
    if (mask & 1u << i) {
      total += counts[i];
      in_play++;
    }
  }
  if (total <= 0) {
    return 0;
  }
  if (in_play == 1) {
    return 1;
  }
  double ideal = total / in_play;
  double variance = 0;
  for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
    if (mask & 1u << i) {
      variance += (counts[i] - ideal) * (counts[i] - ideal) / in_play;
    }
  }
  return clamp(1 - variance / (ideal * ideal * (in_play - 1)), 0, 1);
}

static bool is_repeated(const StringView *names, size_t index) {
  for (size_t i = 0; i < index; i++) {
    if (string_view_equal(names[i], names[index])) {
      return true;
    }
  }
  return false;
}

// Words by which a test says that it is about a prohibition, whatever its category.
static bool speaks_of_prohibition(StringView text) {
  static const char *const words[] = {"prohibited",    "prohibit",   "forbidden", "forbid",
                                      "not allowed",   "disallowed", "must not",  "banned",
                                      "without using", "not used",   "cheat"};
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (string_view_contains(text, string_view_from(words[i]))) {
      return true;
    }
  }
  return false;
}

bool measure_anti_cheat(const StringView *prohibited, size_t prohibited_count, const StringView *test_texts,
                        const TestCategory *test_categories, size_t test_count, double *ret_coverage) {
  size_t distinct = 0;
  size_t covered = 0;
  for (size_t i = 0; i < prohibited_count; i++) {
    if (prohibited[i].length == 0 || is_repeated(prohibited, i)) {
      continue;
    }
    distinct++;
    for (size_t j = 0; j < test_count; j++) {
      bool is_about = test_categories[j] == CATEGORY_ANTI_CHEAT || speaks_of_prohibition(test_texts[j]);
      if (is_about && string_view_contains_word(test_texts[j], prohibited[i])) {
        covered++;
        break;
      }
    }
  }
  if (distinct == 0) {
    return false;
  }
  *ret_coverage = (double)covered / (double)distinct;
  return true;
}

bool measure_parameter_discovery(const StringView *names, size_t name_count, const StringView *test_texts,
                                 size_t test_count, double *ret_share) {
  size_t distinct = 0;
  size_t mentioned = 0;
  for (size_t i = 0; i < name_count; i++) {
    if (names[i].length == 0 || is_repeated(names, i)) {
      continue;
    }
    distinct++;
    for (size_t j = 0; j < test_count; j++) {
      if (string_view_contains_word(test_texts[j], names[i])) {
        mentioned++;
        break;
      }
    }
  }
  if (distinct == 0) {
    return false;
  }
  *ret_share = (double)mentioned / (double)distinct;
  return true;
}

double measure_reflection_effectiveness(const uint32_t *rounds, size_t category_count, uint32_t refining_reflections) {
  if (category_count == 0) {
    return 0;
  }
  double total = 0;
  for (size_t i = 0; i < category_count; i++) {
    total += rounds[i];
  }
  double average = total / (double)category_count;
  return (clamp((average - 1) / 2, 0, 1) + fmin(1, refining_reflections / 5.0)) / 2;
}

double measure_token_efficiency(double comprehensiveness, uint64_t tokens) {
  if (tokens == 0 || !(comprehensiveness > 0)) {
    return 0;
  }
  return clamp(comprehensiveness / (double)tokens * 1000 / 10, 0, 1);
}

typedef struct ComponentRow {
  double factor;   // points per unit of the value
  double maximum;  // of the value
} ComponentRow;

static const ComponentRow component_rows[4] = {{40, 10}, {200, 1}, {200, 1}, {200, 1}};

// What is not applicable is left out and the rest scaled to 1000; what was not measured earns nothing, and shows in
// `of`.
Score score_compute(const ScoreInput *input) {
  const ScoreComponent *components[4] = {&input->comprehensiveness, &input->balance, &input->anti_cheat,
                                         &input->efficiency};
  Score score = {0};
  double earned = 0;
  double counted = 0;
  double applicable = 0;
  for (int i = 0; i < 4; i++) {
    double weight = component_rows[i].factor * component_rows[i].maximum;
    if (components[i]->basis == BASIS_NOT_APPLICABLE) {
      continue;
    }
    applicable += weight;
    if (components[i]->basis == BASIS_NOT_MEASURED) {
      continue;
    }
    double value = components[i]->value;
    double points = component_rows[i].factor * clamp(isnan(value) ? 0 : value, 0, component_rows[i].maximum);
    counted += weight;
    earned += points;
    score.component_points[i] = (int)lround(points);
  }
  if (applicable > 0) {
    score.points = (int)lround(clamp(earned / applicable * 1000, 0, 1000));
    score.of = (int)lround(counted / applicable * 1000);
  }
  return score;
}
