"""The pytest plugin that turns a session into events. Registered by object, so no installation is needed."""

from __future__ import annotations

import fnmatch
import os
import pprint
import re
from time import process_time  # now: tests may replace it
from typing import Any, Callable, Optional

from testgen_harness.text import bounded, one_line

SIDE_MAX = 4_000  # characters of one side of a comparison

_getpid = os.getpid  # now: tests may replace it

# Folders and files that hold tests or run tools: never subjects.
TEST_FOLDERS = frozenset({"test", "tests", "testing"})
TOOL_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py"})

# "tests/test_a.py:3: in <module>", and what a syntax error says.
PLACE = re.compile(
    r'^(?P<path>\S[^\n:]*):(?P<line>\d+): in |^E? +File "(?P<file>[^"\n]+)", line (?P<row>\d+)', re.MULTILINE
)

# What pytest says of an assertion that did not hold; `fail()` and exceptions say something else.
ASSERTION = re.compile(r"assert |AssertionError")

# Which of two outcomes of one test (its phases, its subtests) counts. Later ones win.
PRECEDENCE = ("passed", "xpassed", "xfailed", "skipped", "failed", "error")


def _outcome_of(report: Any) -> str:
    expected_to_fail = hasattr(report, "wasxfail")
    if report.outcome == "skipped":
        return "xfailed" if expected_to_fail else "skipped"
    if report.outcome == "failed":
        return "failed" if report.when == "call" else "error"
    return "xpassed" if expected_to_fail and report.when == "call" else "passed"


class _Running:
    """The test that is running: its reports are gathered until it has ended."""

    def __init__(self, nodeid: str, location: tuple[str, Optional[int], str]) -> None:
        self.nodeid = nodeid
        self.path = location[0]
        self.line = 0 if location[1] is None else location[1] + 1
        self.outcome = "passed"
        self.deciding: Any = None  # the report that decided the outcome; None when all passed
        self.phases = {"setup": 0.0, "call": 0.0, "teardown": 0.0}
        self.sections: list[tuple[str, str]] = []
        self.compared: Optional[tuple[Any, Any]] = None  # the sides of the last "==" that an assertion explained
        self.cpu_started = process_time()

    def add(self, report: Any) -> None:
        if report.when in self.phases:
            self.phases[report.when] += report.duration * 1000
        if report.sections:
            self.sections = list(report.sections)  # each report repeats those of the phases before it
        outcome = _outcome_of(report) if report.outcome in ("passed", "failed", "skipped") else "passed"
        if PRECEDENCE.index(outcome) > PRECEDENCE.index(self.outcome):
            self.outcome = outcome
            self.deciding = report


