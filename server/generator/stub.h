// What stands in for code that is not written yet: the module of a spec with its names and parameters, and bodies that
// do no work. Tests of such a spec must fail with it, and for want of the code.
#ifndef TESTGEN_SERVER_GENERATOR_STUB_H
#define TESTGEN_SERVER_GENERATOR_STUB_H

#include "server/analyzer/workspace_index.h"
#include "server/generator/spec.h"

// What every body of a stub raises. Not an Exception, so that a test which expects any error fails, too.
#define STUB_EXCEPTION "NotImplementedYet"

typedef struct Stub {
  StringView path;      // relative: where the code will be
  StringView existing;  // what the file holds already; empty: there is none
  StringView subject;   // the class or function: "Stack"
  StringView text;      // of the file, `existing` included, with bodies that raise STUB_EXCEPTION
  // The same with bodies that give something back without any work; what passes with all of them checks nothing.
  const StringView *cheats;
  size_t cheat_count;
} Stub;

// Names and parameters are those of the signature, of the requirements (`push(item): ...`) and of the examples' calls;
// classes of errors that Python does not have are there, too. Everything lives in the arena. Failures: INVALID_ARGUMENT
// (no name to go by, a module outside the workspace, a signature that is no Python; the message begins with the spec's
// path), NO_MEMORY.
int stub_of_spec(const Spec *spec, const WorkspaceIndex *index, Arena *arena, Stub *ret_stub, Error *ret_error);

#endif
