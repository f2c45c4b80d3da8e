"""The tests without any mutant: which pass, how long they take, and which lines of the subjects they reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter as _clock, process_time as _cpu  # now: tests may replace them
from typing import Any, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Answer, Ended, Task, Work, run_children
from testgen_harness.mutation.reached import Lines, make_tracer
from testgen_harness.mutation.running import WHOLE, TestRunner

SECONDS = 1800.0
BACKWARDS_SECONDS = 60.0  # a suite that takes longer is not run again to see who needs whom


@dataclass
class Baseline:
    passed: dict[str, float] = field(default_factory=dict)  # test to its seconds on the processor
    failed: dict[str, str] = field(default_factory=dict)  # test to the reason
    reach: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # line to the tests that run it
    dependent: set[str] = field(default_factory=set)  # tests not seen to pass without those before them
    joined: set[str] = field(default_factory=set)  # test files in which some test needs another one
    set_up: Lines = field(default_factory=set)  # lines that run while fixtures are set up
    wall_seconds: float = 0.0  # of all
    longest_wall: float = 0.0  # of one test
    longest_cpu: float = 0.0

    def files_reaching(self, path: str) -> list[str]:
        """The test files with tests that run a line of a file."""
        reached = {test for (file, _), tests in self.reach.items() if file == path for test in tests}
        return sorted({test.partition("::")[0] for test in reached})


class Watcher:
    """A plugin that notes the reports of a test, and takes from the tracer what ran before the test itself did."""

    def __init__(self) -> None:
        self.tracer: Any = None
        self.set_up: Lines = set()
        self.reports: list[Any] = []

    def pytest_runtest_call(self, item: Any) -> None:
        if self.tracer is not None:
            self.set_up |= self.tracer.take()

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)


def measure_baseline(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher) -> Baseline:
    """Three children: one runs every test under pytest's protocol and watches its lines; one runs those that can go
    without the protocol, to see that they do, and how fast; one runs all of them backwards, to see who needs whom."""
    whole = _run(lambda: _run_all(items, files, runner, watcher))
    if not whole.is_complete:
        why = "they did not end in time" if whole.is_timeout else whole.reason
        after = f", in or after {whole.answers[-1]['test']}" if whole.answers else ""
        raise HarnessError("CHILD", f"the tests cannot be run without mutants: {why}{after}")
    baseline = Baseline(wall_seconds=whole.answers.pop()["wall_seconds"])
    for row in whole.answers:
        _take(baseline, row, files)
    _take_light(baseline, _run(lambda: _run_light(items, runner)).answers, items, runner)
    if baseline.wall_seconds < BACKWARDS_SECONDS:
        green = [item for item in items if item.nodeid in baseline.passed]
        fine = {row["test"] for row in _run(lambda: _run_backwards(green, runner)).answers if row["passes"]}
        baseline.dependent = baseline.passed.keys() - fine
        baseline.joined = {test.partition("::")[0] for test in baseline.dependent}
    else:
        baseline.dependent = set(baseline.passed)
    return baseline


def _run(work: Work) -> Ended:
    return next(run_children(iter([Task(None, work, 0, SECONDS)]), 1))


def _take(baseline: Baseline, row: Answer, files: list[str]) -> None:
    baseline.longest_wall = max(baseline.longest_wall, row["wall_seconds"])
    baseline.set_up.update((files[file], line) for file, line in row["set_up"])
    if row["reason"] is not None:
        baseline.failed[row["test"]] = row["reason"]
        return
    baseline.passed[row["test"]] = row["cpu_seconds"]
    for file, line in [*row["lines"], *row["set_up"]]:
        baseline.reach.setdefault((files[file], line), set()).add(row["test"])


def _take_light(baseline: Baseline, answers: list[Answer], items: list[Any], runner: TestRunner) -> None:
    rows = {row["test"]: row for row in answers if row["passes"]}
    longest = [0.0]
    for item in items:
        name = item.nodeid
        if name in rows and name in baseline.passed:
            baseline.passed[name] = rows[name]["cpu_seconds"]
            longest.append(rows[name]["first_seconds"])
        elif name not in rows:
            runner.demand_whole(name)
            longest.append(baseline.passed.get(name, 0.0))
    baseline.longest_cpu = max(longest)


def _run_all(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher) -> Iterator[Answer]:
    runner.prepare()
    tracer = make_tracer(files)
    numbers = {path: number for number, path in enumerate(files)}
    watcher.tracer = tracer
    tracer.start()
    owner, started = os.getpid(), _clock()
    for index, item in enumerate(items):
        before, began = _cpu(), _clock()
        failure = runner.run(item, items[index + 1] if index + 1 < len(items) else None, is_whole=True)
        if os.getpid() != owner:
            return
        lines, set_up = tracer.take(), watcher.set_up
        watcher.set_up = set()
        reason: Optional[str] = failure.message if failure else None
        yield {
            "test": item.nodeid,
            "cpu_seconds": _cpu() - before,
            "wall_seconds": _clock() - began,
            "reason": reason,
            "lines": [] if failure else sorted((numbers[path], line) for path, line in lines),
            "set_up": sorted((numbers[path], line) for path, line in set_up),
        }
    yield {"wall_seconds": _clock() - started}


def _run_light(items: list[Any], runner: TestRunner) -> Iterator[Answer]:
    """The first time its caches are cold; so each runs twice."""
    runner.prepare()
    for item in items:
        if runner.kind(item) != WHOLE:
            began = _cpu()
            passes = runner.run(item) is None
            between = _cpu()
            passes = passes and runner.run(item) is None
            seconds = {"first_seconds": between - began, "cpu_seconds": _cpu() - between}
            yield {"test": item.nodeid, "passes": passes, **seconds}


def _run_backwards(items: list[Any], runner: TestRunner) -> Iterator[Answer]:
    runner.prepare()
    for item in reversed(items):
        yield {"test": item.nodeid, "passes": runner.run(item) is None}
