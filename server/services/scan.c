// Analysing a whole workspace: walk, take from the cache what did not change, share the rest among threads.
#include "server/services/workspace_internal.h"

#include "server/services/source_decode.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 16

void cached_file_destroy(CachedFile *file) {
  if (!file)
    return;
  analysis_release(file->analysis);
  free(file->path);
  free(file->problem);
  free(file);
}

// One file on its way through a scan.
typedef struct ScanItem {
  StringView path;
  FileStamp stamp;
  Snapshot *overlay;       // retained; NULL: read from disk
  FileAnalysis *analysis;  // retained
  FileAnalysis *previous;  // retained; of an older version of the file, whose facts are reused
  Digest digest;
  Error problem;  // why the file is left alone
} ScanItem;

typedef struct ScanWork {
  Workspace *workspace;
  const ScanOptions *options;
  const SettingsSnapshot *settings;
  ScanItem *items;
  size_t count;
  atomic_size_t next, done;
  atomic_int failure;  // NO_MEMORY or INTERNAL: the scan fails as a whole
} ScanWork;

// ---- Cache ----

static bool stamp_equal(const FileStamp *left, const FileStamp *right) {
  return left->modified_ns == right->modified_ns && left->size == right->size && left->inode == right->inode;
}

// True when the cache knows this version of the file; an older analysis is offered for reuse.
static bool cache_lookup(Workspace *workspace, uint64_t generation, ScanItem *item) {
  pthread_mutex_lock(&workspace->mutex);
  const MapValue *slot = map_get(&workspace->cache, item->path);
  const CachedFile *file = slot ? slot->pointer : NULL;
  bool is_current = file && file->generation == generation && stamp_equal(&file->stamp, &item->stamp);
  if (is_current && file->analysis)
    item->analysis = analysis_retain(file->analysis);
  else if (is_current)
    error_set(&item->problem, ERROR_PARSE, "%s", file->problem ? file->problem : "left alone");
  else if (file && file->analysis && file->generation == generation)
    item->previous = analysis_retain(file->analysis);
  if (is_current)
    item->digest = file->digest;
  pthread_mutex_unlock(&workspace->mutex);
  return is_current;
}

static CachedFile *cached_file_create(const ScanItem *item, uint64_t generation) {
  CachedFile *file = calloc(1, sizeof *file);
  if (!file)
    return NULL;
  file->path = strndup(item->path.data, item->path.length);
  file->problem = item->problem.code ? strdup(item->problem.message) : NULL;
  file->stamp = item->stamp;
  file->generation = generation;
  file->analysis = item->analysis ? analysis_retain(item->analysis) : NULL;
  file->digest = item->digest;
  if (file->path)
    return file;
  cached_file_destroy(file);
  return NULL;
}

static void cache_store(Workspace *workspace, uint64_t generation, const ScanItem *item) {
  CachedFile *file = cached_file_create(item, generation);
  if (!file)
    return;  // a cache may forget
  pthread_mutex_lock(&workspace->mutex);
  MapValue *slot = map_get(&workspace->cache, item->path);
  CachedFile *before = slot ? slot->pointer : NULL;
  map_remove(&workspace->cache, item->path);
  slot = map_put(&workspace->cache, string_view_from(file->path), NULL);
  if (slot)
    slot->pointer = file;
  pthread_mutex_unlock(&workspace->mutex);
  if (!slot)
    cached_file_destroy(file);
  cached_file_destroy(before);
}

// ---- One file ----

static int analyze_text(ScanWork *work, SyntaxParser *parser, ScanItem *item, StringView text) {
  Snapshot *snapshot = NULL;
  int result = snapshot_create(parser, text, &snapshot, &item->problem);
  if (result == 0)
    result = analysis_create(item->path, snapshot, &work->settings->analyzer, item->previous, &item->analysis,
                             &item->problem);
  snapshot_release(snapshot);
  return result;
}

