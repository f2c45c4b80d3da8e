"""`mutate`: judges mutants of the workspace's sources with the workspace's tests.

A file is {"path": absolute, "mutants": [{"start", "end" (bytes of the text as UTF-8), "replacement"}, ...]}.
Events:
    baseline   tests failed              the tests without mutants: how many pass, and which do not
    verdict    index status way test message tests_run done total
Result: verdicts (as in the events, without done and total), tests, failed (test and reason each), baseline_ms,
notes. Statuses: killed, survived, no-coverage, timeout, inconclusive; without a run: equivalent, duplicate, invalid.
"""

from __future__ import annotations

import tokenize
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from types import CodeType
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.mutation.session import (
    Baseline,
    Judge,
    Lines,
    MutationPlugin,
    Place,
    Verdict,
    measure_baseline,
    sort_out,
    worker_count,
)
from testgen_harness.mutation.variants import FUNCTION, IMPORT, make_variant
from testgen_harness.mutation.zygote import Zygote, import_from
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, import_pytest, run_pytest
from testgen_harness.text import one_line

IMPORT_SECONDS = 10.0  # on the processor, for pytest's start and the imports of the workspace


@dataclass
class Request:
    root: str
    scratch: str
    files: list[dict]
    arguments: list[str] = field(default_factory=list)  # of pytest
    selection: list[str] = field(default_factory=list)  # tests; none: all
    workers: int = 0  # 0: one per processor


def execute(request: Request, context: Context) -> dict[str, Any]:
    places = [place for file in request.files for place in _places(file)]
    for index, place in enumerate(places):
        place.index = index
    import_pytest()  # before the fork from which what runs at import time is judged
    zygote = Zygote(lambda job: _judge_import(request, job))
    answer: dict[str, Any] = {}
    plugin = None
    try:
        collected: list[str] = []
        work = _Work(request, context, places, zygote, collected)
        plugin = MutationPlugin(work.files, lambda items, lines: answer.update(work.judge(items, lines)))
        work.plugin = plugin
        reporter = Reporter(lambda event, **data: _note_error(collected, event, data), request.root)
        run_pytest(_options(request, request.selection), reporter, [plugin])
        if plugin.error is not None:
            raise plugin.error
        if not answer:
            why = "; ".join(collected) or "pytest does not say why"
            raise HarnessError("CHILD", f"the tests cannot be collected: {why}")
    finally:
        # The later one first: it holds the pipes of the earlier one, which waits for their end.
        if plugin is not None and plugin.zygote is not None:
            plugin.zygote.close()
        zygote.close()
    return answer


def _options(request: Request, selection: list[str]) -> SessionOptions:
    arguments = [*request.arguments, "-p", "no:randomly", "-p", "no:cacheprovider", "-s"]
    return SessionOptions(request.root, request.scratch, arguments, selection)


def _note_error(collected: list[str], event: str, data: dict[str, Any]) -> None:
    if event == "collection_error":
        collected.append(f"{data['path']}: {data.get('message') or ''}")


# ---- Places ----


def _read(path: str) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, ValueError) as error:
        raise HarnessError("INVALID_ARGUMENT", f"{path}: {one_line(str(error))}") from error


def _places(file: dict[str, Any]) -> Iterator[Place]:
    path, source = file["path"], _read(file["path"])
    data = source.encode("utf-8")
    try:
        original: CodeType = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise HarnessError("INVALID_ARGUMENT", f"{path}: {one_line(str(error))}") from error
    for mutant in file["mutants"]:
        start, end = mutant["start"], mutant["end"]
        text = (data[:start] + mutant["replacement"].encode("utf-8") + data[end:]).decode("utf-8")
        first_line = data.count(b"\n", 0, start) + 1
        last_line = first_line + data.count(b"\n", start, end)
        yield Place(0, path, first_line, last_line, make_variant(original, text, path))


# ---- Judging ----


