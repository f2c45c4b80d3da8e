"""Which lines of some files the code of one test runs: `sys.monitoring` where there is one, a trace function before."""

from __future__ import annotations

import contextlib
import dis
import os
import sys
import threading
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Optional

from testgen_harness.errors import HarnessError

Lines = set[tuple[str, int]]  # path and line


HAS_MONITORING = sys.version_info >= (3, 12)
TOOL_NAME = "testgen"
_gettrace = sys.gettrace  # now: tests may replace it


class _Ours:
    """The code of the workspace."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(root, "")
        self._is_ours: dict[str, bool] = {}  # by path

    def concerns(self, code: CodeType) -> bool:
        path = code.co_filename
        is_ours = self._is_ours.get(path)
        if is_ours is None:
            is_ours = self._is_ours[path] = path.startswith(self._root) and "site-packages" not in path
        return is_ours


class Started(_Ours):
    """The code of the workspace that ran while modules were imported."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._codes: dict[CodeType, bool] = {}  # does someone else than its own module run it?
        # That may have been mentioned by what is not among these: names by the file where it is so.
        self.names_elsewhere: dict[str, set[str]] = {}

    def note_foreign(self, code: CodeType) -> None:
        """Nobody has seen who runs it."""
        self._codes[code] = True

    def note(self, code: CodeType, frame: Optional[FrameType]) -> bool:
        """Whether the next call of it may say more."""
        path = code.co_filename
        if not self.concerns(code) or self._codes.get(code):
            return False
        while frame is not None and (frame.f_code.co_filename != path or frame.f_code.co_name != "<module>"):
            frame = frame.f_back
        self._codes[code] = frame is None
        return frame is not None

    def names_read(self, path: str) -> set[str]:
        """What was mentioned there, but for what the module of that file has run for itself."""
        codes = [code for code, is_foreign in self._codes.items() if is_foreign or code.co_filename != path]
        elsewhere = [names for file, names in self.names_elsewhere.items() if file != path]
        return set().union(*elsewhere, *(code.co_names for code in codes))


@dataclass
class Before:
    """What happened before the tests run, of some files."""

    lines: Lines  # that ran
    inspected: set[CodeType]  # of the functions whose defaults someone has read


class Inspecting:
    """Notes of which functions of some files the defaults are read (decorators, signatures), until they are taken."""

    NAMES = frozenset({"__defaults__", "__kwdefaults__"})

    def __init__(self, files: list[str]) -> None:
        self._files, self._codes = frozenset(files), set[CodeType]()
        self._is_over = False
        sys.addaudithook(self._on_event)  # for good

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "object.__getattr__" or self._is_over:
            return
        thing, name = arguments
        if name in self.NAMES and type(thing) is FunctionType:
            # Asked in a way that is an event itself, of another name.
            code = thing.__code__
            if code.co_filename in self._files:
                self._codes.add(code)

    def watch(self, files: list[str]) -> None:
        """Instead of those before, of which nothing was imported yet."""
        self._files = frozenset(files)

    def take(self) -> set[CodeType]:
        self._is_over = True
        return self._codes


class Ran(_Ours):
    """The code of the workspace that ran since the last time, of tests and subjects alike."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._codes: dict[int, CodeType] = {}

    def note(self, code: CodeType) -> None:
        if self.concerns(code):
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
        """Called for every line that runs, so it does as little as it can. What returns or raises has run, too."""
        missing, discard = self.missing, self.missing.discard

        def trace(frame: FrameType, event: str, argument: Any) -> None:
            discard(frame.f_lineno)
            if not missing:
                frame.f_trace = None

        return trace

    def take(self) -> frozenset[int]:
        seen = self.lines - self.missing
        self.missing |= self.lines
        return seen


class _Tracer:
    """Python before 3.12. Functions of other files are looked at once per call and left alone."""

    def __init__(self, files: frozenset[str], started: Optional[Started], ran: Optional[Ran]) -> None:
        self._watched: dict[int, _Watched] = {}  # by the identity of the code
        self._touched: set[int] = set()
        self._on_call = self._make_on_call(files, started, ran)

    def start(self) -> None:
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def _make_on_call(self, files: frozenset[str], started: Optional[Started], ran: Optional[Ran]) -> Any:
        """Called for every call in the process. Most go to code elsewhere, of which the file's name suffices."""
        elsewhere: set[str] = set()

        def on_call(frame: FrameType, event: str, argument: Any) -> Optional[Any]:
            code = frame.f_code
            path = code.co_filename
            if path in elsewhere:
                return None
            if started is not None:
                started.note(code, frame)
            if ran is not None:
                ran.note(code)
            if path in files:
                return self._watch(code, frame.f_lineno)
            if not any(each is not None and each.concerns(code) for each in (started, ran)):
                elsewhere.add(path)
            return None

        return on_call

    def _watch(self, code: CodeType, line: int) -> Optional[Any]:
        watched = self._watched.get(id(code))
        if watched is None:
            watched = self._watched[id(code)] = _Watched(code)
        missing = watched.missing
        if not missing:
            return None
        self._touched.add(id(code))
        missing.discard(line)
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
        return _gettrace() is not self._on_call

    def stop(self) -> None:
        threading.settrace(None)  # type: ignore[arg-type]
        sys.settrace(None)


