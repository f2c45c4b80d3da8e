"""Which lines of some files the code of one test runs: `sys.monitoring` where there is one, a trace function before."""

from __future__ import annotations

import contextlib
import dis
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Optional

Lines = set[tuple[str, int]]  # path and line


TOOL_NAME = "testgen"
_gettrace = sys.gettrace  # now: tests may replace it


class Started:
    """The code of the workspace that ran while modules were imported."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(root, "")
        self._codes: dict[CodeType, bool] = {}  # does someone else than its own module run it?

    def note(self, code: CodeType, frame: Optional[FrameType]) -> None:
        path = code.co_filename
        if self._codes.get(code) or not path.startswith(self._root) or "site-packages" in path:
            return
        while frame is not None and (frame.f_code.co_filename != path or frame.f_code.co_name != "<module>"):
            frame = frame.f_back
        self._codes[code] = frame is None

    def names_read(self, path: str) -> set[str]:
        """What was mentioned there, but for what the module of that file has run for itself."""
        codes = [code for code, is_foreign in self._codes.items() if is_foreign or code.co_filename != path]
        return {name for code in codes for name in code.co_names}


class Ran:
    """The code of the workspace that ran since the last time, of tests and subjects alike."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(root, "")
        self._is_ours: dict[str, bool] = {}
        self._codes: dict[int, CodeType] = {}

    def note(self, code: CodeType) -> None:
        path = code.co_filename
        is_ours = self._is_ours.get(path)
        if is_ours is None:
            is_ours = self._is_ours[path] = path.startswith(self._root) and "site-packages" not in path
        if is_ours:
            self._codes[id(code)] = code

    def take(self) -> list[CodeType]:
        codes, self._codes = self._codes, {}
        return list(codes.values())


class _Watched:
    """One code, and the lines of it that did not run since the last time. When all have, it is left alone."""

    __slots__ = ("code", "lines", "missing", "trace")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.lines = frozenset(line for _, line in dis.findlinestarts(code) if line) | {code.co_firstlineno}
        self.missing = set(self.lines)
        self.trace = self._make_trace()

    def _make_trace(self) -> Any:
        missing = self.missing

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                missing.discard(frame.f_lineno)
                if not missing:
                    frame.f_trace = None
                    return None
            return trace

        return trace

    def take(self) -> frozenset[int]:
        seen = self.lines - self.missing
        self.missing |= self.lines
        return seen


class _Tracer:
    """Python before 3.12. Functions of other files are looked at once per call and left alone."""

    def __init__(self, files: frozenset[str], started: Optional[Started], ran: Optional[Ran]) -> None:
        self._files, self._started, self._ran = files, started, ran
        self._watched: dict[int, _Watched] = {}  # by the identity of the code
        self._touched: set[int] = set()

    def start(self) -> None:
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def _on_call(self, frame: FrameType, event: str, argument: Any) -> Optional[Any]:
        code = frame.f_code
        if self._started is not None:
            self._started.note(code, frame)
        if self._ran is not None:
            self._ran.note(code)
        if code.co_filename not in self._files:
            return None
        watched = self._watched.get(id(code))
        if watched is None:
            watched = self._watched[id(code)] = _Watched(code)
        missing = watched.missing
        if not missing:
            return None
        self._touched.add(id(code))
        missing.discard(frame.f_lineno)
        return watched.trace

    def take(self) -> Lines:
        touched, self._touched = self._touched, set()
        found = (self._watched[number] for number in touched)
        lines = {(watched.code.co_filename, line) for watched in found for line in watched.take()}
        # A test may have taken the trace function away; the next one is watched all the same.
        self.start()
        return lines

    def is_blind(self) -> bool:
        """A test has taken the trace function away."""
        return _gettrace() != self._on_call

    def stop(self) -> None:
        threading.settrace(None)  # type: ignore[arg-type]
        sys.settrace(None)


class _Monitor:
    """Python 3.12 and later: a line tells once per test, then it costs nothing."""

    def __init__(self, files: frozenset[str], started: Optional[Started], ran: Optional[Ran]) -> None:
        self._files, self._started, self._ran = files, started, ran
        self._lines: Lines = set()
        self._tool = -1

    def start(self) -> None:
        monitoring = sys.monitoring
        free = [number for number in range(monitoring.OPTIMIZER_ID) if monitoring.get_tool(number) is None]
        self._tool = free[-1]  # those with a meaning come first
        monitoring.use_tool_id(self._tool, TOOL_NAME)
        monitoring.register_callback(self._tool, monitoring.events.PY_START, self._on_start)
        monitoring.register_callback(self._tool, monitoring.events.LINE, self._on_line)
        monitoring.set_events(self._tool, monitoring.events.PY_START)

    def _on_start(self, code: CodeType, offset: int) -> Any:
        if self._started is not None:
            self._started.note(code, sys._getframe(1))
        if self._ran is not None:
            self._ran.note(code)
        if code.co_filename in self._files:
            sys.monitoring.set_local_events(self._tool, code, sys.monitoring.events.LINE)
        # Who calls it the next time may be someone else.
        return sys.monitoring.DISABLE if self._started is None else None

    def _on_line(self, code: CodeType, line: int) -> Any:
        self._lines.add((code.co_filename, line))
        return sys.monitoring.DISABLE

    def is_blind(self) -> bool:
        return sys.monitoring.get_tool(self._tool) != TOOL_NAME

    def take(self) -> Lines:
        lines, self._lines = self._lines, set()
        if self.is_blind():
            self.start()
        sys.monitoring.restart_events()
        return lines

    def stop(self) -> None:
        sys.monitoring.set_events(self._tool, 0)
        sys.monitoring.free_tool_id(self._tool)


def make_tracer(files: list[str], started: Optional[Started] = None, ran: Optional[Ran] = None) -> Any:
    """`start()` once, `take()` for the lines since the last time as (path, line), `stop()` at the end."""
    return (_Monitor if sys.version_info >= (3, 12) else _Tracer)(frozenset(files), started, ran)


class Spawning:
    """Notes that a test forks or starts a program: what runs there is not seen here."""

    EVENTS = frozenset(
        {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
    )

    def __init__(self) -> None:
        self.happened = False
        sys.addaudithook(self._on_event)  # for good: made in a process that ends
        with contextlib.suppress(ImportError):
            import _posixsubprocess

            self._fork_exec = _posixsubprocess.fork_exec
            _posixsubprocess.fork_exec = self._on_fork_exec  # multiprocessing's, of which no event tells

    def _on_fork_exec(self, *arguments: Any) -> Any:
        self.happened = True
        return self._fork_exec(*arguments)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in self.EVENTS:
            self.happened = True