static int analyze_from_disk(ScanWork *work, SyntaxParser *parser, ScanItem *item, Arena *arena) {
  StringView path = path_join(arena, work->workspace->root, item->path), bytes, text;
  int result = path.data ? file_read(path.data, SNAPSHOT_TEXT_MAX, arena, &bytes, &item->problem)
                         : error_set(&item->problem, ERROR_NO_MEMORY, "out of memory");
  if (result == 0)
    result = digest_of(bytes, &item->digest, &item->problem);
  if (result == 0)
    result = source_decode(bytes, arena, &text, &item->problem);
  if (result == 0)
    result = analyze_text(work, parser, item, text);
  return result;
}

static int analyze_overlay(ScanWork *work, ScanItem *item) {
  int result = digest_of(snapshot_text(item->overlay), &item->digest, &item->problem);
  if (result < 0)
    return result;
  return analysis_create(item->path, item->overlay, &work->settings->analyzer, NULL, &item->analysis, &item->problem);
}

static int scan_one(ScanWork *work, SyntaxParser *parser, ScanItem *item, Arena *arena) {
  if (item->overlay)
    return analyze_overlay(work, item);
  if (cache_lookup(work->workspace, work->settings->generation, item))
    return 0;
  int result = analyze_from_disk(work, parser, item, arena);
  if (result != ERROR_NO_MEMORY)
    cache_store(work->workspace, work->settings->generation, item);
  return result;
}

// ---- Threads ----

static void *scan_thread(void *argument) {
  ScanWork *work = argument;
  SyntaxParser *parser = NULL;
  Arena arena = {0};
  int result = syntax_parser_create(language_at(0), &parser, NULL);
  while (result == 0 && atomic_load(&work->failure) == 0 && !cancel_token_is_cancelled(work->options->cancel)) {
    size_t index = atomic_fetch_add(&work->next, 1);
    if (index >= work->count)
      break;
    if (scan_one(work, parser, &work->items[index], &arena) == ERROR_NO_MEMORY)
      result = ERROR_NO_MEMORY;
    arena_reset(&arena);
    size_t done = atomic_fetch_add(&work->done, 1) + 1;
    if (work->options->progress)
      work->options->progress(work->options->user, done, work->count);
  }
  if (result < 0)
    atomic_store(&work->failure, result);
  syntax_parser_destroy(parser);
  arena_finish(&arena);
  return NULL;
}

#define SCAN_WAIT_NS 5000000  // between two looks at the cancel token

// One scan reads at a time: what the one before read is in the cache then. False when cancelled.
static bool begin_reading(Workspace *workspace, const CancelToken *cancel) {
  pthread_mutex_lock(&workspace->mutex);
  while (workspace->is_scanning && !cancel_token_is_cancelled(cancel)) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += SCAN_WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&workspace->scan_has_ended, &workspace->mutex, &until);
  }
  bool is_ours = !workspace->is_scanning;
  workspace->is_scanning = true;
  pthread_mutex_unlock(&workspace->mutex);
  return is_ours;
}

static void end_reading(Workspace *workspace) {
  pthread_mutex_lock(&workspace->mutex);
  workspace->is_scanning = false;
  pthread_cond_signal(&workspace->scan_has_ended);
  pthread_mutex_unlock(&workspace->mutex);
}

