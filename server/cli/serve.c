#include "server/cli/cli.h"
#include "server/editor/session.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

// A report of a large workspace has megabytes, again and again. By default the C library gives such blocks back to the
// system each time, and every score pays for thousands of fresh pages. Up to 32 MiB are kept for the next one. (One
// heap for all threads would keep them more surely, and makes the threads of a scan wait for each other: twice the
// time.)
static void keep_large_blocks(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
#endif
}

int run_serve(Cli *cli) {
  SessionOptions options = {
      .mirror = cli->options.mirror.data,
      .replay = cli->options.replay.data,
  };
  if (cli->arguments.count > 0)
    return cli_usage("serve takes no argument %.*s", SV_ARGUMENTS(cli_argument(cli, 0)));
  keep_large_blocks();
  return session_run(&options);
}
