"""`run`: runs tests through pytest and reports each as it ends; measures line and branch coverage on request.

Events:
    collecting        path                  the file whose tests are looked for, before it is imported
    collection_error  path line message detail
    collected         total
    start             test                  a test begins
    test              test path line outcome duration_ms cpu_ms message failure_path failure_line detail output
                      (and phases: set-up, call and tear-down in milliseconds)
Result: exit_code, duration_ms, notes, coverage (see measure.py; null when not asked for or not possible),
coverage_note.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from os import getpid as _getpid  # now: tests may replace it
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.measure import Measurement, start_measurement
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest

BY_TEST_MAX = 100_000  # pairs of a test and a file that it reached


@dataclass
class Request:
    root: str
    scratch: str  # a folder for what pytest and its plugins would otherwise write into the workspace
    arguments: list[str] = field(default_factory=list)
    selection: list[str] = field(default_factory=list)
    coverage: bool = False
    by_test: bool = False  # say of each measured file which lines each test reached, and which branches it took
    files: list[str] = field(default_factory=list)  # absolute paths of the sources to measure


class _ByTest:
    """Tells the measurement which test runs. A child that a test has forked has nothing to tell."""

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement
        self._owner = _getpid()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if _getpid() == self._owner:
            self._measurement.begin_test(nodeid)

    def pytest_runtest_logfinish(self) -> None:
        if _getpid() == self._owner:
            self._measurement.begin_test("")


def _drop_too_many(files: Optional[list[dict[str, Any]]]) -> Optional[str]:
    count = sum(len(file.get("tests", [])) for file in files or [])
    if count <= BY_TEST_MAX:
        return None
    for file in files or []:
        file.pop("tests", None)
    return f"which test reached which lines is left out: {count} pairs of test and file are more than {BY_TEST_MAX}"


def execute(request: Request, context: Context) -> dict[str, Any]:
    measurement: Optional[Measurement] = None
    note: Optional[str] = None
    if request.coverage:
        measurement, note = start_measurement(request.root, request.files, request.by_test)
    reporter = Reporter(context.emit, request.root)
    started = time.perf_counter()
    options = SessionOptions(request.root, request.scratch, request.arguments, request.selection)
    plugins = [_ByTest(measurement)] if measurement is not None and request.by_test else []
    try:
        exit_code = run_pytest(options, reporter, plugins)
    finally:
        if measurement is not None:
            measurement.stop()
    result: dict[str, Any] = {
        "exit_code": exit_code,
        "duration_ms": (time.perf_counter() - started) * 1000,
        "coverage": None,
        "notes": reporter.notes,
    }
    if measurement is not None:
        files, report_note = measurement.report(reporter.is_test_file)
        note = report_note or note or _drop_too_many(files)
        result["coverage"] = files
    if note is not None:
        result["coverage_note"] = note
    return result
