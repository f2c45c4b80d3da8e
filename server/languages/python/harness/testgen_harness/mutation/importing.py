"""Judges mutants that act while modules are imported: in a process that has pytest ready and nothing of the workspace
imported, the module comes with the change, and the tests are collected and run from the beginning.

The likeliest killers are collected alone at first. When they pass, everything is collected and run.
"""

from __future__ import annotations

import os
import unittest
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.baseline import Baseline, Watcher
from testgen_harness.mutation.children import Answer, answer_and_end
from testgen_harness.mutation.judging import OUT_OF_MEMORY, Judge, Verdict
from testgen_harness.mutation.running import WHOLE, Failure, TestRunner
from testgen_harness.mutation.variants import IMPORT, Mutant
from testgen_harness.mutation.zygote import Zygote
from testgen_harness.text import one_line

IMPORT_SECONDS = 10.0  # on the processor, for pytest's start and the imports of the workspace
LIKELY = 4  # tests that are collected alone at first
SOME, ALL, PROBE = "some", "all", "probe"  # what a job collects, and why


@dataclass
class Job:
    """One mutant; sent as JSON, so everything is plain."""

    key: tuple[str, Any]
    mutant: dict[str, Any]
    likely: list[str]  # tests; none: all are collected
    first: list[str]  # test files, run before the others
    failed: list[str]  # tests that fail without any mutant
    broken: list[str]  # what cannot be collected without any mutant
    whole: list[str]  # tests that need pytest's protocol
    reaches_programs: bool = False
    all_killers: bool = False
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    idle_seconds: float = 0.0


