"""One call in a forked process: what it gives, which lines it takes, and what it does to its surroundings.

Whatever the code does, it does it to the fork: endless loops are ended, `os._exit` and crashes are noticed, and the
next call finds everything as it was. The call is made twice in the same fork, so that what depends on earlier calls, on
chance or on the clock is told from what does not.

A fork costs more than most calls. So many of them are made in one, and twice in another one in the opposite order: what
gives the same and takes the same lines in both does not depend on those around it, and what does not is made alone.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, Callable, Optional, Protocol

from testgen_harness.exploration.literals import Writer
from testgen_harness.text import one_line

SECONDS_MAX = 1.0  # CPU and wall clock of one call
MEMORY_MAX = 4 << 30  # bytes of address space
ANSWER_MAX = 1 << 20  # bytes
ARCS_MAX = 20_000
CPU_SECONDS_MAX = 0.2  # of one of many calls in a process
MANY_SECONDS_MAX = 10.0  # of all of them, by the clock
TOGETHER_MAX = 32  # calls in one fork
SHOWN_MAX = 70  # characters of a message

# Audit events (PEP 578) of calls that reach beyond the process, with the words for them.
EFFECTS = {
    "os.remove": "deletes files",
    "os.rmdir": "deletes folders",
    "shutil.rmtree": "deletes folders",
    "os.rename": "renames files",
    "os.mkdir": "makes folders",
    "os.chmod": "changes file modes",
    "os.truncate": "changes files",
    "os.symlink": "makes links",
    "os.link": "makes links",
    "os.system": "starts processes",
    "os.exec": "starts processes",
    "os.fork": "starts processes",
    "os.forkpty": "starts processes",
    "os.posix_spawn": "starts processes",
    "os.spawn": "starts processes",
    "subprocess.Popen": "starts processes",
    "os.kill": "signals processes",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "os.chdir": "changes the working directory",
    "socket.__new__": "uses the network",
    "socket.connect": "uses the network",
    "socket.bind": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "sqlite3.connect": "opens a database",
    "time.sleep": "sleeps",
    "builtins.input": "reads the keyboard",
    "ctypes.dlopen": "loads libraries",
}
WRITE_MODES = frozenset("wax+")


@dataclass
class Call:
    """Source text: what a test would do. `watched` are names whose values may change through the call."""

    setup: list[str]
    expression: str
    watched: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)  # expressions that show the state afterwards; `_` is the result
    shows_changes: bool = False  # a test states what the call has changed, too, though it gives a value


@dataclass
class Outcome:
    """`kind`: value, opaque (no literal says it), raise, effect, timeout, ended, unstable, setup (it failed before)."""

    kind: str
    text: str = ""  # the value as source; for other kinds what happened, in words
    comparison: str = "equal"  # equal, is, approx
    type_name: str = ""
    exception_module: str = ""
    message: str = ""
    is_explicit: bool = False  # raised by a raise statement of the workspace
    imports: list[list[str]] = field(default_factory=list)  # [module, name] that the text needs
    views: dict[str, list[str]] = field(default_factory=dict)  # expression -> [comparison, text], before and after
    before: dict[str, list[str]] = field(default_factory=dict)
    arcs: list[list[int]] = field(default_factory=list)
    setup_arcs: list[list[int]] = field(default_factory=list)  # those that the set-up takes
    leaves_file: bool = False  # other files of the workspace took part
    attributes: dict[str, list[str]] = field(default_factory=dict)  # of an opaque result: name -> [comparison, text]
    shows_changes: bool = False  # see Call

    @property
    def lines(self) -> set[int]:
        return {arc[1] for arc in self.arcs if arc[1] > 0}

    @property
    def all_lines(self) -> set[int]:
        return self.lines | {arc[1] for arc in self.setup_arcs if arc[1] > 0}

    @property
    def shows_views(self) -> bool:
        """A test states what the call has changed, mostly for want of a result."""
        return self.kind == "opaque" or (self.kind == "value" and (self.text == "None" or self.shows_changes))

    def shown(self) -> str:
        """What a test can state of it: where two differ, a test of the one fails with the other."""
        if self.kind == "value" and not self.shows_views:
            return f"{self.kind} {self.text}"
        if self.kind == "raise":
            return f"{self.kind} {self.type_name} {self.message.partition(chr(10))[0][:SHOWN_MAX]}"
        seen = (sorted(self.views.items()), sorted(self.attributes.items()))
        return f"{self.kind} {self.type_name} {self.text} {seen}"


class Change(Protocol):
    def apply(self) -> None: ...

    def undo(self) -> None: ...


@dataclass
class Task:
    """Calls that are carried out with changed code, and what they show without the change."""

    change: Change
    expected: list[tuple[Call, Optional[str]]]


class _Stopped(BaseException):
    """Not an Exception, so that the code under test cannot swallow it by accident."""


_OWN, _WORKSPACE, _FOREIGN = "own", "workspace", "foreign"


class _Files:
    """Whose code is whose."""

    def __init__(self, path: str, root: str) -> None:
        self._path = path
        self._root = root
        self._places: dict[str, str] = {}  # by the name of the file

    def place_of(self, code: CodeType) -> str:
        name = code.co_filename
        place = self._places.get(name)
        if place is None:
            real = os.path.realpath(name)
            is_workspace = not name.startswith("<") and is_inside(real, self._root)
            place = _OWN if real == self._path else _WORKSPACE if is_workspace else _FOREIGN
            self._places[name] = place
        return place


class _Trace:
    """Line transitions in one file, and whether other files of the workspace were entered."""

    def __init__(self, files: _Files) -> None:
        self._files = files
        self.arcs: set[tuple[int, int]] = set()
        self.leaves_file = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Optional[Callable[..., Any]]:
        place = self._files.place_of(frame.f_code)
        if place is not _OWN:
            self.leaves_file = self.leaves_file or place is _WORKSPACE
            return None
        last = frame.f_lineno

        def on_line(inner: FrameType, kind: str, value: Any) -> Any:
            nonlocal last
            if kind == "line" and len(self.arcs) < ARCS_MAX:
                self.arcs.add((last, inner.f_lineno))
                last = inner.f_lineno
            return on_line

        return on_line


class _Effects:
    """The first thing that a call does to the world. An audit hook cannot be taken off, but the fork ends with it."""

    def __init__(self) -> None:
        self.found = ""
        self.is_active = False
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_active or self.found:
            return
        if event == "open":
            self._on_open(arguments)
        elif event in EFFECTS:
            self.found = f"{EFFECTS[event]} ({event})"
        if self.found:
            raise _Stopped

    def _on_open(self, arguments: tuple[Any, ...]) -> None:
        path, mode = arguments[0], arguments[1]
        name = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
        if isinstance(mode, str) and WRITE_MODES & set(mode):
            self.found = "writes files (open)"
        elif name and not name.endswith((".py", ".pyc", ".so", ".pth")) and not name.startswith(sys.prefix):
            self.found = "" if "encodings" in name or "zoneinfo" in name else "reads files (open)"


def is_inside(path: str, root: str) -> bool:
    """True for the workspace's own files; environments inside it hold other people's."""
    return path.startswith(root + os.sep) and "site-packages" not in path


def _is_explicit(error: BaseException, root: str) -> bool:
    """True when a `raise` statement of the workspace's own code made the error."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    if not frames:
        return False
    last = frames[-1]
    return is_inside(os.path.realpath(last.filename), root) and (last.line or "").lstrip().startswith("raise")


