// Checkpoints: what commits appended to the write-ahead log moves into the database, and waits for the disk on the way,
// which takes longer than all else that a save does. So that no answer waits for it, a thread with a connection of its
// own does it; readers and writers go on meanwhile (https://www.sqlite.org/wal.html, "Avoiding Excessively Large WAL
// Files").
#include "server/base/log.h"
#include "server/store/database.h"

// The report of a large workspace has more pages than SQLite's own limit of 1,000: each would be written twice at once.
#define LOG_PAGES 8000
#define LOG_PAGES_MAX (4 * LOG_PAGES)  // a writer who is faster than the thread does it himself

static void report_failure(const Store *store, sqlite3 *database, int code) {
  if (code != SQLITE_OK && code != SQLITE_BUSY)  // another process is at it
    log_warning("store", "%s: its log %s-wal cannot be moved into it and grows: %s", store->path, store->path,
                database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
}

static void *checkpoint_thread(void *argument) {
  Store *store = argument;
  sqlite3 *database = NULL;
  int code = sqlite3_open_v2(store->path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code == SQLITE_OK)  // a connection that has not read yet does not know of the log
    code = sqlite3_exec(database, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  report_failure(store, database, code);
  sqlite3_close(database);
  atomic_store(&store->is_checkpointing, false);
  return NULL;
}

void checkpoints_end(Store *store) {
  if (store->has_checkpointer)
    pthread_join(store->checkpointer, NULL);
  store->has_checkpointer = false;
}

// False when there is no thread to be had.
static bool start_thread(Store *store) {
  checkpoints_end(store);  // the one before has ended
  atomic_store(&store->is_checkpointing, true);
  store->has_checkpointer = pthread_create(&store->checkpointer, NULL, checkpoint_thread, store) == 0;
  if (!store->has_checkpointer)
    atomic_store(&store->is_checkpointing, false);
  return store->has_checkpointer;
}

// Called by SQLite after each commit, under the mutex of the store.
static int on_commit(void *user, sqlite3 *database, const char *schema, int log_pages) {
  Store *store = user;
  if (log_pages < LOG_PAGES)
    return SQLITE_OK;
  bool is_started = atomic_load(&store->is_checkpointing) || start_thread(store);
  if (!is_started || log_pages >= LOG_PAGES_MAX)
    report_failure(store, database, sqlite3_wal_checkpoint_v2(database, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
  return SQLITE_OK;  // the commit is done, whatever became of this
}

void checkpoints_begin(Store *store) {
  sqlite3_wal_hook(store->database, on_commit, store);
}
