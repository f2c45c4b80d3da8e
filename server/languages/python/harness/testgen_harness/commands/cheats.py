"""`cheats`: gives functions cheating implementations, and runs the tests that reach them.

A file is {"path": absolute, "lines": [first line of a function, decorators included, ...]}.
Events:
    progress   name done total       a cheat is judged
Result: functions, in the order of the request: path line name tests calls cheats (see `_report`) reason (why none was
tried); tests, failed (test and reason each), baseline_ms, notes.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Callable

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.evidence.calls import CallRecorder
from testgen_harness.evidence.cheats import Cheat, Evidence, Table, cheats_for
from testgen_harness.evidence.exposing import CPU_SECONDS, WALL_SECONDS, find_exposing
from testgen_harness.evidence.functions import Function, functions_of
from testgen_harness.evidence.loop import next_of, run_test, run_with
from testgen_harness.evidence.stubs import alive_functions, answer_calls, copy_function, stub_code, why_not
from testgen_harness.mutation.children import Ended, Task, run_children
from testgen_harness.pytest_session import SessionOptions
from testgen_harness.text import one_line

# Limits of time: on the processor, so that a busy machine changes no verdict; by the clock only for what waits forever.
# For each test anew: callers of a cheat often wait in vain for what it should have done.
CPU_FACTOR, CPU_MIN = 10.0, 0.5
WALL_FACTOR, WALL_MIN = 30.0, 10.0
BASELINE_SECONDS = 1800.0

REJECTED, PASSED, TIMEOUT, INCONCLUSIVE, NOT_APPLICABLE = (
    "rejected",
    "passed",
    "timeout",
    "inconclusive",
    "not-applicable",
)


@dataclass
class Request:
    root: str
    scratch: str
    files: list[dict]
    arguments: list[str] = field(default_factory=list)  # of pytest
    selection: list[str] = field(default_factory=list)  # tests; none: all
    workers: int = 0  # 0: one per processor


def execute(request: Request, context: Context) -> dict[str, Any]:
    functions = []
    for file in request.files:
        wanted = set(file["lines"])
        functions += [function for function in functions_of(file["path"]) if function.line in wanted]
    answer: dict[str, Any] = {}
    work = _Work(request, context, functions)
    options = SessionOptions(request.root, request.scratch, [*request.arguments], request.selection)
    notes = run_with(options, lambda items: answer.update(work.judge(items)))
    answer["notes"] = [*notes, *work.notes]
    return answer


@dataclass
class _Subject:
    """A function that tests can be run with a cheat of."""

    function: Function
    alive: FunctionType
    evidence: Evidence
    tests: list[str] = field(default_factory=list)
    cheats: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Baseline:
    seconds: dict[str, float]  # on the processor, of tests that pass
    failed: list[dict[str, str]]
    wall_seconds: float
    evidence: list[Evidence]


class _Work:
    def __init__(self, request: Request, context: Context, functions: list[Function]) -> None:
        self._request, self._context, self._functions = request, context, functions
        self._kills: Counter[str] = Counter()
        self._workers = request.workers or len(os.sched_getaffinity(0))
        self.notes: list[str] = []

    def judge(self, items: list[Any]) -> dict[str, Any]:
        alive = alive_functions({function.path for function in self._functions})
        chosen, reasons = [], {}
        for function in self._functions:
            reason = _why_left_out(function, alive.get(function.place, []))
            if reason:
                reasons[function.place] = reason
            else:
                chosen.append((function, alive[function.place][0]))
        baseline = self._measure(items, chosen)
        by_name = {item.nodeid: item for item in items}
        subjects = [
            _Subject(function, found, evidence, self._tests_of(items, evidence, baseline))
            for (function, found), evidence in zip(chosen, baseline.evidence)
        ]
        self._run_cheats([subject for subject in subjects if subject.tests], by_name, baseline)
        self._expose([subject for subject in subjects if subject.tests])
        reports = {subject.function.place: _report(subject) for subject in subjects}
        return {
            "functions": [
                reports.get(function.place) or _left_out(function, reasons[function.place])
                for function in self._functions
            ],
            "tests": len(baseline.seconds),
            "failed": baseline.failed,
            "baseline_ms": baseline.wall_seconds * 1000,
        }

    # ---- The calls ----

    def _measure(self, items: list[Any], chosen: list[tuple[Function, FunctionType]]) -> _Baseline:
        """Every test twice: as it is, for its time, and with the calls recorded, which takes longer."""
        functions, receivers = [found for _, found in chosen], [function.receivers for function, _ in chosen]
        plain = _in_fork(lambda: _record(items, [], []), "the tests cannot be run")
        recorded = _in_fork(lambda: _record(items, functions, receivers), "the tests cannot be run with calls recorded")
        red = [row for row in plain["tests"] if row["reason"] is not None]
        disturbed = [
            row
            for row, before in zip(recorded["tests"], plain["tests"])
            if row["reason"] is not None and before["reason"] is None
        ]
        left_out = {row["test"] for row in [*red, *disturbed]}
        seconds = {row["test"]: row["seconds"] for row in plain["tests"] if row["test"] not in left_out}
        if not seconds:
            why = one_line("; ".join(row["reason"] for row in [*red, *disturbed])) or "there is none"
            raise HarnessError("UNAVAILABLE", f"no test passes without cheats: {why}")
        if disturbed:
            self.notes.append(
                "tests left out because they fail while calls are recorded (they look at the call stack, or use up "
                f"all of it): {len(disturbed)}, the first is {disturbed[0]['test']}"
            )
        failed = [{"test": row["test"], "reason": row["reason"]} for row in red]
        evidence = [Evidence(**row) for row in recorded["calls"]]
        return _Baseline(seconds, failed, plain["wall_seconds"], evidence)

    def _tests_of(self, items: list[Any], evidence: Evidence, baseline: _Baseline) -> list[str]:
        names = [items[number].nodeid for number in evidence.tests]
        return [name for name in names if name in baseline.seconds]

    # ---- The cheats ----

    def _run_cheats(self, subjects: list[_Subject], items: dict[str, Any], baseline: _Baseline) -> None:
        runs: list[tuple[_Subject, Cheat]] = []
        for subject in subjects:
            for cheat in cheats_for(subject.function, subject.evidence):
                if cheat.reason:
                    subject.cheats.append(_verdict(cheat, NOT_APPLICABLE))
                else:
                    runs.append((subject, cheat))
        gc.collect()
        gc.freeze()  # a collection in a child would touch, and so copy, every page
        for done, ended in enumerate(run_children(self._tasks(runs, items, baseline), self._workers), 1):
            subject, cheat = runs[ended.key]
            verdict = self._judge(cheat, ended)
            subject.cheats.append(verdict)
            name = f"{subject.function.qualified_name}: {cheat.name}"
            self._context.emit("progress", name=name, done=done, total=len(runs))

    def _tasks(self, runs: list[tuple[_Subject, Cheat]], items: dict[str, Any], baseline: _Baseline) -> Iterator[Task]:
        for index, (subject, cheat) in enumerate(runs):
            tests = sorted(subject.tests, key=lambda test: (-self._kills[test], baseline.seconds[test], test))
            seconds = sum(baseline.seconds[test] for test in tests)
            wall = WALL_MIN + WALL_FACTOR * max(seconds, baseline.wall_seconds)
            chosen = [(items[test], CPU_MIN + CPU_FACTOR * baseline.seconds[test]) for test in tests]
            cpu = sum(limit for _, limit in chosen)
            yield Task(index, lambda s=subject, c=cheat, i=chosen: _try(s.alive, c, i), cpu, wall)

    def _judge(self, cheat: Cheat, ended: Ended) -> dict[str, Any]:
        if ended.is_timeout:
            return _verdict(cheat, TIMEOUT)
        if ended.answer is None:
            return _verdict(cheat, INCONCLUSIVE, message=ended.reason)
        answer = ended.answer
        if "test" in answer:
            self._kills[answer["test"]] += 1
        return _verdict(cheat, REJECTED if "test" in answer else PASSED, **answer)

    def _expose(self, subjects: list[_Subject]) -> None:
        """For what passed, a call that would have shown it."""
        wanted: list[tuple[_Subject, dict[str, Any]]] = []
        for subject in subjects:
            is_callable = not subject.function.is_method and subject.evidence.examples
            wanted += [(subject, cheat) for cheat in subject.cheats if cheat["status"] == PASSED and is_callable]
        tasks = (
            Task(index, lambda s=subject, c=cheat: {"found": _find(s, c["cheat"])}, CPU_SECONDS, WALL_SECONDS)
            for index, (subject, cheat) in enumerate(wanted)
        )
        for ended in run_children(tasks, self._workers):
            if ended.answer is not None and ended.answer["found"] is not None:
                wanted[ended.key][1].update(ended.answer["found"])


def _why_left_out(function: Function, alive: list[FunctionType]) -> str:
    if function.name == "__repr__":
        return "made for people"
    if not alive:
        return "not imported, or nothing holds it any more"
    if len(alive) > 1:
        return f"it exists {len(alive)} times"
    return why_not(alive[0])


def _in_fork(work: Callable[[], dict[str, Any]], what: str) -> dict[str, Any]:
    (ended,) = run_children(iter([Task(0, work, BASELINE_SECONDS, BASELINE_SECONDS)]), 1)
    if ended.answer is None:
        raise HarnessError("CHILD", f"{what}: {'they did not end in time' if ended.is_timeout else ended.reason}")
    return ended.answer


# ---- In children ----


def _record(items: list[Any], functions: list[FunctionType], receivers: list[int]) -> dict[str, Any]:
    recorder = CallRecorder(functions, receivers)
    started, rows = time.perf_counter(), []
    for index, item in enumerate(items):
        before = time.process_time()
        recorder.test = index
        failure = run_test(item, next_of(items, index))
        recorder.test = -1
        rows.append({"test": item.nodeid, "seconds": time.process_time() - before, "reason": failure})
    wall_seconds = time.perf_counter() - started
    return {"tests": rows, "wall_seconds": wall_seconds, "calls": [calls.pack() for calls in recorder.calls]}


def _try(function: FunctionType, cheat: Cheat, limited: list[tuple[Any, float]]) -> dict[str, Any]:
    """The items come with their limits on the processor; the timer ends the process."""
    original = copy_function(function)
    answer = cheat.make(lambda arguments, keywords: original(*arguments, **keywords))
    function.__code__ = stub_code(function.__code__, 0)
    answer_calls(lambda number, arguments, keywords: answer(arguments, keywords))
    items = [item for item, _ in limited]
    for index, (item, seconds) in enumerate(limited):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        failure = run_test(item, next_of(items, index))
        if failure is not None:
            return {"test": item.nodeid, "message": failure, "tests_run": index + 1}
    entries = len(answer.used) if isinstance(answer, Table) else 0
    return {"tests_run": len(items), "entries": entries}


def _find(subject: _Subject, cheat: str) -> Any:
    evidence = subject.evidence
    name = subject.function.qualified_name
    return find_exposing(subject.alive, name, evidence.examples, cheat, evidence.constant_text)


# ---- The answer ----


def _verdict(cheat: Cheat, status: str, **answer: Any) -> dict[str, Any]:
    return {
        "cheat": cheat.name,
        "status": status,
        "code": cheat.code,
        "reason": cheat.reason,
        "killed_by": answer.get("test", ""),
        "message": answer.get("message", ""),
        "tests_run": answer.get("tests_run", 0),
        "entries": answer.get("entries", 0),
        "input": "",
        "gives": "",
    }


def _report(subject: _Subject) -> dict[str, Any]:
    return {
        "path": subject.function.path,
        "line": subject.function.line,
        "name": subject.function.qualified_name,
        "tests": len(subject.tests),
        "calls": subject.evidence.count,
        "distinct": subject.evidence.distinct,
        "reason": "" if subject.tests else "no test calls it",
        "cheats": subject.cheats,
    }


def _left_out(function: Function, reason: str) -> dict[str, Any]:
    return {
        "path": function.path,
        "line": function.line,
        "name": function.qualified_name,
        "tests": 0,
        "calls": 0,
        "distinct": 0,
        "reason": reason,
        "cheats": [],
    }