class Prober:
    """Carries out calls against an imported module, `namespace` holding the names that the calls use."""

    def __init__(self, path: str, root: str, namespace: dict[str, Any], writer: Writer) -> None:
        self._root = os.path.realpath(root)
        self._files = _Files(os.path.realpath(path), self._root)
        self._codes: dict[str, CodeType] = {}  # of expressions and statements
        self._namespace = namespace
        self._writer = writer
        self._is_traced = True
        self._timer = (signal.ITIMER_REAL, SECONDS_MAX)

    def probe(self, call: Call) -> Outcome:
        reader, channel = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            self._child(call, channel)
        os.close(channel)
        try:
            return self._receive(reader, process)
        finally:
            os.close(reader)

    def probe_each(self, calls: list[Call]) -> list[Optional[Outcome]]:
        """As `probe`, of many calls in two processes. None: what it gives is only known when it is made alone."""
        self.learn(calls)
        outcomes: list[Optional[Outcome]] = []
        for begin in range(0, len(calls), TOGETHER_MAX):
            some = calls[begin : begin + TOGETHER_MAX]
            one = self._in_turn(some, list(range(len(some))), is_repeated=False)
            other = self._in_turn(some, list(reversed(range(len(some)))), is_repeated=True)
            outcomes += [one[at] if _agree_wholly(one[at], other[at]) else None for at in range(len(some))]
        return outcomes

    def learn(self, calls: list[Call]) -> None:
        """Compiles what is carried out more than once."""
        for call in calls:
            for text in (*call.setup, call.expression, *call.watched, *call.views):
                if text not in self._codes:
                    with contextlib.suppress(SyntaxError, ValueError):
                        self._codes[text] = _compiled(text)

    def _in_turn(self, calls: list[Call], order: list[int], is_repeated: bool) -> list[Optional[Outcome]]:
        outcomes: list[Optional[Outcome]] = [None] * len(calls)
        for number, fields in self._ask(lambda channel: self._child_in_turn(calls, order, is_repeated, channel), []):
            outcomes[number] = Outcome(**fields)
        return outcomes

    def probe_all(self, calls: list[Call]) -> list[Optional[str]]:
        """Carries them out one after the other in one fork; `shown` of what each gives, None for what was not carried
        out: calls behind one that does not end."""
        answers: list[Optional[str]] = [None] * len(calls)
        for number, text in self._ask(lambda channel: self._child_of_many(calls, channel), calls):
            answers[number] = text
        return answers

    def find_different(self, tasks: list[Task], most: int) -> list[Optional[list[int]]]:
        """Of each task the numbers of its calls that show something else than expected with its change, no more than
        `most`. None: the process ended, by this one or by one before it."""
        found: list[Optional[list[int]]] = [None] * len(tasks)
        calls = [call for task in tasks for call, _ in task.expected]
        for number, different in self._ask(lambda channel: self._child_with_changes(tasks, most, channel), calls):
            found[number] = different
        return found

    def _ask(self, child: Callable[[int], None], calls: list[Call]) -> list[Any]:
        """The answers of a child that carries out many calls."""
        self.learn(calls)
        reader, channel = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            child(channel)
        os.close(channel)
        try:
            data, _ = _read_all(reader, process, MANY_SECONDS_MAX)
        finally:
            os.close(reader)
        return [json.loads(line) for line in data.split(b"\n")[:-1]]

    # ---- In the parent ----

    def _receive(self, reader: int, process: int) -> Outcome:
        data, status = _read_all(reader, process, 2 * SECONDS_MAX + 0.5)
        if data.endswith(b"\n"):
            return Outcome(**json.loads(data))
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Outcome("timeout", f"does not end within {SECONDS_MAX:g} s")
        if os.WIFSIGNALED(status):
            return Outcome("ended", f"ends the process by signal {os.WTERMSIG(status)}")
        return Outcome("ended", f"ends the process with status {os.WEXITSTATUS(status)}")

    # ---- In the fork ----

    def _child(self, call: Call, channel: int) -> None:
        try:
            self._confine()
            effects = _Effects()
            first = self._run(call, effects)
            second = self._run(call, effects) if first.kind in ("value", "raise", "opaque") else first
            outcome = first if _agree(first, second) else Outcome("unstable", "gives another result the second time")
            _write(channel, outcome.__dict__)
        finally:
            os._exit(0)

    def _child_in_turn(self, calls: list[Call], order: list[int], is_repeated: bool, channel: int) -> None:
        try:
            self._confine()
            effects = _Effects()
            for number in order:
                effects.found = ""
                outcome = self._run(calls[number], effects)
                if outcome.kind in ("timeout", "ended"):  # alone it is told for sure
                    break
                if outcome.kind == "effect" or (is_repeated and not _agree(outcome, self._run(calls[number], effects))):
                    continue
                _write(channel, [number, outcome.__dict__])
        finally:
            os._exit(0)

    def _child_of_many(self, calls: list[Call], channel: int) -> None:
        try:
            self._confine_many()
            effects = _Effects()
            for number, call in enumerate(calls):
                effects.found = ""
                outcome = self._run(call, effects)
                _write(channel, [number, outcome.shown()])
                if outcome.kind == "timeout":
                    break
        finally:
            os._exit(0)

    def _child_with_changes(self, tasks: list[Task], most: int, channel: int) -> None:
        try:
            self._confine_many()
            effects = _Effects()
            for number, task in enumerate(tasks):
                task.change.apply()
                different, is_over = self._find_different(task, most, effects)
                task.change.undo()
                again = [self._run(task.expected[place][0], effects).shown() for place in different[:1] if not is_over]
                if any(text != task.expected[different[0]][1] for text in again) and number > 0:
                    break  # it, or one before it, has left something behind
                _write(channel, [number, different])
                if is_over or (again and again[0] != task.expected[different[0]][1]):
                    break
        finally:
            os._exit(0)

    def _find_different(self, task: Task, most: int, effects: _Effects) -> tuple[list[int], bool]:
        """And whether the last one did not end."""
        different: list[int] = []
        for place, (call, shown) in enumerate(task.expected):
            effects.found = ""
            outcome = self._run(call, effects)
            if outcome.shown() != shown:
                different.append(place)
            if len(different) == most or outcome.kind == "timeout":
                return different, outcome.kind == "timeout"
        return different, False

    def _confine_many(self) -> None:
        self._confine()
        self._is_traced, self._timer = False, (signal.ITIMER_VIRTUAL, CPU_SECONDS_MAX)

    def _confine(self) -> None:
        gc.disable()  # it would touch, and so copy, what is shared with the parent
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.signal(signal.SIGVTALRM, _on_alarm)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        sink = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(sink, descriptor)

    def _run(self, call: Call, effects: _Effects) -> Outcome:
        names = dict(self._namespace)
        timer, seconds = self._timer
        signal.setitimer(timer, seconds)
        effects.is_active = True
        try:
            outcome = self._observe(call, names)
            return Outcome("effect", effects.found) if effects.found else outcome
        except _Stopped:
            effects.is_active = False
            if effects.found:
                return Outcome("effect", effects.found)
            return Outcome("timeout", f"does not end within {SECONDS_MAX:g} s")
        finally:
            effects.is_active = False
            signal.setitimer(timer, 0)
            sys.settrace(None)

    def _observe(self, call: Call, names: dict[str, Any]) -> Outcome:
        setup_trace = _Trace(self._files)
        if self._is_traced:
            sys.settrace(setup_trace)
        try:
            for statement in call.setup:
                exec(self._codes.get(statement, statement), names)
            sys.settrace(None)
            before = self._views(call.watched + call.views, names) if self._is_traced else {}
        except Exception as error:
            sys.settrace(None)
            return Outcome("setup", one_line(f"{type(error).__name__}: {error}"))
        trace = _Trace(self._files)
        if self._is_traced:
            sys.settrace(trace)
        try:
            value = self._carry_out(call.expression, names)
        except Exception as error:
            sys.settrace(None)
            outcome = self._describe_error(error)
        except SystemExit as error:
            sys.settrace(None)
            outcome = Outcome("ended", f"raises SystemExit({error.code!r})")
        else:
            sys.settrace(None)
            names["_"] = value
            outcome = self._describe_value(value)
        outcome.shows_changes = call.shows_changes
        outcome.before = before
        if self._is_traced or outcome.shows_views:
            outcome.views = self._views(call.watched + call.views, names)
        outcome.arcs = sorted([list(arc) for arc in trace.arcs])
        outcome.setup_arcs = sorted([list(arc) for arc in setup_trace.arcs])
        outcome.leaves_file = trace.leaves_file
        return outcome

    def _carry_out(self, text: str, names: dict[str, Any]) -> Any:
        """The value of an expression; None for a statement."""
        return eval(self._codes.get(text) or _compiled(text), names)

    def _views(self, expressions: list[str], names: dict[str, Any]) -> dict[str, list[str]]:
        views = {}
        for expression in expressions:
            try:
                literal = self._writer.write(self._carry_out(expression, names))
            except Exception:  # what cannot be looked at says nothing
                continue
            if literal is not None:
                views[expression] = [literal.comparison, literal.text]
        return views

    def _describe_value(self, value: Any) -> Outcome:
        literal = self._writer.write(value)
        type_name = type(value).__name__
        if literal is None:
            return Outcome("opaque", type_name=type_name, attributes=self._attributes(value))
        return Outcome("value", literal.text, literal.comparison, type_name, imports=literal.imports)

    def _attributes(self, value: Any) -> dict[str, list[str]]:
        """Public attributes and properties of an object that no literal stands for, as far as a literal stands for
        them."""
        names = [name for name in getattr(value, "__dict__", {}) if not name.startswith("_")]
        names += [name for name in dir(type(value)) if name not in names and _is_public_property(type(value), name)]
        views = self._views([f"_.{name}" for name in names], {"_": value})
        return {expression[2:]: view for expression, view in views.items()}

    def _describe_error(self, error: Exception) -> Outcome:
        kind = type(error)
        return Outcome(
            "raise",
            type_name=kind.__qualname__,
            exception_module=kind.__module__,
            message=str(error)[:400],
            is_explicit=_is_explicit(error, self._root),
        )


