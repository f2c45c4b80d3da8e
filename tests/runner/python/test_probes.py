"""Code with probes does what the original does, and tells which statements ran as a trace function would."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testgen_harness.mutation.probes import ImportProbes, NotProbed, Others, Probed, Probes, Source, _provide
from testgen_harness.mutation.reached import Ran, Started, make_tracer

SUBJECT = '''"""What modules say of themselves."""
from __future__ import annotations
import contextlib

def branches(n):
    """Two ways."""
    if n > 10:
        return "many"
    elif n > 5:
        return "some"
    else:
        return "few"

def loops(items):
    total = 0
    for item in items:
        if item is None:
            continue
        total += item
    else:
        total += 100
    while total > 1000:
        total -= 1000
    return total

def handles(function):
    try:
        value = function()
    except (KeyError,
            IndexError):
        return "missing"
    except ValueError as error:
        return str(error)
    except:
        raise
    else:
        return value
    finally:
        handles.count = getattr(handles, "count", 0) + 1

class Base:
    """A base."""
    def name(self):
        return "base"

class Derived(Base):
    limit = 3

    @property
    def size(self): return self.limit

    def name(self):
        return super().name() + "!"

    @classmethod
    def make(cls):
        return cls()

def closure(start):
    count = start

    def more():
        nonlocal count
        count += 1
        return count

    return more

def lazily(items):
    yield from (item * 2
                for item in items)

@contextlib.contextmanager
def managed(events):
    events.append("in")
    try:
        yield events
    finally:
        events.append("out")

async def waits(value):
    await asyncio.sleep(0)
    async with Managed() as it:
        return it + value

class Managed:
    async def __aenter__(self):
        return 1

    async def __aexit__(self, *why):
        return None

import asyncio

def by(key):
    return sorted([3, 1, 2],
                  key=lambda number:
                      -number if key else number)

def only_a_docstring():
    """Nothing else."""

def many(a, b=1, *rest, c, d=2, **others):
    global SEEN
    SEEN = (a, b, rest, c, d, others)
    del rest
    assert a, "no a"
    return [x for x in SEEN if x]

THUNK = lambda: 7
'''


def _load(path: Path, text: str) -> Any:
    path.write_text(text)
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)
    return module


def _source(path: Path) -> Source:
    text = path.read_text()
    return Source(str(path), text, compile(text, str(path), "exec", dont_inherit=True))


async def _finish(value: Any) -> Any:
    return await value


def _managed(module: Any) -> list[str]:
    with module.managed([]) as events:
        events.append("here")
    return events


def _raise(error: BaseException) -> Any:
    raise error


def _twice(function: Any) -> Any:
    return function(), function()


CALLS: list[Any] = [
    *[(lambda m, n=n: m.branches(n)) for n in (20, 7, 1)],
    *[(lambda m, items=items: m.loops(items)) for items in ([], [1, None, 2], [5000])],
    lambda m: m.handles(lambda: 5),
    *[(lambda m, e=error: m.handles(lambda: _raise(e("no")))) for error in (KeyError, ValueError, OSError)],
    lambda m: (m.Derived.make().name(), m.Derived().size, m.Base().name()),
    lambda m: _twice(m.closure(3)),
    lambda m: list(m.lazily([1, 2])),
    _managed,
    lambda m: asyncio.new_event_loop().run_until_complete(_finish(m.waits(2))),
    lambda m: (m.by(True), m.by(False)),
    lambda m: (m.only_a_docstring(), m.only_a_docstring.__doc__, m.__doc__, m.branches.__doc__, m.Base.__doc__),
    lambda m: m.many(1, 2, 3, c=4, e=5),
    lambda m: m.many(0, c=1),
    lambda m: m.THUNK(),
    lambda m: [str(inspect.signature(f)) for f in (m.many, m.branches, m.Derived.make, m.managed)],
    lambda m: [inspect.getsource(f) for f in (m.many, m.by, m.Derived)],
]


def _outcome(call: Any, module: Any) -> tuple[Any, Any]:
    try:
        return call(module), None
    except Exception as error:
        lines, trace = [], error.__traceback__
        while trace is not None:
            lines.append((trace.tb_frame.f_code.co_name, trace.tb_lineno))
            trace = trace.tb_next
        return None, (repr(error), lines)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Any]:
    """The module as it is, and one with probes."""
    path = Path(os.path.realpath(tmp_path), "subject.py")
    original, probed = _load(path, SUBJECT), _load(path, SUBJECT)
    probes = Probes([_source(path)])
    probes.ran = Ran(str(path.parent))
    functions = _functions_of(probed)
    for old, new in probes.files[0].with_note(probes._seen.add)[1]:
        for function in functions:
            if function.__code__ == old:
                function.__code__ = new
    yield original, probed, probes


def _functions_of(module: Any) -> list[Any]:
    """Those in classes and behind decorators, too."""
    found, pending = [], list(vars(module).values())
    while pending:
        thing = pending.pop()
        if isinstance(thing, type) and thing.__module__ == module.__name__:
            pending += vars(thing).values()
        elif isinstance(thing, property):
            pending.append(thing.fget)
        elif isinstance(thing, (classmethod, staticmethod)):
            pending.append(thing.__func__)
        elif isinstance(thing, types.FunctionType):
            found.append(thing)
            pending.append(getattr(thing, "__wrapped__", None))
    return found


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_the_code_does_what_it_did(both: Any, number: int) -> None:
    original, probed, _ = both
    assert _outcome(CALLS[number], probed) == _outcome(CALLS[number], original)


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_what_runs_is_seen_as_a_tracer_sees_it(both: Any, number: int) -> None:
    original, probed, probes = both
    ran = Ran(str(Path(original.__file__).parent))
    before, tracer = sys.gettrace(), make_tracer([original.__file__], ran=ran)
    tracer.start()
    tracer.take()
    _outcome(CALLS[number], original)
    traced, codes = tracer.take(), {code.co_name for code in ran.take()}
    tracer.stop()
    sys.settrace(before)
    probes.take()
    probes.ran.take()
    _outcome(CALLS[number], probed)
    seen = probes.take()
    # A statement on several lines is seen as a whole, and so is what stands on the line of a `def`.
    assert traced - seen <= {(original.__file__, line) for line in _inside(SUBJECT)}
    assert {line for _, line in seen - traced} <= _inside(SUBJECT) | _definitions(SUBJECT)
    assert {code.co_name for code in probes.ran.take()} == {
        name for name in codes if not name.startswith("<") or name == "<lambda>"
    }


def _inside(text: str) -> set[int]:
    """Lines on which no statement begins."""
    lines = text.splitlines()
    starts = (
        "IndexError",
        "for item in items)",
        "key=lambda",
        "-number",
        "yield from (",
        "return sorted(",
        "try:",
        "else:",
        "finally:",
        '"""Nothing else',
        "handles.count",  # Python 3.9 leaves it out where an exception goes on
    )
    return {number for number, line in enumerate(lines, 1) if line.strip().startswith(starts)}


