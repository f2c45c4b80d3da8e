// The verdicts on mutants, by keys that name all that they depend on: code, tests, configuration.
#include "server/store/database.h"

#include "protocol/testgen/vocabulary.h"

static const char insert_verdict[] =
    "INSERT INTO mutant_verdicts (key, path, status, way, test, message, tests_run, used_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET path = excluded.path, status = excluded.status, way = excluded.way,"
    " test = excluded.test, message = excluded.message, tests_run = excluded.tests_run, used_at = excluded.used_at";

static void bind_verdict(Statement *insert, const MutantVerdict *verdict, int64_t used_ms) {
  bind_text(insert, verdict->key);
  bind_text(insert, verdict->path);
  bind_text(insert, string_view_from(mutant_status_names[verdict->status]));
  bind_text(insert, verdict->way);
  bind_text(insert, verdict->test);
  bind_text(insert, verdict->message);
  bind_integer(insert, verdict->tests_run);
  bind_integer(insert, used_ms);
}

static int insert_verdicts(Store *store, JsonArray verdicts, int64_t used_ms, Error *ret_error) {
  Statement insert;
  const MutantVerdict *items = verdicts.items;
  int result = statement_prepare(&insert, store, insert_verdict, ret_error);
  for (size_t i = 0; i < verdicts.count && result == 0; i++) {
    bind_verdict(&insert, &items[i], used_ms);
    result = statement_run(&insert, ret_error);
  }
  statement_finish(&insert);
  return result;
}

int store_save_verdicts(Store *store, JsonArray verdicts, int64_t used_ms, Error *ret_error) {
  store_lock(store);
  int result = transaction_begin(store, ret_error);
  if (result == 0)
    result = transaction_end(store, insert_verdicts(store, verdicts, used_ms, ret_error), ret_error);
  store_unlock(store);
  return result;
}

static int read_verdict(Statement *select, StringView path, Arena *arena, MutantVerdict *ret_verdict,
                        Error *ret_error) {
  StringView status = column_text(select, 1, arena);
  *ret_verdict = (MutantVerdict){
      .key = column_text(select, 0, arena),
      .path = path,
      .status = string_view_is_absent(status) ? -1 : name_index(mutant_status_names, status),
      .way = column_text(select, 2, arena),
      .test = column_text(select, 3, arena),
      .message = column_text(select, 4, arena),
      .tests_run = sqlite3_column_int64(select->statement, 5),
  };
  return statement_check(select, 0, ret_error);
}

static int get_verdicts_locked(Store *store, StringView path, Arena *arena, Vector *verdicts, Error *ret_error) {
  Statement select;
  MutantVerdict verdict;
  int result = statement_prepare(&select, store,
                                 "SELECT key, status, way, test, message, tests_run FROM mutant_verdicts"
                                 " WHERE path = ? ORDER BY used_at DESC, key",
                                 ret_error);
  if (result == 0)
    bind_text(&select, path);
  while (result == 0 && verdicts->count < verdicts->maximum && (result = statement_step(&select, ret_error)) == 1) {
    result = read_verdict(&select, path, arena, &verdict, ret_error);
    if (result == 0 && verdict.status >= 0 && !vector_push_copy(verdicts, &verdict))
      result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading the verdicts on mutants");
  }
  statement_finish(&select);
  return result < 0 ? result : 0;
}

int store_get_verdicts(Store *store, StringView path, Arena *arena, Vector *verdicts, Error *ret_error) {
  store_lock(store);
  int result = get_verdicts_locked(store, path, arena, verdicts, ret_error);
  store_unlock(store);
  return result;
}

static int prune_verdicts_locked(Store *store, int64_t older_than_unix_ms, int64_t *ret_removed, Error *ret_error) {
  Statement remove;
  int result = statement_prepare(&remove, store,
                                 "DELETE FROM mutant_verdicts WHERE used_at < ?1 OR key IN"
                                 " (SELECT key FROM mutant_verdicts ORDER BY used_at DESC, key LIMIT -1 OFFSET ?2)",
                                 ret_error);
  if (result == 0) {
    bind_integer(&remove, older_than_unix_ms);
    bind_integer(&remove, STORE_VERDICTS_MAX);
    result = statement_run(&remove, ret_error);
  }
  if (result == 0)
    *ret_removed = sqlite3_changes64(store->database);
  statement_finish(&remove);
  return result;
}

int store_prune_verdicts(Store *store, int64_t older_than_unix_ms, int64_t *ret_removed, Error *ret_error) {
  store_lock(store);
  int result = prune_verdicts_locked(store, older_than_unix_ms, ret_removed, ret_error);
  store_unlock(store);
  return result;
}
