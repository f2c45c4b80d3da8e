"""One pytest session that collects once and then judges mutants in forks of itself.

First every test runs once in a fork, which tells its outcome, its time and the lines that it reaches. Then each mutant
gets a fork in which its function has the mutated code; the tests that reached the mutant's line run, the likeliest
killer first, until one fails.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Ended, Task, run_children
from testgen_harness.mutation.reached import make_tracer
from testgen_harness.mutation.variants import DUPLICATE, EQUIVALENT, FUNCTION, INVALID, Variant
from testgen_harness.mutation.zygote import Zygote, import_from
from testgen_harness.text import one_line

# Limits of time: on the processor, so that a busy machine changes no verdict; by the clock only for what waits forever.
CPU_FACTOR, CPU_MIN = 10.0, 2.0
WALL_FACTOR, WALL_MIN = 30.0, 30.0
BASELINE_SECONDS = 1800.0

Lines = set[tuple[str, int]]  # path and line


@dataclass
class Place:
    """A mutant on its way: where it is, and what it makes of the code."""

    index: int  # in the request
    path: str
    first_line: int
    last_line: int
    variant: Variant


@dataclass
class Baseline:
    passed: dict[str, float] = field(default_factory=dict)  # test to its seconds on the processor
    failed: dict[str, str] = field(default_factory=dict)  # test to the reason
    reach: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # line to the tests that run it
    wall_seconds: float = 0.0


class MutationPlugin:
    """Takes the place of pytest's loop over the tests. The work is given the tests, and the lines that ran before.

    Before the tests are collected, `zygote` is forked, if none of the files has been imported by then (by a
    conftest.py): in its children pytest is ready, and collects with a change in one of the files."""

    def __init__(self, files: list[str], work: Callable[[list[Any], Lines], None]) -> None:
        self._files, self._work = files, work
        self.broken: dict[str, str] = {}  # what cannot be collected, and why
        self._tracer = make_tracer(files)
        self.zygote: Optional[Zygote] = None
        self.error: Optional[BaseException] = None
        self._tracer.start()

    def pytest_collection(self, session: Any) -> None:
        loaded = {os.path.realpath(path) for path in map(_file_of, list(sys.modules.values())) if path}
        if not loaded.intersection(map(os.path.realpath, self._files)):
            self.zygote = Zygote(lambda job: self._judge_import(session, job))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self.broken[report.nodeid] = one_line(lines[-1] if lines else str(report.longrepr))

    def _judge_import(self, session: Any, job: dict[str, Any]) -> dict[str, Any]:
        self._tracer.stop()
        import_from(job["path"], job["source"])
        session.perform_collect()
        left_out, first = set(job["failed"]), set(job["first"])
        items = [item for item in session.items if item.nodeid not in left_out]
        items.sort(key=lambda item: item.nodeid.partition("::")[0] not in first)
        newly_broken = [f"{name}: {why}" for name, why in self.broken.items() if name not in job["broken"]]
        if newly_broken:
            return {"status": "inconclusive", "test": "", "message": newly_broken[0][:300], "tests_run": 0}
        for index, item in enumerate(items):
            failure = run_test(item, items[index + 1] if index + 1 < len(items) else None)
            if failure is not None:
                return {"status": "killed", "test": item.nodeid, "message": failure, "tests_run": index + 1}
        return {"status": "survived", "test": "", "message": "", "tests_run": len(items)}

    def pytest_runtestloop(self, session: Any) -> bool:
        at_import = self._tracer.take()
        self._tracer.stop()
        try:
            self._work(list(session.items), at_import)
        except BaseException as error:  # pytest would only print it
            self.error = error
        return True


def _file_of(module: Any) -> Optional[str]:
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) else None


# ---- The baseline ----


def measure_baseline(items: list[Any], files: list[str]) -> Baseline:
    task = Task(0, lambda: _run_all(items, files), BASELINE_SECONDS, BASELINE_SECONDS)
    (ended,) = run_children(iter([task]), 1)
    if ended.answer is None:
        why = "they did not end in time" if ended.is_timeout else ended.reason
        raise HarnessError("CHILD", f"the tests cannot be run without mutants: {why}")
    baseline = Baseline(wall_seconds=ended.answer["wall_seconds"])
    for row in ended.answer["tests"]:
        if row["reason"] is not None:
            baseline.failed[row["test"]] = row["reason"]
            continue
        baseline.passed[row["test"]] = row["cpu_seconds"]
        for file, line in row["lines"]:
            baseline.reach.setdefault((files[file], line), set()).add(row["test"])
    return baseline


def _run_all(items: list[Any], files: list[str]) -> dict[str, Any]:
    tracer = make_tracer(files)
    numbers = {path: number for number, path in enumerate(files)}
    tracer.start()
    started, rows = time.perf_counter(), []
    for index, item in enumerate(items):
        before = time.process_time()
        failure = run_test(item, items[index + 1] if index + 1 < len(items) else None)
        lines = sorted((numbers[path], line) for path, line in tracer.take())
        rows.append(
            {
                "test": item.nodeid,
                "cpu_seconds": time.process_time() - before,
                "reason": failure,
                "lines": [] if failure else lines,
            }
        )
    return {"tests": rows, "wall_seconds": time.perf_counter() - started}


def run_test(item: Any, following: Any) -> Optional[str]:
    """Why the test failed; None when it passed or was skipped."""
    from _pytest.runner import runtestprotocol

    for report in runtestprotocol(item, log=False, nextitem=following):
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            return one_line(getattr(crash, "message", None) or str(report.longrepr))[:300]
    return None


# ---- Functions ----


def functions_by_code(files: list[str]) -> dict[tuple[str, str, int], list[FunctionType]]:
    """Every function of the files that is alive, also inside decorators and under other names."""
    wanted = frozenset(files)
    found: dict[tuple[str, str, int], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename in wanted:
            found.setdefault(_key(thing.__code__), []).append(thing)
    return found


def _key(code: CodeType) -> tuple[str, str, int]:
    return (code.co_filename, code.co_name, code.co_firstlineno)


# ---- Judging ----


@dataclass
class Verdict:
    index: int
    status: str
    way: str = ""  # FUNCTION or IMPORT
    test: str = ""
    message: str = ""
    tests_run: int = 0


class Judge:
    def __init__(self, items: list[Any], baseline: Baseline, files: list[str], at_import: Lines, workers: int) -> None:
        self._at_import = at_import
        self._items = {item.nodeid: item for item in items}
        self._baseline, self._workers = baseline, workers
        self._functions = functions_by_code(files)
        self._kills: Counter[str] = Counter()

    def judge(self, places: list[Place]) -> Iterator[Verdict]:
        """Those that can be judged in a fork of this process. Verdicts come as they are ready."""
        gc.collect()
        gc.freeze()  # a collection in a child would touch, and so copy, every page
        runs = {place.index: place for place in places}
        for ended in run_children(self._tasks(places), self._workers):
            yield self._verdict(runs[ended.key], ended)

    def can_exchange(self, place: Place) -> bool:
        """Not what has had its effect when the tests begin: a function that ran while modules were imported."""
        if any((place.path, line) in self._at_import for line in range(place.first_line, place.last_line + 1)):
            return False
        return place.variant.kind == FUNCTION and any(self._alive(old) for old, _ in place.variant.exchanges)

    def _alive(self, code: CodeType) -> list[FunctionType]:
        """The functions made of that code. Several on one line may share a name; then the code decides."""
        found = self._functions.get(_key(code), [])
        exact = [function for function in found if function.__code__ == code]
        return exact or (found if code.co_name != "<lambda>" else [])

    def covering(self, place: Place) -> list[str]:
        """The tests that run one of the mutant's lines, the likeliest killer first."""
        lines = range(place.first_line, place.last_line + 1)
        tests = {test for line in lines for test in self._baseline.reach.get((place.path, line), ())}
        return sorted(tests, key=lambda test: (-self._kills[test], self._baseline.passed[test], test))

    def reaching(self, path: str) -> list[str]:
        """The test files with tests that run a line of a file."""
        reached = {test for (file, _), tests in self._baseline.reach.items() if file == path for test in tests}
        return sorted({test.partition("::")[0] for test in reached})

    def is_imported(self, path: str) -> bool:
        return any(file == path for file, _ in self._at_import)

    def _tasks(self, places: list[Place]) -> Iterator[Task]:
        for place in places:
            tests = self.covering(place)
            cpu, wall = self.limits(tests)
            yield Task(place.index, lambda place=place, tests=tests: self._run(place, tests), cpu, wall)

    def limits(self, tests: list[str]) -> tuple[float, float]:
        seconds = sum(self._baseline.passed[test] for test in tests)
        return CPU_MIN + CPU_FACTOR * seconds, WALL_MIN + WALL_FACTOR * max(seconds, self._baseline.wall_seconds)

    def _run(self, place: Place, tests: list[str]) -> dict[str, Any]:
        for old, new in place.variant.exchanges:
            for function in self._alive(old):
                function.__code__ = new
        items = [self._items[test] for test in tests]
        for index, item in enumerate(items):
            failure = run_test(item, items[index + 1] if index + 1 < len(items) else None)
            if failure is not None:
                return {"test": item.nodeid, "message": failure, "tests_run": index + 1}
        return {"tests_run": len(items)}

    def _verdict(self, place: Place, ended: Ended) -> Verdict:
        if ended.is_timeout:
            return Verdict(place.index, "timeout", FUNCTION)
        if ended.answer is None:
            return Verdict(place.index, "inconclusive", FUNCTION, message=ended.reason)
        answer = ended.answer
        if "test" not in answer:
            return Verdict(place.index, "survived", FUNCTION, tests_run=answer["tests_run"])
        self._kills[answer["test"]] += 1
        return Verdict(
            place.index, "killed", FUNCTION, answer["test"], answer["message"], tests_run=answer["tests_run"]
        )


def sort_out(places: list[Place]) -> tuple[list[Place], list[Verdict]]:
    """What has to run, and what is known without: invalid, equivalent and duplicate mutants."""
    seen: set[tuple[str, bytes]] = set()
    left, known = [], []
    for place in places:
        kind = place.variant.kind
        key = (place.path, place.variant.digest)
        if kind in (INVALID, EQUIVALENT):
            known.append(Verdict(place.index, kind))
        elif key in seen:
            known.append(Verdict(place.index, DUPLICATE))
        else:
            seen.add(key)
            left.append(place)
    return left, known


def worker_count(wanted: int) -> int:
    return wanted if wanted > 0 else len(os.sched_getaffinity(0))