def _definitions(text: str) -> set[int]:
    return {
        n
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith(("def ", "async def ", "@", "class "))
    }


@pytest.mark.parametrize(
    "name",
    [
        "argparse",
        "asyncio/base_events",
        "collections/__init__",
        "contextlib",
        "dataclasses",
        "decimal",
        "_pydecimal",
        "email/_header_value_parser",
        "enum",
        "functools",
        "inspect",
        "json/decoder",
        "logging/__init__",
        "pathlib",
        "statistics",
        "tarfile",
        "textwrap",
        "threading",
        "typing",
        "unittest/mock",
        "zipfile",
    ],
)
def test_code_of_the_standard_library_keeps_its_shape(name: str) -> None:
    folder = Path(os.__file__).parent
    path = folder / f"{name}.py"
    if not path.exists():
        pytest.skip("another release has it elsewhere")
    source = _source(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probed = Probed(source, 0)
    assert probed.probes
    _, pairs = probed.with_note(set().add)
    seen = {id(old) for old, _ in pairs}
    pending = [source.code]
    while pending:
        inner = [item for item in pending.pop().co_consts if isinstance(item, types.CodeType)]
        assert all(id(code) in seen for code in inner)
        pending += inner
    for old, new in pairs:
        for what in (
            "name",
            "freevars",
            "cellvars",
            "argcount",
            "kwonlyargcount",
            "posonlyargcount",
            "flags",
            "firstlineno",
        ):
            assert getattr(old, f"co_{what}") == getattr(new, f"co_{what}"), (name, old.co_name, what)
        assert old.co_varnames[: old.co_argcount] == new.co_varnames[: new.co_argcount]
        if not old.co_name.startswith("<") and old.co_consts and isinstance(old.co_consts[0], str):
            assert new.co_consts[0] == old.co_consts[0], (name, old.co_name)


@pytest.fixture
def imported(tmp_path: Path) -> Any:
    """A function that imports the text of a module from a file."""

    def load(path: Path) -> Any:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_what_is_imported_later_has_probes(tmp_path: Path, imported: Any) -> None:
    path = Path(os.path.realpath(tmp_path), "late_subject.py")
    path.write_text("VALUE = 1\n\n\ndef get():\n    return VALUE\n")
    probes = Probes([_source(path)])
    end = _provide({str(path): probes.files[0].with_note(probes._seen.add)[0]})
    module = imported(path)
    end()
    assert probes.take() == {(str(path), 1), (str(path), 4)}
    assert module.get() == 1
    assert probes.take() == {(str(path), 4), (str(path), 5)}


def test_code_without_probes_makes_a_test_blind(tmp_path: Path) -> None:
    path = Path(os.path.realpath(tmp_path), "subject.py")
    path.write_text("VALUE = 1\n")
    probes = Probes([_source(path)])
    codes = {str(path): probes.files[0].with_note(probes._seen.add)[0]}
    probes._others = others = Others(codes)
    others.on_event("exec", (compile("1", "elsewhere.py", "exec"),))
    others.on_event("exec", (codes[str(path)],))
    assert not probes.is_blind()
    others.on_event("exec", (compile("VALUE = 1", str(path), "exec"),))
    assert probes.is_blind()
    probes.take()
    assert not probes.is_blind()


def test_a_function_that_was_given_other_code_makes_every_test_blind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(os.path.realpath(tmp_path), "exchanged_subject.py")
    _load(path, "def make(n):\n    def get(): return n\n    return get\n\nGET = make(1)\n")
    loader: Any = importlib.machinery.SourceFileLoader
    monkeypatch.setattr(loader, "get_code", loader.get_code)
    monkeypatch.setattr(sys, "addaudithook", lambda hook: None)  # it would stay for good
    whole = Probes([_source(path)])
    whole.start()
    assert not whole.is_blind()
    text = (
        "def make(m):\n    def get(): return m\n    return get\n"  # the same names on the same lines, other variables
    )
    other: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), other)
    kept = other["make"](2)
    partial = Probes([_source(path)])
    partial.start()
    assert kept() == 2
    assert partial.is_blind()
    partial.take()
    assert partial.is_blind()


