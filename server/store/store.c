#include "server/store/store.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/store/database.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define BUSY_LOOKS 1000  // at a lock of another process, until it is said to be locked
#define BUSY_LOOK_MS 5   // between two of them

static atomic_bool is_ending;

void store_stop_waiting(void) {
  atomic_store(&is_ending, true);
}

// Called by SQLite when another process holds a lock: 0 gives up.
static int wait_for_lock(void *user, int looks) {
  (void)user;
  if (looks >= BUSY_LOOKS || atomic_load(&is_ending))
    return 0;
  nanosleep(&(struct timespec){.tv_nsec = BUSY_LOOK_MS * 1000000L}, NULL);
  return 1;
}

static int store_allocate(const char *path, Store **ret_store, Error *ret_error) {
  Store *store = calloc(1, sizeof *store);
  char *copy = strdup(path);
  if (!store || !copy || pthread_mutex_init(&store->mutex, NULL) != 0) {
    free(store);
    free(copy);
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while opening %s", path);
  }
  store->path = copy;
  *ret_store = store;
  return 0;
}

void store_close(Store *store) {
  if (!store)
    return;
  checkpoints_end(store);
  sqlite3_close(store->database);
  pthread_mutex_destroy(&store->mutex);
  free(store->path);
  free(store);
}

static int store_configure(Store *store, Error *ret_error) {
  sqlite3_busy_handler(store->database, wait_for_lock, NULL);
  int result = database_execute(store, "PRAGMA foreign_keys = ON", ret_error);
  if (result == 0)
    result = database_execute(store, "PRAGMA journal_mode = WAL", ret_error);
  if (result == 0)
    result = database_execute(store, "PRAGMA synchronous = NORMAL", ret_error);
  // A damaged file often opens well and fails later: the schema and the free list are looked at now.
  if (result == 0)
    result = database_execute(store, "SELECT count(*) FROM sqlite_schema", ret_error);
  return result;
}

static int open_once(const char *path, Store **ret_store, Error *ret_error) {
  Store *store = NULL;
  int result = store_allocate(path, &store, ret_error);
  if (result < 0)
    return result;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &store->database, flags, NULL) != SQLITE_OK)
    result = database_error(store->database, ret_error, "opening");
  if (result == 0)
    result = store_configure(store, ret_error);
  if (result == 0)
    result = migrations_apply(store, ret_error);
  if (result < 0) {
    store_close(store);
    return result;
  }
  checkpoints_begin(store);
  *ret_store = store;
  return 0;
}

// Renames the database and its journals, so that nothing of it is lost.
static int set_aside(const char *path, char *ret_notice, Error *ret_error) {
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  char stamp[CLOCK_ISO_SIZE];
  clock_format_iso(clock_unix_ms(), stamp);
  for (size_t i = 0; i < 3; i++) {
    char from[4096], to[4096];
    snprintf(from, sizeof from, "%s%s", path, suffixes[i]);
    snprintf(to, sizeof to, "%s.damaged-%s%s", path, stamp, suffixes[i]);
    if (rename(from, to) < 0 && (i == 0 || errno != ENOENT))
      return error_set_errno(ret_error, errno, "%s is damaged and could not be set aside", path);
    if (i == 0)
      snprintf(ret_notice, STORE_NOTICE_MAX,
               "the history database was damaged; it was kept as %.350s and a fresh one begun", to);
  }
  return 0;
}

int store_open(const char *path, char *ret_notice, Store **ret_store, Error *ret_error) {
  ret_notice[0] = '\0';
  Error first = {0};
  int result = open_once(path, ret_store, &first);
  if (result == ERROR_CORRUPT) {
    result = set_aside(path, ret_notice, ret_error);
    return result < 0 ? result : open_once(path, ret_store, ret_error);
  }
  if (result < 0 && ret_error && ret_error->code == 0)
    *ret_error = first;
  return result;
}

int store_open_in_memory(Store **ret_store, Error *ret_error) {
  return open_once(":memory:", ret_store, ret_error);
}

// ULID: 48 bits of milliseconds, 80 random bits, in Crockford's base 32 (github.com/ulid/spec).
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define TIME_DIGITS 10

int64_t store_run_id_time(StringView run_id) {
  int64_t unix_ms = 0;
  if (run_id.length != RUN_ID_SIZE - 1)
    return -1;
  for (size_t i = 0; i < TIME_DIGITS; i++) {
    const char *digit = memchr(digits, run_id.data[i], sizeof digits - 1);
    if (!digit)
      return -1;
    unix_ms = unix_ms << 5 | (digit - digits);
  }
  return unix_ms;
}

void store_make_run_id(int64_t unix_ms, char ret_id[RUN_ID_SIZE]) {
  unsigned char random[10];
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
    // Without a random source the clock and the process still make ids unique on one machine.
    uint64_t mixed = (uint64_t)clock_monotonic_ns() * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)getpid();
    memcpy(random, &mixed, sizeof mixed);
    memcpy(random + 8, &mixed, 2);
  }
  for (int i = TIME_DIGITS - 1; i >= 0; i--, unix_ms >>= 5)
    ret_id[i] = digits[unix_ms & 31];
  for (int i = 0; i < 16; i++) {
    unsigned bit = (unsigned)i * 5, byte = bit / 8;
    unsigned pair = (unsigned)random[byte] << 8 | (byte + 1 < sizeof random ? random[byte + 1] : 0);
    ret_id[TIME_DIGITS + i] = digits[pair >> (11 - bit % 8) & 31];
  }
  ret_id[26] = '\0';
}