static void run_threads(ScanWork *work) {
  pthread_t threads[THREADS_MAX];
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t wanted = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores, started = 0;
  if (wanted > work->count / 4 + 1)
    wanted = work->count / 4 + 1;
  for (; started + 1 < wanted; started++)
    if (pthread_create(&threads[started], NULL, scan_thread, work) != 0)
      break;  // fewer threads do the same work
  scan_thread(work);
  for (size_t i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
}

// ---- Scan ----

static int list_files(Workspace *workspace, const SettingsSnapshot *settings, const ScanOptions *options, Arena *arena,
                      WalkResult *ret_walk, Error *ret_error) {
  StringView suffixes[4];
  size_t suffix_count = 0;
  for (const char *const *suffix = language_at(0)->suffixes; *suffix; suffix++)
    suffixes[suffix_count++] = string_view_from(*suffix);
  WalkOptions walk = {
      .exclude = settings->settings.exclude.items,
      .exclude_count = settings->settings.exclude.count,
      .suffixes = suffixes,
      .suffix_count = suffix_count,
      .cancel = options->cancel,
  };
  const char *root = arena_terminated(arena, workspace->root);
  if (!root)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while listing the workspace");
  return directory_walk(root, &walk, arena, ret_walk, ret_error);
}

static int make_items(Workspace *workspace, const WalkResult *walk, Arena *arena, ScanItem **ret_items,
                      Error *ret_error) {
  ScanItem *items = arena_allocate_array(arena, walk->count, sizeof *items);
  if (!items)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while scanning the workspace");
  for (size_t i = 0; i < walk->count; i++) {
    items[i].path = walk->entries[i].path;
    items[i].stamp = walk->entries[i].stamp;
    items[i].overlay = workspace_overlay_of(workspace, items[i].path);
  }
  *ret_items = items;
  return 0;
}

#define NOTES_MAX 200000u

// The notes, and beside each the path that it is about.
typedef struct Notes {
  Vector texts;
  Vector paths;
  Arena *arena;
} Notes;

static int add_note(Notes *notes, StringView path, const char *what) {
  const char *colon = string_view_is_absent(path) ? "" : ": ";
  StringView text = arena_format(notes->arena, "%.*s%s%s", SV_ARGUMENTS(path), colon, what);
  bool is_added = text.data && vector_push_copy(&notes->texts, &text) && vector_push_copy(&notes->paths, &path);
  return is_added ? 0 : ERROR_NO_MEMORY;
}

static int add_notes(Notes *notes, const StringView *paths, size_t count, const char *what) {
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++)
    result = add_note(notes, paths[i], what);
  return result;
}

static int note_walk(Notes *notes, const WalkResult *walk) {
  int result = add_notes(notes, walk->unreadable, walk->unreadable_count, "the folder cannot be read");
  if (result == 0)
    result = add_notes(notes, walk->special, walk->special_count, "is a pipe, socket or device and is left alone");
  if (result < 0 || !walk->is_truncated)
    return result;
  StringView what = arena_format(
      notes->arena, "only the first %zu files were looked at; exclude folders in the settings", walk->count);
  return what.data ? add_note(notes, (StringView){0}, what.data) : ERROR_NO_MEMORY;
}

static int take_notes(Notes *notes, Scan *scan) {
  size_t path_count;
  scan->notes.items = vector_to_arena(&notes->texts, notes->arena, &scan->notes.count);
  scan->note_paths = vector_to_arena(&notes->paths, notes->arena, &path_count);
  return notes->texts.count == 0 || (scan->notes.items && scan->note_paths) ? 0 : ERROR_NO_MEMORY;
}

static int collect(const ScanWork *work, const WalkResult *walk, Arena *arena, Scan *scan, Error *ret_error) {
  Notes notes = {.arena = arena};
  vector_init(&notes.texts, sizeof(StringView), NOTES_MAX);
  vector_init(&notes.paths, sizeof(StringView), NOTES_MAX);
  int result = note_walk(&notes, walk);
  for (size_t i = 0; i < work->count && result == 0; i++) {
    ScanItem *item = &work->items[i];
    if (!item->analysis) {
      result = add_note(&notes, item->path, item->problem.message);
      continue;
    }
    scan->files[scan->count++] = (ScannedFile){.path = item->path, .analysis = item->analysis, .digest = item->digest};
    scan->lines += analysis_line_count(item->analysis);
    item->analysis = NULL;
  }
  if (result == 0)
    result = take_notes(&notes, scan);
  vector_finish(&notes.paths);
  vector_finish(&notes.texts);
  return result < 0 ? error_set(ret_error, ERROR_NO_MEMORY, "out of memory while scanning the workspace") : 0;
}

// The index of the last scan, if nobody uses it: most files are in it already, and their links are made.
static WorkspaceIndex *take_idle_index(Workspace *workspace) {
  pthread_mutex_lock(&workspace->mutex);
  WorkspaceIndex *index = workspace->idle_index;
  workspace->idle_index = NULL;
  pthread_mutex_unlock(&workspace->mutex);
  return index;
}

