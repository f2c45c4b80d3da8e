#include "server/loop/jobs.h"

#include "server/base/clock.h"
#include "server/base/log.h"

#include <stdlib.h>

#define THREADS_PER_LANE 2

// Something that a worker hands to the loop's thread.
typedef struct Message {
  struct Message *next;
  void (*function)(void *data);
  void *data;
  Job *finished;  // set instead of `function`: the job's work is over
} Message;

struct Job {
  Job *next;  // in the lane's list of waiting jobs
  JobQueue *queue;
  JobOptions options;
  CancelToken cancel;
  Message finish;  // part of the job, so that its end can always be told
};

typedef struct Lane {
  JobQueue *queue;
  Job *first, *last;  // waiting
  uv_thread_t threads[THREADS_PER_LANE];
  size_t thread_count;
  uv_cond_t wake;
  size_t active;  // loop's thread only
} Lane;

struct JobQueue {
  uv_mutex_t mutex;  // guards the lists, `is_stopping` and `running`
  uv_cond_t idle;
  uv_async_t inbox_signal;
  Message *inbox_first, *inbox_last;
  Lane lanes[LANE_COUNT];
  CancelToken cancel;  // parent of every job's token
  size_t running;      // jobs inside `work`
  bool is_stopping;
};

static void inbox_append(JobQueue *queue, Message *message) {
  message->next = NULL;
  if (queue->inbox_last)
    queue->inbox_last->next = message;
  else
    queue->inbox_first = message;
  queue->inbox_last = message;
}

static void inbox_deliver(JobQueue *queue, Message *message) {
  uv_mutex_lock(&queue->mutex);
  inbox_append(queue, message);
  uv_mutex_unlock(&queue->mutex);
  uv_async_send(&queue->inbox_signal);
}

static Job *lane_take(Lane *lane) {
  Job *job = lane->first;
  if (!job)
    return NULL;
  lane->first = job->next;
  if (!lane->first)
    lane->last = NULL;
  return job;
}

static void lane_run(void *argument) {
  Lane *lane = argument;
  JobQueue *queue = lane->queue;
  uv_mutex_lock(&queue->mutex);
  while (true) {
    Job *job = lane_take(lane);
    if (!job && queue->is_stopping)
      break;
    if (!job) {
      uv_cond_wait(&lane->wake, &queue->mutex);
      continue;
    }
    queue->running++;
    uv_mutex_unlock(&queue->mutex);
    if (!cancel_token_is_cancelled(&job->cancel))
      job->options.work(job->options.data, job);
    inbox_deliver(queue, &job->finish);
    uv_mutex_lock(&queue->mutex);
    queue->running--;
    uv_cond_broadcast(&queue->idle);
  }
  uv_mutex_unlock(&queue->mutex);
}

static void job_finish(Job *job) {
  job->queue->lanes[job->options.lane].active--;
  job->options.done(job->options.data);
  cancel_token_finish(&job->cancel);
  free(job);
}

static void inbox_empty(JobQueue *queue) {
  uv_mutex_lock(&queue->mutex);
  Message *message = queue->inbox_first;
  queue->inbox_first = queue->inbox_last = NULL;
  uv_mutex_unlock(&queue->mutex);
  while (message) {
    Message *next = message->next;
    if (message->finished) {
      job_finish(message->finished);
    } else {
      message->function(message->data);
      free(message);
    }
    message = next;
  }
}

static void inbox_signalled(uv_async_t *signal) {
  inbox_empty(signal->data);
}

static int lane_start(JobQueue *queue, Lane *lane, Error *ret_error) {
  lane->queue = queue;
  if (uv_cond_init(&lane->wake) < 0)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting workers");
  for (size_t i = 0; i < THREADS_PER_LANE; i++) {
    int failure = uv_thread_create(&lane->threads[i], lane_run, lane);
    if (failure < 0)
      return error_set(ret_error, ERROR_UNAVAILABLE, "a worker thread could not be started: %s", uv_strerror(failure));
    lane->thread_count++;
  }
  return 0;
}

