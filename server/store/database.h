// Statements of one database connection, with errors in our form. Private to the store.
#ifndef TESTGEN_SERVER_STORE_DATABASE_H
#define TESTGEN_SERVER_STORE_DATABASE_H

#include "protocol/json/json.h"
#include "protocol/memory/vector.h"
#include "server/store/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct Store {
  sqlite3 *database;
  pthread_mutex_t mutex;
  char *path;
  pthread_t checkpointer;  // to be joined when `has_checkpointer`
  bool has_checkpointer;
  atomic_bool is_checkpointing;
};

// Every public function of the store begins and ends with these.
void store_lock(Store *store);
void store_unlock(Store *store);

// The failure of the last SQLite call, with what was being done.
int database_error(sqlite3 *database, Error *ret_error, const char *doing);

int database_execute(Store *store, const char *sql, Error *ret_error);

// A prepared statement with its parameters bound one after the other. The first failure to bind or to copy a value
// sticks; the next step, and statement_check, report it.
typedef struct Statement {
  Store *store;
  sqlite3_stmt *statement;
  int next;     // index of the next parameter
  int failure;  // an SQLite code
} Statement;

int statement_prepare(Statement *statement, Store *store, const char *sql, Error *ret_error);
void statement_finish(Statement *statement);
void bind_text(Statement *statement, StringView text);         // absent: NULL
void bind_long_text(Statement *statement, StringView text);    // likewise; not copied: it stays until the statement ran
void bind_buffer(Statement *statement, const Buffer *buffer);  // its text; fails where an append failed
void bind_integer(Statement *statement, int64_t value);
void bind_double(Statement *statement, double value);
void bind_optional_integer(Statement *statement, OptionalInteger value);
void bind_optional_double(Statement *statement, OptionalNumber value);

// 1: a row; 0: done; negative: failed.
int statement_step(Statement *statement, Error *ret_error);
// For statements without rows: steps once and resets for the next set of parameters.
int statement_run(Statement *statement, Error *ret_error);

// After the columns of the last row were read: `result`, unless that is no failure and a column was.
int statement_check(const Statement *statement, int result, Error *ret_error);

StringView column_text(Statement *statement, int column, Arena *arena);  // copied; absent for NULL and on failure
StringView column_time(Statement *statement, int column, Arena *arena);  // Unix milliseconds as ISO 8601
OptionalInteger column_optional_integer(const Statement *statement, int column);
OptionalNumber column_optional_double(const Statement *statement, int column);

int transaction_begin(Store *store, Error *ret_error);
int transaction_end(Store *store, int result,
                    Error *ret_error);  // commits when `result` is 0, else rolls back; returns the outcome

// figures.c
int figures_save(Store *store, int64_t run, const RunRecord *record, Error *ret_error);

// configs.c; inside a transaction
int config_save(Store *store, const ConfigReport *config, int64_t *ret_id, Error *ret_error);
int config_make_current(Store *store, int64_t id, Error *ret_error);

// checkpoint.c: from now on commits do not wait until a long log was moved into the database.
void checkpoints_begin(Store *store);
void checkpoints_end(Store *store);  // waits for the one that runs; before the database is closed

// migrations.c
int migrations_apply(Store *store, Error *ret_error);

#endif