@dataclass
class _Work:
    request: Request
    context: Context
    places: list[Place]
    zygote: Zygote
    problems: list[str]  # of the collection
    plugin: Optional[MutationPlugin] = None
    done: int = 0

    def __post_init__(self) -> None:
        self.files = [file["path"] for file in self.request.files]

    def judge(self, items: list[Any], at_import: Lines) -> dict[str, Any]:
        baseline = measure_baseline(items, self.files)
        if not baseline.passed:
            reasons = [*self.problems, *baseline.failed.values()]
            why = one_line("; ".join(reasons)) or "there is none"
            raise HarnessError("UNAVAILABLE", f"no test passes without mutants: {why}")
        self.context.emit("baseline", tests=len(baseline.passed), failed=len(baseline.failed))
        judge = Judge(items, baseline, self.files, at_import, self._workers())
        verdicts = []
        for verdict in self._verdicts(judge, baseline):
            self.done += 1
            self.context.emit("verdict", done=self.done, total=len(self.places), **asdict(verdict))
            verdicts.append(verdict)
        return {
            "verdicts": [asdict(verdict) for verdict in sorted(verdicts, key=lambda verdict: verdict.index)],
            "tests": len(baseline.passed),
            "failed": [{"test": test, "reason": reason} for test, reason in baseline.failed.items()],
            "baseline_ms": baseline.wall_seconds * 1000,
            "notes": [f"not collected: {problem}" for problem in self.problems],
        }

    def _workers(self) -> int:
        return worker_count(self.request.workers)

    def _verdicts(self, judge: Judge, baseline: Baseline) -> Iterator[Verdict]:
        left, known = sort_out(self.places)
        yield from known
        here = [place for place in left if judge.can_exchange(place)]
        elsewhere = [place for place in left if not judge.can_exchange(place)]
        yield from (Verdict(place.index, "no-coverage", FUNCTION) for place in here if not judge.covering(place))
        yield from judge.judge([place for place in here if judge.covering(place)])
        yield from self._through_import(elsewhere, judge, baseline)

    def _through_import(self, places: list[Place], judge: Judge, baseline: Baseline) -> Iterator[Verdict]:
        """What runs at import time may concern every test, and what tests there are. So all of them run, without those
        that fail anyway; first the files with tests that reach the mutated file."""
        jobs, asked = [], []
        cpu, wall = judge.limits(list(baseline.passed))
        limits = {"cpu_seconds": cpu + IMPORT_SECONDS, "wall_seconds": wall}
        for place in places:
            first = judge.reaching(place.path)
            if not first and not judge.is_imported(place.path):
                yield Verdict(place.index, "no-coverage", IMPORT)
                continue
            job = {"path": place.path, "source": place.variant.source, "first": first, "failed": list(baseline.failed)}
            job["broken"] = list(self.plugin.broken) if self.plugin else []
            jobs.append({**job, **limits})
            asked.append(place)
        zygote = (self.plugin and self.plugin.zygote) or self.zygote
        for number, answer in zygote.call_all(jobs, self._workers()):
            yield _import_verdict(asked[number], answer)


def _import_verdict(place: Place, answer: dict[str, Any]) -> Verdict:
    if answer.get("is_timeout"):
        return Verdict(place.index, "timeout", IMPORT)
    if "ended" in answer:
        return Verdict(place.index, "inconclusive", IMPORT, message=answer["ended"])
    return Verdict(place.index, answer["status"], IMPORT, answer["test"], answer["message"], answer["tests_run"])


def _judge_import(request: Request, job: dict[str, Any]) -> dict[str, Any]:
    """In a child of the zygote: nothing of the workspace has been imported there, and pytest starts from nothing."""
    import_from(job["path"], job["source"])
    seen: list[dict[str, Any]] = []
    errors: list[str] = []

    def note(event: str, **data: Any) -> None:
        _note_error(errors, event, data)
        if event == "test":
            seen.append(data)

    options = _options(request, request.selection)
    options.arguments += ["-x", *(option for test in job["failed"] for option in ("--deselect", test))]
    try:
        run_pytest(options, Reporter(note, request.root))
    except HarnessError as error:
        errors.append(error.message)
    failed = next((data for data in seen if data["outcome"] in ("failed", "error")), None)
    result = {"test": "", "message": "", "tests_run": len(seen)}
    if failed is not None:
        message = one_line(failed.get("message") or "")[:300]
        return {**result, "status": "killed", "test": failed["test"], "message": message}
    if errors:
        return {**result, "status": "inconclusive", "message": one_line(errors[0])[:300]}
    return {**result, "status": "survived"}
