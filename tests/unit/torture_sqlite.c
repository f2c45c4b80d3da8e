#include "tests/unit/torture_sqlite.h"

#include "tests/unit/torture.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>

// ---- Files: the usual VFS, with some methods of its open files replaced ----

static sqlite3_vfs *usual;
static sqlite3_vfs failing;

// The VFS has one set of methods for databases, which are locked, and another for journals. The failing one stands
// first, so that an open file leads to the usual one.
typedef struct Methods {
  sqlite3_io_methods failing;
  sqlite3_io_methods usual;
} Methods;
static Methods database_methods;
static Methods journal_methods;

static const sqlite3_io_methods *usual_of(const sqlite3_file *file) {
  return &((const Methods *)(const void *)file->pMethods)->usual;
}

static int or_fail(int code) {
  return torture_may_succeed(TORTURE_FILES) ? SQLITE_OK : code;
}

static int fail_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  int code = or_fail(SQLITE_IOERR_READ);
  return code == SQLITE_OK ? usual_of(file)->xRead(file, data, size, offset) : code;
}

static int fail_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
  int code = or_fail(SQLITE_FULL);
  return code == SQLITE_OK ? usual_of(file)->xWrite(file, data, size, offset) : code;
}

static int fail_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = or_fail(SQLITE_IOERR_TRUNCATE);
  return code == SQLITE_OK ? usual_of(file)->xTruncate(file, size) : code;
}

static int fail_sync(sqlite3_file *file, int flags) {
  int code = or_fail(SQLITE_IOERR_FSYNC);
  return code == SQLITE_OK ? usual_of(file)->xSync(file, flags) : code;
}

static int fail_size(sqlite3_file *file, sqlite3_int64 *ret_size) {
  int code = or_fail(SQLITE_IOERR_FSTAT);
  return code == SQLITE_OK ? usual_of(file)->xFileSize(file, ret_size) : code;
}

static int fail_lock(sqlite3_file *file, int level) {
  int code = or_fail(SQLITE_IOERR_LOCK);
  return code == SQLITE_OK ? usual_of(file)->xLock(file, level) : code;
}

static int fail_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_memory) {
  int code = or_fail(SQLITE_IOERR_SHMMAP);
  return code == SQLITE_OK ? usual_of(file)->xShmMap(file, page, size, extend, ret_memory) : code;
}

static void replace_methods(sqlite3_file *file, Methods *methods) {
  methods->usual = *file->pMethods;
  methods->failing = methods->usual;
  methods->failing.xRead = fail_read;
  methods->failing.xWrite = fail_write;
  methods->failing.xTruncate = fail_truncate;
  methods->failing.xSync = fail_sync;
  methods->failing.xFileSize = fail_size;
  methods->failing.xLock = fail_lock;
  methods->failing.xShmMap = fail_map;
  file->pMethods = &methods->failing;
}

static int fail_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags) {
  (void)vfs;
  int code = or_fail(SQLITE_CANTOPEN);
  file->pMethods = NULL;
  if (code == SQLITE_OK) {
    code = usual->xOpen(usual, name, file, flags, ret_flags);
  }
  if (code == SQLITE_OK) {
    replace_methods(file, flags & SQLITE_OPEN_MAIN_DB ? &database_methods : &journal_methods);
  }
  return code;
}

static int fail_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
  (void)vfs;
  int code = or_fail(SQLITE_IOERR_DELETE);
  return code == SQLITE_OK ? usual->xDelete(usual, name, sync_folder) : code;
}

static int fail_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_result) {
  (void)vfs;
  int code = or_fail(SQLITE_IOERR_ACCESS);
  return code == SQLITE_OK ? usual->xAccess(usual, name, flags, ret_result) : code;
}

static void install_files(void) {
  usual = sqlite3_vfs_find(NULL);
  assert(usual);
  failing = *usual;
  failing.zName = "torture";
  failing.pNext = NULL;
  failing.xOpen = fail_open;
  failing.xDelete = fail_delete;
  failing.xAccess = fail_access;
  int code = sqlite3_vfs_register(&failing, 1);
  assert(code == SQLITE_OK);
  (void)code;
}

// ---- Memory, where the sanitizers keep malloc for themselves ----

#if TORTURE_HAS_MALLOC
static void install_memory(void) {
}
#else
static sqlite3_mem_methods usual_memory;

static void *fail_malloc(int size) {
  return torture_may_succeed(TORTURE_MEMORY) ? usual_memory.xMalloc(size) : NULL;
}

static void *fail_realloc(void *item, int size) {
  return torture_may_succeed(TORTURE_MEMORY) ? usual_memory.xRealloc(item, size) : NULL;
}

static void install_memory(void) {
  int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual_memory);
  assert(code == SQLITE_OK);
  sqlite3_mem_methods memory = usual_memory;
  memory.xMalloc = fail_malloc;
  memory.xRealloc = fail_realloc;
  code = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
  assert(code == SQLITE_OK);
  (void)code;
}
#endif

void torture_sqlite_install(void) {
  install_memory();
  install_files();
}
