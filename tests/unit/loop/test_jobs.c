// Jobs: exactly one `done` each, in every order of cancelling and stopping; posted messages come before it.
#include "server/loop/jobs.h"

#include "server/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Counter {
  atomic_int worked;
  int posted, done;        // loop's thread only
  int posted_before_done;  // what `posted` was when `done` came
  bool waits;              // until it is cancelled
  bool ignores_cancel;     // and sleeps on
} Counter;

static void count_post(void *data) {
  ((Counter *)data)->posted++;
}

static void work(void *data, Job *job) {
  Counter *counter = data;
  atomic_fetch_add(&counter->worked, 1);
  for (int i = 0; i < 3; i++)
    assert_true(job_post(job, count_post, counter));
  while (counter->waits && !cancel_token_is_cancelled(job_cancel_token(job)))
    usleep(1000);
  if (counter->ignores_cancel)
    usleep(700000);
}

static void done(void *data) {
  Counter *counter = data;
  counter->done++;
  counter->posted_before_done = counter->posted;
}

static void keep_alive(uv_timer_t *timer) {
  (void)timer;
}

// The queue alone does not keep the loop alive, so a timer does.
static void run_until_done(uv_loop_t *loop, const Counter *counters, size_t count) {
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, keep_alive, 1, 1);
  int64_t deadline = clock_monotonic_ns() + 20000000000;
  for (size_t finished = 0; finished < count && clock_monotonic_ns() < deadline;) {
    uv_run(loop, UV_RUN_NOWAIT);
    usleep(500);
    finished = 0;
    for (size_t i = 0; i < count; i++)
      finished += counters[i].done > 0;
  }
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(loop, UV_RUN_NOWAIT);
}

static void every_job_works_and_is_done_once(void **state) {
  (void)state;
  uv_loop_t loop;
  JobQueue *queue = NULL;
  Counter counters[200] = {0};
  uv_loop_init(&loop);
  assert_int_equal(job_queue_create(&loop, &queue, NULL), 0);
  for (size_t i = 0; i < 200; i++) {
    JobOptions options = {i % 2 ? LANE_ANALYSIS : LANE_OPERATION, &counters[i], work, done};
    assert_int_equal(job_start(queue, &options, NULL, NULL), 0);
  }
  run_until_done(&loop, counters, 200);
  for (size_t i = 0; i < 200; i++) {
    assert_int_equal(counters[i].done, 1);
    assert_int_equal(atomic_load(&counters[i].worked), 1);
    assert_int_equal(counters[i].posted_before_done, 3);
  }
  assert_int_equal(job_queue_active(queue, LANE_ANALYSIS), 0);
  assert_true(job_queue_destroy(queue, 1000));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_cancelled_job_ends_and_a_waiting_one_never_works(void **state) {
  (void)state;
  uv_loop_t loop;
  JobQueue *queue = NULL;
  Counter counters[8] = {0};
  Job *jobs[8];
  uv_loop_init(&loop);
  assert_int_equal(job_queue_create(&loop, &queue, NULL), 0);
  for (size_t i = 0; i < 8; i++) {
    counters[i].waits = true;
    JobOptions options = {LANE_OPERATION, &counters[i], work, done};
    assert_int_equal(job_start(queue, &options, &jobs[i], NULL), 0);
  }
  while (atomic_load(&counters[0].worked) + atomic_load(&counters[1].worked) < 2)
    usleep(1000);
  for (size_t i = 8; i-- > 0;)
    job_cancel(jobs[i]);
  run_until_done(&loop, counters, 8);
  for (size_t i = 0; i < 8; i++) {
    assert_int_equal(counters[i].done, 1);
    assert_int_equal(atomic_load(&counters[i].worked), i < 2);
  }
  assert_true(job_queue_destroy(queue, 1000));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void stopping_cancels_what_runs_and_calls_every_done(void **state) {
  (void)state;
  uv_loop_t loop;
  JobQueue *queue = NULL;
  Counter counters[20] = {0};
  uv_loop_init(&loop);
  assert_int_equal(job_queue_create(&loop, &queue, NULL), 0);
  for (size_t i = 0; i < 20; i++) {
    counters[i].waits = true;
    JobOptions options = {LANE_OPERATION, &counters[i], work, done};
    assert_int_equal(job_start(queue, &options, NULL, NULL), 0);
  }
  assert_true(job_queue_destroy(queue, 5000));
  for (size_t i = 0; i < 20; i++)
    assert_int_equal(counters[i].done, 1);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_job_that_does_not_end_is_reported(void **state) {
  (void)state;
  uv_loop_t loop;
  JobQueue *queue = NULL;
  static Counter counter;
  counter.ignores_cancel = true;
  uv_loop_init(&loop);
  assert_int_equal(job_queue_create(&loop, &queue, NULL), 0);
  JobOptions options = {LANE_OPERATION, &counter, work, done};
  assert_int_equal(job_start(queue, &options, NULL, NULL), 0);
  while (!atomic_load(&counter.worked))
    usleep(1000);
  assert_false(job_queue_destroy(queue, 20));
  // The thread may still run: nothing is freed, and once it has ended the queue can be stopped after all.
  assert_true(job_queue_destroy(queue, 20000));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_job_works_and_is_done_once),
      cmocka_unit_test(a_cancelled_job_ends_and_a_waiting_one_never_works),
      cmocka_unit_test(stopping_cancels_what_runs_and_calls_every_done),
      cmocka_unit_test(a_job_that_does_not_end_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
