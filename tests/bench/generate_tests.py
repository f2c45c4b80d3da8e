"""Tests of the built-in provider beside those of Pynguin, and for suites that lost half of theirs: ./dev bench generate

Of each project the module with the most statements in its functions is taken, without the project's own tests. Both
programs write tests for it; what they notice our engine judges, what they reach coverage.py. Then each project's own
suite loses a random half of its tests, and what the built-in provider wins back of the mutants lost is counted. At last
the time to the first accepted test in the editor, for a module of 500 lines.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Optional

from generators import (
    BINARY,
    TIMES_OURS,
    Written,
    copy_of,
    first_test,
    halve_tests,
    judge,
    mutants_of,
    project_named,
    run_pynguin,
    run_testgen,
    without_tests,
)
from projects import FOLDER, GENERATORS, generator_python_of, prepare, prepare_generators, python_of

MODULES = {
    "inflection": "inflection/__init__.py",
    "markupsafe": "src/markupsafe/__init__.py",
    "cachetools": "src/cachetools/__init__.py",
    "semver": "src/semver/version.py",
    "pathspec": "pathspec/util.py",
    "toolz": "toolz/functoolz.py",
    "idna": "idna/core.py",
    "python-slugify": "slugify/slugify.py",
    "sqlparse": "sqlparse/engine/grouping.py",
}
QUICK = ("inflection", "markupsafe")
TIMED = ("pathspec", "pathspec/pathspec.py")  # 527 lines
SEED = 1
TARGETS = {"wins": 0.75, "lines": 0.5, "won_back": 0.5, "first_seconds": 3.0}
PARTS = ("peers", "weakened", "first")


class Bench:
    def __init__(self, scratch: Path, cap: int) -> None:
        self._scratch = scratch
        self._cap = cap
        self._python = str(python_of(FOLDER))

    # ---- Beside the peer ----

    def compare(self, name: str) -> dict[str, Any]:
        project, module = project_named(name), MODULES[name]
        ours = self._folder(name, "testgen", keeps_tests=False)
        seconds, report = run_testgen(module, ours, self._python)
        written = judge(Written(seconds), module, ours, self._python)
        limit = min(self._cap, max(1, round(TIMES_OURS * seconds)))
        theirs = self._folder(name, "pynguin", keeps_tests=False)
        time, problem = run_pynguin(project, module, theirs, str(generator_python_of(FOLDER)), limit)
        peer = judge(Written(time, problem), module, theirs, self._python)
        row = {"module": f"{name}: {module}", "testgen": written.as_json(), "pynguin": peer.as_json()}
        return {**row, "search_seconds": limit, "notes": report["notes"]}

    def _folder(self, name: str, purpose: str, keeps_tests: bool) -> Path:
        project = project_named(name)
        root = copy_of(project, FOLDER / name, self._scratch / purpose / name)
        return root if keeps_tests else without_tests(project, root)

    # ---- Weakened suites ----

    def weaken(self, name: str) -> dict[str, Any]:
        project, module = project_named(name), MODULES[name]
        root = self._folder(name, "weakened", keeps_tests=True)
        whole, count = mutants_of(module, root, self._python)
        tests, left = halve_tests(project, root, SEED)
        weak, _ = mutants_of(module, root, self._python)
        seconds, report = run_testgen(module, root, self._python)
        again, _ = mutants_of(module, root, self._python)
        lost = whole - weak
        row = {"module": f"{name}: {module}", "mutants": count, "tests": tests, "left": left, "whole": len(whole)}
        row |= {"weak": len(weak), "lost": len(lost), "won_back": len(lost & again), "new": len(again - whole)}
        return {**row, "written": len(report["accepted"]), "seconds": round(seconds, 1), "notes": report["notes"]}

    # ---- The first test ----

    def time_first(self) -> dict[str, Any]:
        name, module = TIMED
        root = self._folder(name, "first", keeps_tests=False)
        lines = len((root / module).read_text("utf-8").splitlines())
        first, whole = first_test(module, root, self._python)
        rounded = None if first is None else round(first, 2)
        return {"module": f"{name}: {module}", "lines": lines, "first_seconds": rounded, "seconds": round(whole, 1)}


# ---- What comes of it ----


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


def _ratio(row: dict[str, Any]) -> Optional[float]:
    """Our test lines for a mutant noticed, by theirs."""
    ours, theirs = row["testgen"]["lines_per_kill"], row["pynguin"]["lines_per_kill"]
    return ours / theirs if ours is not None and theirs is not None else None


def sum_up(rows: list[dict[str, Any]], weakened: list[dict[str, Any]], first: Optional[dict[str, Any]]) -> list[str]:
    said = []
    if rows:
        wins = sum(row["testgen"]["kills"] > row["pynguin"]["kills"] for row in rows)
        said.append(f"more mutants noticed: {wins} of {len(rows)} ({_verdict(wins >= TARGETS['wins'] * len(rows))})")
        gains = [_covered(row["testgen"]) - _covered(row["pynguin"]) for row in rows]
        said.append(
            f"lines and branches reached, median difference: {median(gains):+.1f} ({_verdict(median(gains) >= 0)})"
        )
        ratios = [ratio for row in rows if (ratio := _ratio(row)) is not None]
        if ratios:
            middle = median(ratios)
            said.append(
                f"test lines for a mutant noticed, median: {middle:.2f}x ({_verdict(middle <= TARGETS['lines'])})"
            )
    shares = [row["won_back"] / row["lost"] for row in weakened if row["lost"] > 0]
    if shares:
        middle = median(shares)
        said.append(f"won back of what was lost, median: {middle:.0%} ({_verdict(middle >= TARGETS['won_back'])})")
    if first is not None:
        seconds = first["first_seconds"]
        is_met = seconds is not None and seconds <= TARGETS["first_seconds"]
        said.append(f"first accepted test after {seconds} s ({_verdict(is_met)})")
    return said


def _covered(facts: dict[str, Any]) -> float:
    return float(facts["line_percent"] + facts["branch_percent"])


# ---- Shown ----

PEER_HEAD = "| module | mutants | noticed | lines % | branches % | tests | test lines | lines for a mutant | seconds |"
WEAK_HEAD = (
    "| module | tests, left | mutants | noticed: whole, half | lost | won back | new ones | tests written | seconds |"
)


def show_peers(row: dict[str, Any]) -> str:
    ours, theirs = row["testgen"], row["pynguin"]

    def both(key: str) -> str:
        return f"{ours[key]} / {theirs[key]}"

    keys = ("kills", "line_percent", "branch_percent", "tests", "lines", "lines_per_kill", "seconds")
    cells = [row["module"], str(ours["mutants"]), *map(both, keys)]
    return f"| {' | '.join(cells)} |" + (f" {theirs['problem']}" if theirs["problem"] else "")


def show_weakened(row: dict[str, Any]) -> str:
    share = f"{row['won_back']} ({row['won_back'] / row['lost']:.0%})" if row["lost"] else "nothing was lost"
    cells = [row["module"], f"{row['tests']}, {row['left']}", row["mutants"], f"{row['whole']}, {row['weak']}"]
    cells += [row["lost"], share, row["new"], row["written"], row["seconds"]]
    return f"| {' | '.join(map(str, cells))} |"


def head(text: str) -> None:
    print(f"\n{text}\n{'|---' * (text.count('|') - 1)}|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two modules, and little time for the peer")
    parser.add_argument("--project", nargs="*", choices=sorted(MODULES), help="only these")
    parser.add_argument("--part", nargs="*", choices=PARTS, default=list(PARTS), help="only these")
    parser.add_argument("--cap", type=int, default=600, help="seconds of the peer's search at most")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args()
    names = options.project or (QUICK if options.quick else list(MODULES))
    prepare()
    if "peers" in options.part:
        prepare_generators()
    rows: list[dict[str, Any]] = []
    weakened: list[dict[str, Any]] = []
    first = None
    with tempfile.TemporaryDirectory(prefix="testgen-bench-") as folder:
        bench = Bench(Path(folder), 20 if options.quick else options.cap)
        if "peers" in options.part:
            head(PEER_HEAD)
            for name in names:
                rows.append(bench.compare(name))
                print(show_peers(rows[-1]), flush=True)
        if "weakened" in options.part:
            head(WEAK_HEAD)
            for name in names:
                weakened.append(bench.weaken(name))
                print(show_weakened(weakened[-1]), flush=True)
        if "first" in options.part:
            first = bench.time_first()
            print(f"\n{first['module']} ({first['lines']} lines): {first['first_seconds']} s to the first test")
    said = sum_up(rows, weakened, first)
    print("\n" + "\n".join(said))
    if options.json:
        versions = [line for line in GENERATORS.read_text().splitlines() if line and not line.startswith("#")]
        facts = {"date": datetime.date.today().isoformat(), "cores": os.cpu_count(), "cap_seconds": options.cap}
        document = {**facts, "program": Path(BINARY).name, "peers": versions, "modules": rows, "weakened": weakened}
        options.json.write_text(json.dumps({**document, "first": first, "summary": said}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
