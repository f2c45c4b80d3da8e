#include "outside.h"

#include "server/base/files.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// cmocka's header needs those above.
#include <cmocka.h>

#define NOTES "do not touch\n"

static StringView write_file(Outside *outside, const char *path, const char *text) {
  StringView absolute = path_join(&outside->arena, outside->home, string_view_from(path));
  const char *folder = arena_terminated(&outside->arena, path_directory(absolute));
  assert_int_equal(directory_create_all(folder, NULL), 0);
  assert_int_equal(file_write_atomic(absolute.data, string_view_from(text), NULL), 0);
  return absolute;
}

static void listen_for_visitors(Outside *outside) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  outside->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(outside->listener >= 0);
  assert_int_equal(bind(outside->listener, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(outside->listener, 8), 0);
  assert_int_equal(getsockname(outside->listener, (struct sockaddr *)&address, &length), 0);
  snprintf(outside->port, sizeof outside->port, "%d", ntohs(address.sin_port));
}

void outside_open(Outside *outside) {
  char pattern[] = "/var/tmp/testgen-home-XXXXXX";
  *outside = (Outside){.listener = -1};
  assert_non_null(mkdtemp(pattern));
  outside->home = arena_copy(&outside->arena, string_view_from(pattern));
  write_file(outside, ".ssh/id_ed25519", OUTSIDE_SECRET "\n");
  write_file(outside, ".netrc", "machine x login y password " OUTSIDE_SECRET "\n");
  outside->notes = write_file(outside, "notes.txt", NOTES);
  listen_for_visitors(outside);
  assert_int_equal(setenv("HOME", outside->home.data, 1), 0);
  assert_int_equal(setenv("CORPUS_HOME", outside->home.data, 1), 0);
  assert_int_equal(setenv("CORPUS_PORT", outside->port, 1), 0);
  assert_int_equal(setenv("SERVICE_TOKEN", OUTSIDE_SECRET, 1), 0);
}

void outside_close(Outside *outside) {
  close(outside->listener);
  assert_int_equal(directory_remove_all(outside->home.data, NULL), 0);
  arena_finish(&outside->arena);
}

static bool are_notes_whole(Outside *outside) {
  StringView text;
  return file_read(outside->notes.data, 1000, &outside->arena, &text, NULL) == 0 && string_view_equal(text, SV(NOTES));
}

static size_t count_files(const Outside *outside) {
  size_t count = 0;
  DIR *folder = opendir(outside->home.data);
  while (folder && readdir(folder))
    count++;
  if (folder)
    closedir(folder);
  return count;
}

const char *outside_find_harm(Outside *outside, StringView message) {
  struct pollfd visitor = {.fd = outside->listener, .events = POLLIN};
  if (poll(&visitor, 1, 0) > 0)
    return "it reached a server";
  if (!are_notes_whole(outside))
    return "it changed a file";
  if (count_files(outside) != 5)  // ".", "..", and what was written
    return "it made or deleted a file";
  if (string_view_contains(message, SV(OUTSIDE_SECRET)))
    return "it read a secret";
  return NULL;
}

static bool has_text(const char *path, StringView text) {
  char bytes[65536];
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file)
    fclose(file);
  return string_view_contains((StringView){bytes, length}, text);
}

int outside_count_processes(const Outside *outside) {
  char path[300], wanted[64];
  int count = 0;
  DIR *folder = opendir("/proc");
  assert_non_null(folder);
  snprintf(wanted, sizeof wanted, "CORPUS_PORT=%s", outside->port);
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
      continue;
    snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
    count += has_text(path, string_view_from(wanted));
  }
  closedir(folder);
  return count;
}