class _Monitor:
    """Python 3.12 and later: a line tells once per test, then it costs nothing.

    One tool finds the code that runs: all code tells once that it starts, and never again. The other one watches what
    belongs to the workspace, and is woken for each test in the code that ran, by taking its events away and giving them
    back. `sys.monitoring.restart_events` would wake all code there is, pytest's included, which costs more than many
    tests do. Two tools, because what one has asked of all code it cannot ask again of one."""

    def __init__(self, files: frozenset[str], started: Optional[Started], ran: Optional[Ran]) -> None:
        self._files, self._started, self._ran = files, started, ran
        self._lines: Lines = set()
        self._watched: dict[int, CodeType] = {}  # by its identity
        self._touched: dict[int, CodeType] = {}  # watched code that has told something since the last time
        self._finder = self._watcher = -1  # the tools
        self._watched_events = sys.monitoring.events.PY_START | sys.monitoring.events.LINE

    def start(self) -> None:
        monitoring, events = sys.monitoring, sys.monitoring.events
        free = [number for number in range(monitoring.OPTIMIZER_ID) if monitoring.get_tool(number) is None]
        if len(free) < 2:
            raise HarnessError("UNAVAILABLE", "other tools hold too many of the places that sys.monitoring has")
        self._finder, self._watcher = free[-2:]  # those with a meaning come first
        for tool in (self._finder, self._watcher):
            monitoring.use_tool_id(tool, TOOL_NAME)
        monitoring.register_callback(self._finder, events.PY_START, self._on_found)
        monitoring.register_callback(self._watcher, events.PY_START, self._on_start)
        monitoring.register_callback(self._watcher, events.LINE, self._on_line)
        monitoring.set_events(self._finder, events.PY_START)
        monitoring.restart_events()  # a place may have been someone's before, and been silenced

    def _on_found(self, code: CodeType, offset: int) -> Any:
        if code.co_filename in self._files or (self._ran is not None and self._ran.concerns(code)):
            self._watched[id(code)] = self._touched[id(code)] = code
            sys.monitoring.set_local_events(self._watcher, code, self._watched_events)
        may_say_more = self._started is not None and self._started.note(code, sys._getframe(1))
        return None if may_say_more else sys.monitoring.DISABLE

    def _on_start(self, code: CodeType, offset: int) -> Any:
        self._touched[id(code)] = code
        return sys.monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        self._touched[id(code)] = code
        if code.co_filename in self._files:
            self._lines.add((code.co_filename, line))
        return sys.monitoring.DISABLE

    def is_blind(self) -> bool:
        return any(sys.monitoring.get_tool(tool) != TOOL_NAME for tool in (self._finder, self._watcher))

    def take(self) -> Lines:
        lines, self._lines = self._lines, set()
        touched, self._touched = self._touched, {}
        if self._ran is not None:
            for code in touched.values():
                self._ran.note(code)
        if self.is_blind():
            self.stop()
            self.start()
        else:
            self._set_events(touched, sys.monitoring.events.NO_EVENTS)
            self._set_events(touched, self._watched_events)
        return lines

    def _set_events(self, codes: dict[int, CodeType], events: int) -> None:
        for code in list(codes.values()):  # a thread of a test may go on
            sys.monitoring.set_local_events(self._watcher, code, events)

    def stop(self) -> None:
        """A test may have taken or freed a tool, then there is nothing left of it to switch off."""
        monitoring, events = sys.monitoring, sys.monitoring.events
        if monitoring.get_tool(self._watcher) == TOOL_NAME:
            self._set_events(self._watched, events.NO_EVENTS)
        self._watched = {}
        for tool in (self._finder, self._watcher):
            if monitoring.get_tool(tool) != TOOL_NAME:
                continue
            monitoring.set_events(tool, events.NO_EVENTS)
            for event in (events.PY_START, events.LINE):
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)


def make_tracer(files: list[str], started: Optional[Started] = None, ran: Optional[Ran] = None) -> Any:
    """`start()` once, `take()` for the lines since the last time as (path, line), `stop()` at the end."""
    return (_Monitor if HAS_MONITORING else _Tracer)(frozenset(files), started, ran)


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
