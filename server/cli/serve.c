#include "server/cli/cli.h"
#include "server/editor/session.h"

int run_serve(Cli *cli) {
  SessionOptions options = {
      .mirror = cli->options.mirror.data,
      .replay = cli->options.replay.data,
  };
  if (cli->arguments.count > 0)
    return cli_usage("serve takes no argument %.*s", SV_ARGUMENTS(cli_argument(cli, 0)));
  return session_run(&options);
}
