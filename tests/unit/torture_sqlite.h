// SQLite under torture (tests/unit/torture.h): its files always, its memory where the program has no malloc of its own.
#ifndef TESTGEN_TESTS_UNIT_TORTURE_SQLITE_H
#define TESTGEN_TESTS_UNIT_TORTURE_SQLITE_H

// To be called once, before anything else of SQLite. Every file of every database that is opened afterwards asks
// torture_may_succeed(TORTURE_FILES) before it reads, writes, synchronises and so on.
void torture_sqlite_install(void);

#endif
