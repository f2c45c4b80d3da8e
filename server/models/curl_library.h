// libcurl, loaded when the first request is made: a server that calls no model starts without it and its thirty
// libraries, which would cost more time and memory than all the rest of the start.
#ifndef TESTGEN_SERVER_MODELS_CURL_LIBRARY_H
#define TESTGEN_SERVER_MODELS_CURL_LIBRARY_H

#include "protocol/memory/error.h"

#define CURL_DISABLE_TYPECHECK  // its checks are macros over the functions' names
#include <curl/curl.h>

// X(function)
#define CURL_FUNCTIONS(X) \
  X(curl_global_init) \
  X(curl_easy_init) \
  X(curl_easy_setopt) \
  X(curl_easy_getinfo) \
  X(curl_easy_strerror) \
  X(curl_easy_cleanup) \
  X(curl_multi_init) \
  X(curl_multi_add_handle) \
  X(curl_multi_remove_handle) \
  X(curl_multi_perform) \
  X(curl_multi_info_read) \
  X(curl_multi_poll) \
  X(curl_multi_strerror) \
  X(curl_multi_cleanup) \
  X(curl_slist_append) \
  X(curl_slist_free_all) \
  X(curl_url) \
  X(curl_url_set) \
  X(curl_url_get) \
  X(curl_url_cleanup) \
  X(curl_free)

typedef struct CurlLibrary {
#define X(function) __typeof__(&(function)) function;
  CURL_FUNCTIONS(X)
#undef X
} CurlLibrary;

// Any thread. UNAVAILABLE when it is not installed or too old.
int curl_library(const CurlLibrary **ret_library, Error *ret_error);

#endif
