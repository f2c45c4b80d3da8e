#include "server/services/workspace_internal.h"

#include "server/base/clock.h"
#include "server/base/files.h"
#include "server/base/log.h"
#include "server/services/pytest_config.h"
#include "server/services/source_decode.h"

#include <stdlib.h>
#include <string.h>

#define SETTINGS_FILE_MAX (1u << 20)  // bytes of testgen.json

static bool init_locks(Workspace *workspace) {
  if (pthread_mutex_init(&workspace->mutex, NULL) != 0)
    return false;
  if (pthread_mutex_init(&workspace->store_mutex, NULL) == 0) {
    if (pthread_cond_init(&workspace->scan_has_ended, NULL) == 0)
      return true;
    pthread_mutex_destroy(&workspace->store_mutex);
  }
  pthread_mutex_destroy(&workspace->mutex);
  return false;
}

int workspace_create(StringView root, Workspace **ret_workspace, Error *ret_error) {
  Workspace *workspace = calloc(1, sizeof *workspace);
  if (!workspace || !init_locks(workspace)) {
    free(workspace);
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while opening a workspace");
  }
  atomic_init(&workspace->references, 1);
  workspace->root = arena_copy(&workspace->arena, root);
  map_init(&workspace->cache);
  map_init(&workspace->overlays);
  int result = workspace->root.data ? workspace_load_settings(workspace, NULL, 0, NULL, NULL, ret_error)
                                    : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while opening a workspace");
  if (result == 0)
    result = spare_create(&workspace->spare, ret_error);
  if (result < 0) {
    workspace_release(workspace);
    return result;
  }
  *ret_workspace = workspace;
  return 0;
}

Workspace *workspace_retain(Workspace *workspace) {
  atomic_fetch_add(&workspace->references, 1);
  return workspace;
}

static void cache_free(Workspace *workspace) {
  size_t cursor = 0;
  for (MapEntry *entry = map_next(&workspace->cache, &cursor); entry; entry = map_next(&workspace->cache, &cursor))
    cached_file_destroy(entry->value.pointer);
  map_finish(&workspace->cache);
  cursor = 0;
  for (MapEntry *entry = map_next(&workspace->overlays, &cursor); entry;
       entry = map_next(&workspace->overlays, &cursor))
    overlay_destroy(entry->value.pointer);
  map_finish(&workspace->overlays);
}

void workspace_release(Workspace *workspace) {
  if (!workspace || atomic_fetch_sub(&workspace->references, 1) != 1)
    return;
  spare_destroy(workspace->spare);
  cache_free(workspace);
  settings_release(workspace->settings);
  store_close(workspace->store);
  workspace_index_destroy(workspace->idle_index);
  pthread_cond_destroy(&workspace->scan_has_ended);
  store_close(workspace->empty_store);
  pthread_mutex_destroy(&workspace->store_mutex);
  pthread_mutex_destroy(&workspace->mutex);
  arena_finish(&workspace->arena);
  free(workspace);
}

StringView workspace_root(const Workspace *workspace) {
  return workspace->root;
}

void workspace_set_trusted(Workspace *workspace, bool is_trusted) {
  atomic_store(&workspace->is_trusted, is_trusted);
}

bool workspace_is_trusted(const Workspace *workspace) {
  return atomic_load(&workspace->is_trusted);
}

Spare *workspace_spare_harness(const Workspace *workspace) {
  return workspace->spare;
}

// ---- Settings ----

typedef struct NoticeTarget {
  WorkspaceNotice notice;
  void *user;
  StringView path;
  StringView text;
} NoticeTarget;

static void settings_problem(void *user, uint32_t offset, const char *message) {
  const NoticeTarget *target = user;
  log_warning("settings", "%.*s%s%s", SV_ARGUMENTS(target->path), target->path.length ? ": " : "", message);
  if (target->notice)
    target->notice(target->user, SEVERITY_WARNING, target->path, offset, message);
}

