"""What a change of the text makes of the code, and of the data that a module leaves behind when it is imported."""

from __future__ import annotations

import importlib.util
import inspect
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from testgen_harness.mutation.children import Task, limit_cpu, run_children
from testgen_harness.mutation.grafting import BrokenImport, DataChange, Grafter
from testgen_harness.mutation.judging import DefaultChange
from testgen_harness.mutation.reached import Inspecting, Started
from testgen_harness.mutation.variants import EQUIVALENT, FUNCTION, IMPORT, INVALID, NewDefault, SourceFile

SOURCE = '''"""A module."""
from __future__ import annotations

import re

LIMIT = 10
TABLE = {"a": 1, "b": [2, 3]}
MARK = object()
ROWS = [("x", MARK), ("y", len)]
PATTERN = re.compile("a+")


class Box:
    size = 3

    def get(self, default=LIMIT):
        return default


def fill(name):
    TABLE[name] = LIMIT


fill("c")


def double(x):
    text = (
        "a"
        "b"
    )
    return x * 2, text
'''


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    path = tmp_path / "grafted.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("grafted", path)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["grafted"] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules["grafted"]


def place(text: str) -> tuple[int, int]:
    start = SOURCE.index(text)
    return start, start + len(text)


def graft(module: Any, old: str, new: str) -> Any:
    path = module.__file__
    grafter = Grafter({path: SourceFile(path)}, Started(str(Path(path).parent)))
    return grafter.change(path, *place(old), new)


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("LIMIT = 10", "LIMIT = 11", lambda module: (module.LIMIT, module.TABLE["c"], module.Box().get())),
        ('"a": 1', '"a": 2', lambda module: module.TABLE["a"]),
        ("[2, 3]", "[]", lambda module: module.TABLE["b"]),
        ('("x", MARK)', '("z", MARK)', lambda module: (module.ROWS[0][0], module.ROWS[0][1] is module.MARK)),
        ('"a+"', '"b+"', lambda module: module.PATTERN.pattern),
        ("size = 3", "size = 4", lambda module: module.Box.size),
        ("TABLE[name] = LIMIT", "pass", lambda module: "c" in module.TABLE),
    ],
)
def test_data_change_like_after_an_import(module: Any, old: str, new: str, read: Any) -> None:
    before = read(module)
    fresh = ModuleType("fresh")
    exec(compile(SOURCE.replace(old, new), "fresh.py", "exec", dont_inherit=True), vars(fresh))
    change = graft(module, old, new)
    assert isinstance(change, DataChange)
    change.apply()
    assert read(module) == read(fresh) != before
    change.undo()
    assert read(module) == before


@pytest.mark.parametrize(("old", "new"), [("class Box:", "class Box(dict):"), ("MARK = object()", "MARK = len")])
def test_what_is_no_data_has_to_be_imported(module: Any, old: str, new: str) -> None:
    assert graft(module, old, new) is None


def test_a_state_that_is_no_longer_that_of_the_import_is_left_alone(module: Any) -> None:
    module.TABLE["later"] = 1
    assert graft(module, '"a": 1', '"a": 2') is None


def test_what_breaks_the_import_says_so(module: Any) -> None:
    with pytest.raises(BrokenImport, match="NameError"):
        graft(module, "LIMIT = 10", "LIMIT = nothing")


def test_kinds_of_variants(module: Any) -> None:
    file = SourceFile(module.__file__)
    start, end = place("x * 2")
    assert file.variant(start, end, "x + 2").kind == FUNCTION
    assert file.variant(start, end, "x *  2").kind == EQUIVALENT
    assert file.variant(start, end, "x *").kind == INVALID
    assert file.variant(*place("default=LIMIT"), "default=3").kind == IMPORT
    assert file.variant(*place("10"), "11").kind == IMPORT
    assert file.variant(start, end, "x + 2").digest != file.variant(start, end, "x - 2").digest


VARIABLES = """class Base:
    def __init__(self):
        self.parts = []


class Child(Base):
    def __init__(self):
        super().__init__()

    @property
    def count(self):
        return sum(part in self.parts for part in self.parts if self.parts)


def outer(number, _hidden=1):
    def inner():
        return number + _hidden

    def names():
        return (number, sorted(locals()))

    return inner, names
"""


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("super().__init__()", "pass", FUNCTION),
        ("return sum(part in self.parts for part in self.parts if self.parts)", "pass", FUNCTION),
        (" if self.parts", " if True", FUNCTION),
        ("return number + _hidden", "pass", FUNCTION),
        ("number + _hidden", "_hidden", FUNCTION),
        ("(number, sorted(locals()))", "sorted(locals())", IMPORT),  # it would still be told of number
        ("return (number, sorted(locals()))", "pass", FUNCTION),
    ],
)
def test_a_function_keeps_the_variables_that_it_needs_no_more(tmp_path: Path, old: str, new: str, kind: str) -> None:
    path = tmp_path / "variables.py"
    path.write_text(VARIABLES)
    start = VARIABLES.index(old)
    variant = SourceFile(str(path)).variant(start, start + len(old), new)
    assert variant.kind == kind
    for before, after in variant.exchanges:
        assert before.co_freevars == after.co_freevars or after.co_name == "<genexpr>"