class Reporter:
    def __init__(self, emit: Callable[..., None], root: str, lists_items: bool = False) -> None:
        self._emit = emit
        self._root = os.path.realpath(root)
        self._owner = _getpid()
        self._lists_items = lists_items
        self._running: Optional[_Running] = None
        self._test_paths: set[str] = set()
        self._patterns: list[str] = ["test_*.py", "*_test.py"]
        self.notes: list[str] = []  # what is worth saying of the session as a whole
        self.total = 0
        self.internal_error: Optional[str] = None
        self.interruption: Optional[str] = None

    # ---- Paths ---------------------------------------------------------------------------------------------

    def relative(self, path: str) -> str:
        full = os.path.realpath(os.path.join(self._root, path))
        inside = full == self._root or full.startswith(self._root + os.sep)
        return os.path.relpath(full, self._root) if inside else full

    def is_test_file(self, path: str) -> bool:
        """True for files that belong to the suite, or run tools, and so are not what is tested."""
        parts = self.relative(path).split(os.sep)
        return (
            os.path.realpath(path) in self._test_paths
            or parts[-1] in TOOL_FILES
            or not TEST_FOLDERS.isdisjoint(parts[:-1])
            or any(fnmatch.fnmatch(parts[-1], pattern) for pattern in self._patterns)
        )

    def _is_here(self) -> bool:
        """A test may fork and let its child run on into the hooks; the child has nothing to report."""
        return _getpid() == self._owner

    # ---- Collection ----------------------------------------------------------------------------------------

    def pytest_configure(self, config: Any) -> None:
        self._patterns = list(config.getini("python_files"))

    def pytest_collectstart(self, collector: Any) -> None:
        path = getattr(collector, "path", None) or getattr(collector, "fspath", None)
        if path is not None and os.path.isfile(str(path)) and self._is_here():
            self._emit("collecting", path=self.relative(str(path)))

    def report_collection_error(self, path: str, line: int, message: str, detail: str) -> None:
        self._emit("collection_error", path=self.relative(path), line=line, message=message, detail=detail)

    def pytest_collectreport(self, report: Any) -> None:
        if report.outcome == "failed" and self._is_here():
            place = self._place_of(report.longrepr)
            path = report.nodeid.split("::")[0]
            line = place[1] if place and place[0] == self.relative(path) else 0
            self.report_collection_error(path, line, _message_of(report), bounded(str(report.longrepr)))

    def pytest_collection_finish(self, session: Any) -> None:
        if not self._is_here():
            return
        self.total = len(session.items)
        for item in session.items:
            path = getattr(item, "path", None) or item.fspath
            self._test_paths.add(os.path.realpath(str(path)))
            if self._lists_items:
                place, line, _ = item.location
                self._emit("item", test=item.nodeid, path=place, line=(line or 0) + 1)
        self._emit("collected", total=self.total)

    # ---- Running -------------------------------------------------------------------------------------------

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, Optional[int], str]) -> None:
        if self._is_here():
            self._emit("start", test=nodeid)
            self._running = _Running(nodeid, location)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if self._running is not None and self._is_here():
            self._running.add(report)

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, Optional[int], str]) -> None:
        if self._running is not None and self._is_here():
            self._emit("test", **self._describe(self._running))
            self._running = None

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        if self._running is not None and op == "==" and self._is_here():
            self._running.compared = (_shown(left), _shown(right))

    def _describe(self, test: _Running) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "test": test.nodeid,
            "path": test.path,
            "line": test.line,
            "outcome": test.outcome,
            "duration_ms": sum(test.phases.values()),
            "cpu_ms": (process_time() - test.cpu_started) * 1000,
            "phases": test.phases,
        }
        if test.deciding is not None:
            fields["message"] = _message_of(test.deciding)
            place = self._place_of(test.deciding.longrepr)
            if place is not None and test.outcome in ("failed", "error"):
                fields["failure_path"], fields["failure_line"] = place
            if test.outcome in ("failed", "error"):
                fields["detail"] = bounded(str(test.deciding.longrepr))
            if test.outcome == "failed" and test.compared is not None and ASSERTION.match(fields["message"]):
                fields["actual"], fields["expected"] = test.compared
        output = "".join(
            f"{name}:\n{content}" if len(test.sections) > 1 else content for name, content in test.sections
        )
        if output:
            fields["output"] = bounded(output)
        return fields

    def _place_of(self, longrepr: Any) -> Optional[tuple[str, int]]:
        """The innermost place of a traceback that lies in the workspace, else the innermost at all."""
        crash = getattr(longrepr, "reprcrash", None)
        entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", [])
        places = [getattr(entry, "reprfileloc", None) for entry in entries]
        for place in [crash, *reversed(places)]:
            if place is not None:
                path = self.relative(str(place.path))
                if not os.path.isabs(path) and "site-packages" not in path:
                    return path, int(place.lineno)
        if crash is not None:
            return self.relative(str(crash.path)), int(crash.lineno)
        if hasattr(longrepr, "firstlineno"):  # a fixture that does not exist
            return self.relative(str(longrepr.filename)), int(longrepr.firstlineno) + 1
        return self._place_in_text(str(longrepr))

    def _place_in_text(self, text: str) -> Optional[tuple[str, int]]:
        """The last place of the workspace that a traceback without structure names (errors of collection)."""
        found = None
        for match in PLACE.finditer(text):
            path = self.relative(match["path"] or match["file"])
            if not os.path.isabs(path):
                found = path, int(match["line"] or match["row"])
        return found

    # ---- The session itself --------------------------------------------------------------------------------

    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> None:
        self.internal_error = one_line(f"{excinfo.typename}: {excinfo.value}")

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.interruption = one_line(f"{excinfo.typename}: {excinfo.value}")


def _shown(value: Any) -> str:
    """A side of a comparison: text as it is, so that its lines can be compared; else its representation."""
    if type(value) is str:
        return bounded(value, SIDE_MAX)
    try:
        return bounded(pprint.pformat(value, width=100), SIDE_MAX)
    except Exception as error:  # a `__repr__` of the workspace may raise anything
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def _message_of(report: Any) -> str:
    longrepr = report.longrepr
    if hasattr(report, "wasxfail") and report.wasxfail:
        return one_line(str(report.wasxfail))
    if isinstance(longrepr, tuple):  # skipped: path, line, reason
        return one_line(str(longrepr[2]).removeprefix("Skipped: "))
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None and crash.message:
        return one_line(str(crash.message))
    if hasattr(longrepr, "errorstring"):
        return one_line(str(longrepr.errorstring))
    lines = [line for line in str(longrepr).splitlines() if line.startswith("E ")]
    return one_line(lines[-1][1:] if lines else str(longrepr))
