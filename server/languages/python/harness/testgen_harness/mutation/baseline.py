"""The tests without any mutant: which pass, how long they take, and which lines of the subjects they reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter as _clock  # now: tests may replace them
from time import process_time as _cpu
from types import CodeType
from typing import Any

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Answer, Ended, Task, Work, run_children
from testgen_harness.mutation.evidence import Digest, codes_digest
from testgen_harness.mutation.reached import Lines, Ran, Spawning, make_tracer
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
    set_up: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # lines that fixtures run, by the first test
    blind: set[str] = field(default_factory=set)  # tests of which not all lines can be seen
    digests: dict[str, str] = field(default_factory=dict)  # of the workspace's code that a test runs
    wall_seconds: float = 0.0  # of all
    longest_wall: float = 0.0  # of one test
    longest_cpu: float = 0.0
    warm_up_cpu: float = 0.0  # the most that a test needed more when it ran for the first time

    def files_reaching(self, path: str) -> list[str]:
        """The test files with tests that run a line of a file."""
        reached = {test for (file, _), tests in self.reach.items() if file == path for test in tests}
        return sorted({test.partition("::")[0] for test in reached})


class Watcher:
    """A plugin that notes the reports of a test, and takes from the tracer what ran before the test itself did. A test
    that runs without pytest's protocol has no such part."""

    def __init__(self) -> None:
        self.tracer: Any = None
        self.set_up: Lines = set()
        self.reports: list[Any] = []

    def pytest_runtest_call(self, item: Any) -> None:
        if self.tracer is not None:
            self.set_up |= self.tracer.take()

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)


def measure_baseline(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str) -> Baseline:
    """Three children: one runs every test under pytest's protocol and watches its lines; one runs those that can go
    without the protocol, to see that they do, and how fast; one runs all of them backwards, to see who needs whom,
    and what a test reaches when those before it have left nothing in a cache."""
    whole = _run(lambda: _run_all(items, files, runner, watcher, root))
    if not whole.is_complete:
        why = "they did not end in time" if whole.is_timeout else whole.reason
        after = f", in or after {whole.answers[-1]['test']}" if whole.answers else ""
        raise HarnessError("CHILD", f"the tests cannot be run without mutants: {why}{after}")
    baseline = Baseline(wall_seconds=whole.answers.pop()["wall_seconds"])
    codes: dict[str, set[str]] = {}  # of each test: what it ran, each time
    for row in whole.answers:
        _take(baseline, row, files)
        codes.setdefault(row["test"], set()).add(row["codes"])
    _take_light(baseline, _run(lambda: _run_light(items, runner)).answers, items, runner)
    green = [item for item in items if item.nodeid in baseline.passed]
    fine: set[str] = set()
    if baseline.wall_seconds < BACKWARDS_SECONDS:
        for row in _run(lambda: _run_backwards(green, files, runner, watcher, root)).answers:
            _take_lines(baseline, row, files)
            codes.setdefault(row["test"], set()).add(row["codes"])
            if row["passes"]:
                fine.add(row["test"])
        baseline.joined = {test.partition("::")[0] for test in baseline.passed.keys() - fine}
    baseline.dependent = baseline.passed.keys() - fine
    _share_fixtures(baseline, green)
    for item in green:
        digest = Digest()
        digest.add(item.nodeid, *sorted(codes.get(item.nodeid, ())), codes_digest(_fixture_codes(item)))
        baseline.digests[item.nodeid] = digest.hex()
    return baseline


def _share_fixtures(baseline: Baseline, items: list[Any]) -> None:
    """What runs while a fixture of a class, module or session is set up, runs once, and concerns all who use it."""
    shared = {item.nodeid: _shared_fixtures(item) for item in items}
    users: dict[str, set[str]] = {}
    for test, names in shared.items():
        for name in names:
            users.setdefault(name, set()).add(test)
    for place, tests in baseline.set_up.items():
        for name in {name for test in tests for name in shared.get(test, ())}:
            baseline.reach.setdefault(place, set()).update(users[name])