class Broken:
    """A plugin that notes what cannot be collected, and can leave out all but some tests."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        self._files: Optional[set[str]] = None
        self._names: set[str] = set()

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            text = [line for line in str(report.longrepr).splitlines() if line.strip()]
            lines = [
                line[1:] for line in text if line.startswith("E ")
            ] or text  # none marks them in a native traceback
            self.reasons[report.nodeid] = one_line(lines[-1].strip() if lines else "")

    def choose(self, session: Any, tests: list[str]) -> None:
        """Only these are collected. A session collects once: afterwards its fixtures belong to what it found."""
        parts = [test.partition("::") for test in tests]
        self._files = {os.path.realpath(os.path.join(str(session.config.rootpath), file)) for file, _, _ in parts}
        names = self._names = {name for _, _, rest in parts for name in rest.partition("[")[0].split("::")}
        loader: Any = unittest.TestLoader
        all_names = loader.getTestCaseNames
        loader.getTestCaseNames = lambda *given: [name for name in all_names(*given) if name in names]

    def pytest_ignore_collect(self, collection_path: Any) -> Optional[bool]:
        if self._files is None or not os.path.isfile(collection_path):
            return None
        return os.path.realpath(collection_path) not in self._files or None

    def pytest_pycollect_makeitem(self, name: str) -> Optional[list[Any]]:
        return None if self._files is None or name in self._names else []


# ---- In the process that asks ----


@dataclass
class ImportJudge:
    judge: Judge
    baseline: Baseline
    runner: TestRunner
    zygote: Zygote
    broken: list[str]
    workers: int
    whole: list[str] = field(default_factory=list)  # tests that need pytest's protocol
    _mutants: dict[int, Mutant] = field(default_factory=dict)
    _jobs: deque[Callable[[], dict[str, Any]]] = field(default_factory=deque)
    _waiting: dict[str, list[tuple[Mutant, Answer]]] = field(default_factory=dict)  # kills, by the test to be probed
    _fit: set[str] = field(default_factory=set)  # tests that pass when they are collected by themselves
    _unfit: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.whole = self.runner.names_of(WHOLE)

    def verdicts(self, mutants: list[Mutant]) -> Iterator[Verdict]:
        """What runs at import time may concern every test, and what tests there are. So all of them run, without those
        that fail anyway, but for what likely tests kill; first the files with tests that reach the mutated file."""
        for mutant in mutants:
            if self.judge.is_reached(mutant.path):
                self._mutants[mutant.index] = mutant
                self._jobs.append(lambda mutant=mutant: self._likely_job(mutant))
            else:
                yield Verdict(mutant.index, "no-coverage", IMPORT)
        if not self._jobs:
            return
        for (what, subject), answer in self.zygote.call_all(self._next_job, self.workers):
            if what == PROBE:
                yield from self._take_probe(subject, answer)
            else:
                yield from self._take(what, self._mutants[subject], answer)

    def _next_job(self) -> Optional[dict[str, Any]]:
        return self._jobs.popleft()() if self._jobs else None

    def _likely_job(self, mutant: Mutant) -> dict[str, Any]:
        tests = self.judge.killers.best(mutant, LIKELY, self._unfit)
        if not tests or self.judge.wants_all_killers or mutant.index in self.judge.outliving:
            return self._job((ALL, mutant.index), mutant, [])
        return self._job((SOME, mutant.index), mutant, tests)

    def _job(self, key: tuple[str, Any], mutant: Mutant, likely: list[str]) -> dict[str, Any]:
        tests = self.baseline.passed
        job = Job(
            key,
            {**vars(mutant), "variant": None},
            likely,
            self.baseline.files_reaching(mutant.path),
            list(self.baseline.failed),
            self.broken,
            self.whole,
            bool(self.baseline.blind),
            self.judge.wants_all_killers,
            self.judge.all_seconds(likely or tests) + IMPORT_SECONDS,
            self.judge.wall_seconds(tests),
            self.judge.idle_seconds,
        )
        return vars(job)

    def _take(self, what: str, mutant: Mutant, answer: Answer) -> Iterator[Verdict]:
        if what == SOME and answer.get("status") != "killed":
            # They end in another way, too, when not all tests are there.
            self._jobs.appendleft(lambda: self._job((ALL, mutant.index), mutant, []))
        elif what == SOME and answer["test"] not in self._fit:
            self._put_probe(mutant, answer)
        else:
            yield self._verdict(mutant, answer)

    def _put_probe(self, mutant: Mutant, answer: Answer) -> None:
        """A test that killed when only some were collected: does it pass like that without a mutant?"""
        test = answer["test"]
        self._waiting.setdefault(test, []).append((mutant, answer))
        if len(self._waiting[test]) == 1:
            same = Mutant(0, mutant.path, 0, 0, "", 1, 1)
            self._jobs.appendleft(lambda: self._job((PROBE, test), same, [test]))

    def _take_probe(self, test: str, answer: Answer) -> Iterator[Verdict]:
        is_fit = answer.get("status") == "undecided"
        (self._fit if is_fit else self._unfit).add(test)
        for mutant, kill in self._waiting.pop(test):
            if is_fit:
                yield self._verdict(mutant, kill)
            else:
                self._jobs.append(lambda mutant=mutant: self._job((ALL, mutant.index), mutant, []))

    def _verdict(self, mutant: Mutant, answer: Answer) -> Verdict:
        if answer.get("is_timeout"):
            return Verdict(mutant.index, "timeout", IMPORT)
        if "ended" in answer:
            return Verdict(mutant.index, "inconclusive", IMPORT, message=answer["ended"])
        test = answer.get("test", "")
        if answer["status"] == "killed" and test in self.baseline.passed:  # its parameters may be the mutant's
            self.judge.killers.add(mutant, test)
        message, killers = answer.get("message", ""), answer.get("killers", [])
        return Verdict(mutant.index, answer["status"], IMPORT, test, message, answer.get("tests_run", 0), killers)


# ---- In a child of the zygote ----


class ImportSession:
    """A plugin for a session that is begun for one mutant: it judges instead of collecting, and ends the process. What
    pytest does at the end of a session takes longer, and nobody looks at it."""

    def __init__(self, judge: Callable[[Any, Broken, list[Any]], Answer]) -> None:
        self._judge = judge
        self._broken, self._watcher = Broken(), Watcher()

    def pytest_configure(self, config: Any) -> None:
        config.pluginmanager.register(self._broken)
        config.pluginmanager.register(self._watcher)

    def pytest_collection(self, session: Any) -> None:
        answer_and_end(self._judge(session, self._broken, self._watcher.reports))


def judge_import(session: Any, broken: Broken, reports: list[Any], job: dict[str, Any]) -> Answer:
    """Collects and runs."""
    runner = TestRunner(session, reports)
    for name in job["whole"]:
        runner.demand_whole(name)
    runner.prepare()
    if job["likely"]:
        broken.choose(session, job["likely"])
        session.perform_collect()
        wanted = set(job["likely"])
        answer = _run(runner, [item for item in session.items if item.nodeid in wanted], job)
        return answer if answer["status"] == "killed" else {"status": "undecided"}
    session.perform_collect()
    left_out, first = {*job["failed"], *job["broken"]}, set(job["first"])
    items = [item for item in session.items if left_out.isdisjoint((item.nodeid, item.nodeid.partition("::")[0]))]
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in first)
    answer = _run(runner, items, job)
    news = [f"{name}: {why}" for name, why in broken.reasons.items() if name not in job["broken"]]
    if news and answer["status"] != "killed":  # what breaks the import proves nothing
        return {"status": "inconclusive", "message": news[0][:300]}
    return answer


def _run(runner: TestRunner, items: list[Any], job: dict[str, Any]) -> Answer:
    killers: list[str] = []
    answer: Answer = {"status": "survived", "tests_run": len(items)}
    for number, item in enumerate(items, 1):
        failure = runner.run(item, items[number] if number < len(items) else None, runner.warnings_fail)
        if failure is None:
            continue
        killers.append(item.nodeid)
        if len(killers) == 1:
            answer = _kill(item, failure, number)
        if not job["all_killers"]:
            return answer
    return {**answer, "killers": killers} if killers else answer


def _kill(item: Any, failure: Failure, number: int) -> Answer:
    if failure.is_out_of_memory:
        return {"status": "inconclusive", "message": OUT_OF_MEMORY}
    return {"status": "killed", "test": item.nodeid, "message": failure.message, "tests_run": number}


def refuse(error: HarnessError) -> Answer:
    return {"status": "inconclusive", "message": error.message[:300]}
