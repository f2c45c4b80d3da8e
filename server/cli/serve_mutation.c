#include "server/cli/cli.h"
#include "server/mutation_server/server.h"

#define PORT_MAX 65535

static int check_channel(const Cli *cli, StringView channel) {
  const OptionalInteger *port = &cli->options.port;
  bool is_socket = string_view_equal(channel, SV("socket"));
  if (cli->arguments.count != 1 || (!is_socket && !string_view_equal(channel, SV("stdio"))))
    return cli_usage("serve-mutation needs one channel: stdio or socket");
  if (is_socket != port->present)
    return cli_usage(is_socket ? "serve-mutation socket needs --port" : "serve-mutation stdio takes no --port");
  if (port->value > PORT_MAX)
    return cli_usage("--port %lld: a port is at most %d", (long long)port->value, PORT_MAX);
  return EXIT_FINE;
}

int run_serve_mutation(Cli *cli) {
  Error error = {0};
  int code = check_channel(cli, cli_argument(cli, 0));
  if (code == EXIT_FINE)
    code = cli_open(cli, (StringView){0});
  if (code != EXIT_FINE)
    return code;
  MutationServerOptions options = {
      .workspace = cli->workspace,
      .settings = cli_settings(cli),
      .port = cli->options.port,
      .records = !cli->options.no_record,
  };
  return mutation_server_run(&options, &error) < 0 ? cli_fail(&error) : EXIT_FINE;
}
