// Work that takes longer than a few milliseconds, off the loop's thread.
//
// A job is a function with data of its own; it runs on a worker thread and must not touch what the loop owns. Its
// result is handed back on the loop's thread by `done`. Two lanes keep short work short: analysis jobs never wait
// behind operations, which may run for minutes.
#ifndef TESTGEN_SERVER_LOOP_JOBS_H
#define TESTGEN_SERVER_LOOP_JOBS_H

#include "server/base/cancel.h"

#include <uv.h>

typedef enum JobLane { LANE_ANALYSIS, LANE_OPERATION, LANE_COUNT } JobLane;

typedef struct JobQueue JobQueue;
typedef struct Job Job;

typedef struct JobOptions {
  JobLane lane;
  void *data;                          // belongs to the job until `done`
  void (*work)(void *data, Job *job);  // on a worker thread
  void (*done)(void *data);            // on the loop's thread, always exactly once, also when cancelled
} JobOptions;

int job_queue_create(uv_loop_t *loop, JobQueue **ret_queue, Error *ret_error);

// Cancels everything, waits at most `grace_ms` for running jobs, calls the remaining `done`s. Returns false when a job
// did not end in time: then its thread still runs and the process should exit without freeing what the job uses.
bool job_queue_destroy(JobQueue *queue, uint64_t grace_ms);

// The job is valid until its `done` was called. `*ret_job` is written before the work begins.
int job_start(JobQueue *queue, const JobOptions *options, Job **ret_job, Error *ret_error);
void job_cancel(Job *job);  // on the loop's thread; the job ends when it notices
const CancelToken *job_cancel_token(const Job *job);

// From the worker: runs `function(data)` on the loop's thread, before `done`, in the order posted. False when memory is
// exhausted; then nothing will be called.
bool job_post(Job *job, void (*function)(void *data), void *data);

size_t job_queue_active(const JobQueue *queue, JobLane lane);  // queued and running; on the loop's thread

#endif
