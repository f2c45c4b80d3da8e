// A cancel token: set once, from any thread, read from any thread. A child token is cancelled with its parent.
#ifndef TESTGEN_SERVER_BASE_CANCEL_H
#define TESTGEN_SERVER_BASE_CANCEL_H

#include "protocol/memory/error.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef struct CancelToken {
  atomic_bool cancelled;
  int wakeup;                        // an eventfd that becomes readable on cancellation; for poll(2). -1 without one
  const struct CancelToken *parent;  // may be NULL; outlives this token
} CancelToken;

int cancel_token_init(CancelToken *token, const CancelToken *parent, Error *ret_error);
void cancel_token_finish(CancelToken *token);
void cancel_token_cancel(CancelToken *token);              // async-signal-safe
bool cancel_token_is_cancelled(const CancelToken *token);  // NULL is never cancelled

#endif
