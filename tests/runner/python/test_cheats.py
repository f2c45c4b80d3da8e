"""Cheats: keys of values, stubs of functions, recorded calls, and calls that expose."""

from __future__ import annotations

import ast
import base64
import collections
import datetime
import decimal
import enum
import inspect
import os
import pickle
import random
import textwrap
import threading
from types import FunctionType
from typing import Any

import pytest
from testgen_harness.commands.cheats import _why_left_out
from testgen_harness.evidence.calls import CALLS_MAX, CallRecorder
from testgen_harness.evidence.cheats import Evidence, NotInTable, Table, cheats_for
from testgen_harness.evidence.exposing import Refused, _near, find_exposing, restrict
from testgen_harness.evidence.frozen import Unfrozen, freeze, literal_text, shown
from testgen_harness.evidence.functions import Function, functions_of
from testgen_harness.evidence.stubs import alive_functions, answer_calls, copy_function, stub_code, why_not
from testgen_harness.mutation.children import Task, run_children


class Colour(enum.Enum):
    RED = 1


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        raise AssertionError("nothing of the workspace runs")

    __hash__ = None  # type: ignore[assignment]

    def __getattribute__(self, name: str) -> Any:
        if name == "x":
            raise AssertionError("nothing of the workspace runs")
        return object.__getattribute__(self, name)


class Slotted:
    __slots__ = ("__hidden", "y")

    def __init__(self, y: Any) -> None:
        self.y = self.__hidden = y


class Numbers(list):
    def total(self) -> int:
        return sum(self)


def test_keys_tell_values_apart() -> None:
    values: list[Any] = [
        *(1, True, 1.0, "1", b"1", None, 0.0, -0.0, float("nan"), decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        *((), [], {}, set(), frozenset(), (1,), [1], [[1]], [1, 2], [2, 1], {1: 2}, {1}, Numbers([1])),
        *(collections.OrderedDict(a=1), collections.deque([1]), Point(1), Point(2), Slotted(1), Slotted(2)),
        *(datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), Colour.RED, Point, len, os, range(3)),
        *(tuple.__add__, list.append, Numbers([1]).total, Numbers([2]).total),
        *(ValueError("a"), ValueError("b"), KeyError("a")),
    ]
    keys = [freeze(value) for value in values]
    assert len(set(keys)) == len(values)
    again = pickle.loads(pickle.dumps([value for value in values if value is not os]))
    assert [freeze(value) for value in again] == [key for value, key in zip(values, keys) if value is not os]


@pytest.mark.parametrize(
    "value",
    [lambda: 1, iter([]), threading.Lock(), random.Random(1), object, (x for x in ()), list(range(5000))],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_key(value: Any) -> None:
    if value is object:
        cycle: list[Any] = []
        cycle.append(cycle)
        value = cycle
    with pytest.raises(Unfrozen):
        freeze(value)


def test_literals_and_what_is_shown() -> None:
    for value in (1, -2.5, "a'b", b"x", None, [1, (2, "x")], {"a": {1, 2}}):
        assert ast.literal_eval(literal_text(value)) == value
        assert shown(value) == literal_text(value)
    for value in (float("inf"), Colour.RED, Numbers([1]), set(), "x" * 500):
        assert literal_text(value) == ""
    assert shown(Colour.RED) == "<Colour>"


# ---- Stubs ----

HIDDEN = """
    def outer(start):
        def free(a, b=2):
            return a + b + start
        return free

    def plain(a, b=2, /, c=3, *rest, d, e=5, **more):
        return (a, b, c, rest, d, e, more)

    def only_rest(*rest):
        return rest

    class Base:
        def hello(self):
            return "base"

    class Child(Base):
        def hello(self, *, loud=False):
            return super().hello() + ("!" if loud else "")

        def __private(self, __x=1):
            return __x

        def call(self):
            return self.__private(__x=4) if False else self.__private(4)
"""


def load(source: str, name: str = "hidden.py") -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "hidden"}
    exec(compile(textwrap.dedent(source), name, "exec", dont_inherit=True), names)
    return names


