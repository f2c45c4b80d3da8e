"""`reach`: what tests run of the files that they are about, each test by itself.

Every test runs in a fork of a process that has collected, with lines and branches measured (see measure.py) and the
comparisons of the files recorded. What importing the files runs counts for every test.
Result: rows (test; files, as in measure.py; boundaries: of comparison n the number 3n says that an operand was below
its boundary, and next to it where both are whole numbers, 3n + 1 that it was on it, 3n + 2 above), and notes. A test
whose process did not answer has no row. No tests: the whole suite, in one row of the name "".
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.evidence.instrumented import InstrumentedSources
from testgen_harness.evidence.loop import next_of, run_test, run_with
from testgen_harness.evidence.recorder import INTEGER, NUMBER, Record, Recorder
from testgen_harness.exploration.subjects import prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.measure import start_measurement
from testgen_harness.mutation.children import Task, run_children
from testgen_harness.pytest_session import SessionOptions

HASH_SEED = 0
SECONDS_PER_TEST = 20.0
CELLS = 3  # of a comparison

Files = list[dict[str, Any]]


@dataclass
class Request:
    root: str
    scratch: str
    tests: list[str]  # node ids; none: the suite
    files: list[str]  # absolute paths of the sources
    original_root: str = ""
    arguments: list[str] = field(default_factory=list)  # of pytest
    limit_ms: int = 60_000


def execute(request: Request, context: Context) -> dict[str, Any]:
    seconds = request.limit_ms / 1000
    try:
        found: dict[str, Any] = call_isolated(
            __name__, "measure", asdict(request), request.scratch, HASH_SEED, request.root, seconds
        )
    except HarnessError as error:
        return {"rows": [], "notes": [error.message]}
    return found


def measure(fields: dict[str, Any]) -> dict[str, Any]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, [])
    recorder = Recorder()
    sources = InstrumentedSources(request.files, recorder)
    recorder.install()
    sources.install()
    importing = start_measurement(request.root, request.files)[0]
    rows: list[dict[str, Any]] = []

    def work(items: list[Any]) -> None:
        rows.extend(_rows(request, recorder, items, _files_of(importing)))

    notes = run_with(SessionOptions(request.root, request.scratch, [*request.arguments], request.tests), work)
    return {"rows": rows, "notes": notes}


def _rows(request: Request, recorder: Recorder, items: list[Any], imported: Files) -> list[dict[str, Any]]:
    groups: dict[str, list[Any]] = {}  # a test with all its sets of parameters
    for item in items:
        groups.setdefault(item.nodeid.partition("[")[0] if request.tests else "", []).append(item)
    seconds = SECONDS_PER_TEST if request.tests else request.limit_ms / 1000
    tasks = (
        Task(name, lambda chosen=chosen: _run(request, recorder, chosen, imported), seconds, seconds)
        for name, chosen in groups.items()
    )
    answers = {ended.key: ended.answer for ended in run_children(tasks, len(os.sched_getaffinity(0)))}
    return [{"test": name, **answers[name]} for name in groups if answers.get(name)]


def _run(request: Request, recorder: Recorder, items: list[Any], imported: Files) -> dict[str, Any]:
    measurement = start_measurement(request.root, request.files)[0]
    recorder.test = 0
    for index, item in enumerate(items):
        run_test(item, next_of(items, index))
    recorder.test = -1
    files = [_joined(found, imported) for found in _files_of(measurement)]
    boundaries = [CELLS * number + cell for number, record in enumerate(recorder.records) for cell in _cells_of(record)]
    return {"files": files, "boundaries": boundaries}


def _files_of(measurement: Any) -> Files:
    if measurement is None:
        return []
    measurement.stop()
    return measurement.report(lambda path: False)[0] or []


def _joined(found: dict[str, Any], imported: Files) -> dict[str, Any]:
    """What the test runs, and what had run before it."""
    before = next((file for file in imported if file["path"] == found["path"]), None)
    if before is None:
        return found
    executed = {*found["executed"], *before["executed"]}
    taken = {(branch["line"], branch["target"]) for branch in before["branches"] if branch["taken"]}
    branches = [
        {**branch, "taken": branch["taken"] or (branch["line"], branch["target"]) in taken}
        for branch in found["branches"]
    ]
    missing = [line for line in found["missing"] if line not in executed]
    return {**found, "executed": sorted(executed), "missing": missing, "branches": branches}


def _cells_of(record: Record) -> list[int]:
    if record.evaluated == 0 or record.kind() not in (INTEGER, NUMBER):
        return []
    is_whole = record.kind() == INTEGER
    counts = (
        record.just_below if is_whole else record.below,
        record.on,
        record.just_above if is_whole else record.above,
    )
    return [cell for cell, count in enumerate(counts) if count > 0]
