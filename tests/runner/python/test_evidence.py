"""Recorded comparisons: the program stays the same, and what is recorded is what came."""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import sys
import sysconfig
import textwrap
import traceback
from pathlib import Path
from typing import Any

import pytest
from testgen_harness.commands.boundary import verdict_of
from testgen_harness.evidence.comparisons import Comparison, Instrumenter
from testgen_harness.evidence.recorder import Recorder, difference


class Program:
    """A source text as it is, and with its comparisons recorded."""

    def __init__(self, source: str) -> None:
        source = textwrap.dedent(source)
        instrumenter = Instrumenter("shop.py", source, 0)
        tree = instrumenter.instrument(ast.parse(source))
        self.left_out = instrumenter.left_out
        self.comparisons: list[Comparison] = instrumenter.found
        self.recorder = Recorder()
        self.recorder.add(self.comparisons)
        self.recorder.install()
        self.plain: dict[str, Any] = {"__name__": "shop"}
        self.recorded: dict[str, Any] = {"__name__": "shop"}
        exec(compile(source, "shop.py", "exec", dont_inherit=True), self.plain)
        exec(compile(tree, "shop.py", "exec", dont_inherit=True), self.recorded)
        self.recorder.test = 0

    def verdicts(self) -> dict[str, str]:
        pairs = zip(self.comparisons, self.recorder.records)
        return {f"{item.operand} {item.boundary}": verdict_of(item.operator, record) for item, record in pairs}


SEMANTICS = """
    log = []

    def see(value, name):
        log.append(name)
        return value

    def chain(a, b, c):
        return see(a, "a") < see(b, "b") <= see(c, "c") != 7

    def mixed(a, b, c):
        return a < b in c

    def inside(items, low, high):
        return [x for x in items if low <= x + 0 < high], {x: x > low for x in items if x in range(low, high)}

    def guard(value):
        return (lambda v, w=3 > 2: 0 < v < w + 5)(value)

    def nested(n):
        return n if n < 2 else nested(n - 1) + nested(n - 2)

    def generate(n):
        while 0 <= (yield n) < 10:
            n += 1

    class Box:
        limit = 3
        low = 1 < limit < 5
        checks = [x for x in range(5) if x > 2]

        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            log.append("lt")
            return [self.value, other]

        def __eq__(self, other):
            log.append("eq")
            return NotImplemented

        def check(self, v: 1 < 2 = 3 < 4) -> 5 < 6:
            return self.__secret < v

        __secret = 2

    def boxes():
        one, two = Box(1), Box(2)
        return len(one < two), one == two, one == one, one != two
"""
CALLS = [
    ("chain", (1, 2, 3)),
    ("chain", (2, 1, 3)),
    ("chain", (1, 7, 7)),
    ("mixed", (1, 2, [2])),
    ("mixed", (3, 2, [2])),
    ("inside", ([1, 2, 3, 4], 2, 4)),
    ("guard", (4,)),
    ("guard", (9,)),
    ("nested", (9,)),
    ("boxes", ()),
]


def test_the_program_is_the_same() -> None:
    program = Program(SEMANTICS)
    for name, arguments in CALLS:
        results = []
        for names in (program.plain, program.recorded):
            names["log"].clear()
            results.append((names[name](*arguments), list(names["log"])))
        assert results[0] == results[1], name
    box, plain = program.recorded["Box"], program.plain["Box"]
    assert (box.low, box.checks) == (plain.low, plain.checks)
    assert sorted(vars(box)) == sorted(vars(plain)), "no name is added to a class"
    assert box.check.__annotations__ == plain.check.__annotations__
    assert (box(1).check(3), box(1).check()) == (plain(1).check(3), plain(1).check())
    steps = [names["generate"](0) for names in (program.plain, program.recorded)]
    assert [[next(step), step.send(4), step.send(9)] for step in steps] == [[0, 1, 2]] * 2
    for step in steps:
        with pytest.raises(StopIteration):
            step.send(10)