static int apply_file(Workspace *workspace, SettingsSnapshot *snapshot, WorkspaceNotice notice, void *user,
                      Error *ret_error) {
  NoticeTarget target = {notice, user, SV("testgen.json"), {0}};
  StringView path = path_join(&snapshot->arena, workspace->root, target.path);
  JsonValue value;
  Error problem = {0};
  int result =
      path.data ? file_read(path.data, SETTINGS_FILE_MAX, &snapshot->arena, &target.text, &problem) : ERROR_NO_MEMORY;
  if (result == ERROR_NOT_FOUND)
    return 0;
  if (result == 0)
    result = json_parse(target.text, &snapshot->arena, &value, &problem);
  if (result == ERROR_NO_MEMORY)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  if (result < 0) {  // the settings below it still count
    settings_problem(&target, 0, problem.message);
    return 0;
  }
  return settings_apply(&snapshot->settings, &value, true, &snapshot->arena, settings_problem, &target, ret_error);
}

static int apply_layer(SettingsSnapshot *snapshot, const JsonValue *layer, WorkspaceNotice notice, void *user,
                       Error *ret_error) {
  NoticeTarget target = {notice, user, {0}, {0}};
  if (!layer)
    return 0;
  return settings_apply(&snapshot->settings, layer, false, &snapshot->arena, settings_problem, &target, ret_error);
}

static int apply_pytest(Workspace *workspace, SettingsSnapshot *snapshot, Error *ret_error) {
  PytestConfig config;
  int result = pytest_config_read(workspace->root, &snapshot->arena, &config, ret_error);
  if (result < 0)
    return result;
  snapshot->analyzer = (AnalyzerOptions){
      .python_files = config.python_files.items,
      .python_file_count = config.python_files.count,
      .python_classes = config.python_classes.items,
      .python_class_count = config.python_classes.count,
      .python_functions = config.python_functions.items,
      .python_function_count = config.python_functions.count,
      .prohibited = snapshot->settings.prohibited.items,
      .prohibited_count = snapshot->settings.prohibited.count,
  };
  if (snapshot->settings.python_path.count == 0)
    snapshot->settings.python_path = (JsonArray){(void *)(uintptr_t)config.python_path.items, config.python_path.count};
  return 0;
}

static void make_current(Workspace *workspace, SettingsSnapshot *snapshot) {
  pthread_mutex_lock(&workspace->mutex);
  SettingsSnapshot *before = workspace->settings;
  snapshot->generation = before ? before->generation + 1 : 1;
  workspace->settings = snapshot;
  pthread_mutex_unlock(&workspace->mutex);
  settings_release(before);
}

int workspace_load_settings(Workspace *workspace, const JsonValue *const *layers, size_t layer_count,
                            WorkspaceNotice notice, void *user, Error *ret_error) {
  SettingsSnapshot *snapshot = calloc(1, sizeof *snapshot);
  if (!snapshot)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  atomic_init(&snapshot->references, 1);
  settings_defaults(&snapshot->settings);
  int result = apply_file(workspace, snapshot, notice, user, ret_error);
  for (size_t i = 0; i < layer_count && result == 0; i++)
    result = apply_layer(snapshot, layers[i], notice, user, ret_error);
  if (result == 0)
    result = apply_pytest(workspace, snapshot, ret_error);
  if (result == 0)
    make_current(workspace, snapshot);
  else
    settings_release(snapshot);
  return result;
}

int workspace_borrow_settings(Workspace *workspace, const SettingsSnapshot *from, StringView interpreter,
                              StringView database, Error *ret_error) {
  SettingsSnapshot *snapshot = calloc(1, sizeof *snapshot);
  if (!snapshot)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading settings");
  snapshot->settings = from->settings;
  snapshot->analyzer = from->analyzer;
  snapshot->settings.interpreter = interpreter;
  snapshot->settings.database = database;
  atomic_init(&snapshot->references, 1);
  make_current(workspace, snapshot);
  return 0;
}

