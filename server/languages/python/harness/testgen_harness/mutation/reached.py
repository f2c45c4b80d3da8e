"""Which lines of some files the code of one test runs: `sys.monitoring` where there is one, a trace function before."""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType
from typing import Any, Optional


class _Tracer:
    """Python before 3.12. Functions of other files are looked at once per call and left alone."""

    def __init__(self, files: frozenset[str]) -> None:
        self._files = files
        self._lines: set[tuple[str, int]] = set()

    def start(self) -> None:
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def _on_call(self, frame: FrameType, event: str, argument: Any) -> Optional[Any]:
        path = frame.f_code.co_filename
        if path not in self._files:
            return None
        self._lines.add((path, frame.f_lineno))
        return self._on_line

    def _on_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._on_line

    def take(self) -> set[tuple[str, int]]:
        lines, self._lines = self._lines, set()
        # A test may have taken the trace function away; the next one is watched all the same.
        self.start()
        return lines

    def stop(self) -> None:
        threading.settrace(None)  # type: ignore[arg-type]
        sys.settrace(None)


class _Monitor:
    """Python 3.12 and later: a line tells once per test, then it costs nothing."""

    def __init__(self, files: frozenset[str]) -> None:
        self._files = files
        self._lines: set[tuple[str, int]] = set()
        self._tool = sys.monitoring.COVERAGE_ID

    def start(self) -> None:
        monitoring = sys.monitoring
        if monitoring.get_tool(self._tool) is not None:
            monitoring.free_tool_id(self._tool)
        monitoring.use_tool_id(self._tool, "testgen")
        monitoring.register_callback(self._tool, monitoring.events.PY_START, self._on_start)
        monitoring.register_callback(self._tool, monitoring.events.LINE, self._on_line)
        monitoring.set_events(self._tool, monitoring.events.PY_START)

    def _on_start(self, code: CodeType, offset: int) -> Any:
        if code.co_filename in self._files:
            sys.monitoring.set_local_events(self._tool, code, sys.monitoring.events.LINE)
        return sys.monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        self._lines.add((code.co_filename, line))
        return sys.monitoring.DISABLE

    def take(self) -> set[tuple[str, int]]:
        lines, self._lines = self._lines, set()
        sys.monitoring.restart_events()
        return lines

    def stop(self) -> None:
        sys.monitoring.set_events(self._tool, 0)
        sys.monitoring.free_tool_id(self._tool)


def make_tracer(files: list[str]) -> Any:
    """`start()` once, `take()` for the lines since the last time as (path, line), `stop()` at the end."""
    return (_Monitor if sys.version_info >= (3, 12) else _Tracer)(frozenset(files))
