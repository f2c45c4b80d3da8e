"""The tests without any mutant: which pass, how long they take, and which lines of the subjects they reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter as _clock  # now: tests may replace them
from time import process_time as _cpu
from types import CodeType
from typing import Any, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Answer, Ended, Task, Work, run_children
from testgen_harness.mutation.evidence import Digest, codes_digest
from testgen_harness.mutation.reached import Lines, Ran, Spawning, make_tracer
from testgen_harness.mutation.running import CALLED, WHOLE, TestRunner

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
    solitary: set[str] = field(default_factory=set)  # tests that fail while the tests run elsewhere at the same time
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


def measure_baseline(
    items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str, workers: int
) -> Baseline:
    """Three children: one runs every test under pytest's protocol; one runs those that can go without the protocol, to
    see that they do, and how fast; one runs all of them backwards, to see who needs whom, and what a test reaches when
    those before it have left nothing in a cache. Lines are watched backwards, and forwards in one of the other two.

    They run beside each other when there is a worker for more than one. Tests that meet over a file or a port fail
    there, so what did not pass runs once more with nothing beside it, and only that counts. Tests that pass then are
    `solitary`."""
    for item in items:
        runner.kind(item)  # found here once, and not in every child
    runs = _Runs(items, files, runner, watcher, root, workers)
    light = {row["test"]: row for row in runs.light().answers if row["passes"]}
    fallen = [item.nodeid for item in items if runner.kind(item) != WHOLE and item.nodeid not in light]
    for test in fallen:
        runner.demand_whole(test)
    whole = runs.whole(is_changed=bool(fallen))
    if not whole.is_complete:
        why = "they did not end in time" if whole.is_timeout else whole.reason
        after = f", in or after {whole.answers[-1]['test']}" if whole.answers else ""
        raise HarnessError("CHILD", f"the tests cannot be run without mutants: {why}{after}")
    baseline = Baseline(wall_seconds=whole.answers.pop()["wall_seconds"])
    codes: dict[str, set[str]] = {}  # of each test: what it ran, each time
    for row in whole.answers:
        _take(baseline, row, files)
        codes.setdefault(row["test"], set()).add(row["codes"])
    longest = [0.0]
    for test, whole_seconds in baseline.passed.items():
        row = light.get(test)
        if row is None:
            longest.append(whole_seconds)
            continue
        first_seconds = min(row["first_seconds"], whole_seconds)  # either may hold more than the test itself
        longest.append(first_seconds)
        baseline.passed[test] = row["cpu_seconds"]
        baseline.warm_up_cpu = max(baseline.warm_up_cpu, first_seconds - row["cpu_seconds"])
        if row["codes"] is not None:
            _take_lines(baseline, row, files)
            codes[test].add(row["codes"])
    baseline.longest_cpu = max(longest)
    green = [item for item in items if item.nodeid in baseline.passed]
    fine: set[str] = set()
    if baseline.wall_seconds < BACKWARDS_SECONDS:
        for row in runs.backwards(green).answers:
            if row["test"] not in baseline.passed:
                continue
            _take_lines(baseline, row, files)
            codes.setdefault(row["test"], set()).add(row["codes"])
            if row["passes"]:
                fine.add(row["test"])
        baseline.joined = {test.partition("::")[0] for test in baseline.passed.keys() - fine}
    baseline.dependent = baseline.passed.keys() - fine
    baseline.solitary = runs.solitary
    _share_fixtures(baseline, green)
    for item in green:
        digest = Digest()
        digest.add(item.nodeid, *sorted(codes.get(item.nodeid, ())), codes_digest(_fixture_codes(item)))
        baseline.digests[item.nodeid] = digest.hex()
    return baseline


class _Runs:
    """The three runs, each alone or, to begin with, beside the others."""

    def __init__(
        self, items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str, workers: int
    ) -> None:
        self._items = items
        self._given = (files, runner, watcher, root)
        self._together: dict[str, Ended] = {}  # complete, and all of its tests passed
        self._failed: dict[str, set[str]] = {}  # of the other ones: the tests that failed
        self.solitary: set[str] = set()  # of these: the tests that passed alone
        if workers > 1:
            self._run_together(workers)

    def _run_together(self, workers: int) -> None:
        works: dict[str, Work] = {
            "whole": self._whole_work,
            "backwards": lambda: self._backwards_work(self._items, _clock() + BACKWARDS_SECONDS),
            "light": self._light_work,
        }
        tasks = [Task(name, work, 0, SECONDS) for name, work in works.items()]
        for ended in run_children(iter(tasks), workers):
            failed = {row["test"] for row in ended.answers if not _passes(row)}
            is_cut_short = any("is_cut_short" in row for row in ended.answers)
            if ended.is_complete and not failed and not is_cut_short:
                self._together[ended.key] = ended
            else:
                self._failed[ended.key] = failed

    def _run_alone(self, name: str, work: Work) -> Ended:
        ended = _run(work)
        passed = {row["test"] for row in ended.answers if "test" in row and _passes(row)}
        self.solitary |= passed & self._failed.get(name, set())
        return ended

    def whole(self, is_changed: bool) -> Ended:
        """With `is_changed`, other tests go through the protocol than did at first."""
        together = None if is_changed else self._together.get("whole")
        return together or self._run_alone("whole", self._whole_work)

    def light(self) -> Ended:
        return self._together.get("light") or self._run_alone("light", self._light_work)

    def backwards(self, green: list[Any]) -> Ended:
        together = self._together.get("backwards")
        return together or self._run_alone("backwards", lambda: self._backwards_work(green, None))

    def _whole_work(self) -> Iterator[Answer]:
        return _run_all(self._items, *self._given)

    def _light_work(self) -> Iterator[Answer]:
        return _run_light(self._items, *self._given)

    def _backwards_work(self, items: list[Any], deadline: Optional[float]) -> Iterator[Answer]:
        return _run_backwards(items, *self._given, deadline)


def _passes(row: Answer) -> bool:
    return row.get("passes", True) and row.get("reason") is None


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


def _run_all(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str) -> Iterator[Answer]:
    runner.prepare()
    watching, started = _Watching(files, watcher, root), _clock()
    for index, item in enumerate(items):
        watching.watch(runner.kind(item) != CALLED)  # those that are called are watched when they are
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
        self._is_on = True

    def watch(self, is_on: bool) -> None:
        """Off, the next test is not slowed down, and nothing is said of its lines."""
        if is_on != self._is_on:
            self._is_on = is_on
            (self._tracer.resume if is_on else self._tracer.pause)()

    def take(self) -> Answer:
        is_blind = self._is_on and self._tracer.is_blind() or self._spawning.happened
        lines, set_up = self._tracer.take(), self._watcher.set_up
        self._watcher.set_up, self._spawning.happened = set(), False
        codes = codes_digest(self._ran.take())
        if not self._is_on:
            self._tracer.pause()
            lines, set_up = set(), set()
        return {"lines": self._numbered(lines), "set_up": self._numbered(set_up), "is_blind": is_blind, "codes": codes}

    def _numbered(self, lines: Lines) -> list[tuple[int, int]]:
        return [(self._numbers[path], line) for path, line in lines]


def _run_light(items: list[Any], files: list[str], runner: TestRunner, watcher: Watcher, root: str) -> Iterator[Answer]:
    """The first time its caches are cold; so each runs twice. Those that are called are watched the first time; what
    the others share is set up under the protocol, and they are watched there."""
    runner.prepare()
    watching = _Watching(files, watcher, root)
    for item in items:
        kind = runner.kind(item)
        if kind == WHOLE:
            continue
        watching.watch(kind == CALLED)
        began = _cpu()
        passes = runner.run(item) is None
        first_seconds = _cpu() - began
        seen = watching.take() if kind == CALLED else {"codes": None}
        watching.watch(False)
        began = _cpu()
        passes = passes and runner.run(item) is None
        seconds = {"first_seconds": first_seconds, "cpu_seconds": _cpu() - began}
        yield {"test": item.nodeid, "passes": passes, **seconds, **seen}


def _run_backwards(
    items: list[Any],
    files: list[str],
    runner: TestRunner,
    watcher: Watcher,
    root: str,
    deadline: Optional[float],  # of the clock: what is left then is left out, and the last row says so
) -> Iterator[Answer]:
    runner.prepare()
    watching = _Watching(files, watcher, root)
    for item in reversed(items):
        if deadline is not None and _clock() > deadline:
            yield {"is_cut_short": True}
            return
        failure = runner.run(item)
        yield {"test": item.nodeid, "passes": failure is None, **watching.take()}
