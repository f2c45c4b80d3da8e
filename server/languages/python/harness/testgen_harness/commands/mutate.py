"""`mutate`: judges mutants of the workspace's sources with the workspace's tests.

A file is {"path": absolute, "mutants": [{"start", "end" (bytes of the text as UTF-8), "replacement"}, ...]}.
Events:
    baseline   tests failed names reach
               the tests without mutants: how many pass, and how many do not; of each of the `spans` that were asked
               for, which of `names` reach it, by their numbers
    reach      test seconds is_blind is_dependent files    with all_killers, of each test: the lines that it runs, as
               {"file": number, "lines"}; whether more of it is not seen, and whether it may need the tests before it
    verdict    index status way test message tests_run killers is_cut_short reached_by key kept done total
Result: tests, failed (test and reason each), baseline_ms, timings (milliseconds of each phase), stood_by (the process
was ready before the request came), notes. Statuses: killed, survived, no-coverage, timeout, inconclusive; without a
run: equivalent, duplicate, invalid.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Callable, Optional

from testgen_harness.commands import Context, Receive
from testgen_harness.errors import HarnessError
from testgen_harness.mutation.baseline import Baseline, Subjects, measure_baseline
from testgen_harness.mutation.children import Answer
from testgen_harness.mutation.codes import Codes
from testgen_harness.mutation.evidence import Digest, surroundings_digest
from testgen_harness.mutation.grafting import Grafter
from testgen_harness.mutation.importing import (
    Broken,
    ImportJudge,
    ImportSession,
    judge_import,
    refuse,
)
from testgen_harness.mutation.judging import Judge, Verdict
from testgen_harness.mutation.plain_import import import_plainly
from testgen_harness.mutation.preloading import is_inside, modules_outside, preload
from testgen_harness.mutation.probes import Source
from testgen_harness.mutation.reached import Before
from testgen_harness.mutation.readiness import Readiness, clear, remember
from testgen_harness.mutation.running import TestRunner
from testgen_harness.mutation.session import MutationPlugin
from testgen_harness.mutation.variants import DUPLICATE, EQUIVALENT, FUNCTION, INVALID, Mutant, SourceFile
from testgen_harness.mutation.written import names_at_import, names_outside_functions
from testgen_harness.mutation.zygote import Zygote
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, import_pytest, run_pytest
from testgen_harness.text import one_line

REACHED_BY_MAX = 5  # tests that the verdict on a survivor names


@dataclass
class Request:
    root: str
    scratch: str
    files: list[dict]
    arguments: list[str] = field(default_factory=list)  # of pytest
    selection: list[str] = field(default_factory=list)  # tests; none: all
    workers: int = 0  # 0: one per processor
    known: list[dict] = field(default_factory=list)  # earlier verdicts: key status way test message tests_run
    all_killers: bool = False  # no test is left out because another one has failed
    spans: list[dict] = field(default_factory=list)  # {"path", "first", "last"}: lines, 1-based, both included
    stays_ready: bool = False  # for the next such request; see testgen_harness.standing_by


def execute(request: Request, context: Context) -> dict[str, Any]:
    timings = Timings()
    import_pytest()  # before the fork from which what runs at import time is judged
    timings.end("start")
    session = _Session()
    work = session.begin(request, context, timings)
    zygote = Zygote(
        lambda job: _judge_from_nothing(request, work.codes, job),
        lambda given: _prepare(request, work.codes, given, None),
    )
    work.zygote = zygote
    try:
        return session.run(request, work.codes.sources)
    finally:
        # The later one first: it holds the pipes of the earlier one, which waits for their end.
        session.close()
        zygote.close()


def stand_by(last: Request, receive: Receive) -> dict[str, Any]:
    """Everything up to the collection, as for a run of all tests, and the rest for each request that comes."""
    import_pytest()
    clear(last.scratch)
    session = _Session()

    def when_ready(pytest_session: Any) -> None:
        assert session.plugin is not None
        with session.plugin.unwatched():
            readiness = Readiness(last.root, last.scratch, last.arguments, pytest_session.config)
        gc.collect()
        gc.freeze()
        request, context = receive(lambda request: session.can_take(request, readiness))
        readiness.use(pytest_session, request.selection)
        work = session.begin(request, context, Timings())
        session.plugin.watch(work.codes.sources)
        work.timings.end("start")

    try:
        return session.run(replace(last, selection=[]), [], when_ready)
    finally:
        session.close()


class _Session:
    """One session of pytest, and the work in the place of its tests."""

    def __init__(self) -> None:
        self.plugin: Optional[MutationPlugin] = None
        self._work: Optional[_Work] = None
        self._problems: list[str] = []  # of the collection

    def begin(self, request: Request, context: Context, timings: Timings) -> _Work:
        sources = {file["path"]: SourceFile(file["path"]) for file in request.files}
        mutants = list(_mutants(request, sources))
        import_plainly(sources)
        self._work = _Work(request, context, Codes(sources), mutants, timings, self.plugin, self._problems)
        return self._work

    def can_take(self, request: Request, readiness: Readiness) -> bool:
        assert self.plugin is not None
        is_fit = readiness.fits(request.root, request.scratch, request.arguments)
        return is_fit and not self.plugin.has_imported(file["path"] for file in request.files)

    def run(
        self, request: Request, sources: list[Source], when_ready: Optional[Callable[[Any], None]] = None
    ) -> dict[str, Any]:
        self.plugin = MutationPlugin(request.root, sources, self._judge, self._judge_import, self._prepare_import)
        if self._work is not None:
            self._work.plugin = self.plugin
        if when_ready is not None:
            self.plugin.when_ready = when_ready
        reporter = Reporter(lambda event, **data: _note_error(self._problems, event, data), request.root)
        try:
            run_pytest(_options(request), reporter, [self.plugin])
        finally:
            if self.plugin.error is not None:  # what pytest says of it is less
                raise self.plugin.error
        if self._work is None or not self._work.answer:
            why = "; ".join(self._problems) or "pytest does not say why"
            raise HarnessError("CHILD", f"the tests cannot be collected: {why}")
        return self._work.answer

    def close(self) -> None:
        if self.plugin is not None and self.plugin.zygote is not None:
            self.plugin.zygote.close()

    # In the place of the tests, and in the processes that have not imported the workspace: by then there is work.

    def _judge(self, session: Any, before: Before) -> None:
        assert self._work is not None
        self._work.judge(session, before)

    def _judge_import(self, session: Any, broken: Broken, reports: list[Any], job: dict[str, Any]) -> Answer:
        assert self._work is not None
        _prepare_import(self._work.codes, job)
        return judge_import(session, broken, reports, job)

    def _prepare_import(self, given: dict[str, Any], config: Any) -> None:
        assert self._work is not None
        _prepare(self._work.request, self._work.codes, given, config)


def _mutants(request: Request, sources: dict[str, SourceFile]) -> Iterator[Mutant]:
    index = 0
    for file in request.files:
        source = sources[file["path"]]
        for mutant in file["mutants"]:
            start, end = mutant["start"], mutant["end"]
            lines = source.lines_around(start, end)
            yield Mutant(index, source.path, start, end, mutant["replacement"], *lines)
            index += 1


def _options(request: Request) -> SessionOptions:
    arguments = [*request.arguments, "-p", "no:randomly", "-s"]
    return SessionOptions(request.root, request.scratch, arguments, request.selection)


def _note_error(collected: list[str], event: str, data: dict[str, Any]) -> None:
    if event == "collection_error":
        collected.append(f"{data['path']}: {data.get('message') or ''}")


class Timings:
    """Where the time goes: milliseconds by the name of a phase."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._began = time.perf_counter()

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self.milliseconds[name] = (now - self._began) * 1000
        self._began = now


