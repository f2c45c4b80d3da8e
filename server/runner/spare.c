#include "server/runner/spare.h"

#include "server/base/files.h"

#include <pthread.h>
#include <stdlib.h>

// What a harness was started for.
typedef struct Purpose {
  StringView root;
  StringView interpreter;  // path
  FileStamp stamp;         // of it: an environment may be made anew in the same place
  StringView configured;   // by the settings
  int niceness;
} Purpose;

struct Spare {
  pthread_mutex_t mutex;  // guards what follows; never held while a process is waited for
  Harness *harness;       // NULL: none
  Purpose purpose;
  Arena arena;  // its texts
};

int spare_create(Spare **ret_spare, Error *ret_error) {
  Spare *spare = calloc(1, sizeof *spare);
  if (!spare || pthread_mutex_init(&spare->mutex, NULL) != 0) {
    free(spare);
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory to keep a test harness");
  }
  *ret_spare = spare;
  return 0;
}

void spare_destroy(Spare *spare) {
  if (!spare) {
    return;
  }
  harness_destroy(spare->harness);
  pthread_mutex_destroy(&spare->mutex);
  arena_finish(&spare->arena);
  free(spare);
}

static bool stamp_of(StringView interpreter, FileStamp *ret_stamp) {
  Arena arena = {0};
  const char *path = arena_terminated(&arena, interpreter);
  bool is_there = path && file_stamp(path, ret_stamp, NULL) == 0;
  arena_finish(&arena);
  return is_there;
}

static bool is_same_stamp(FileStamp left, FileStamp right) {
  return left.modified_ns == right.modified_ns && left.size == right.size && left.inode == right.inode;
}

static bool has_purpose(const Purpose *purpose, const RunnerOptions *options) {
  FileStamp stamp;
  return string_view_equal(purpose->root, options->root) &&
         string_view_equal(purpose->configured, options->interpreter) && purpose->niceness == options->niceness &&
         stamp_of(purpose->interpreter, &stamp) && is_same_stamp(purpose->stamp, stamp);
}

int spare_take(Spare *spare, const RunnerOptions *options, Harness **ret_harness, Error *ret_error) {
  pthread_mutex_lock(&spare->mutex);
  Harness *harness = spare->harness;
  bool is_fit = harness && options->is_trusted && has_purpose(&spare->purpose, options);
  spare->harness = NULL;
  pthread_mutex_unlock(&spare->mutex);
  if (is_fit && harness_resume(harness, options)) {
    *ret_harness = harness;
    return 0;
  }
  harness_destroy(harness);
  return harness_start(options, ret_harness, ret_error);
}

void spare_keep(Spare *spare, const RunnerOptions *options, Harness *harness) {
  Purpose purpose = {.niceness = options->niceness};
  pthread_mutex_lock(&spare->mutex);
  Harness *unused = spare->harness;
  spare->harness = NULL;
  arena_reset(&spare->arena);
  purpose.root = arena_copy(&spare->arena, options->root);
  purpose.configured = arena_copy(&spare->arena, options->interpreter);
  purpose.interpreter = arena_copy(&spare->arena, harness_interpreter(harness)->path);
  if (purpose.root.data && purpose.interpreter.data && stamp_of(purpose.interpreter, &purpose.stamp)) {
    harness_rest(harness);
    spare->harness = harness;
    spare->purpose = purpose;
    harness = NULL;
  }
  pthread_mutex_unlock(&spare->mutex);
  harness_destroy(unused);
  harness_destroy(harness);
}
