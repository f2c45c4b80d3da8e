"""`boundary`: runs the tests with the comparisons of the workspace's sources recorded.

Events:
    progress      name done total              a test has ended
Result: comparisons (see `_describe`), tests, failed (test and reason each), not_imported and not_recorded (paths),
left_out (comparisons that cannot be rewritten), notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.evidence.comparisons import SYMBOLS, Comparison
from testgen_harness.evidence.instrumented import InstrumentedSources
from testgen_harness.evidence.recorder import EQUALITY, INTEGER, NONE, NUMBER, Record, Recorder
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, import_pytest, run_pytest
from testgen_harness.text import one_line

TESTED, ONLY_ON, NOT_ON, NEVER, AT_IMPORT, NO_DISTANCE = (
    "tested",
    "only on the boundary",
    "not on the boundary",
    "never evaluated",
    "only at import",
    "no distance",
)


@dataclass
class Request:
    root: str
    scratch: str
    files: list[str]  # absolute paths of the sources
    arguments: list[str] = field(default_factory=list)  # of pytest
    selection: list[str] = field(default_factory=list)  # tests; none: all


class _CurrentTest:
    """Tells the recorder which test runs. Its set-up and tear-down belong to it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.names: list[str] = []

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self._recorder.test = len(self.names)
        self.names.append(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        self._recorder.test = -1


@dataclass
class _Log:
    """What the tests said."""

    context: Context
    total: int = 0
    ended: int = 0
    passed: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note(self, event: str, **data: Any) -> None:
        if event == "collected":
            self.total = data["total"]
        elif event == "collection_error":
            self.problems.append(f"{data['path']}: {data.get('message') or ''}")
        elif event == "test":
            self.ended += 1
            if data["outcome"] in ("failed", "error"):
                self.failed.append({"test": data["test"], "reason": one_line(data.get("message") or "")[:300]})
            elif data["outcome"] == "passed":
                self.passed += 1
            self.context.emit("progress", name=data["test"], done=self.ended, total=max(self.total, self.ended))


def execute(request: Request, context: Context) -> dict[str, Any]:
    import_pytest()
    recorder, log = Recorder(), _Log(context)
    sources = InstrumentedSources(request.files, recorder)
    recorder.install()
    sources.install()
    current = _CurrentTest(recorder)
    reporter = Reporter(log.note, request.root)
    arguments = [*request.arguments, "-p", "no:randomly"]
    run_pytest(SessionOptions(request.root, request.scratch, arguments, request.selection), reporter, [current])
    if log.ended == 0:
        raise HarnessError("UNAVAILABLE", f"no test ran: {one_line('; '.join(log.problems)) or 'there is none'}")
    otherwise = set(sources.imported_otherwise())
    pairs = [pair for pair in zip(sources.comparisons, recorder.records) if pair[0].path not in otherwise]
    return {
        "comparisons": [_describe(comparison, record, current.names) for comparison, record in pairs],
        "tests": log.passed,
        "failed": log.failed,
        "not_imported": sources.not_imported(),
        "not_recorded": sorted(otherwise),
        "left_out": sum(source.left_out for source in sources.sources.values()),
        "notes": [
            *reporter.notes,
            *(f"not collected: {problem}" for problem in log.problems),
            *(f"{source.path}: {one_line(source.problem)}" for source in sources.sources.values() if source.problem),
        ],
    }


def _describe(comparison: Comparison, record: Record, tests: list[str]) -> dict[str, Any]:
    kind = record.kind()
    is_whole = kind == INTEGER
    has_distance = kind in (INTEGER, NUMBER) and record.distance is not None
    return {
        "path": comparison.path,
        "line": comparison.line,
        "column": comparison.column,
        "end_line": comparison.end_line,
        "end_column": comparison.end_column,
        "text": comparison.text,
        "operator": SYMBOLS[comparison.operator],
        "operand": comparison.operand,
        "boundary": comparison.boundary,
        "is_boundary_constant": comparison.is_boundary_constant,
        "kind": kind if record.evaluated else "",
        "types": record.types,
        "evaluated": record.evaluated,
        "tests": record.tests,
        "below": record.just_below if is_whole else record.below,
        "on": record.on,
        "above": record.just_above if is_whole else record.above,
        "closest": record.closest,
        "closest_boundary": record.boundary,
        "distance": _finite(record.distance) if has_distance else None,
        "test": tests[record.closest_test] if record.closest_test >= 0 else "",
        "verdict": verdict_of(comparison.operator, record),
    }


def _finite(distance: Any) -> Optional[float]:
    try:
        number = float(distance)
    except (OverflowError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


def verdict_of(operator: str, record: Record) -> str:
    """Tested: with the boundary itself, and with what is nearest to it among what gives the other answer."""
    if record.evaluated == 0:
        return AT_IMPORT if record.at_import else NEVER
    if record.kind() == NONE:
        return NO_DISTANCE
    if operator in ("eq", "ne"):
        other = record.below + record.above + record.unequal
    elif operator in ("ge", "lt"):
        other = record.just_below if record.is_discrete and record.kind() == INTEGER else record.below
    else:
        other = record.just_above if record.is_discrete and record.kind() == INTEGER else record.above
    if record.on == 0:
        return NO_DISTANCE if record.kind() == EQUALITY and operator not in ("eq", "ne") else NOT_ON
    return TESTED if other > 0 else ONLY_ON
