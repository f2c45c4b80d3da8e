// The measures of a suite or a generation run, and the 0-1000 score. Pure arithmetic; sources: the design's "Analysis
// and scoring" and the first seed document.
#ifndef TESTGEN_SERVER_ANALYZER_MEASURES_H
#define TESTGEN_SERVER_ANALYZER_MEASURES_H

#include "server/analyzer/analysis.h"

// A set of categories as a bit mask, bit `1 << category`.
unsigned context_categories(TestContext context, unsigned custom);

// 0-1 over the categories in `mask`; 0 without tests, 1 when only one category is in play.
double measure_balance(const uint32_t counts[CATEGORY_COUNT], unsigned mask);

// covered / prohibited over distinct names. False (and nothing written) when nothing is prohibited.
bool measure_anti_cheat(const StringView *prohibited, size_t prohibited_count, const StringView *test_texts,
                        const TestCategory *test_categories, size_t test_count, double *ret_coverage);

// The share of parameter names that tests mention as whole identifiers. False when there are no names.
bool measure_parameter_discovery(const StringView *names, size_t name_count, const StringView *test_texts,
                                 size_t test_count, double *ret_share);

double measure_reflection_effectiveness(const uint32_t *rounds, size_t category_count, uint32_t refining_reflections);
double measure_token_efficiency(double comprehensiveness, uint64_t tokens);

typedef struct ScoreComponent {
  ScoreBasis basis;
  double value;  // comprehensiveness 0-10, the others 0-1; meaningless unless measured or estimated
} ScoreComponent;

typedef struct ScoreInput {
  ScoreComponent comprehensiveness;
  ScoreComponent balance;
  ScoreComponent anti_cheat;
  ScoreComponent efficiency;
} ScoreInput;

typedef struct Score {
  int points;  // 0-`of`... scaled to 1000 over the applicable components
  int of;      // 1000 times the share of the applicable weight that was measured or estimated: "612 of 800"
  int component_points[4];  // comprehensiveness, balance, anti-cheat, efficiency; unscaled: 400/200/200/200 at most
} Score;

Score score_compute(const ScoreInput *input);

#endif
