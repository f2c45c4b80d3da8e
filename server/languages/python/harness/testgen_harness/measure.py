"""Line and branch coverage of a run, by whatever this interpreter has.

coverage.py comes first where it is installed: what it says is what developers compare with, it honours the workspace's
own exclusions, and its tracer is written in C. Without it, Python 3.12 and later are measured with `sys.monitoring`
(see monitor.py). Older interpreters without coverage.py are not measured.

A report is a list of files: {"path": absolute, "executed": [...], "missing": [...], "excluded": [...],
"branches": [{"line": 3, "target": 5, "taken": true}, ...], "has_branches": true}. Target 0 is the exit. Where
`begin_test` was called there is "tests", too: [{"test": node id, "lines": [...], "branches": [...]}, ...], of the
executed lines and the branches that were taken; a branch is its place in the file's list.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Callable, Optional, Protocol

IsTestFile = Callable[[str], bool]
Report = tuple[Optional[list[dict[str, Any]]], Optional[str]]  # files, and a note for people

HOW_TO_MEASURE = "run {python} -m pip install coverage"


class Measurement(Protocol):
    def begin_test(self, test: str) -> None:
        """What runs from now on is run by this test; by none, when it is empty."""

    def stop(self) -> None: ...

    def report(self, is_test_file: IsTestFile) -> Report: ...


def start_measurement(
    root: str, files: list[str], by_test: bool = False
) -> tuple[Optional[Measurement], Optional[str]]:
    """The running measurement, and a note; without a measurement the note says why and what to do. `by_test`:
    `begin_test` will be called."""
    if not files:
        return None, "coverage was not measured: there are no source files to measure"
    note = None
    if importlib.util.find_spec("coverage") is not None:
        from testgen_harness.coverage_tool import start_coverage_tool

        measurement, note = start_coverage_tool(root, files, by_test)
        if measurement is not None:
            return measurement, note
    if sys.version_info >= (3, 12):
        from testgen_harness.monitor import start_monitor

        return start_monitor(files)
    how = HOW_TO_MEASURE.format(python=sys.executable)
    return None, note or f"coverage was not measured: Python before 3.12 needs coverage.py: {how}"
