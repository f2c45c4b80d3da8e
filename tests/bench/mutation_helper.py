#!/usr/bin/env python3
"""What mutation.js measures and needs Python for. Prints JSON.

phases     the mutants of a report judged through the harness: how long it works on them, all and those in functions
functions  functions that have mutants, and a line that changes each without changing what it does
sample     leaves so many mutants, drawn at random, in a session of cosmic-ray
outcomes   what became of the mutants of a session of cosmic-ray
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "differential"))

from harness import Harness  # noqa: E402
from mutants import JUDGED, Mutant, read_report, read_source  # noqa: E402

RAN = ("killed", "survived", "timeout", "inconclusive")  # no-coverage costs nothing


# ---- phases ----


def _files(root: Path, mutants: list[Mutant]) -> list[dict[str, Any]]:
    by_path: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_path.setdefault(mutant.path, []).append(mutant)
    return [{"path": str(root / path), "mutants": _places(root / path, found)} for path, found in by_path.items()]


def _places(path: Path, mutants: list[Mutant]) -> list[dict[str, Any]]:
    source = read_source(path)
    offsets = [0]  # in bytes, of each character
    for character in source:
        offsets.append(offsets[-1] + len(character.encode()))
    return [{"start": offsets[m.start], "end": offsets[m.end or 0], "replacement": m.replacement} for m in mutants]


def _phase(python: str, root: Path, mutants: list[Mutant], workers: int) -> dict[str, Any]:
    """From the end of the run without mutants to the last verdict."""
    at: dict[str, float] = {}  # of the last event of each kind
    statuses: Counter[str] = Counter()

    def note(event: dict[str, Any]) -> None:
        at[event["event"]] = time.perf_counter()
        if event["event"] == "verdict":
            statuses[event["status"]] += 1

    with Harness(python, root) as harness:
        harness.call("mutate", note, files=_files(root, mutants), workers=workers)
    ran = sum(statuses[status] for status in RAN)
    judged = sum(statuses[status] for status in JUDGED)
    return {"seconds": at["verdict"] - at["baseline"], "ran": ran, "judged": judged, "statuses": statuses}


def phases(options: argparse.Namespace) -> dict[str, Any]:
    root = options.root.resolve()
    mutants = read_report(json.loads(options.report.read_text()), root).mutants
    known = [mutant for mutant in mutants if mutant.end is not None]
    functions = _Functions(root)
    return {
        "left_out": len(mutants) - len(known),
        "all": _phase(options.python, root, known, options.workers),
        "functions": _phase(options.python, root, [m for m in known if functions.around(m)], options.workers),
    }


# ---- functions ----


class _Functions:
    """The functions of the files of a project, and which of them holds a mutant. A decorator, a default and the line
    of `def` are not inside."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, list[tuple[int, int, str, ast.FunctionDef]]] = {}

    def of(self, path: str) -> list[tuple[int, int, str, ast.FunctionDef]]:
        if path not in self._found:
            self._found[path] = list(_walk(ast.parse((self._root / path).read_bytes()), ""))
        return self._found[path]

    def around(self, mutant: Mutant) -> Optional[str]:
        """The outermost function with its qualified name."""
        inside = [row for row in self.of(mutant.path) if row[0] <= mutant.line <= row[1]]
        return inside[0][2] if inside else None


def _walk(node: ast.AST, prefix: str) -> Iterator[tuple[int, int, str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child.body[0].lineno, child.end_lineno or 0, prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _walk(child, f"{prefix}{child.name}.")
        elif isinstance(child, (ast.If, ast.Try)):
            yield from _walk(child, prefix)


def functions(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Spread over the project: every so many of those that have mutants."""
    root = options.root.resolve()
    mutants = read_report(json.loads(options.report.read_text()), root).mutants
    every = _Functions(root)
    counts = Counter((m.path, name) for m in mutants if m.status in JUDGED and (name := every.around(m)))
    found = []
    for path, name in sorted(counts):
        node = next(row[3] for row in every.of(path) if row[2] == name)
        body = [statement for statement in node.body if not _is_docstring(statement)]
        is_plain = not node.decorator_list and body and body[0].lineno > node.lineno and name.count(".") <= 1
        if is_plain:
            edit = {"line": body[0].lineno, "text": " " * body[0].col_offset + "pass"}
            found.append({"path": path, "name": name, "mutants": counts[path, name], **edit})
    step = max(1, len(found) // options.count)
    return found[::step][: options.count]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


# ---- cosmic-ray ----


def sample(options: argparse.Namespace) -> dict[str, int]:
    with closing(sqlite3.connect(options.session)) as session, session:
        jobs = sorted(row[0] for row in session.execute("select job_id from work_items order by rowid"))
        places = "select job_id from mutation_specs order by module_path, operator_name, occurrence, start_pos_row"
        ordered = [row[0] for row in session.execute(places)]
        kept = set(random.Random(options.seed).sample(ordered, min(options.count, len(ordered))))
        for job in jobs:
            if job not in kept:
                session.execute("delete from mutation_specs where job_id = ?", (job,))
                session.execute("delete from work_items where job_id = ?", (job,))
    return {"mutants": len(jobs), "kept": len(kept)}


def outcomes(options: argparse.Namespace) -> dict[str, int]:
    with closing(sqlite3.connect(options.session)) as session:
        rows = session.execute("select worker_outcome, test_outcome from work_results").fetchall()
    return dict(Counter(str(test or worker).rpartition(".")[2].lower() for worker, test in rows))


def main() -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (phases, functions):
        wanted = commands.add_parser(command.__name__)
        wanted.add_argument("--root", type=Path, required=True)
        wanted.add_argument("--report", type=Path, required=True, help="what testgen mutate --format json said")
        wanted.add_argument("--python", default=sys.executable)
        wanted.add_argument("--workers", type=int, default=2)
        wanted.add_argument("--count", type=int, default=10)
        wanted.set_defaults(run=command)
    for session_command in (sample, outcomes):
        wanted = commands.add_parser(session_command.__name__)
        wanted.add_argument("session", type=Path)
        wanted.add_argument("--count", type=int, default=60)
        wanted.add_argument("--seed", type=int, default=1)
        wanted.set_defaults(run=session_command)
    options = parser.parse_args()
    print(json.dumps(options.run(options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
