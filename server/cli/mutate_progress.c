#include "server/base/clock.h"
#include "server/cli/mutate.h"

#define SECOND_NS 1000000000LL
#define SHOWN_BYTES 40u  // of each side of a survivor

static size_t oldest_of(const MutateProgress *progress) {
  return progress->sample_count > RATE_SAMPLES ? progress->sample_count % RATE_SAMPLES : 0;
}

static void take_sample(MutateProgress *progress, int64_t now_ns, int64_t done) {
  size_t count = progress->sample_count;
  if (count > 0 && now_ns - progress->samples[(count - 1) % RATE_SAMPLES].at_ns < SECOND_NS)
    return;
  progress->samples[count % RATE_SAMPLES].at_ns = now_ns;
  progress->samples[count % RATE_SAMPLES].done = done;
  progress->sample_count++;
}

// Mutants per second of late; 0 when it is too early to tell.
static double rate_of(const MutateProgress *progress, int64_t now_ns, int64_t done) {
  size_t oldest = oldest_of(progress);
  int64_t elapsed_ns = now_ns - progress->samples[oldest].at_ns;
  if (progress->sample_count == 0 || elapsed_ns < SECOND_NS)
    return 0;
  return (double)(done - progress->samples[oldest].done) * SECOND_NS / (double)elapsed_ns;
}

static void print_left(double seconds) {
  if (seconds < 90)
    fprintf(stderr, "  about %.0f s left", seconds);
  else if (seconds < 90 * 60)
    fprintf(stderr, "  about %.0f min left", seconds / 60);
  else
    fprintf(stderr, "  about %.1f h left", seconds / 3600);
}

static void print_survivor(const MutantReport *mutant) {
  StringView before = mutant_first_line(mutant->original, SHOWN_BYTES);
  StringView after = mutant_first_line(mutant->replacement, SHOWN_BYTES);
  fprintf(stderr, "\r\033[Ksurvived  %.*s:%u:%u  %.*s → %.*s\n", SV_ARGUMENTS(mutant->path), mutant->line,
          mutant->column, SV_ARGUMENTS(before), SV_ARGUMENTS(after));
}

void mutate_progress_show(void *user, const RunEvent *event) {
  MutateProgress *progress = user;
  int64_t now_ns = clock_monotonic_ns(), done = event->done.value, total = event->total.value;
  if (!progress->cli->shows_progress || total <= 0)
    return;
  if (event->mutant) {
    progress->survived++;
    print_survivor(event->mutant);
  }
  if (done > 0)
    take_sample(progress, now_ns, done);
  double rate = rate_of(progress, now_ns, done);
  fprintf(stderr, "\r\033[K%3d%%  %lld/%lld mutants", (int)(100 * done / total), (long long)done, (long long)total);
  if (done == 0)
    fputs("  running the tests without any", stderr);
  else
    fprintf(stderr, "  %lld survived", (long long)progress->survived);
  if (rate <= 0 || done == total)
    return;
  fprintf(stderr, "  %.1f/s", rate);
  print_left((double)(total - done) / rate);
}
