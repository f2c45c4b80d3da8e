#include "server/store/database.h"

#include "server/base/clock.h"

#include <string.h>

void store_lock(Store *store) {
  pthread_mutex_lock(&store->mutex);
}

void store_unlock(Store *store) {
  pthread_mutex_unlock(&store->mutex);
}

static ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
  case SQLITE_NOMEM: return ERROR_NO_MEMORY;
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return ERROR_CONFLICT;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return ERROR_CORRUPT;
  case SQLITE_CONSTRAINT: return ERROR_CONFLICT;
  default: return ERROR_IO;
  }
}

static const char *advice_for(int sqlite_code) {
  switch (sqlite_code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return "; another process holds it: close that one or try again";
  case SQLITE_FULL: return "; the disk is full: free some space and repeat";
  case SQLITE_READONLY:
  case SQLITE_PERM: return "; it cannot be written: use --database or the setting database for another place";
  case SQLITE_CANTOPEN: return "; use --database or the setting database for another place";
  default: return "";
  }
}

int database_error(sqlite3 *database, Error *ret_error, const char *doing) {
  int code = database ? sqlite3_extended_errcode(database) : SQLITE_NOMEM;
  const char *path = database ? sqlite3_db_filename(database, "main") : NULL;
  return error_set(ret_error, code_of(code), "history database %s: %s failed: %s%s", path && *path ? path : "in memory",
                   doing, database ? sqlite3_errmsg(database) : "out of memory", advice_for(code));
}

int database_execute(Store *store, const char *sql, Error *ret_error) {
  if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
    return database_error(store->database, ret_error, "a statement");
  return 0;
}

int statement_prepare(Statement *statement, Store *store, const char *sql, Error *ret_error) {
  *statement = (Statement){.store = store, .next = 1};
  if (sqlite3_prepare_v2(store->database, sql, -1, &statement->statement, NULL) != SQLITE_OK)
    return database_error(store->database, ret_error, "preparing a statement");
  return 0;
}

void statement_finish(Statement *statement) {
  sqlite3_finalize(statement->statement);
  statement->statement = NULL;
}

static void note_failure(Statement *statement, int code) {
  if (code != SQLITE_OK && statement->failure == SQLITE_OK)
    statement->failure = code;
}

static void bind(Statement *statement, StringView text, sqlite3_destructor_type lifetime) {
  int index = statement->next++;
  if (string_view_is_absent(text))
    note_failure(statement, sqlite3_bind_null(statement->statement, index));
  else
    note_failure(statement,
                 sqlite3_bind_text64(statement->statement, index, text.data, text.length, lifetime, SQLITE_UTF8));
}

void bind_text(Statement *statement, StringView text) {
  bind(statement, text, SQLITE_TRANSIENT);
}

void bind_long_text(Statement *statement, StringView text) {
  bind(statement, text, SQLITE_STATIC);
}

void bind_buffer(Statement *statement, const Buffer *buffer) {
  if (buffer->failure)
    note_failure(statement, buffer->failure == ERROR_LIMIT ? SQLITE_TOOBIG : SQLITE_NOMEM);
  bind_text(statement, buffer_view(buffer));
}

void bind_integer(Statement *statement, int64_t value) {
  note_failure(statement, sqlite3_bind_int64(statement->statement, statement->next++, value));
}

void bind_double(Statement *statement, double value) {
  note_failure(statement, sqlite3_bind_double(statement->statement, statement->next++, value));
}

void bind_optional_integer(Statement *statement, OptionalInteger value) {
  if (value.present)
    bind_integer(statement, value.value);
  else
    note_failure(statement, sqlite3_bind_null(statement->statement, statement->next++));
}

void bind_optional_double(Statement *statement, OptionalNumber value) {
  if (value.present)
    bind_double(statement, value.value);
  else
    note_failure(statement, sqlite3_bind_null(statement->statement, statement->next++));
}

int statement_check(const Statement *statement, int result, Error *ret_error) {
  if (result < 0 || statement->failure == SQLITE_OK)
    return result;
  return error_set(ret_error, code_of(statement->failure), "history database: passing a value failed: %s",
                   sqlite3_errstr(statement->failure));
}

int statement_step(Statement *statement, Error *ret_error) {
  int result = statement_check(statement, 0, ret_error);
  if (result < 0)
    return result;
  int code = sqlite3_step(statement->statement);
  if (code == SQLITE_ROW)
    return 1;
  if (code == SQLITE_DONE)
    return 0;
  return database_error(statement->store->database, ret_error, "running a statement");
}

int statement_run(Statement *statement, Error *ret_error) {
  int result = statement_step(statement, ret_error);
  sqlite3_reset(statement->statement);
  statement->next = 1;
  return result < 0 ? result : 0;
}

StringView column_text(Statement *statement, int column, Arena *arena) {
  if (sqlite3_column_type(statement->statement, column) == SQLITE_NULL)
    return (StringView){0};
  const char *data = (const char *)sqlite3_column_text(statement->statement, column);
  size_t length = (size_t)sqlite3_column_bytes(statement->statement, column);
  StringView copy = arena_copy(arena, (StringView){data, data ? length : 0});
  if (!copy.data)
    note_failure(statement, SQLITE_NOMEM);
  return copy;
}

StringView column_time(Statement *statement, int column, Arena *arena) {
  char text[CLOCK_ISO_SIZE];
  clock_format_iso(sqlite3_column_int64(statement->statement, column), text);
  StringView copy = arena_copy(arena, string_view_from(text));
  if (!copy.data)
    note_failure(statement, SQLITE_NOMEM);
  return copy;
}

OptionalInteger column_optional_integer(const Statement *statement, int column) {
  if (sqlite3_column_type(statement->statement, column) == SQLITE_NULL)
    return (OptionalInteger){0};
  return (OptionalInteger){true, sqlite3_column_int64(statement->statement, column)};
}

OptionalNumber column_optional_double(const Statement *statement, int column) {
  if (sqlite3_column_type(statement->statement, column) == SQLITE_NULL)
    return (OptionalNumber){0};
  return (OptionalNumber){true, sqlite3_column_double(statement->statement, column)};
}

int transaction_begin(Store *store, Error *ret_error) {
  return database_execute(store, "BEGIN IMMEDIATE", ret_error);
}

int transaction_end(Store *store, int result, Error *ret_error) {
  if (result >= 0)
    result = database_execute(store, "COMMIT", ret_error);
  if (result < 0 && !sqlite3_get_autocommit(store->database))
    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
  return result;
}