# ---- In the process that asks ----


@dataclass
class _Work:
    request: Request
    context: Context
    codes: Codes
    mutants: list[Mutant]
    timings: Timings
    plugin: Optional[MutationPlugin]
    problems: list[str]  # of the collection
    zygote: Optional[Zygote] = None  # where nothing stood by: in its children pytest starts from nothing
    answer: dict[str, Any] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)  # of what the verdict on a mutant rests on
    digests: dict[frozenset[str], str] = field(default_factory=dict)  # of tests
    kept: set[int] = field(default_factory=set)  # mutants of which it is known from an earlier run
    workers: int = 0  # 0: as requested

    def judge(self, session: Any, before: Before) -> None:
        assert self.plugin is not None
        self.timings.end("collection")
        files, items = list(self.codes.files), list(session.items)
        runner = TestRunner(session, self.plugin.watcher.reports)
        variants, watcher = self._compile_variants(), self.plugin.watcher
        tests, modules = self._imported(session)
        subjects = Subjects(self.request.root, files, self.plugin.probes, modules)
        baseline = measure_baseline(items, subjects, runner, watcher, self._workers(), lambda: next(variants, False))
        if not baseline.passed:
            reasons = [*self.problems, *baseline.failed.values()]
            why = one_line("; ".join(reasons)) or "there is none"
            raise HarnessError("UNAVAILABLE", f"no test passes without mutants: {why}")
        self.context.emit(
            "baseline", tests=len(baseline.passed), failed=len(baseline.failed), **_reach(self.request.spans, baseline)
        )
        if self.request.all_killers:
            self._tell_reach(baseline)
        self.timings.end("baseline")
        if baseline.solitary:
            self.workers = 1
        judge = Judge(items, baseline, self.codes, files, before, self._workers())
        judge.wants_all_killers = self.request.all_killers
        for done, verdict in enumerate(self._verdicts(judge, runner, baseline, session), 1):
            if verdict.status == "survived":
                verdict.reached_by = sorted(judge.reaching(self.mutants[verdict.index]))[:REACHED_BY_MAX]
            kept = {"key": self.keys.get(verdict.index, ""), "kept": verdict.index in self.kept}
            self.context.emit("verdict", done=done, total=len(self.mutants), **asdict(verdict), **kept)
        self.answer = {
            "tests": len(baseline.passed),
            "failed": [{"test": test, "reason": reason} for test, reason in baseline.failed.items()],
            "baseline_ms": baseline.wall_seconds * 1000,
            "timings": self.timings.milliseconds,
            "stood_by": self.zygote is None,
            "notes": [*(f"not collected: {problem}" for problem in self.problems), *_note_solitary(baseline)],
        }
        if self.request.stays_ready:
            remember(self.request.scratch, self._imported(session)[0], modules_outside(self.request.root))

    def _tell_reach(self, baseline: Baseline) -> None:
        numbers = {path: number for number, path in enumerate(self.codes.files)}
        reached: dict[str, dict[int, list[int]]] = {}
        for (path, line), tests in sorted(baseline.reach.items()):
            for test in tests:
                reached.setdefault(test, {}).setdefault(numbers[path], []).append(line)
        for test, seconds in baseline.passed.items():
            files = [{"file": number, "lines": lines} for number, lines in sorted(reached.get(test, {}).items())]
            is_blind, is_dependent = test in baseline.blind, test in baseline.dependent
            self.context.emit(
                "reach", test=test, seconds=seconds, is_blind=is_blind, is_dependent=is_dependent, files=files
            )

    def _workers(self) -> int:
        wanted = self.workers or self.request.workers
        return wanted if wanted > 0 else len(os.sched_getaffinity(0))

    def _verdicts(self, judge: Judge, runner: TestRunner, baseline: Baseline, session: Any) -> Iterator[Verdict]:
        here, elsewhere = [], []
        kept = {row["key"]: row for row in self.request.known} if not self.request.all_killers else {}
        surroundings = surroundings_digest(
            self.request.root, self.request.arguments, self.codes.files, *self._imported(session)
        )
        seen: set[bytes] = set()
        for mutant in self.mutants:
            known = self._known(mutant, seen)
            if not known:
                self.keys[mutant.index] = key = self._key(mutant, judge, baseline, surroundings)
            if known:
                yield Verdict(mutant.index, known)
            elif key in kept:
                self.kept.add(mutant.index)
                row = kept[key]
                yield Verdict(mutant.index, row["status"], row["way"], row["test"], row["message"], row["tests_run"])
            elif not judge.is_late(mutant) and not judge.can_exchange(mutant):
                elsewhere.append(mutant)
            elif judge.covering(mutant):
                here.append(mutant)
            else:
                yield Verdict(mutant.index, "no-coverage", FUNCTION)
        self.timings.end("compilation")
        assert self.plugin is not None
        zygote = self.plugin.zygote or self.zygote
        assert zygote is not None
        if elsewhere:
            tests, modules = self._imported(session)
            if self.plugin.probes is not None:
                self.plugin.started.names_elsewhere = self._names_elsewhere([*tests, *modules])
            zygote.prepare({"tests": tests, "modules": modules, "outside": modules_outside(self.request.root)})
        yield from judge.judge(here, runner)
        self.timings.end("functions")
        judge.grafter = Grafter(self.codes.files, self.plugin.started)
        yield from judge.judge_data([mutant for mutant in elsewhere if judge.is_reached(mutant.path)], runner)
        elsewhere = [mutant for mutant in elsewhere if mutant.index not in judge.grafted]
        self.timings.end("data")
        importing = ImportJudge(judge, baseline, runner, zygote, list(self.plugin.broken.reasons), self._workers())
        yield from importing.verdicts(elsewhere)
        self.timings.end("imports")

    def _imported(self, session: Any) -> tuple[list[str], list[str]]:
        """The files of the workspace that are modules by now: those with tests, and the others."""
        tests = sorted({str(getattr(item, "path", item.fspath)) for item in session.items})
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        loaded = {path for path in files if isinstance(path, str) and path.endswith(".py")}
        ours = {path for path in loaded if is_inside(self.request.root, path)}
        return tests, sorted(ours.difference(tests, self.codes.files))

    def _names_elsewhere(self, others: list[str]) -> dict[str, set[str]]:
        """What may have been mentioned while files were imported, beside what the subjects' functions say they did."""
        loaded = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        subjects = {path: file.code for path, file in self.codes.files.items() if path in loaded}
        return {"": names_at_import(others), **{path: names_outside_functions(each) for path, each in subjects.items()}}

    def _key(self, mutant: Mutant, judge: Judge, baseline: Baseline, surroundings: str) -> str:
        """Of what acts at import time all tests count."""
        assert mutant.variant is not None
        is_late = mutant.variant.kind == FUNCTION and judge.is_late(mutant)
        is_local = is_late or judge.can_exchange(mutant)
        tests = judge.covering(mutant) if is_local else baseline.passed
        digest = Digest()
        digest.add(surroundings, os.path.relpath(mutant.path, self.request.root), *mutant.variant.evidence)
        digest.add(is_local, self._digest_of(frozenset(tests), baseline))
        return digest.hex()

    def _digest_of(self, tests: frozenset[str], baseline: Baseline) -> str:
        """Many mutants are reached by the same tests."""
        known = self.digests.get(tests)
        if known is None:
            digest = Digest()
            digest.add(*sorted(baseline.digests[test] for test in tests))
            known = self.digests[tests] = digest.hex()
        return known

    def _compile(self, mutant: Mutant) -> None:
        mutant.variant = self.codes.files[mutant.path].variant(mutant.start, mutant.end, mutant.replacement)

    def _compile_variants(self) -> Iterator[bool]:
        """One by one, while nothing else is to be done here."""
        for mutant in self.mutants:
            self._compile(mutant)
            yield True

    def _known(self, mutant: Mutant, seen: set[bytes]) -> str:
        """What needs no run: the status of an invalid, equivalent or duplicate mutant."""
        if mutant.variant is None:
            self._compile(mutant)
        assert mutant.variant is not None
        if mutant.variant.kind in (INVALID, EQUIVALENT):
            return mutant.variant.kind
        if mutant.variant.digest in seen:
            return DUPLICATE
        seen.add(mutant.variant.digest)
        return ""


