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
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.measure import Measurement, start_measurement
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest


@dataclass
class Request:
    root: str
    scratch: str  # a folder for what pytest and its plugins would otherwise write into the workspace
    arguments: list[str] = field(default_factory=list)
    selection: list[str] = field(default_factory=list)
    coverage: bool = False
    files: list[str] = field(default_factory=list)  # absolute paths of the sources to measure


def execute(request: Request, context: Context) -> dict[str, Any]:
    measurement: Optional[Measurement] = None
    note: Optional[str] = None
    if request.coverage:
        measurement, note = start_measurement(request.root, request.files)
    reporter = Reporter(context.emit, request.root)
    started = time.perf_counter()
    options = SessionOptions(request.root, request.scratch, request.arguments, request.selection)
    try:
        exit_code = run_pytest(options, reporter)
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
        note = report_note or note
        result["coverage"] = files
    if note is not None:
        result["coverage_note"] = note
    return result