def stubbed(function: FunctionType) -> list[Any]:
    """From now on each call of the function is also in the list."""
    seen: list[Any] = []
    original = copy_function(function)
    signature = inspect.signature(function)
    function.__code__ = stub_code(function.__code__, 7)

    def answer(number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        seen.append((number, arguments, keywords))
        return original(*arguments, **keywords)

    answer_calls(answer)
    assert inspect.signature(function) == signature
    return seen


def test_stubs_hand_everything_over() -> None:
    names = load(HIDDEN)
    seen = stubbed(names["plain"])
    assert names["plain"](1, d=4) == (1, 2, 3, (), 4, 5, {})
    assert names["plain"](1, 8, 9, 10, 11, d=4, z=0) == (1, 8, 9, (10, 11), 4, 5, {"z": 0})
    assert seen[0] == (7, (1, 2, 3), {"d": 4, "e": 5})
    with pytest.raises(TypeError, match="plain"):
        names["plain"](1)
    seen = stubbed(names["only_rest"])
    assert names["only_rest"](1, 2) == (1, 2)
    free = names["outer"](10)
    seen = stubbed(free)
    assert (free(1), seen) == (13, [(7, (1, 2), {})])
    child = names["Child"]
    seen = stubbed(child.__dict__["hello"])
    assert child().hello(loud=True) == "base!"
    seen = stubbed(child.__dict__["_Child__private"])
    assert (child().call(), len(seen)) == (4, 1)


def test_what_cannot_be_exchanged() -> None:
    names = load("def g():\n    yield\nasync def c():\n    pass\nasync def a():\n    yield\ndef f():\n    pass\n")
    assert [why_not(names[name]) for name in "gcaf"] == ["a generator", "a coroutine", "an asynchronous generator", ""]


def test_functions_of_a_file(tmp_path: Any) -> None:
    path = tmp_path / "subject.py"
    path.write_text(
        textwrap.dedent(
            '''
            import functools

            def nothing():
                """Doc."""

            @functools.lru_cache(
                maxsize=None
            )
            def constant(a: int, *, b: "str" = 1) -> int:
                return 7

            if True:
                class C:
                    @staticmethod
                    def first(x, y):
                        return x

                    def me(self, x):
                        return x

                    def fine(self):
                        def inner():
                            raise ValueError
                        return inner

                    @property
                    def bad(self):
                        if self:
                            raise ValueError
            '''
        )
    )
    found = {item.qualified_name: item for item in functions_of(str(path))}
    assert list(found) == ["nothing", "constant", "C.first", "C.me", "C.fine", "C.bad"]
    assert found["nothing"].does_nothing and found["constant"].returns_constant
    assert (found["constant"].line, found["constant"].parameters) == (7, "a, *, b=1")
    assert [found[name].receivers for name in ("constant", "C.first", "C.me", "C.bad")] == [0, 0, 1, 1]
    assert found["C.first"].returns_first and found["C.me"].returns_first
    assert [name for name, item in found.items() if item.raises] == ["C.bad"]
    names = load(path.read_text(), str(path))
    alive = alive_functions([str(path)])
    assert {place[1] for place in alive} == {"nothing", "constant", "first", "me", "fine", "bad"}
    assert alive[found["constant"].place][0] is names["constant"].__wrapped__
    assert _why_left_out(found["constant"], []) == "not imported, or nothing holds it any more"


# ---- Calls ----


def record(source: str, name: str, receivers: int = 0) -> tuple[Any, CallRecorder]:
    function = load(source)[name]
    recorder = CallRecorder([function], [receivers])
    recorder.test = 0
    return function, recorder


def evidence_of(recorder: CallRecorder) -> Evidence:
    return Evidence(**recorder.calls[0].pack())


def test_calls_are_kept_by_value() -> None:
    source = "def f(items, n=1):\n    items.append(n)\n    if n < 0:\n        raise ValueError(n)\n    return items\n"
    function, recorder = record(source, "f")
    assert function([1]) == [1, 1]
    assert function([2], n=5) == [2, 5]
    with pytest.raises(ValueError, match="-1"):
        function([], -1)
    recorder.test = -1
    function([9])
    evidence = evidence_of(recorder)
    assert (evidence.count, evidence.distinct, evidence.tests, evidence.raised) == (3, 3, [0], True)
    assert evidence.examples[0] == ["(([1], 1), {})", "[1, 1]"], "before the call, and after it"
    assert evidence.examples[2][1] == "raises ValueError"
    table = Table(pickle.loads(base64.b64decode(evidence.table)))
    assert table(([2], 5), {}) == [2, 5]
    with pytest.raises(ValueError, match="-1"):
        table(([], -1), {})
    with pytest.raises(NotInTable):
        table(([3], 5), {})
    assert len(table.used) == 2


def test_the_constant_is_the_most_frequent() -> None:
    function, recorder = record("def f(n):\n    return 'odd' if n % 2 else 'even'\n", "f")
    for n in (1, 3, 2, 5, 5):
        function(n)
    evidence = evidence_of(recorder)
    assert (evidence.constant_text, evidence.constant_count, evidence.different_results) == ("'odd'", 4, 2)
    assert evidence.distinct == 4


def test_why_there_is_no_table() -> None:
    counter = "COUNT = []\ndef f(n):\n    COUNT.append(n)\n    return len(COUNT)\n"
    for source, calls, reason in (
        (counter, [(1,), (1,)], "the same arguments give different results"),
        (
            "def f(n):\n    return 1\n",
            [(lambda: 1,)],
            "it is called with a function or class without a name of its own",
        ),
        ("def f(n):\n    return iter(n)\n", [((),)], "a result is an object of the type tuple_iterator"),
        (
            "def f(n):\n    return n\n",
            [(n,) for n in range(CALLS_MAX + 5)],
            f"there are more than {CALLS_MAX} different",
        ),
    ):
        function, recorder = record(source, "f")
        for arguments in calls:
            function(*arguments)
        assert evidence_of(recorder).no_table.startswith(reason)
        assert len(recorder.calls[0].table) <= CALLS_MAX + 1


def test_what_comes_late_is_seen_all_the_same() -> None:
    """Whether anything but None was returned, and whether anything was raised, holds for every call."""
    source = "def f(n):\n    if n == 'raise':\n        raise ValueError\n    return 1 if n == 'late' else None\n"
    function, recorder = record(source, "f")
    for n in range(CALLS_MAX + 5):
        function(n)
    assert (recorder.calls[0].is_full, recorder.calls[0].returned_something) == (True, False)
    function("late")
    with pytest.raises(ValueError):
        function("raise")
    evidence = evidence_of(recorder)
    assert (evidence.returned_something, evidence.raised, evidence.count) == (True, True, CALLS_MAX + 7)


def test_results_are_compared_by_what_they_hold() -> None:
    """Two equal lists are pickled in different ways when one holds the same string twice."""
    function, recorder = record("def f(items):\n    return items\n", "f")
    text = "".join(["a", "b"])
    function([text, text])
    function(["".join(["a", "b"]), "".join(["a", "b"])])
    assert evidence_of(recorder).no_table == ""


# ---- Cheats ----


def make_function(**changes: Any) -> Function:
    given = {"path": "f.py", "line": 1, "name": "f", "qualified_name": "f", "receivers": 0, "is_method": False}
    text = {"parameters": "a, b=2", "does_nothing": False, "returns_constant": False, "returns_first": False}
    return Function(**{**given, **text, "raises": False, **changes})  # type: ignore[arg-type]


def test_cheats_that_make_no_sense_say_why() -> None:
    function, recorder = record("def f(a, b=2):\n    return a + b\n", "f")
    function(1)
    function(2)
    evidence = evidence_of(recorder)

    def reasons(**changes: Any) -> dict[str, str]:
        return {cheat.name: cheat.reason for cheat in cheats_for(make_function(**changes), evidence)}

    assert [name for name, reason in reasons().items() if reason] == ["swallowed-errors"]
    assert reasons(raises=True)["swallowed-errors"] == ""
    assert reasons(does_nothing=True)["removed-body"]
    assert reasons(returns_constant=True)["constant"] == "that is what it does"
    assert reasons(returns_first=True)["first-argument"] == "that is what it does"
    assert reasons(parameters="")["first-argument"] == "it takes no argument"
    assert reasons(parameters="**more")["first-argument"] == "it takes no argument"
    codes = {
        cheat.name: cheat.code for cheat in cheats_for(make_function(parameters="self, *a", receivers=1), evidence)
    }
    assert codes["first-argument"] == "def f(self, *a):\n    return a[0]\n"
    table = {cheat.name: cheat.code for cheat in cheats_for(make_function(), evidence)}["lookup-table"]
    assert "(1, 2): 3," in table and "(2, 2): 4," in table
    for code in codes.values():
        compile(code, "cheat", "exec")


def test_procedures_have_only_a_body_to_remove() -> None:
    function, recorder = record("def f(a):\n    a.append(1)\n", "f")
    function([])
    made = cheats_for(make_function(), evidence_of(recorder))
    assert [cheat.name for cheat in made if not cheat.reason] == ["removed-body", "exit"]


def in_child(work: Any) -> Any:
    (ended,) = run_children(iter([Task(0, lambda: {"answer": work()}, 5.0, 20.0)]), 1)
    assert ended.answer is not None, ended.reason
    return ended.answer["answer"]


def test_exposing_calls() -> None:
    function = load("def f(n):\n    return 10 if n >= 100 else 0\n")["f"]
    examples = [["((99,), {})", "0"], ["((7,), {})", "0"]]
    assert in_child(lambda: find_exposing(function, "f", examples, "constant", "0")) == {
        "input": "f(100)",
        "gives": "10",
    }
    assert in_child(lambda: find_exposing(function, "f", examples, "lookup-table", ""))["input"] == "f(100)"
    flat = load("def f(n):\n    return 0\n")["f"]
    assert in_child(lambda: find_exposing(flat, "f", examples, "constant", "0")) is None


def test_the_machine_is_left_alone(tmp_path: Any) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")

    def attempts() -> list[str]:
        refused = restrict()
        acts = (
            victim.unlink,
            lambda: victim.write_text("y"),
            lambda: victim.open("a").close(),
            lambda: os.open(victim, os.O_RDWR),
            lambda: victim.rename("other"),
            lambda: os.system("true"),
            lambda: __import__("socket").create_connection(("127.0.0.1", 9)),
            lambda: __import__("subprocess").run(["true"]),
            lambda: __import__("shutil").rmtree(tmp_path),
            lambda: os.kill(os.getpid(), 0),
        )
        for act in acts:
            before = len(refused)
            with pytest.raises(Refused):
                act()
            assert len(refused) > before
        assert victim.read_text() == "x"
        return refused

    assert len(in_child(attempts)) >= 10
    assert victim.read_text() == "x"


@pytest.mark.parametrize("value", [True, 3, 2.5, "abc", b"abc", "17", [1, 2], (1,), {"a": 1}])
def test_near_values_are_others_of_the_same_type(value: Any) -> None:
    near = list(_near(value))
    assert near
    assert all(type(other) is type(value) and other != value for other in near if other not in ("", b""))