def _note_solitary(baseline: Baseline) -> Iterator[str]:
    if baseline.solitary:
        count, first = len(baseline.solitary), min(baseline.solitary)
        who = first if count == 1 else f"{first} and {count - 1} more"
        yield (
            f"{who}: passed alone but not beside a second run of the tests (a file or a port that both use, or a flaky"
            " test), so mutants were judged one at a time"
        )


def _reach(spans: list[dict], baseline: Baseline) -> dict[str, Any]:
    """Nothing, unless it is asked for. Every test has one number, however many spans it reaches."""
    if not spans:
        return {}
    numbers: dict[str, int] = {}
    reach = []
    for span in spans:
        lines = range(span["first"], span["last"] + 1)
        tests = {test for line in lines for test in baseline.reach.get((span["path"], line), ())}
        reach.append({"tests": [numbers.setdefault(test, len(numbers)) for test in sorted(tests)]})
    return {"names": list(numbers), "reach": reach}


# ---- In the processes that have not imported the workspace, and in their children ----


def _prepare(request: Request, codes: Codes, given: dict[str, Any], config: Any) -> None:
    codes.prepare(given["modules"], given["tests"], config)
    preload(request.root, given["outside"])


def _prepare_import(codes: Codes, job: dict[str, Any]) -> None:
    codes.install()
    codes.reaches_programs = job["reaches_programs"]
    codes.change(Mutant(**job["mutant"]))


def _judge_from_nothing(request: Request, codes: Codes, job: dict[str, Any]) -> Answer:
    """A conftest.py imports the module: pytest starts from nothing."""
    _prepare_import(codes, job)
    session = ImportSession(lambda *given: judge_import(*given, job))
    errors: list[str] = []
    try:
        run_pytest(_options(request), Reporter(lambda event, **data: _note_error(errors, event, data), ""), [session])
    except HarnessError as error:
        return refuse(error)
    return {"status": "inconclusive", "message": "; ".join(errors)[:300] or "pytest did not start"}
