#include "server/models/curl_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

static CurlLibrary library;
static Error failure;
static pthread_once_t is_loaded = PTHREAD_ONCE_INIT;

static void load(void) {
  void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    error_set(&failure, ERROR_UNAVAILABLE, "models are called with libcurl, which is not here: %s", dlerror());
    return;
  }
  const struct {
    const char *name;
    void *place;
  } functions[] = {
#define X(function) {#function, &library.function},
      CURL_FUNCTIONS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(handle, functions[i].name);
    if (!found) {
      error_set(&failure, ERROR_UNAVAILABLE, "%s is too old: it has no %s", LIBRARY, functions[i].name);
      return;
    }
    memcpy(functions[i].place, &found, sizeof found);
  }
  CURLcode code = library.curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    error_set(&failure, ERROR_UNAVAILABLE, "%s cannot be used: %s", LIBRARY, library.curl_easy_strerror(code));
}

int curl_library(const CurlLibrary **ret_library, Error *ret_error) {
  pthread_once(&is_loaded, load);
  *ret_library = &library;
  return failure.code == 0 ? 0 : error_set(ret_error, (ErrorCode)failure.code, "%s", failure.message);
}
