"""many_runs.py DATABASE COUNT: fills a history with runs like those of a long life, with reports of some size."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time

KINDS = ("scoring", "test", "mutation", "generation", "gaps")
APART_MS = 30 * 60_000


def report_of(kind: str, index: int) -> str:
    """As long as that of a suite of a hundred tests."""
    tests = [{"id": f"tests/test_a.py::test_{n}", "path": "tests/test_a.py", "line": n} for n in range(100)]
    return json.dumps({"run_id": f"R{index}", "kind": kind, "tests": tests})


def commit_of(index: int) -> str:
    return hashlib.sha1(str(index // 50).encode()).hexdigest()


def run_row(index: int, first_ms: int) -> tuple:
    kind = KINDS[index % len(KINDS)]
    score = 300 + index % 400 if kind == "scoring" else None
    tokens = 1000 + index % 500 if kind == "generation" else 0
    title = f"Run {index} of {kind} in pricing.py"
    created = first_ms + index * APART_MS
    return (
        f"R{index:026d}",
        kind,
        title,
        100,
        12.5,
        tokens,
        score,
        800 if score else None,
        report_of(kind, index),
        created,
    )


def main() -> int:
    database, count = sys.argv[1], int(sys.argv[2])
    first_ms = int(time.time() * 1000) - count * APART_MS
    with sqlite3.connect(database) as connection:
        for index in range(count):
            row = run_row(index, first_ms)
            cursor = connection.execute(
                "INSERT INTO testgen_runs (run_id, kind, status, title, total_tests, duration_ms, total_tokens, score, "
                "score_of, report, created_at) VALUES (?, ?, 'complete', ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            kill_rate = index % 100 / 100 if row[1] == "mutation" else None
            lines = 0.5 + index % 50 / 100 if row[1] in ("test", "gaps") else None
            cost = 1.5 if row[1] == "generation" else None
            connection.execute(
                "INSERT INTO run_figures (run, created_at, revision, is_whole, kill_rate, line_coverage, cost_cents) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (cursor.lastrowid, row[-1], commit_of(index), row[1] != "generation", kill_rate, lines, cost),
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