def test_errors_pass_through_with_their_lines() -> None:
    program = Program("def f(a):\n    return (\n        a\n        < 'x'\n    )\n")
    places = []
    for names in (program.plain, program.recorded):
        with pytest.raises(TypeError, match="not supported between") as caught:
            names["f"](1)
        frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == "shop.py"]
        places.append([(frame.name, frame.lineno) for frame in frames])
    assert places[0] == places[1]
    assert program.recorder.records[0].evaluated == 1, "it was evaluated all the same"


@pytest.mark.parametrize(
    "path", sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[:120], ids=lambda path: path.name
)
def test_every_program_still_compiles(path: Path) -> None:
    try:
        source = path.read_text("utf-8")
        tree = ast.parse(source)
    except (SyntaxError, UnicodeDecodeError):
        pytest.skip("not for this interpreter")
    lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    rewritten = Instrumenter(str(path), source, 0).instrument(tree)
    compile(rewritten, str(path), "exec", dont_inherit=True)
    assert {node.lineno for node in ast.walk(rewritten) if isinstance(node, ast.stmt)} == lines


@pytest.mark.skipif(sys.version_info < (3, 10), reason="there is no match statement")
def test_guards_of_cases() -> None:
    program = Program(
        """
        def f(x):
            match x:
                case [n] if n > 3:
                    return n
            return 0
        """
    )
    assert program.recorded["f"]([4]) == 4
    assert program.verdicts() == {"n 3": "not on the boundary"}


def test_what_is_left_out() -> None:
    program = Program(
        """
        import sys

        def f(x):
            assert x > 0
            return f"{x < 3}", sys.version_info >= (3, 0), x is None, x in [1]

        class C:
            low = 1
            bad = 0 < low + 1 < 3
            fine = 0 < low < 3
        """
    )
    assert program.left_out == 2
    assert [item.text for item in program.comparisons] == ["0 < low", "low < 3"]


def test_which_side_is_the_boundary() -> None:
    program = Program(
        """
        limit = 3
        other = 3
        other = 4

        def f(self, x, y, other):
            return (x < 1, 1 < x, x == limit, limit != x, x < y, x < self.MAX, x < other, x < 2 * 60, -1 <= x)
        """
    )
    found = [(i.operator, i.operand, i.boundary, i.is_boundary_constant, i.is_mirrored) for i in program.comparisons]
    assert found == [
        ("lt", "x", "1", True, False),
        ("gt", "x", "1", True, True),
        ("eq", "x", "limit", True, False),
        ("ne", "x", "limit", True, True),
        ("lt", "x", "y", False, False),
        ("lt", "x", "self.MAX", True, False),
        ("lt", "x", "other", False, False),
        ("lt", "x", "2 * 60", True, False),
        ("ge", "x", "-1", True, True),
    ]


NAN = float("nan")
INFINITE = float("inf")


@pytest.mark.parametrize(
    ("operator", "values", "verdict"),
    [
        (">= 100", [97], "not on the boundary"),
        (">= 100", [100], "only on the boundary"),
        (">= 100", [100, 101], "only on the boundary"),
        (">= 100", [100, 99], "tested"),
        ("< 100", [100, 99], "tested"),
        ("> 100", [100, 99], "only on the boundary"),
        ("> 100", [100, 101], "tested"),
        ("<= 100", [100, 101], "tested"),
        ("== 100", [100], "only on the boundary"),
        ("== 100", [100, 7], "tested"),
        ("!= 100", [7], "not on the boundary"),
        (">= 100", [100.0, 99.5], "tested"),
        (">= 100", [100, 98, 99.5], "tested"),
        (">= 100", [100, 98], "only on the boundary"),
        (">= 100", [NAN], "not on the boundary"),
        ("< 1e400", [INFINITE, 3.0], "tested"),
        ("== 'a'", ["b"], "not on the boundary"),
        ("== 'a'", ["b", "a"], "tested"),
        ("== 'a'", [None], "not on the boundary"),
        ("< 'b'", ["b", "a"], "tested"),
        ("< 'b'", ["b", "c"], "only on the boundary"),
        ("< (1, 2)", [(1, 2), (1, 1)], "tested"),
        ("== (1, 'a')", [(1, "a")], "only on the boundary"),
        ("< b'b'", [b"b", b"a"], "tested"),
        ("== 1", [], "never evaluated"),
    ],
)
def test_verdicts(operator: str, values: list[Any], verdict: str) -> None:
    program = Program(f"def f(x):\n    return x {operator}\n")
    for value in values:
        program.recorded["f"](value)
    assert list(program.verdicts().values()) == [verdict]


