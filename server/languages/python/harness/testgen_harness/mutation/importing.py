"""Judges mutants that act while modules are imported: in a process that has pytest ready and nothing of the workspace
imported, the module comes with the change, and the tests are collected and run from the beginning.

The likeliest killers are collected alone at first. When they pass, everything is collected and run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.baseline import Baseline, Watcher
from testgen_harness.mutation.children import Answer
from testgen_harness.mutation.judging import OUT_OF_MEMORY, Judge, Verdict
from testgen_harness.mutation.running import WHOLE, Failure, TestRunner
from testgen_harness.mutation.variants import IMPORT, Mutant
from testgen_harness.mutation.zygote import Zygote
from testgen_harness.text import one_line

IMPORT_SECONDS = 10.0  # on the processor, for pytest's start and the imports of the workspace
LIKELY = 6  # tests that are collected before the others


@dataclass
class Job:
    """One mutant; sent as JSON, so everything is plain."""

    mutant: dict[str, Any]
    likely: list[str]  # tests
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
            lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self.reasons[report.nodeid] = one_line(lines[-1] if lines else str(report.longrepr))

    def choose(self, session: Any, tests: Optional[list[str]]) -> None:
        """Only these are collected from now on; None: all."""
        if tests is None:
            self._files = None
            return
        parts = [test.partition("::") for test in tests]
        self._files = {os.path.realpath(os.path.join(str(session.config.rootpath), file)) for file, _, _ in parts}
        self._names = {name for _, _, rest in parts for name in rest.partition("[")[0].split("::")}

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
    test_files: list[str]
    modules: list[str]  # the other files of the workspace that were imported
    whole: list[str] = field(default_factory=list)  # tests that need pytest's protocol

    def __post_init__(self) -> None:
        self.whole = self.runner.names_of(WHOLE)

    def verdicts(self, mutants: list[Mutant]) -> Iterator[Verdict]:
        """What runs at import time may concern every test, and what tests there are. So all of them run, without those
        that fail anyway; first the files with tests that reach the mutated file."""
        asked = []
        for mutant in mutants:
            if self.judge.is_reached(mutant.path):
                asked.append(mutant)
            else:
                yield Verdict(mutant.index, "no-coverage", IMPORT)
        # Their number is not bounded by what one line holds: the zygote takes them one by one.
        given = {"modules": self.modules, "tests": self.test_files}
        make_job = lambda number: self._job(asked[number])  # noqa: E731
        for number, answer in self.zygote.call_all(make_job, len(asked), self.workers, given):
            yield self._verdict(asked[number], answer)

    def _job(self, mutant: Mutant) -> dict[str, Any]:
        tests = self.baseline.passed
        likely = self.judge.killers.sort(mutant, tests, tests)[:LIKELY]
        job = Job(
            {**vars(mutant), "variant": None},
            likely,
            self.baseline.files_reaching(mutant.path),
            list(self.baseline.failed),
            self.broken,
            self.whole,
            bool(self.baseline.blind),
            self.judge.wants_all_killers,
            self.judge.all_seconds(tests) + IMPORT_SECONDS,
            self.judge.wall_seconds(tests),
            self.judge.idle_seconds,
        )
        return vars(job)

    def _verdict(self, mutant: Mutant, answer: Answer) -> Verdict:
        if answer.get("is_timeout"):
            return Verdict(mutant.index, "timeout", IMPORT)
        if "ended" in answer:
            return Verdict(mutant.index, "inconclusive", IMPORT, message=answer["ended"])
        test = answer.get("test", "")
        if answer["status"] == "killed":
            self.judge.killers.add(mutant, test)
        message, killers = answer.get("message", ""), answer.get("killers", [])
        return Verdict(mutant.index, answer["status"], IMPORT, test, message, answer.get("tests_run", 0), killers)


# ---- In a child of the zygote ----


class ImportSession:
    """A plugin for a session that is begun for one mutant: it judges instead of collecting."""

    def __init__(self, judge: Callable[[Any, Broken, list[Any]], Answer]) -> None:
        self._judge = judge
        self._broken, self._watcher = Broken(), Watcher()
        self.answer: Optional[Answer] = None

    def pytest_configure(self, config: Any) -> None:
        config.pluginmanager.register(self._broken)
        config.pluginmanager.register(self._watcher)

    def pytest_collection(self, session: Any) -> bool:
        self.answer = self._judge(session, self._broken, self._watcher.reports)
        return True

    def pytest_runtestloop(self, session: Any) -> bool:
        return True


def judge_import(session: Any, broken: Broken, reports: list[Any], job: dict[str, Any]) -> Answer:
    """Collects and runs."""
    runner = TestRunner(session, reports)
    for name in job["whole"]:
        runner.demand_whole(name)
    runner.prepare()
    if job["likely"] and not job["all_killers"]:
        broken.choose(session, job["likely"])
        session.perform_collect()
        wanted = set(job["likely"])
        answer = _run(runner, [item for item in session.items if item.nodeid in wanted], job)
        if answer["status"] == "killed":
            return answer
        broken.choose(session, None)
    session.perform_collect()
    news = [f"{name}: {why}" for name, why in broken.reasons.items() if name not in job["broken"]]
    if news:
        return {"status": "inconclusive", "message": news[0][:300]}
    left_out, first = {*job["failed"], *job["broken"]}, set(job["first"])
    items = [item for item in session.items if left_out.isdisjoint((item.nodeid, item.nodeid.partition("::")[0]))]
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in first)
    return _run(runner, items, job)


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
