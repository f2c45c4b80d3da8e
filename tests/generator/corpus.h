// Candidates with their verdicts, from Markdown files.
//
// A section begins with a heading "## what is done" and says what becomes of its candidates:
//
//   accepted                         by all guards; what each is worth is judged as if it were the only new test
//   accepted in turn                 likewise, but for its worth all that stand before it count, too
//   rejected by: GUARD REASON        by this guard with this reason code; without one where chance decides which
//
// what those that stay are kept for, where that is the point:
//
//   adds only: WHAT                  kills, lines, branches or boundaries: nothing else of it is new
//
// and, when that is needed, where they go and with what they are tried. Such a section is tried by itself:
//
//   file: PATH                       the test file; without it tests/test_shop.py, which exists
//   offset: BYTES                    where in the file they are put
//   mutant: PATH `CODE` -> `OTHER`   a change that they must fail with
//   apart                            nothing else
//
// Candidates are the parts of its blocks "```python" that two empty lines divide. Imports at the head of a block belong
// to those of its candidates that use what they import.
#ifndef TESTGEN_TESTS_GENERATOR_CORPUS_H
#define TESTGEN_TESTS_GENERATOR_CORPUS_H

#include "protocol/memory/arena.h"
#include "server/generator/place.h"

#define SECTIONS_MAX 200
#define CANDIDATES_MAX 300

typedef struct Section {
  StringView name;
  StringView guard;  // empty: accepted
  StringView reason;
  StringView file;  // absent: the one that exists
  StringView mutant;
  StringView offset;
  StringView adds_only;  // absent: whatever
  bool is_apart;
  bool is_in_turn;
} Section;

// One part of a block, with the imports at its head.
typedef struct Trial {
  const Section *section;
  StringView imports;
  StringView code;
  Candidate candidate;
} Trial;

typedef struct Corpus {
  Section sections[SECTIONS_MAX];
  size_t section_count;
  Trial trials[CANDIDATES_MAX];
  size_t trial_count;
} Corpus;

// `text` outlives the corpus.
void corpus_read(Corpus *corpus, StringView text);

// One that is accepted, whatever others there are.
bool trial_is_good(const Trial *trial);

// Fills the imports and the origin of the candidate.
void trial_fill_candidate(Trial *trial, Arena *arena);

// Fills the names of the test and of its class.
void trial_fill_names(const Trial *trial, PlacedTest *placed);

bool take_word(StringView line, const char *word, StringView *ret_rest);  // "word rest", trimmed

#endif
