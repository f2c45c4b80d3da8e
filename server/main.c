#include "server/cli/cli.h"

#include <signal.h>

int main(int argument_count, char **arguments) {
  signal(SIGXFSZ, SIG_IGN);  // a write over the limit fails and is reported, like one on a full disk
  return cli_main(argument_count, arguments);
}
