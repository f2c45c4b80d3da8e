#!/usr/bin/env python3
"""Draws mutants at random and asks a fresh process for the verdict on each: does `testgen mutate` say the same?

    python3 tests/differential/compare.py PROJECT [--count N] [--seed S]

PROJECT is a folder, or the name of one of those in projects.py, which are prepared when they are missing.
Exit codes: 0 when all agree, 1 when a verdict is wrong, 2 for wrong arguments, 3 when there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Union

import projects
from fresh import Outcome, Suite
from mutants import JUDGED, Mutant, Report, judge, judge_in_server, read_report, read_source

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("TESTGEN_BINARY", str(ROOT / "build" / "dev" / "bin" / "testgen"))
PYTHON = os.environ.get("TESTGEN_PYTHON", str(ROOT / ".deps" / "venv" / "bin" / "python"))
REPEATS = 3

SAME = {
    ("killed", "failed"),
    ("survived", "passed"),
    ("no-coverage", "passed"),
    ("equivalent", "passed"),
    ("timeout", "timeout"),
    ("inconclusive", "broken"),
    ("inconclusive", "ended"),
}
# What happens when the tests are over is no test's.
AFTER = {("survived", "after"), ("no-coverage", "after")}
# The tests run in another order, and stop at the first that fails, does not end, or ends the process.
OTHER_ORDER = {
    ("killed", "timeout"),
    ("killed", "broken"),  # a test that could be collected had failed before the one that could not
    ("killed", "ended"),
    ("timeout", "failed"),
    ("timeout", "ended"),
    ("inconclusive", "failed"),
    ("inconclusive", "timeout"),
}


def relation(status: str, kind: str) -> str:
    known = (("same", SAME), ("order", OTHER_ORDER), ("after", AFTER))
    return next((name for name, pairs in known if (status, kind) in pairs), "different")


@dataclass
class Comparison:
    mutant: Mutant
    outcome: Outcome
    relation: str  # of `relation`; after repeating also flaky
    repeated: dict[str, list[str]] = field(default_factory=dict)


class Differential:
    def __init__(self, binary: str, python: str, root: Path, workers: int = 2, in_place: bool = False) -> None:
        self.binary, self.python, self.root = binary, python, root.resolve()
        self._workers = 1 if in_place else workers
        self.suite = Suite(self.root, python, in_place)

    def compare(self, mutants: list[Mutant]) -> list[Comparison]:
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(self._compare, mutants))

    def fresh(self, mutant: Mutant) -> Outcome:
        source = read_source(self.root / mutant.path)
        return self.suite.run((mutant.path, mutant.change(source)))

    def _compare(self, mutant: Mutant) -> Comparison:
        outcome = self.fresh(mutant)
        return Comparison(mutant, outcome, relation(mutant.status, outcome.kind))

    def repeat(self, found: Comparison) -> None:
        """Says of a difference whether it is there each time, or comes and goes."""
        outcomes = [found.outcome.kind, *(self.fresh(found.mutant).kind for _ in range(REPEATS))]
        statuses = [found.mutant.status, *(self._judge_again(found.mutant) for _ in range(REPEATS))]
        found.repeated = {"testgen": statuses, "fresh": outcomes}
        if len(set(statuses) - {"gone"}) > 1 or len(set(outcomes)) > 1:
            found.relation = "flaky"

    def _judge_again(self, mutant: Mutant) -> str:
        target = f"{mutant.path}::{mutant.function}" if mutant.function else mutant.path
        again = judge(self.binary, self.root, self.python, target, self._workers)
        return next((other.status for other in again.mutants if other.key == mutant.key), "gone")


def draw(report: Report, count: int, seed: int, statuses: tuple[str, ...], only: str = "") -> tuple[list[Mutant], int]:
    """The mutants, and how many could not be drawn because the report does not say where they end."""
    wanted = [m for m in report.mutants if m.status in statuses and m.path.startswith(only)]
    known = [mutant for mutant in wanted if mutant.end is not None]
    drawn = random.Random(seed).sample(known, min(count, len(known)))
    return sorted(drawn, key=lambda mutant: (mutant.path, mutant.start)), len(wanted) - len(known)


# ---- What is printed ----


def _table(found: list[Comparison]) -> str:
    counts = Counter((item.mutant.status, item.outcome.kind, item.relation) for item in found)
    lines = [f"{'testgen':<14}{'fresh process':<15}{'mutants':>7}  "]
    for (status, kind, how), count in sorted(counts.items()):
        lines.append(f"{status:<14}{kind:<15}{count:>7}  {'' if how == 'same' else how}".rstrip())
    return "\n".join(lines)


def _explain(item: Comparison, root: Path) -> str:
    mutant = item.mutant
    lines = [f"{item.relation}: {mutant.shown(read_source(root / mutant.path))}"]
    by = f", {mutant.killed_by}" if mutant.killed_by else ""
    lines.append(f"  testgen: {mutant.status} ({mutant.way or 'way unknown'}{by}) {mutant.message}".rstrip())
    lines.append(f"  fresh:   {item.outcome.kind} {item.outcome.detail}".rstrip())
    lines += [f"  {side}, repeated: {', '.join(each)}" for side, each in item.repeated.items()]
    return "\n".join(lines)


def _document(options: argparse.Namespace, found: list[Comparison], notes: list[str]) -> dict[str, Any]:
    rows = [{**asdict(item.mutant), "relation": item.relation} for item in found]
    for row, item in zip(rows, found):
        row.update(fresh=item.outcome.kind, detail=item.outcome.detail, repeated=item.repeated)
    counts = Counter(item.relation for item in found)
    return {"project": str(options.project), "seed": options.seed, "counts": counts, "notes": notes, "mutants": rows}


# ---- The command line ----


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=_project, help="a folder, or a name of projects.py")
    parser.add_argument("--count", type=int, default=60, help="mutants to draw (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", help="what is mutated: a path, or FILE::NAME; without it: everything")
    parser.add_argument("--only", default="", help="draw only mutants of paths that begin so")
    parser.add_argument("--status", action="append", help="draw only mutants of this status; may be repeated")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--in-place", action="store_true", help="change the project itself: it is installed editable")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--python", help="the interpreter with the project's tests")
    parser.add_argument("--server", action="store_true", help="ask the language server, not the command line")
    parser.add_argument("--report", type=Path, help="what testgen mutate --format json said before")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if isinstance(options.project, projects.Project):
        known = options.project
        options.project = projects.FOLDER / known.name
        options.target = options.target or known.source
        options.python = options.python or str(projects.python_of(projects.FOLDER))
    options.python = options.python or PYTHON
    return options


def _project(name: str) -> Union[Path, projects.Project]:
    known = next((project for project in projects.PROJECTS if project.name == name), None)
    if known:
        projects.prepare()
    elif not Path(name).is_dir():
        raise argparse.ArgumentTypeError(f"{name} is no folder, and no project of projects.py")
    return known or Path(name)


def _report(options: argparse.Namespace) -> Report:
    if options.report:
        return read_report(json.loads(options.report.read_text()), options.project.resolve())
    ask = judge_in_server if options.server else judge
    return ask(options.binary, options.project.resolve(), options.python, options.target, options.workers)


def _is_other_baseline(report: Report, baseline: Outcome) -> bool:
    return report.tests is not None and sorted(report.red) != sorted(set(baseline.failed))


def _notes(report: Report, baseline: Outcome, left_out: int) -> list[str]:
    notes = [f"fails without mutants: {test}" for test in baseline.failed]
    if _is_other_baseline(report, baseline):
        notes.append(f"wrong: without mutants other tests fail for testgen: {', '.join(report.red) or 'none'}")
    if left_out:
        notes.append(f"{left_out} mutants cannot be drawn: the report does not say where they end")
    return notes


def main() -> int:
    options = _arguments()
    differential = Differential(options.binary, options.python, options.project, options.workers, options.in_place)
    baseline = differential.suite.measure()
    if baseline.kind != "passed" or baseline.tests == 0:
        print(f"the suite says nothing without mutants: {baseline.kind} {baseline.detail}", file=sys.stderr)
        return 3
    report = _report(options)
    drawn, left_out = draw(report, options.count, options.seed, tuple(options.status or JUDGED), options.only)
    if not drawn:
        print("there are no such mutants", file=sys.stderr)
        return 3
    found = differential.compare(drawn)
    for item in [item for item in found if item.relation == "different"]:
        differential.repeat(item)
    notes = _notes(report, baseline, left_out)
    print(_table(found))
    for item in [item for item in found if item.relation != "same"]:
        print(_explain(item, differential.root))
    print("\n".join(notes))
    if options.json:
        options.json.write_text(json.dumps(_document(options, found, notes), indent=2) + "\n")
    wrong = sum(item.relation == "different" for item in found) + _is_other_baseline(report, baseline)
    print(f"{differential.root.name}, seed {options.seed}: {len(found)} mutants, wrong: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