int job_queue_create(uv_loop_t *loop, JobQueue **ret_queue, Error *ret_error) {
  JobQueue *queue = calloc(1, sizeof *queue);
  if (!queue || uv_mutex_init(&queue->mutex) < 0 || uv_cond_init(&queue->idle) < 0) {
    free(queue);
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting workers");
  }
  int result = cancel_token_init(&queue->cancel, NULL, ret_error);
  if (result < 0)
    return result;
  uv_async_init(loop, &queue->inbox_signal, inbox_signalled);
  queue->inbox_signal.data = queue;
  // The signal alone does not keep the loop running.
  uv_unref((uv_handle_t *)&queue->inbox_signal);
  for (int lane = 0; lane < LANE_COUNT && result == 0; lane++)
    result = lane_start(queue, &queue->lanes[lane], ret_error);
  if (result == 0)
    *ret_queue = queue;
  return result;
}

// Moves what still waits to the inbox, so that every `done` is called.
static void drop_waiting(JobQueue *queue) {
  for (int i = 0; i < LANE_COUNT; i++)
    for (Job *job = lane_take(&queue->lanes[i]); job; job = lane_take(&queue->lanes[i]))
      inbox_append(queue, &job->finish);
}

static bool wait_until_idle(JobQueue *queue, uint64_t grace_ms) {
  int64_t deadline = clock_monotonic_ns() + (int64_t)grace_ms * 1000000;
  while (queue->running > 0) {
    int64_t left = deadline - clock_monotonic_ns();
    if (left <= 0)
      return false;
    uv_cond_timedwait(&queue->idle, &queue->mutex, (uint64_t)left);
  }
  return true;
}

static void signal_closed(uv_handle_t *signal) {
  JobQueue *queue = signal->data;
  for (int i = 0; i < LANE_COUNT; i++)
    uv_cond_destroy(&queue->lanes[i].wake);
  uv_cond_destroy(&queue->idle);
  uv_mutex_destroy(&queue->mutex);
  cancel_token_finish(&queue->cancel);
  free(queue);
}

bool job_queue_destroy(JobQueue *queue, uint64_t grace_ms) {
  cancel_token_cancel(&queue->cancel);
  uv_mutex_lock(&queue->mutex);
  queue->is_stopping = true;
  drop_waiting(queue);
  for (int i = 0; i < LANE_COUNT; i++)
    uv_cond_broadcast(&queue->lanes[i].wake);
  bool is_idle = wait_until_idle(queue, grace_ms);
  uv_mutex_unlock(&queue->mutex);
  if (!is_idle) {
    log_warning("jobs", "a job did not end within %llu ms of its cancellation", (unsigned long long)grace_ms);
    return false;
  }
  for (int i = 0; i < LANE_COUNT; i++)
    for (size_t k = 0; k < queue->lanes[i].thread_count; k++)
      uv_thread_join(&queue->lanes[i].threads[k]);
  inbox_empty(queue);
  uv_close((uv_handle_t *)&queue->inbox_signal, signal_closed);
  return true;
}

int job_start(JobQueue *queue, const JobOptions *options, Job **ret_job, Error *ret_error) {
  Job *job = calloc(1, sizeof *job);
  if (!job)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while starting a job");
  int result = cancel_token_init(&job->cancel, &queue->cancel, ret_error);
  if (result < 0) {
    free(job);
    return result;
  }
  job->queue = queue;
  job->options = *options;
  job->finish.finished = job;
  Lane *lane = &queue->lanes[options->lane];
  lane->active++;
  uv_mutex_lock(&queue->mutex);
  if (ret_job)
    *ret_job = job;  // before a worker can see the job: its work may read it from there
  if (lane->last)
    lane->last->next = job;
  else
    lane->first = job;
  lane->last = job;
  uv_cond_signal(&lane->wake);
  uv_mutex_unlock(&queue->mutex);
  return 0;
}

void job_cancel(Job *job) {
  cancel_token_cancel(&job->cancel);
}

const CancelToken *job_cancel_token(const Job *job) {
  return &job->cancel;
}

bool job_post(Job *job, void (*function)(void *data), void *data) {
  Message *message = calloc(1, sizeof *message);
  if (!message)
    return false;
  message->function = function;
  message->data = data;
  inbox_deliver(job->queue, message);
  return true;
}

size_t job_queue_active(const JobQueue *queue, JobLane lane) {
  return queue->lanes[lane].active;
}