def test_of_a_file_that_someone_else_imports_everything_may_have_run(tmp_path: Path, imported: Any) -> None:
    path = Path(os.path.realpath(tmp_path), "rewritten_subject.py")
    path.write_text("TABLE = 1\n\n\ndef get():\n    return TABLE\n")
    source, started = _source(path), Started(str(path.parent))
    importing = ImportProbes(Probes([source]), started)
    importing.start()
    exec(compile(source.text, str(path), "exec"), {})
    importing.stop()
    assert importing.take() == {(str(path), line) for line in (1, 4, 5)}
    assert "TABLE" in started.names_read(str(path))
    importing.restore()


IMPORTED = """KEPT = {}
TABLE = [1]

def own():
    return TABLE

def called():
    return 2

def keeps(function):
    KEPT[function.__code__] = function
    return function

@keeps
def kept():
    return 3

def never():
    return 4

own()
"""


def test_while_modules_are_imported_it_is_seen_what_runs_and_who_asked(tmp_path: Path, imported: Any) -> None:
    path = Path(os.path.realpath(tmp_path), "imported_subject.py")
    path.write_text(IMPORTED)
    source, started = _source(path), Started(str(path.parent))
    importing = ImportProbes(Probes([source]), started)
    importing.start()
    module = imported(path)
    importing.stop()
    assert module.called() == 2
    lines = {line for _, line in importing.take()}
    assert {1, 2, 4, 5, 7, 8, 10, 11, 12, 14, 18, 21} <= lines
    assert lines.isdisjoint({16, 19})
    # The module asked for `own` itself.
    assert started.names_read(str(path)) == set()
    assert started.names_read("other.py") >= {"TABLE", "KEPT"}
    importing.restore()
    codes = {code.co_name: code for code in source.code.co_consts if isinstance(code, types.CodeType)}
    for name in ("own", "called", "keeps", "never"):
        assert getattr(module, name).__code__ == codes[name]
    assert module.KEPT[module.kept.__code__] is module.kept, "whoever kept the code finds it again"
    assert (module.own(), module.called(), module.kept(), module.never()) == ([1], 2, 3, 4)


def test_what_cannot_be_told_apart_is_not_probed(tmp_path: Path) -> None:
    text = "first, second = lambda: 1, lambda: 2\n"
    path = str(Path(tmp_path, "a.py"))
    pairs = Probed(Source(path, text, compile(text, path, "exec")), 0).with_note(set().add)[1]
    assert len(pairs) == 2
    text = "x = [lambda: 1]\ny = [lambda: 2]\n"
    other = compile("first = (lambda: 1, lambda: 3)\nsecond = (lambda: 2, lambda: 3)\n", path, "exec")
    with pytest.raises(NotProbed, match="<lambda>"):
        Probed(Source(path, text, other), 0)
