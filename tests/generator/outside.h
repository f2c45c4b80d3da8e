// What a hostile test would reach if it left the sandbox: a home folder with a key, a file, a secret variable, a
// server, processes. Set up before the harness starts, looked at after each test.
#ifndef TESTGEN_TESTS_GENERATOR_OUTSIDE_H
#define TESTGEN_TESTS_GENERATOR_OUTSIDE_H

#include "protocol/memory/arena.h"
#include "protocol/memory/error.h"

#define OUTSIDE_SECRET "planted-secret-7f3a"

typedef struct Outside {
  Arena arena;
  StringView home;   // HOME; holds .ssh/id_ed25519 and .netrc with the secret, and notes.txt
  StringView notes;  // the file, whose text must stay
  int listener;      // on 127.0.0.1, at CORPUS_PORT
  char port[8];
} Outside;

void outside_open(Outside *outside);  // changes the environment of this process
void outside_close(Outside *outside);

// What was reached by now, in words; NULL: nothing. `message` is what is said of a test.
const char *outside_find_harm(Outside *outside, StringView message);

// How many processes are left that have its environment, this one left out.
int outside_count_processes(const Outside *outside);

#endif