def _fixtures(item: Any) -> Iterator[Any]:
    info = getattr(item, "_fixtureinfo", None)
    definitions = info.name2fixturedefs if info is not None else {}
    return (definition for name in definitions for definition in definitions[name])


def _shared_fixtures(item: Any) -> set[str]:
    return {f"{each.baseid} {each.argname}" for each in _fixtures(item) if each.scope != "function"}


def _fixture_codes(item: Any) -> Iterator[CodeType]:
    """What fixtures of a session do counts for every test that uses them, and runs for the first."""
    for each in _fixtures(item):
        code = getattr(getattr(each.func, "__func__", each.func), "__code__", None)
        if code is not None:
            yield code


def _run(work: Work) -> Ended:
    return next(run_children(iter([Task(None, work, 0, SECONDS)]), 1))


def _take(baseline: Baseline, row: Answer, files: list[str]) -> None:
    baseline.longest_wall = max(baseline.longest_wall, row["wall_seconds"])
    if row["reason"] is not None:
        baseline.failed[row["test"]] = row["reason"]
        return
    baseline.passed[row["test"]] = row["cpu_seconds"]
    _take_lines(baseline, row, files)


def _take_lines(baseline: Baseline, row: Answer, files: list[str]) -> None:
    test = row["test"]
    for file, line in row["lines"]:
        baseline.reach.setdefault((files[file], line), set()).add(test)
    for file, line in row["set_up"]:
        baseline.reach.setdefault((files[file], line), set()).add(test)
        baseline.set_up.setdefault((files[file], line), set()).add(test)
    if row["is_blind"]:
        baseline.blind.add(test)


def _take_light(baseline: Baseline, answers: list[Answer], items: list[Any], runner: TestRunner) -> None:
    rows = {row["test"]: row for row in answers if row["passes"]}
    longest = [0.0]
    for item in items:
        name = item.nodeid
        runner.kind(item)  # found here once, and not in every child
        if name in rows and name in baseline.passed:
            baseline.passed[name] = rows[name]["cpu_seconds"]
            longest.append(rows[name]["first_seconds"])
            warm_up = rows[name]["first_seconds"] - rows[name]["cpu_seconds"]
            baseline.warm_up_cpu = max(baseline.warm_up_cpu, warm_up)
        elif name not in rows:
            runner.demand_whole(name)
            longest.append(baseline.passed.get(name, 0.0))
    baseline.longest_cpu = max(longest)


def _run_all(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str) -> Iterator[Answer]:
    runner.prepare()
    watching, started = _Watching(files, watcher, root), _clock()
    for index, item in enumerate(items):
        before, began = _cpu(), _clock()
        failure = runner.run(item, items[index + 1] if index + 1 < len(items) else None, is_whole=True)
        lines = watching.take()
        yield {
            "test": item.nodeid,
            "cpu_seconds": _cpu() - before,
            "wall_seconds": _clock() - began,
            "reason": failure.message if failure else None,
            **lines,
        }
    yield {"wall_seconds": _clock() - started}


class _Watching:
    """The lines of one test after the other."""

    def __init__(self, files: list[str], watcher: Watcher, root: str) -> None:
        self._numbers = {path: number for number, path in enumerate(files)}
        self._watcher = watcher
        self._ran = Ran(os.path.realpath(root))
        self._tracer = watcher.tracer = make_tracer(files, ran=self._ran)
        self._spawning = Spawning()
        self._tracer.start()

    def take(self) -> Answer:
        is_blind = self._tracer.is_blind() or self._spawning.happened
        lines, set_up = self._tracer.take(), self._watcher.set_up
        self._watcher.set_up, self._spawning.happened = set(), False
        codes = codes_digest(self._ran.take())
        return {"lines": self._numbered(lines), "set_up": self._numbered(set_up), "is_blind": is_blind, "codes": codes}

    def _numbered(self, lines: Lines) -> list[tuple[int, int]]:
        return [(self._numbers[path], line) for path, line in lines]


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


def _run_backwards(
    items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str
) -> Iterator[Answer]:
    runner.prepare()
    watching = _Watching(files, watcher, root)
    for item in reversed(items):
        failure = runner.run(item)
        yield {"test": item.nodeid, "passes": failure is None, **watching.take()}
