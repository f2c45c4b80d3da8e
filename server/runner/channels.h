// The pipes and the socket between this process and a child. All of them lie above descriptor 9, out of the way of
// those that the child gets, and none is inherited.
#ifndef TESTGEN_SERVER_RUNNER_CHANNELS_H
#define TESTGEN_SERVER_RUNNER_CHANNELS_H

#include "protocol/memory/error.h"

#include <stdbool.h>

typedef struct Channels {
  int control[2];  // [0] is ours, [1] the child's; likewise below
  int output[2];
  int errors[2];
  int null;
} Channels;

// Our ends do not block.
int channels_open(Channels *channels, Error *ret_error);
void channels_close(Channels *channels, bool ours_too);

// Closes the descriptor unless it is -1, and makes it -1.
void descriptor_close(int *descriptor);

#endif