SettingsSnapshot *workspace_settings(Workspace *workspace) {
  pthread_mutex_lock(&workspace->mutex);
  SettingsSnapshot *settings = workspace->settings;
  atomic_fetch_add(&settings->references, 1);
  pthread_mutex_unlock(&workspace->mutex);
  return settings;
}

void settings_release(SettingsSnapshot *settings) {
  if (!settings || atomic_fetch_sub(&settings->references, 1) != 1)
    return;
  arena_finish(&settings->arena);
  free(settings);
}

// ---- History ----

// Absent when memory is exhausted.
static StringView database_path(const Workspace *workspace, const Settings *settings, Arena *arena) {
  StringView path = settings->database;
  return path_join(arena, workspace->root, string_view_is_absent(path) ? SV(".testgen/testgen.db") : path);
}

static int open_store(Workspace *workspace, const Settings *settings, Arena *arena, Store **ret_store,
                      Error *ret_error) {
  StringView path = database_path(workspace, settings, arena);
  const char *folder = path.data ? arena_terminated(arena, path_directory(path)) : NULL;
  if (!folder)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while opening the history");
  int result = directory_create_all(folder, ret_error);
  if (result < 0)
    return result;
  if (string_view_is_absent(settings->database)) {  // the folder keeps itself out of version control
    StringView ignore = path_join(arena, string_view_from(folder), SV(".gitignore"));
    FileStamp stamp;
    if (ignore.data && file_stamp(ignore.data, &stamp, NULL) == ERROR_NOT_FOUND)
      result = file_write_atomic(ignore.data, SV("*\n"), ret_error);
  }
  return result < 0 ? result : store_open(path.data, workspace->store_notice, ret_store, ret_error);
}

static void prune_old(Store *store, const Settings *settings) {
  int64_t removed = 0;
  Error problem = {0};
  if (store_prune(store, clock_unix_ms() - settings->history_days * 86400000, &removed, &problem) < 0)
    log_warning("store", "%s", problem.message);
  else if (removed > 0)
    log_info("store", "removed %lld runs older than %lld days", (long long)removed, (long long)settings->history_days);
}

int workspace_store(Workspace *workspace, Store **ret_store, Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(workspace);
  Arena arena = {0};
  int result = 0;
  pthread_mutex_lock(&workspace->store_mutex);
  if (!workspace->store) {
    result = open_store(workspace, &settings->settings, &arena, &workspace->store, ret_error);
    if (result == 0)
      prune_old(workspace->store, &settings->settings);
    if (workspace->store_notice[0])
      log_warning("store", "%s", workspace->store_notice);
  }
  if (result == 0)
    *ret_store = workspace->store;
  pthread_mutex_unlock(&workspace->store_mutex);
  arena_finish(&arena);
  settings_release(settings);
  return result;
}

bool workspace_has_store(Workspace *workspace, Arena *arena, StringView *ret_path) {
  SettingsSnapshot *settings = workspace_settings(workspace);
  FileStamp stamp;
  *ret_path = database_path(workspace, &settings->settings, arena);
  settings_release(settings);
  return !ret_path->data || file_stamp(ret_path->data, &stamp, NULL) != ERROR_NOT_FOUND;
}

int workspace_store_to_read(Workspace *workspace, Store **ret_store, Error *ret_error) {
  Arena arena = {0};
  StringView path;
  bool is_there = workspace_has_store(workspace, &arena, &path);
  arena_finish(&arena);
  if (is_there)
    return workspace_store(workspace, ret_store, ret_error);
  int result = 0;
  pthread_mutex_lock(&workspace->store_mutex);
  if (!workspace->empty_store)
    result = store_open_in_memory(&workspace->empty_store, ret_error);
  if (result == 0)
    *ret_store = workspace->empty_store;
  pthread_mutex_unlock(&workspace->store_mutex);
  return result;
}

