// A sample of the mutants: every n-th of them in an order that has the same file and operator together, so that each
// gets its share. Within these the order is that of a hash, which the seed changes.
#include "server/services/mutate_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Draw {
  uint32_t index;  // of the candidate
  uint64_t rank;
  const Candidate *candidate;
} Draw;

// SplitMix64's last step. Source: Steele, Lea, Flood 2014.
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

// By what the mutant does, not by its number: an edit elsewhere leaves most of a sample as it was.
static uint64_t rank_of(const Candidate *candidate, uint64_t seed) {
  const MutantReport *report = &candidate->report;
  uint64_t rank = mix(seed + UINT64_C(0x9e3779b97f4a7c15));
  rank = mix(rank ^ string_view_hash(report->path));
  rank = mix(rank ^ string_view_hash(report->function));
  rank = mix(rank ^ string_view_hash(report->original));
  rank = mix(rank ^ string_view_hash(report->replacement));
  return mix(rank ^ candidate->start);
}

static int compare_draws(const void *left, const void *right) {
  const Draw *a = left, *b = right;
  int order = string_view_compare(a->candidate->report.path, b->candidate->report.path);
  if (order == 0)
    order = string_view_compare(a->candidate->report.operator, b->candidate->report.operator);
  if (order == 0)
    order = (a->rank > b->rank) - (a->rank < b->rank);
  return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int parse_size(MutateWork *work, size_t total, size_t *ret_size) {
  StringView text = work->params->sample;
  int64_t number = 0;
  double percent = 0;
  if (string_view_ends_with(text, SV("%")) &&
      string_view_to_double(string_view_slice(text, 0, text.length - 1), &percent) && percent > 0 && percent <= 100) {
    *ret_size = (size_t)ceil((double)total * percent / 100);
    return 0;
  }
  if (!string_view_to_int64(text, &number) || number < 1)
    return error_set(work->ret_error, ERROR_INVALID_ARGUMENT,
                     "sample: \"%.*s\" is neither a number of mutants (200) nor a share of them (10%%)",
                     SV_ARGUMENTS(text));
  *ret_size = (uint64_t)number < total ? (size_t)number : total;
  return 0;
}

static bool *choose(MutateWork *work, size_t size, uint64_t seed) {
  size_t total = work->candidates.count;
  bool *is_chosen = arena_allocate_array(work->arena, total, sizeof *is_chosen);
  Draw *draws = arena_allocate_array(work->arena, total, sizeof *draws);
  if (!is_chosen || !draws)
    return NULL;
  for (size_t i = 0; i < total; i++) {
    const Candidate *candidate = vector_at(&work->candidates, i);
    draws[i] = (Draw){(uint32_t)i, rank_of(candidate, seed), candidate};
  }
  qsort(draws, total, sizeof *draws, compare_draws);
  double step = (double)total / (double)size, start = (double)(mix(seed) >> 11) / 9007199254740992.0;  // of 2^53
  for (size_t i = 0; i < size; i++) {
    size_t at = (size_t)(((double)i + start) * step);
    is_chosen[draws[at < total ? at : total - 1].index] = true;
  }
  return is_chosen;
}

int mutate_sample(MutateWork *work) {
  size_t size = 0, kept = 0, total = work->candidates.count;
  if (string_view_is_absent(work->params->sample) || total == 0)
    return 0;
  int result = parse_size(work, total, &size);
  if (result < 0)
    return result;
  int64_t seed = work->params->seed.present ? work->params->seed.value : work->settings->seed;
  const bool *is_chosen = choose(work, size, (uint64_t)seed);
  if (!is_chosen)
    return report_out_of_memory(work->ret_error);
  Candidate *candidates = work->candidates.data;
  for (size_t i = 0; i < total; i++)
    if (is_chosen[i])
      candidates[kept++] = candidates[i];
  vector_truncate(&work->candidates, kept);
  work->report.not_sampled = (uint32_t)(total - kept);
  return 0;
}

void mutate_interval(uint32_t hits, uint32_t count, double *ret_low, double *ret_high) {
  const double z = 1.959963984540054;  // of the normal distribution, 97.5 %
  double n = count, share = hits / n, square = z * z;
  double middle = (share + square / (2 * n)) / (1 + square / n);
  double half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n));
  *ret_low = middle - half > 0 ? middle - half : 0;
  *ret_high = middle + half < 1 ? middle + half : 1;
}
