"""Judges mutants of functions in forks of a session that has collected its tests.

A fork isolates best and costs most. So a child first tries a batch of mutants one after the other, each with the tests
that reach it and are cheap to run, the likeliest killer first. A mutant counts as killed there when its test passes
again with the original code. Everything else is judged alone, in a fork of its own, with all tests that reach it:
what no test of the batch killed, what ended the child, and what left something behind that the original fails on.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import process_time  # now: tests may replace it
from types import CodeType, FunctionType
from typing import Any, Optional, Protocol

from testgen_harness.mutation.baseline import Baseline
from testgen_harness.mutation.children import Answer, Ended, Task, limit_cpu, run_while
from testgen_harness.mutation.codes import Codes
from testgen_harness.mutation.endless import Watch
from testgen_harness.mutation.functions import Functions, key_of
from testgen_harness.mutation.grafting import BrokenImport, Grafter, NotGraftable
from testgen_harness.mutation.reached import Before
from testgen_harness.mutation.running import MESSAGE_LENGTH, WHOLE, Failure, TestRunner
from testgen_harness.mutation.variants import DATA, FUNCTION, Mutant, NewDefault, Variant

# Limits of time, for each test: on the processor, so that a busy machine changes no verdict. A test may be the first to
# import or compute what others use, too: so that is allowed for. By the clock only what waits for something.
CPU_FACTOR, CPU_MIN = 10.0, 0.3
FIRST_FACTOR = 3.0
ALL_FACTOR, ALL_MIN = 10.0, 5.0  # for all tests of a mutant together
WALL_MIN, WALL_FACTOR = 60.0, 30.0
SHRINKING = 10.0  # times as much as where nothing fails: a test that looks for the simplest input that does
IDLE_MIN, IDLE_FACTOR = 2.0, 3.0
MEMORY_BYTES = 768 << 20  # more than the suite had when it began

BATCH_MAX = 32  # mutants
BATCH_SECONDS = 0.02  # of tests, for a mutant that none of them kills: about what a fork costs
DATA_SECONDS = 0.03  # the same, where the other way is to import everything again
BATCH_CPU = 0.15  # more than the longest test needs; who needs more is judged alone, with more
ENDLESS_MIN = 0.1  # seconds in one call of the subjects, beside what the test needs: see endless.py
ENDLESS_LEAD = 0.03  # the same where the verdict is not final
MISSING_MAX = 3  # tests of one mutant that do not come back, where all its killers are asked for
OUT_OF_MEMORY = "the tests used more memory than they are given"


@dataclass
class Verdict:
    index: int
    status: str
    way: str = ""  # FUNCTION, DATA or IMPORT
    test: str = ""
    message: str = ""
    tests_run: int = 0
    killers: list[str] = field(default_factory=list)  # all of them, where that is asked for
    is_cut_short: bool = False  # a test did not come back: there may be more killers
    reached_by: list[str] = field(default_factory=list)  # of a survivor: some of the tests that reach it


class Change(Protocol):
    """What a mutant does to the running program."""

    def apply(self) -> None: ...

    def undo(self) -> None: ...


class CodeChange:
    def __init__(self, exchanges: list[tuple[FunctionType, CodeType]]) -> None:
        self._exchanges = [(function, function.__code__, code) for function, code in exchanges]

    def apply(self) -> None:
        for function, _, code in self._exchanges:
            function.__code__ = code

    def undo(self) -> None:
        for function, code, _ in self._exchanges:
            function.__code__ = code


class DefaultChange:
    """Of one parameter of a function, wherever it is."""

    def __init__(self, functions: list[FunctionType], default: NewDefault) -> None:
        self._changes = [(function, *_with_default(function, default)) for function in functions]
        self._old = [(function, function.__defaults__, function.__kwdefaults__) for function in functions]

    def apply(self) -> None:
        _set_defaults(self._changes)

    def undo(self) -> None:
        _set_defaults(self._old)


def _with_default(function: FunctionType, default: NewDefault) -> tuple[Any, Any]:
    """What it takes for the parameters by position, and for those by name only."""
    count = function.__code__.co_argcount
    if default.argument >= count:
        name = function.__code__.co_varnames[default.argument]
        return function.__defaults__, {**(function.__kwdefaults__ or {}), name: default.value}
    values = list(function.__defaults__ or ())
    values[default.argument - count] = default.value  # they belong to the last ones
    return tuple(values), function.__kwdefaults__


def _set_defaults(changes: list[tuple[FunctionType, Any, Any]]) -> None:
    for function, by_position, by_name in changes:
        function.__defaults__, function.__kwdefaults__ = by_position, by_name


def change_of(variant: Variant, functions: Functions) -> Change:
    if variant.default is not None:
        return DefaultChange(functions.of(variant.default.code), variant.default)
    return CodeChange([(function, new) for old, new in variant.exchanges for function in functions.of(old)])


class NoChange:
    """Of a module that only the tests import: it comes with the change when they do."""

    def apply(self) -> None: ...

    def undo(self) -> None: ...


class Killers:
    """Which tests killed before: near a mutant counts first."""

    def __init__(self) -> None:
        self._near: Counter[tuple[str, int, str]] = Counter()
        self._all: Counter[str] = Counter()

    def add(self, mutant: Mutant, test: str) -> None:
        self._near[mutant.path, mutant.first_line // 16, test] += 1
        self._all[test] += 1

    def best(self, mutant: Mutant, most: int, unfit: set[str]) -> list[str]:
        part = mutant.first_line // 16
        known = sorted(self._all.keys() - unfit)
        return sorted(known, key=lambda test: (-self._near[mutant.path, part, test], -self._all[test]))[:most]

    def sort(self, mutant: Mutant, tests: Any, seconds: dict[str, float]) -> list[str]:
        part = mutant.first_line // 16

        def rank(test: str) -> tuple[Any, ...]:
            return (-self._near[mutant.path, part, test], -self._all[test], seconds[test], test)

        return sorted(tests, key=rank)


@dataclass
class _Batch:
    mutants: list[Mutant]
    way: str


@dataclass
class _InTurn:
    """What came of the tests of one mutant so far, where all of them are asked for."""

    tests: list[str]
    answers: list[Answer] = field(default_factory=list)  # empty: it passed, or did not come back
    missing: list[Ended] = field(default_factory=list)  # of children in which a test did not come back

    def take(self, ended: Ended) -> bool:
        """Whether there is more to run."""
        self.answers += ended.answers
        if not ended.is_complete:
            self.answers.append({})
            self.missing.append(ended)
        return len(self.answers) < len(self.tests) and 0 < len(self.missing) < MISSING_MAX

    @property
    def kills(self) -> list[Answer]:
        return [answer for answer in self.answers if answer]

    @property
    def answer(self) -> Answer:
        """The first kill, with how many tests ran until then and all that killed."""
        for number, answer in enumerate(self.answers, 1):
            if answer:
                killers = [kill["test"] for kill in self.kills]
                return {**answer, "tests_run": number, "killers": killers, "is_cut_short": bool(self.missing)}
        return {"tests_run": len(self.answers)}


class Judge:
    def __init__(
        self, items: list[Any], baseline: Baseline, codes: Codes, files: list[str], before: Before, workers: int
    ) -> None:
        self._at_import = before.lines
        self._inspected = {key_of(code) for code in before.inspected}
        self._order = items
        self._items = {item.nodeid: item for item in items}
        self._baseline, self._workers = baseline, workers
        self._functions = Functions(files)
        self._tests_of: dict[str, set[str]] = {}  # by file
        for (path, _), tests in baseline.reach.items():
            self._tests_of.setdefault(path, set()).update(tests)
        self._reached_files = {path for path, _ in before.lines} | self._tests_of.keys()
        self.killers = Killers()
        self._codes = codes
        codes.reaches_programs = bool(baseline.blind)
        paths = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        self._loaded = {os.path.realpath(path) for path in paths if isinstance(path, str)}
        self.grafter: Optional[Grafter] = None
        self.grafted: set[int] = set()  # mutants that acted at import, and were killed without
        self.outliving: set[int] = set()  # the same that no test killed without
        self.wants_all_killers = False
        self._watch = Watch(files)
        self._batches: deque[_Batch] = deque()
        self._alone: deque[Task] = deque()

    # ---- What can be judged here ----

    def can_exchange(self, mutant: Mutant) -> bool:
        """Not what has had its effect when the tests begin: a function that ran while modules were imported, a default
        that someone has looked at."""
        variant = mutant.variant
        if variant is None or not self._at_import.isdisjoint(mutant.lines()):
            return False
        if variant.default is not None:
            code = variant.default.code
            return bool(self._functions.of(code)) and key_of(code) not in self._inspected
        codes = [old for old, _ in variant.exchanges]
        return any(map(self._functions.of, codes)) and not any(map(self._functions.is_running, codes))

    def is_late(self, mutant: Mutant) -> bool:
        """Its module is imported while the tests run, if at all."""
        return os.path.realpath(mutant.path) not in self._loaded

    def reaching(self, mutant: Mutant) -> set[str]:
        """The tests seen to run one of the mutant's lines. What runs once, when one of them imports the module, is for
        all that use it."""
        reach = self._baseline.reach
        if self.is_late(mutant) and mutant.variant is not None and mutant.variant.kind != FUNCTION:
            return self._tests_of.get(mutant.path, set())
        return {test for place in mutant.lines() for test in reach.get(place, ())}

    def covering(self, mutant: Mutant) -> set[str]:
        """The tests that may run one of the mutant's lines."""
        return self.reaching(mutant) | self._baseline.blind

    def is_reached(self, path: str) -> bool:
        """Something of the file runs, if only while it is imported."""
        return path in self._reached_files

    # ---- Judging ----

    def judge(self, mutants: list[Mutant], runner: TestRunner) -> Iterator[Verdict]:
        """Verdicts come as they are ready."""
        gc.collect()
        gc.freeze()  # a collection in a child would touch, and so copy, every page
        self._runner = runner
        in_batches = [mutant for mutant in mutants if self._goes_in_batch(mutant)]
        chosen = {mutant.index for mutant in in_batches}
        self._put_batches(in_batches, FUNCTION)
        for mutant in mutants:
            if mutant.index not in chosen:
                self._put_alone(mutant)
        yield from self._run_tasks()

    def judge_data(self, mutants: list[Mutant], runner: TestRunner) -> Iterator[Verdict]:
        """Of mutants that act at import time those that change data only, and that a test kills; see `grafted`."""
        if self.wants_all_killers:
            return
        self._runner = runner
        self._put_batches(mutants, DATA)
        yield from self._run_tasks()

    def _put_batches(self, mutants: list[Mutant], way: str) -> None:
        size = max(1, min(BATCH_MAX, -(-len(mutants) // (4 * self._workers))))
        self._batches.extend(_Batch(mutants[at : at + size], way) for at in range(0, len(mutants), size))

    def _run_tasks(self) -> Iterator[Verdict]:
        for ended in run_while(self._next_task, self._workers):
            yield from ended.key(ended)

    def _goes_in_batch(self, mutant: Mutant) -> bool:
        """Fixtures of modules and sessions outlive a mutant. What runs while they are set up is judged alone."""
        return (
            not self.wants_all_killers
            and not self.is_late(mutant)
            and self._baseline.set_up.keys().isdisjoint(mutant.lines())
        )

    def _next_task(self) -> Optional[Task]:
        """What is left over from a batch first: it is what takes long."""
        if self._alone:
            return self._alone.popleft()
        return self._batch_task(self._batches.popleft()) if self._batches else None

    def all_seconds(self, tests: Any) -> float:
        """On the processor."""
        return ALL_MIN + ALL_FACTOR * sum(map(self._needed, tests))

    def wall_seconds(self, tests: Any) -> float:
        return WALL_MIN + WALL_FACTOR * max(sum(map(self._needed, tests)), self._baseline.wall_seconds)

    def _needed(self, test: str) -> float:
        """At most, when it fails: looking for the simplest input takes longer than to try those that pass."""
        return self._baseline.passed[test] * (SHRINKING if test in self._baseline.shrinking else 1.0)

    def _limit(self, test: str, end: float) -> None:
        """The test that runs next. `end` is when the process's own time is over."""
        seconds = CPU_MIN + CPU_FACTOR * self._needed(test) + self._first_seconds(test)
        limit_cpu(max(0.001, min(seconds, end - process_time())))

    def _call_seconds(self, test: str) -> float:
        """No call of the subjects takes longer, unless it is endless."""
        return ENDLESS_MIN + CPU_FACTOR * self._baseline.passed[test] + self._first_seconds(test)

    def _lead_seconds(self, test: str) -> float:
        """Where the verdict is not final. What tests share has mostly been used by then."""
        return ENDLESS_LEAD + CPU_FACTOR * self._baseline.passed[test] + FIRST_FACTOR * self._baseline.first[test]

    def _first_seconds(self, test: str) -> float:
        """What it may need more: it may be the first to run here, or the first that uses something."""
        return FIRST_FACTOR * (self._baseline.first[test] + self._baseline.shared_cpu)

    def _end_of(self, tests: Any) -> float:
        return process_time() + self.all_seconds(tests)

    def _task(self, key: Any, work: Any, tests: Any) -> Task:
        return Task(key, work, 0, self.wall_seconds(tests), MEMORY_BYTES, self.idle_seconds)

    @property
    def idle_seconds(self) -> float:
        return IDLE_MIN + IDLE_FACTOR * self._baseline.longest_wall

    # ---- Batches ----

    def _batch_task(self, batch: _Batch) -> Task:
        tests = self._baseline.passed
        return self._task(lambda ended: self._take_batch(batch, ended), lambda: self._run_batch(batch), tests)

    def _prepare(self) -> None:
        self._runner.prepare()
        self._codes.install()
        self._watch.start()

    def _run_batch(self, batch: _Batch) -> Iterator[Answer]:
        self._prepare()
        for number, mutant in enumerate(batch.mutants):
            limit_cpu(BATCH_CPU + FIRST_FACTOR * self._baseline.longest_cpu)
            self._is_lead = number > 0
            answer = self._try_data(mutant) if batch.way == DATA else self._try_function(mutant)
            if "test" in answer:
                self.killers.add(mutant, answer["test"])
            yield answer
            if answer.get("is_spoiled"):
                return

    def _change(self, mutant: Mutant) -> Change:
        if self.is_late(mutant):
            return NoChange()
        assert mutant.variant is not None
        return change_of(mutant.variant, self._functions)

    def _try_function(self, mutant: Mutant) -> Answer:
        self._codes.change(mutant)
        return self._try_tests(self._change(mutant), self._cheap_tests(mutant, self.covering(mutant), BATCH_SECONDS))

    def _try_data(self, mutant: Mutant) -> Answer:
        assert self.grafter is not None
        try:
            change = self.grafter.change(mutant.path, mutant.start, mutant.end, mutant.replacement)
        except BrokenImport as error:
            return {"broken": f"{os.path.basename(mutant.path)}: {error}"[:MESSAGE_LENGTH]}
        if change is None or not self._baseline.set_up.keys().isdisjoint(change.lines):
            return {}
        # Who reads it may do so once, for all tests; so those that use its file at all are asked.
        tests = {test for path in {path for path, _ in change.lines} for test in self._tests_of.get(path, ())}
        try:
            return self._try_tests(change, self._cheap_tests(mutant, tests, DATA_SECONDS)) or {"outlives": True}
        except NotGraftable:
            return {}

    def _cheap_tests(self, mutant: Mutant, tests: set[str], most_seconds: float) -> list[str]:
        chosen, seconds = [], 0.0
        for test in self.killers.sort(mutant, tests, self._baseline.passed):
            if self._runner.kind(self._items[test]) != WHOLE:
                seconds += self._baseline.passed[test]
                if chosen and seconds > most_seconds:
                    break
                chosen.append(test)
        return chosen

    def _try_tests(self, change: Change, tests: list[str]) -> Answer:
        change.apply()
        for number, test in enumerate(tests, 1):
            self._watch.expect(self._lead_seconds(test) if self._is_lead else self._call_seconds(test))
            failure = self._runner.run(self._items[test])
            if failure is not None:
                self._undo(change)
                if self._runner.run(self._items[test]) is not None or failure.is_out_of_memory:
                    return {"is_spoiled": True}
                return {"test": test, "message": failure.message, "tests_run": number}
        self._undo(change)
        return {}

    def _undo(self, change: Change) -> None:
        change.undo()
        self._codes.change(None)

    def _take_batch(self, batch: _Batch, ended: Ended) -> Iterator[Verdict]:
        answers = ended.answers
        for mutant, answer in zip(batch.mutants, answers):
            if "test" in answer:
                yield self._killed(mutant, answer, batch.way)
                self.grafted.add(mutant.index)
            elif "broken" in answer:
                yield Verdict(mutant.index, "inconclusive", DATA, message=answer["broken"])
                self.grafted.add(mutant.index)
            else:
                if "outlives" in answer:
                    self.outliving.add(mutant.index)
                self._put_aside(mutant, batch.way)
        rest = batch.mutants[len(answers) :]
        is_first = not answers
        if rest and ended.is_timeout and batch.way == FUNCTION:
            if is_first:
                yield Verdict(rest.pop(0).index, "timeout", FUNCTION)  # nothing ran there before it: it was alone
        elif rest and (is_first or not answers[-1].get("is_spoiled")):
            self._put_aside(rest.pop(0), batch.way)  # the child died of it
        if rest:
            self._batches.appendleft(_Batch(rest, batch.way))

    def _put_aside(self, mutant: Mutant, way: str) -> None:
        """To be judged in another way. Nothing has to be done for those that act at import time: they come later."""
        if way == FUNCTION:
            self._put_alone(mutant)

    # ---- Alone ----

    def _put_alone(self, mutant: Mutant) -> None:
        tests = self.killers.sort(mutant, self.covering(mutant), self._baseline.passed)
        if self.wants_all_killers:
            self._alone.append(self._rest_task(mutant, _InTurn(tests)))
            return
        self._alone.append(
            self._task(
                lambda ended: self._take_alone(mutant, tests, ended),
                lambda: self._run_alone(mutant, tests),
                tests,
            )
        )

    def _run_in_turn(self, mutant: Mutant, tests: list[str]) -> Iterator[tuple[str, Optional[Failure]]]:
        """How each fails with the mutant, which is gone at the end."""
        self._prepare()
        self._codes.change(mutant)
        change = self._change(mutant)
        change.apply()
        is_whole, end = self._runner.warnings_fail, self._end_of(tests)
        try:
            for number, test in enumerate(tests, 1):
                following = self._items[tests[number]] if number < len(tests) else None
                self._limit(test, end)
                self._watch.expect(self._call_seconds(test))
                yield test, self._runner.run(self._items[test], following, is_whole)
        finally:
            self._undo(change)

    def _run_alone(self, mutant: Mutant, tests: list[str]) -> Answer:
        with contextlib.closing(self._run_in_turn(mutant, tests)) as in_turn:
            number, kill = next(((n, _kill(*run)) for n, run in enumerate(in_turn, 1) if run[1]), (len(tests), {}))
        if kill:
            kill["is_sure"] = self._runner.run(self._items[kill["test"]]) is None
        return {**kill, "tests_run": number}

    def _take_alone(self, mutant: Mutant, tests: list[str], ended: Ended) -> Iterator[Verdict]:
        if ended.answer is None:
            yield _unanswered(mutant, ended, FUNCTION)
        else:
            yield from self._conclude(mutant, tests, ended.answer)

    def _rest_task(self, mutant: Mutant, found: _InTurn) -> Task:
        """All tests are asked. What a test that does not come back keeps from running goes on in another child."""
        rest = found.tests[len(found.answers) :]

        def run() -> Iterator[Answer]:
            return (_kill(test, failure) if failure else {} for test, failure in self._run_in_turn(mutant, rest))

        def take(ended: Ended) -> Iterator[Verdict]:
            if found.take(ended):
                self._alone.appendleft(self._rest_task(mutant, found))
            elif found.missing and not found.kills:
                yield _unanswered(mutant, found.missing[0], FUNCTION)
            else:
                yield from self._conclude(mutant, found.tests, found.answer)

        return self._task(take, run, rest)

    def _conclude(self, mutant: Mutant, tests: list[str], answer: Answer) -> Iterator[Verdict]:
        if "test" not in answer and self._has_joined(tests):
            self._put_in_order(mutant)
        elif "test" not in answer:
            # Tests of which not everything is seen run for each mutant, and so say nothing of where they get.
            status = "survived" if self.reaching(mutant) else "no-coverage"
            yield Verdict(mutant.index, status, FUNCTION, tests_run=answer["tests_run"])
        elif answer["is_out_of_memory"]:
            yield Verdict(mutant.index, "inconclusive", FUNCTION, message=OUT_OF_MEMORY)
        elif answer.get("is_sure") or answer["test"] not in self._baseline.dependent:
            yield self._killed(mutant, answer, FUNCTION)
        else:
            self._put_sequence(mutant, tests[: answer["tests_run"]], answer)

    def _has_joined(self, tests: list[str]) -> bool:
        """A test may leave behind what another one looks at, which does not reach the mutant itself."""
        return any(test.partition("::")[0] in self._baseline.joined for test in tests)

    def _killed(self, mutant: Mutant, answer: Answer, way: str) -> Verdict:
        test, message, count = answer["test"], answer["message"], answer["tests_run"]
        self.killers.add(mutant, test)
        killers, is_cut_short = answer.get("killers", []), answer.get("is_cut_short", False)
        return Verdict(mutant.index, "killed", way, test, message, count, killers, is_cut_short)

    # ---- Tests that depend on others ----

    def _put_sequence(self, mutant: Mutant, tests: list[str], kill: Answer) -> None:
        """The same tests without the mutant: if the last one passes, then it was the mutant that made it fail."""

        def take(ended: Ended) -> Iterator[Verdict]:
            if ended.answer is not None and ended.answer["passes"]:
                yield self._killed(mutant, kill, FUNCTION)
            else:
                self._put_in_order(mutant)

        def run() -> Answer:
            self._runner.prepare()
            end = self._end_of(tests)
            for number, test in enumerate(tests, 1):
                following = self._items[tests[number]] if number < len(tests) else None
                self._limit(test, end)
                failure = self._runner.run(self._items[test], following)
            return {"passes": failure is None}

        self._alone.appendleft(self._task(take, run, tests))

    def _put_in_order(self, mutant: Mutant) -> None:
        """All tests as they come without a choice."""

        def take(ended: Ended) -> Iterator[Verdict]:
            answer = ended.answer
            if answer is None:
                yield _unanswered(mutant, ended, FUNCTION)
            elif "test" in answer:
                yield self._killed(mutant, answer, FUNCTION)
            else:
                yield Verdict(mutant.index, "survived", FUNCTION, tests_run=answer["tests_run"])

        def run() -> Answer:
            self._prepare()
            self._codes.change(mutant)
            self._change(mutant).apply()
            items = self._order
            limit_cpu(self.all_seconds(self._baseline.passed))
            for number, item in enumerate(items, 1):
                failure = self._runner.run(item, items[number] if number < len(items) else None, is_whole=True)
                if failure is not None and item.nodeid in self._baseline.passed:
                    return {"test": item.nodeid, "message": failure.message, "tests_run": number}
            return {"tests_run": len(items)}

        self._alone.appendleft(self._task(take, run, self._baseline.passed))


def _kill(test: str, failure: Failure) -> Answer:
    return {"test": test, "message": failure.message, "is_out_of_memory": failure.is_out_of_memory}


def _unanswered(mutant: Mutant, ended: Ended, way: str) -> Verdict:
    if ended.is_timeout:
        return Verdict(mutant.index, "timeout", way)
    return Verdict(mutant.index, "inconclusive", way, message=ended.reason or "the process gave no answer")
