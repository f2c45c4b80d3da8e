// The inside of the workspace index. Internal to the analyzer.
#ifndef TESTGEN_SERVER_ANALYZER_WORKSPACE_INTERNAL_H
#define TESTGEN_SERVER_ANALYZER_WORKSPACE_INTERNAL_H

#include "protocol/memory/arena.h"
#include "protocol/memory/map.h"
#include "protocol/memory/vector.h"
#include "server/analyzer/analysis_internal.h"
#include "server/analyzer/workspace_index.h"

typedef struct IndexedFile IndexedFile;

typedef struct FileLink {
  uint32_t test;
  IndexedFile *file;  // of the subject
  uint32_t definition;
  double confidence;
} FileLink;

// A name in the body of a class, or of the module: -1.
typedef struct ScopeKey {
  int32_t parent;
  uint32_t name;  // its number
} ScopeKey;

// Files stay where they are when a new version comes, so that links may point at them.
//
// Slices of an array of name numbers: those of definition i are [starts[i], starts[i + 1]).
struct IndexedFile {
  FileAnalysis *analysis;  // one reference
  Arena arena;             // of what follows
  bool is_test_side;       // a test file, a conftest, or in a folder of tests
  uint32_t *name_of;       // by definition: the number of its name
  uint32_t *starts;        // count + 1
  uint32_t *names;         // numbers of the names that each definition mentions
  uint32_t *module_names;  // those that the module level mentions
  uint32_t module_name_count;
  uint64_t mention_hash;      // changes with what the file mentions
  uint64_t shape_hash;        // changes with what it defines and imports
  Map by_scope;               // ScopeKey to the last definition of that name there
  ScopeKey *scopes;           // by definition: its key
  int32_t *same_scope;        // by definition: the one before of the same name and scope, -1 at the end
  Map by_qualified_name;      // to the last definition of that name
  Map by_import;              // local name to the index of the import
  Vector links;               // FileLink, of all tests of the file, by test
  uint64_t links_generation;  // of the index when they were made; 0: never, or what they rest on has changed
  Vector visited;             // IndexedFile *, each once: whose names were looked up for the links
  Vector targets;             // IndexedFile *, each once: where the links lead
  Vector former;              // IndexedFile *, each once: where links led since somebody asked for the affected files
  Vector incoming;            // FileLink with the test's file: the links of all files that lead here
};

struct WorkspaceIndex {
  Arena names_arena;
  Map by_path;  // to IndexedFile *
  Map modules;  // dotted name to IndexedFile *; keys in modules_arena
  Arena modules_arena;
  bool modules_are_stale;
  Map name_numbers;  // of every name that is defined or mentioned
  uint32_t name_count;
  uint64_t generation;   // grows when files come or go
  bool links_are_fresh;  // those of every file
  bool reach_is_stale;
  Vector reached;  // bool by name number: reached from a test, directly or through other functions
  Vector files;    // IndexedFile *, in no order
  bool has_tests;
};

bool links_refresh(WorkspaceIndex *index, IndexedFile *file);  // false: no memory
bool links_refresh_all(WorkspaceIndex *index);                 // of every file
bool reach_refresh(WorkspaceIndex *index);                     // likewise
bool modules_refresh(WorkspaceIndex *index);
IndexedFile *module_file(const WorkspaceIndex *index, StringView from_path, StringView module);  // NULL: not here
uint32_t name_number_find(const WorkspaceIndex *index, StringView name);     // 0: nobody defines or mentions it
int definition_in_scope(const IndexedFile *file, int scope, uint32_t name);  // -1: none
bool path_is_test_side(StringView path);

#endif
