"""The tests without any mutant: which pass, how long they take, and which lines of the subjects they reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter as _clock  # now: tests may replace them
from time import process_time as _cpu
from types import CodeType
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Answer, Ended, Meanwhile, Task, Work, run_children
from testgen_harness.mutation.evidence import Digest, codes_digest
from testgen_harness.mutation.probes import Probes
from testgen_harness.mutation.reached import Lines, Ran, Spawning, make_tracer
from testgen_harness.mutation.running import WHOLE, TestRunner, shrinks
from testgen_harness.mutation.test_codes import TestCodes

SECONDS = 1800.0
BACKWARDS_SECONDS = 60.0  # a suite that takes longer is not run again to see who needs whom
REPETITIONS = 3  # of tests beside themselves
UNSEEN: Answer = {"lines": [], "set_up": [], "is_blind": True, "codes": ""}


@dataclass
class Baseline:
    passed: dict[str, float] = field(default_factory=dict)  # test to its seconds on the processor
    failed: dict[str, str] = field(default_factory=dict)  # test to the reason
    reach: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # line to the tests that run it
    dependent: set[str] = field(default_factory=set)  # tests not seen to pass without those before them
    shrinking: set[str] = field(default_factory=set)  # tests that look for the simplest input that fails
    joined: set[str] = field(default_factory=set)  # test files in which some test needs another one
    set_up: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # lines that fixtures run, by the first test
    blind: set[str] = field(default_factory=set)  # tests of which not all lines can be seen
    digests: dict[str, str] = field(default_factory=dict)  # of the workspace's code that a test runs
    solitary: set[str] = field(default_factory=set)  # tests that fail while the tests run elsewhere at the same time
    wall_seconds: float = 0.0  # of all
    longest_wall: float = 0.0  # of one test
    longest_cpu: float = 0.0
    first: dict[str, float] = field(default_factory=dict)  # what a test needs more when it runs for the first time
    shared_cpu: float = 0.0  # the most that a test needed because none before it had

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


@dataclass
class Subjects:
    """What is watched, where it is, and how."""

    root: str
    files: list[str]
    probes: Optional[Probes]  # None: they are watched from outside
    others: list[str]  # the workspace's modules that are neither these nor tests


def measure_baseline(
    items: list[Any],
    subjects: Subjects,
    runner: TestRunner,
    watcher: Watcher,
    workers: int,
    meanwhile: Meanwhile = lambda: False,
) -> Baseline:
    """Four children: one runs every test under pytest's protocol; one runs those that can go without the protocol, to
    see that they do, and how fast; one runs all of them backwards, to see who needs whom, and what a test reaches when
    those before it have left nothing in a cache; and one goes backwards to see only how long each takes. The first and
    the third watch the lines, which can take many times as long as the test; so the times are those of the others.

    They run beside each other when there is a worker for more than one. Tests that meet over a file or a port fail
    there, and tests that allow themselves so much time may fail because they are watched. So what did not pass runs
    once more, with nothing beside it and without being watched, and only that counts. Tests that pass then, and not
    beside themselves, are `solitary`."""
    for item in items:
        runner.kind(item)  # found here once, and not in every child
    runs, files = _Runs(items, subjects, runner, watcher, workers, meanwhile), subjects.files
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
    baseline.shrinking = {item.nodeid for item in items if shrinks(item)}
    walls = {row["test"]: row["wall_seconds"] for row in whole.answers}
    for test in baseline.passed:
        _take_times(baseline, test, walls[test], light.get(test))
    baseline.longest_cpu = max((baseline.passed[test] + baseline.first[test] for test in baseline.passed), default=0.0)
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
    baseline.solitary = runs.find_solitary()
    forwards = {test: row["first_seconds"] for test, row in light.items()}
    baseline.shared_cpu = _shared_seconds(baseline, forwards, runs.first_seconds_backwards())
    _share_fixtures(baseline, green)
    test_codes = TestCodes(green, subjects.others) if subjects.probes is not None else None
    for item in green:
        digest = Digest()
        if test_codes is not None:
            digest.add(test_codes.digest(item))
        digest.add(item.nodeid, *sorted(codes.get(item.nodeid, ())), codes_digest(_fixture_codes(item)))
        baseline.digests[item.nodeid] = digest.hex()
    return baseline


class _Runs:
    """The three runs, each beside the others to begin with, and alone where that did not do."""

    def __init__(
        self,
        items: list[Any],
        subjects: Subjects,
        runner: TestRunner,
        watcher: Watcher,
        workers: int,
        meanwhile: Meanwhile,
    ) -> None:
        self._items, self._runner, self._meanwhile = items, runner, meanwhile
        self._subjects, self._watcher = subjects, watcher
        self._together: dict[str, Ended] = {}  # complete
        self._failed: dict[str, set[str]] = {}  # the tests that failed together
        self._passed_alone: set[str] = set()  # of these
        if workers > 1:
            self._run_together(workers)

    def _run_together(self, workers: int) -> None:
        for ended in run_children(self._tasks(), workers, self._meanwhile):
            self._failed[ended.key] = _failed(ended)
            if ended.is_complete and not any("is_cut_short" in row for row in ended.answers):
                self._together[ended.key] = ended

    def _tasks(self) -> Iterator[Task]:
        yield Task("whole", lambda: self._whole_work(True), 0, SECONDS)
        yield Task("light", self._light_work, 0, SECONDS)
        yield Task("first", self._first_work, 0, SECONDS)
        deadline = _clock() + BACKWARDS_SECONDS
        yield Task("backwards", lambda: self._backwards_work(self._items, deadline, True), 0, SECONDS)

    def _watching(self) -> _Watching:
        return _Watching(self._subjects, self._watcher)

    def _run_watched(self, name: str, work: Callable[[bool], Iterator[Answer]]) -> Ended:
        """A test that failed has not reached all that it would have: what counts is how it does alone."""
        watched = self._together.get(name)
        if watched is None or _failed(watched):
            watched = self._run(lambda: work(True))
        if not watched.is_complete or not _failed(watched):
            return self._note(name, watched)
        return self._note(name, _with_lines_of(watched, self._run(lambda: work(False))))

    def _run(self, work: Work) -> Ended:
        return next(run_children(iter([Task(None, work, 0, SECONDS)]), 1, self._meanwhile))

    def _note(self, name: str, ended: Ended) -> Ended:
        passed = {row["test"] for row in ended.answers if "test" in row and _passes(row)}
        self._passed_alone |= passed & self._failed.get(name, set())
        return ended

    def whole(self, is_changed: bool) -> Ended:
        """With `is_changed`, other tests go through the protocol than did at first."""
        if is_changed:
            self._together.pop("whole", None)
        return self._run_watched("whole", self._whole_work)

    def light(self) -> Ended:
        together = self._together.get("light")
        is_fine = together is not None and not _failed(together)
        return self._note("light", together if together is not None and is_fine else self._run(self._light_work))

    def backwards(self, green: list[Any]) -> Ended:
        return self._run_watched("backwards", lambda is_watched: self._backwards_work(green, None, is_watched))

    def first_seconds_backwards(self) -> dict[str, float]:
        """What each test takes when only those behind it have run. It need not pass."""
        ended = self._together.get("first") or self._run(self._first_work)
        return {row["test"]: row["first_seconds"] for row in ended.answers}

    def find_solitary(self) -> set[str]:
        """The tests that bear no other run beside theirs. Those that failed only where they were watched may just have
        been too slow: so they run beside themselves."""
        doubtful = self._passed_alone - self._failed.get("light", set())
        items = [item for item in self._items if item.nodeid in doubtful]
        doubtful &= {item.nodeid for item in items}
        if not items:
            return self._passed_alone
        tasks = [Task(number, lambda: _run_repeatedly(items, self._runner), 0, SECONDS) for number in range(2)]
        both = list(run_children(iter(tasks), 2))
        failed = {test for ended in both for test in _failed(ended)}
        is_told = all(ended.is_complete for ended in both)
        return self._passed_alone - (doubtful - failed if is_told else set())

    def _whole_work(self, is_watched: bool) -> Iterator[Answer]:
        return _run_all(self._items, self._runner, self._watching() if is_watched else None)

    def _light_work(self) -> Iterator[Answer]:
        return _run_light(self._items, self._runner)

    def _first_work(self) -> Iterator[Answer]:
        return _run_first(self._items, self._runner)

    def _backwards_work(self, items: list[Any], deadline: Optional[float], is_watched: bool) -> Iterator[Answer]:
        return _run_backwards(items, self._runner, self._watching() if is_watched else None, deadline)


def _passes(row: Answer) -> bool:
    return row.get("passes", True) and row.get("reason") is None


def _failed(ended: Ended) -> set[str]:
    return {row["test"] for row in ended.answers if "test" in row and not _passes(row)}


def _with_lines_of(watched: Ended, ended: Ended) -> Ended:
    """What the tests did when nobody watched, and what was seen of them when somebody did: not all, where they failed
    because of that."""
    seen = {row["test"]: row for row in watched.answers if "test" in row}
    rows = []
    for row in ended.answers:
        if "test" in row:
            before = seen.get(row["test"], UNSEEN)
            is_doubtful = _passes(row) and not _passes(before)
            row = {**before, **row, **({"is_blind": True} if is_doubtful else {})}
        rows.append(row)
    ended.answers = rows
    return ended


def _take_times(baseline: Baseline, test: str, whole_wall: float, light: Optional[Answer]) -> None:
    """Those of the test without the protocol, where it passes so."""
    whole_seconds, wall = baseline.passed[test], light["wall_seconds"] if light is not None else whole_wall
    baseline.longest_wall = max(baseline.longest_wall, wall)
    if light is None:
        baseline.first[test] = 0.0
        return
    first_seconds = min(light["first_seconds"], whole_seconds)  # either may hold more than the test itself
    baseline.passed[test] = light["cpu_seconds"]
    baseline.first[test] = max(0.0, first_seconds - light["cpu_seconds"])


def _shared_seconds(baseline: Baseline, forwards: dict[str, float], backwards: dict[str, float]) -> float:
    """What several tests use is imported or computed by the first of them, and that is another one when they run the
    other way. What a test needs for itself it needs both ways. A test not seen both ways may have needed it for all."""
    seconds = [0.0]
    for test, first in baseline.first.items():
        is_known = test in forwards and test in backwards
        seconds.append(abs(forwards[test] - backwards[test]) if is_known else first)
    return max(seconds)


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


def _take(baseline: Baseline, row: Answer, files: list[str]) -> None:
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


def _run_all(items: list[Any], runner: TestRunner, watching: Optional[_Watching]) -> Iterator[Answer]:
    runner.prepare()
    if watching is not None:
        watching.start()
    started = _clock()
    for index, item in enumerate(items):
        before, began = _cpu(), _clock()
        failure = runner.run(item, items[index + 1] if index + 1 < len(items) else None, is_whole=True)
        yield {
            "test": item.nodeid,
            "reason": failure.message if failure else None,
            "cpu_seconds": _cpu() - before,
            "wall_seconds": _clock() - began,
            **(watching.take() if watching is not None else {}),
        }
    yield {"wall_seconds": _clock() - started}


class _Watching:
    """The lines of one test after the other."""

    def __init__(self, subjects: Subjects, watcher: Watcher) -> None:
        self._numbers = {path: number for number, path in enumerate(subjects.files)}
        self._watcher = watcher
        self._ran = Ran(os.path.realpath(subjects.root))
        self._tracer = subjects.probes or make_tracer(subjects.files, ran=self._ran)
        if subjects.probes is not None:
            subjects.probes.ran = self._ran

    def start(self) -> None:
        """For good: in a child."""
        self._spawning = Spawning()
        self._watcher.tracer = self._tracer
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
        if runner.kind(item) == WHOLE:
            continue
        before, began = _cpu(), _clock()
        passes = runner.run(item) is None
        first_seconds, wall_seconds = _cpu() - before, _clock() - began
        before = _cpu()
        passes = passes and runner.run(item) is None
        times = {"first_seconds": first_seconds, "cpu_seconds": _cpu() - before, "wall_seconds": wall_seconds}
        yield {"test": item.nodeid, "passes": passes, **times}


def _run_first(items: list[Any], runner: TestRunner, seconds: float = BACKWARDS_SECONDS) -> Iterator[Answer]:
    """As far as it gets in that time: of the other tests more is allowed for."""
    runner.prepare()
    deadline = _clock() + seconds
    for item in reversed(items):
        if _clock() > deadline:
            return
        if runner.kind(item) != WHOLE:
            before = _cpu()
            runner.run(item)
            yield {"test": item.nodeid, "first_seconds": _cpu() - before}


def _run_backwards(
    items: list[Any],
    runner: TestRunner,
    watching: Optional[_Watching],
    deadline: Optional[float],  # of the clock: what is left then is left out, and the last row says so
) -> Iterator[Answer]:
    runner.prepare()
    if watching is not None:
        watching.start()
    for item in reversed(items):
        if deadline is not None and _clock() > deadline:
            yield {"is_cut_short": True}
            return
        failure = runner.run(item)
        seen = watching.take() if watching is not None else {}
        yield {"test": item.nodeid, "passes": failure is None, **seen}


def _run_repeatedly(items: list[Any], runner: TestRunner) -> Iterator[Answer]:
    runner.prepare()
    for _ in range(REPETITIONS):
        for item in items:
            yield {"test": item.nodeid, "passes": runner.run(item) is None}