def test_ranges_have_two_boundaries() -> None:
    program = Program("def f(x):\n    return x in range(3), x not in range(2, 5), x in range(0, 9, 2)\n")
    for value in (-1, 0, 2, 3):
        program.recorded["f"](value)
    record = program.recorder.records
    assert [program.recorded["f"](v) for v in (-1, 2)] == [program.plain["f"](v) for v in (-1, 2)]
    assert program.verdicts() == {
        "x 0": "no distance",  # of the last range, which has steps
        "x 3": "tested",
        "x 2": "only on the boundary",
        "x 5": "not on the boundary",
        "x 9": "no distance",
    }
    assert (record[0].on, record[0].just_below) == (1, 2)


def test_objects_of_the_program_are_compared_once() -> None:
    program = Program(
        """
        class Version:
            calls = 0

            def __init__(self, number):
                self.number = number

            def __lt__(self, other):
                Version.calls += 1
                return self.number < other.number

            def __eq__(self, other):
                Version.calls += 1
                return self.number == other.number

        class Number(int):
            def __lt__(self, other):
                raise ZeroDivisionError

        def f(a, b):
            return a < b

        def g(a, b):
            return a == b
        """
    )
    version, number = program.recorded["Version"], program.recorded["Number"]
    assert program.recorded["f"](version(1), version(2)) is True
    assert program.recorded["g"](version(1), version(1)) is True
    assert version.calls == 2
    with pytest.raises(ZeroDivisionError):
        program.recorded["f"](number(1), number(2))
    verdicts = [verdict_of(i.operator, r) for i, r in zip(program.comparisons, program.recorder.records)]
    assert verdicts[-2:] == ["no distance", "only on the boundary"]
    assert program.recorder.records[2].types == "Version and Version"


def test_what_is_kept_does_not_grow() -> None:
    program = Program("def f(x):\n    return x >= 100\n")
    record = program.recorder.records[0]
    for test, value in ((0, 3), (0, 120), (1, 97), (2, 103), (2, 5)):
        program.recorder.test = test
        program.recorded["f"](value)
    assert (record.evaluated, record.tests, record.below, record.above, record.on) == (5, 3, 3, 2, 0)
    assert (record.closest, record.distance, record.closest_test) == ("97", -3, 1)
    program.recorder.test = -1
    program.recorded["f"](100)
    assert (record.evaluated, record.at_import, record.on) == (5, 1, 0), "no test vouches for it"


def test_differences() -> None:
    assert difference(decimal.Decimal("0.1"), decimal.Decimal("0.3")) == decimal.Decimal("-0.2")
    assert difference(decimal.Decimal(1), 0.5) == decimal.Decimal("0.5")
    assert difference(fractions.Fraction(1, 3), 1) == fractions.Fraction(-2, 3)
    assert difference(10**400, 0.5) is None
    assert difference(decimal.Decimal("nan"), 1) is None
    assert difference(INFINITE, INFINITE) == 0
    with decimal.localcontext() as context:
        context.clear_flags()
        difference(decimal.Decimal("1.1"), 0.1)
        assert not any(context.flags.values()), "the program's own context is left alone"


def test_dates_are_ordered() -> None:
    program = Program("def f(a, b):\n    return a < b\n")
    day = datetime.date(2020, 2, 29)
    program.recorded["f"](day, day)
    program.recorded["f"](day - datetime.timedelta(1), day)
    assert list(program.verdicts().values()) == ["tested"]
    assert "datetime.date(2020, 2, 29)" in program.recorder.records[0].closest
