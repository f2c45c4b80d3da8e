#include "server/runner/channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

void descriptor_close(int *descriptor) {
  if (*descriptor >= 0) {
    close(*descriptor);
  }
  *descriptor = -1;
}

void channels_close(Channels *channels, bool ours_too) {
  descriptor_close(&channels->null);
  int *const pairs[] = {channels->control, channels->output, channels->errors};
  for (size_t index = 0; index < sizeof pairs / sizeof *pairs; index++) {
    descriptor_close(&pairs[index][1]);
    if (ours_too) {
      descriptor_close(&pairs[index][0]);
    }
  }
}

// Out of the way of the child's descriptors 0 to 5.
static int move_up(int *descriptor) {
  int moved = fcntl(*descriptor, F_DUPFD_CLOEXEC, 10);
  if (moved < 0) {
    return -1;
  }
  close(*descriptor);
  *descriptor = moved;
  return 0;
}

static int open_pair(int pair[2], bool is_pipe) {
  int made = is_pipe ? pipe2(pair, O_CLOEXEC) : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (made != 0) {
    pair[0] = pair[1] = -1;
    return -1;
  }
  if (move_up(&pair[0]) != 0 || move_up(&pair[1]) != 0) {
    return -1;
  }
  return fcntl(pair[0], F_SETFL, O_NONBLOCK | fcntl(pair[0], F_GETFL));
}

int channels_open(Channels *channels, Error *ret_error) {
  *channels = (Channels){{-1, -1}, {-1, -1}, {-1, -1}, open("/dev/null", O_RDONLY | O_CLOEXEC)};
  if (channels->null >= 0 && move_up(&channels->null) == 0 && open_pair(channels->control, false) == 0 &&
      open_pair(channels->output, true) == 0 && open_pair(channels->errors, true) == 0) {
    // pipe2 gives the read end first, which is ours for both pipes.
    return 0;
  }
  int code = error_set_errno(ret_error, errno, "cannot make the channels of a child process");
  channels_close(channels, true);
  return code;
}