def test_a_function_with_kept_variables_does_what_the_changed_text_does(tmp_path: Path) -> None:
    path = tmp_path / "variables.py"
    path.write_text(VARIABLES)
    names: dict[str, Any] = {}
    exec(compile(VARIABLES, str(path), "exec"), names)
    start = VARIABLES.index("super().__init__()")
    variant = SourceFile(str(path)).variant(start, start + len("super().__init__()"), "pass")
    names["Child"].__init__.__code__ = {old.co_name: new for old, new in variant.exchanges}["__init__"]
    assert not hasattr(names["Child"](), "parts")


@pytest.mark.parametrize(
    ("new", "values"),
    [
        ("3", [3]),
        ("-(1 + 2.5)", [-3.5]),
        ("None", [None]),
        ("('a', (b'c', True))", [("a", (b"c", True))]),
        ("not 1", [False]),
        ("[]", []),
        ("other", []),
        ("1 / 0", []),
        ("2 ** 9", []),
    ],
)
def test_plain_defaults(module: Any, new: str, values: list[Any]) -> None:
    start, end = place("default=LIMIT")
    variant = SourceFile(module.__file__).variant(start + len("default="), end, new)
    assert variant.kind == IMPORT
    found = [variant.default] if variant.default is not None else []
    assert [repr(default.value) for default in found] == [repr(value) for value in values]
    assert all((default.code, default.argument) == (module.Box.get.__code__, 1) for default in found)


def test_who_reads_defaults_is_noticed(module: Any) -> None:
    inspecting = Inspecting([module.__file__])
    module.Box().get()
    assert not inspecting.take()
    inspecting = Inspecting([module.__file__])
    inspect.signature(module.Box.get)
    assert inspecting.take() == {module.Box.get.__code__}
    inspect.signature(module.fill)
    assert inspecting.take() == {module.Box.get.__code__}


def test_defaults_are_given_and_taken_back() -> None:
    def function(a: int, b: int = 1, c: int = 2, *, d: int = 3, e: int) -> tuple[int, ...]:
        return a, b, c, d, e

    for argument, expected in ((1, (0, 9, 2, 3, 4)), (2, (0, 1, 9, 3, 4)), (3, (0, 1, 2, 9, 4))):
        change = DefaultChange([function], NewDefault(function.__code__, argument, 9, frozenset()))
        change.apply()
        assert function(0, e=4) == expected
        change.undo()
        assert function(0, e=4) == (0, 1, 2, 3, 4)


def test_lines_of_a_statement_belong_together(module: Any) -> None:
    file = SourceFile(module.__file__)
    first = SOURCE[: SOURCE.index("text = (")].count("\n") + 1
    assert file.lines_around(*place('"b"\n    )')) == (first, first + 3)
    assert file.lines_around(*place("x * 2")) == (first + 4, first + 4)


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"# coding: latin-1\n"])
def test_other_encodings_and_line_ends(tmp_path: Path, prefix: bytes) -> None:
    path = tmp_path / "other.py"
    text = prefix + "NAME = 'é'\r\ndef f(x):\r\n    return x < 1\r\n".encode("latin-1" if prefix[0] == 35 else "utf-8")
    path.write_bytes(text)
    file = SourceFile(str(path))
    start = text.decode("latin-1" if prefix[0] == 35 else "utf-8").encode("utf-8").index(b"<")  # as the server counts
    assert file.variant(start, start + 1, "<=").kind == FUNCTION
    assert "x <= 1" in file.mutated(start, start + 1, "<=")


def test_a_child_is_ended_when_its_time_on_the_processor_is_over() -> None:
    def spin() -> dict[str, Any]:
        limit_cpu(0.05)
        while True:
            pass

    (ended,) = run_children(iter([Task(1, spin, 0, 60)]), 1)
    assert (ended.is_timeout, ended.answer) == (True, None)


def test_a_child_that_waits_for_nothing_is_ended() -> None:
    def wait() -> dict[str, Any]:
        time.sleep(600)
        return {}

    (ended,) = run_children(iter([Task(1, wait, 0, 600, idle_seconds=0.5)]), 1)
    assert ended.is_timeout


def test_what_a_child_had_answered_before_it_died_counts() -> None:
    def die() -> Iterator[dict[str, Any]]:
        yield {"number": 1}
        os._exit(3)

    (ended,) = run_children(iter([Task(1, die, 5, 60)]), 1)
    assert (ended.answers, ended.is_complete, ended.reason) == (
        [{"number": 1}],
        False,
        "the process ended before the tests did",
    )


def test_to_ask_for_the_kind_of_a_test_case_imports_nothing() -> None:
    """`unittest.IsolatedAsyncioTestCase` alone would import asyncio, in every child that is forked."""
    program = """
import sys, unittest
from testgen_harness.mutation.running import _is_async
class Plain(unittest.TestCase): pass
assert not _is_async(Plain)
assert "asyncio" not in sys.modules
class Coroutines(unittest.IsolatedAsyncioTestCase): pass
assert _is_async(Coroutines) and not _is_async(Plain)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