bool workspace_take_store_notice(Workspace *workspace, char ret_notice[STORE_NOTICE_MAX]) {
  if (pthread_mutex_trylock(&workspace->store_mutex) != 0)
    return false;  // it is being opened; who does that asks again
  memcpy(ret_notice, workspace->store_notice, STORE_NOTICE_MAX);
  workspace->store_notice[0] = '\0';
  pthread_mutex_unlock(&workspace->store_mutex);
  return ret_notice[0] != '\0';
}

// ---- Overlays ----

void overlay_destroy(Overlay *overlay) {
  if (!overlay)
    return;
  snapshot_release(overlay->snapshot);
  free(overlay->path);
  free(overlay);
}

static Overlay *overlay_create(StringView path, Snapshot *snapshot) {
  Overlay *overlay = calloc(1, sizeof *overlay);
  char *copy = strndup(path.data, path.length);
  if (!overlay || !copy) {
    free(overlay);
    free(copy);
    return NULL;
  }
  overlay->path = copy;
  overlay->snapshot = snapshot_retain(snapshot);
  return overlay;
}

void workspace_overlay(Workspace *workspace, StringView path, Snapshot *snapshot) {
  Overlay *fresh = snapshot ? overlay_create(path, snapshot) : NULL;
  pthread_mutex_lock(&workspace->mutex);
  MapValue *slot = map_get(&workspace->overlays, path);
  Overlay *before = slot ? slot->pointer : NULL;
  map_remove(&workspace->overlays, path);
  if (fresh) {
    slot = map_put(&workspace->overlays, string_view_from(fresh->path), NULL);
    if (slot)
      slot->pointer = fresh;
    else
      overlay_destroy(fresh);
  }
  pthread_mutex_unlock(&workspace->mutex);
  overlay_destroy(before);
}

Snapshot *workspace_overlay_of(Workspace *workspace, StringView path) {
  pthread_mutex_lock(&workspace->mutex);
  const MapValue *slot = map_get(&workspace->overlays, path);
  Snapshot *snapshot = slot ? snapshot_retain(((Overlay *)slot->pointer)->snapshot) : NULL;
  pthread_mutex_unlock(&workspace->mutex);
  return snapshot;
}

static int read_from_disk(const Workspace *workspace, StringView path, Arena *arena, StringView *ret_text,
                          Error *ret_error) {
  StringView absolute = path_join(arena, workspace->root, path), bytes;
  if (!absolute.data)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading a file");
  int result = file_read(absolute.data, SNAPSHOT_TEXT_MAX, arena, &bytes, ret_error);
  if (result < 0)
    return result;
  Error problem = {0};
  result = source_decode(bytes, arena, ret_text, &problem);
  return result < 0 ? error_set(ret_error, (ErrorCode)problem.code, "%.*s: %s", SV_ARGUMENTS(path), problem.message)
                    : 0;
}

int workspace_read_source(Workspace *workspace, StringView path, Arena *arena, StringView *ret_text, Error *ret_error) {
  Snapshot *overlay = workspace_overlay_of(workspace, path);
  if (!overlay)
    return read_from_disk(workspace, path, arena, ret_text, ret_error);
  *ret_text = arena_copy(arena, snapshot_text(overlay));
  snapshot_release(overlay);
  return ret_text->data ? 0 : error_set(ret_error, ERROR_NO_MEMORY, "out of memory while reading a document");
}

bool workspace_is_saved(Workspace *workspace, StringView path) {
  Snapshot *overlay = workspace_overlay_of(workspace, path);
  if (!overlay)
    return true;
  Arena arena = {0};
  StringView text;
  bool is_saved =
      read_from_disk(workspace, path, &arena, &text, NULL) == 0 && string_view_equal(text, snapshot_text(overlay));
  snapshot_release(overlay);
  arena_finish(&arena);
  return is_saved;
}