def _read_all(reader: int, process: int, seconds: float) -> tuple[bytes, int]:
    """What the process writes until it ends, and its status; it is ended when the time is over."""
    deadline = time.monotonic() + seconds
    data = b""
    while True:
        left = deadline - time.monotonic()
        ready = select.select([reader], [], [], left)[0] if left > 0 else []
        if not ready:
            break
        chunk = os.read(reader, 65_536)
        if not chunk or len(data) > ANSWER_MAX:
            break
        data += chunk
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    return data, os.waitpid(process, 0)[1]


def _compiled(text: str) -> CodeType:
    """Of an expression, or of a statement: `del cache['a']` say."""
    try:
        return compile(text, "<call>", "eval")
    except SyntaxError:
        return compile(text, "<call>", "exec")


def _write(channel: int, answer: Any) -> None:
    payload = json.dumps(answer).encode("ascii") + b"\n"
    while payload:
        payload = payload[os.write(channel, payload) :]


def _is_public_property(kind: type, name: str) -> bool:
    return not name.startswith("_") and isinstance(inspect.getattr_static(kind, name, None), property)


def _on_alarm(number: int, frame: Optional[FrameType]) -> None:
    raise _Stopped


def _agree(first: Outcome, second: Outcome) -> bool:
    def shown(outcome: Outcome) -> tuple[Any, ...]:
        return outcome.kind, outcome.text, outcome.type_name, outcome.message, outcome.views, outcome.attributes

    return shown(first) == shown(second)


def _agree_wholly(first: Optional[Outcome], second: Optional[Outcome]) -> bool:
    """Also in the way that they take."""
    return first is not None and first == second
