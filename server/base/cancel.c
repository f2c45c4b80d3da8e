#include "server/base/cancel.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int cancel_token_init(CancelToken *token, const CancelToken *parent, Error *ret_error) {
  int wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup < 0) {
    return error_set_errno(ret_error, errno, "cannot make a cancel token");
  }
  atomic_init(&token->cancelled, false);
  token->wakeup = wakeup;
  token->parent = parent;
  return 0;
}

void cancel_token_finish(CancelToken *token) {
  if (token->wakeup >= 0) {
    close(token->wakeup);
  }
  token->wakeup = -1;
}

// The counter of an eventfd can only refuse a write when it is full, and then it is readable already.
void cancel_token_cancel(CancelToken *token) {
  int saved_errno = errno;
  if (!atomic_exchange(&token->cancelled, true) && token->wakeup >= 0) {
    uint64_t one = 1;
    ssize_t written = write(token->wakeup, &one, sizeof one);
    (void)written;
  }
  errno = saved_errno;
}

bool cancel_token_is_cancelled(const CancelToken *token) {
  for (; token; token = token->parent) {
    if (atomic_load(&token->cancelled)) {
      return true;
    }
  }
  return false;
}