static void give_index_back(Workspace *workspace, WorkspaceIndex *index) {
  pthread_mutex_lock(&workspace->mutex);
  WorkspaceIndex *surplus = workspace->idle_index;
  workspace->idle_index = index;
  pthread_mutex_unlock(&workspace->mutex);
  workspace_index_destroy(surplus);
}

static int drop_vanished(const Scan *scan, Arena *arena, Error *ret_error) {
  FileAnalysis **files = NULL;
  size_t count = workspace_index_files(scan->index, arena, &files);
  StringView *gone = arena_allocate_array(arena, count, sizeof *gone);
  size_t gone_count = 0;
  if (!files || !gone)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while indexing the workspace");
  for (size_t i = 0; i < count; i++)
    if (!scan_find(scan, analysis_path(files[i])))
      gone[gone_count++] = analysis_path(files[i]);
  for (size_t i = 0; i < gone_count; i++)
    workspace_index_remove(scan->index, gone[i]);
  return 0;
}

static int make_index(Workspace *workspace, Scan *scan, Arena *arena, Error *ret_error) {
  scan->index = take_idle_index(workspace);
  int result = scan->index ? drop_vanished(scan, arena, ret_error) : workspace_index_create(&scan->index, ret_error);
  for (size_t i = 0; i < scan->count && result == 0; i++)
    if (workspace_index_get(scan->index, scan->files[i].path) != scan->files[i].analysis)
      result = workspace_index_put(scan->index, scan->files[i].analysis, ret_error);
  if (result < 0) {
    workspace_index_destroy(scan->index);  // half an index tells lies
    scan->index = NULL;
  }
  return result;
}

static void items_finish(ScanItem *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    snapshot_release(items[i].overlay);
    analysis_release(items[i].analysis);
    analysis_release(items[i].previous);
  }
}

static int scan_result(ScanWork *work, const WalkResult *walk, Arena *arena, Scan *scan, Error *ret_error) {
  if (cancel_token_is_cancelled(work->options->cancel))
    return error_set(ret_error, ERROR_CANCELLED, "cancelled");
  if (atomic_load(&work->failure) < 0)
    return error_set(ret_error, ERROR_NO_MEMORY, "out of memory while scanning the workspace");
  int result = collect(work, walk, arena, scan, ret_error);
  if (result == 0 && !work->options->without_index)
    result = make_index(work->workspace, scan, arena, ret_error);
  return result;
}

int workspace_scan(Workspace *workspace, const ScanOptions *options, Arena *arena, Scan *ret_scan, Error *ret_error) {
  SettingsSnapshot *settings = workspace_settings(workspace);
  ScanWork work = {.workspace = workspace, .options = options, .settings = settings};
  WalkResult walk = {0};
  Scan scan = {.workspace = workspace};
  int result = list_files(workspace, settings, options, arena, &walk, ret_error);
  if (result == 0)
    result = make_items(workspace, &walk, arena, &work.items, ret_error);
  if (result == 0) {
    work.count = walk.count;
    scan.files = arena_allocate_array(arena, walk.count, sizeof *scan.files);
    if (!scan.files)
      result = error_set(ret_error, ERROR_NO_MEMORY, "out of memory while scanning the workspace");
  }
  if (result == 0) {
    if (begin_reading(workspace, options->cancel)) {
      run_threads(&work);
      end_reading(workspace);
    }
    result = scan_result(&work, &walk, arena, &scan, ret_error);
  }
  items_finish(work.items, work.count);
  settings_release(settings);
  if (result < 0)
    scan_finish(&scan);
  else
    *ret_scan = scan;
  return result;
}

void scan_finish(Scan *scan) {
  if (scan->index)
    give_index_back(scan->workspace, scan->index);
  for (size_t i = 0; i < scan->count; i++) {
    analysis_release(scan->files[i].analysis);
    snapshot_release(scan->files[i].snapshot);
  }
  *scan = (Scan){0};
}

static int compare_path(const void *key, const void *item) {
  return string_view_compare(*(const StringView *)key, ((const ScannedFile *)item)->path);
}

const ScannedFile *scan_find(const Scan *scan, StringView path) {
  return scan->count ? bsearch(&path, scan->files, scan->count, sizeof *scan->files, compare_path) : NULL;
}
