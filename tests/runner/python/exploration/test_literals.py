"""What is written reads back as an equal value of the same type, and everything else is refused."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import math
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest
from testgen_harness.exploration.literals import ITEMS_MAX, TEXT_MAX, Writer

WRITER = Writer(__name__)


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int


class Liar:
    def __repr__(self) -> str:
        return "Liar()"

    def __eq__(self, other: object) -> bool:
        return True


class Nameless:
    pass


@pytest.mark.parametrize(
    ("value", "text", "comparison"),
    [
        (None, "None", "is"),
        (True, "True", "is"),
        (0, "0", "equal"),
        (-1.5, "-1.5", "approx"),
        (math.inf, 'float("inf")', "equal"),
        ("it's", '"it\'s"', "equal"),
        ("a\nb", "'a\\nb'", "equal"),
        ("\x00", "'\\x00'", "equal"),
        (b"\xff", "b'\\xff'", "equal"),
        ([], "[]", "equal"),
        ((1,), "(1,)", "equal"),
        ([1, 2.5], "[1, 2.5]", "approx"),
        ({2, 1}, "{1, 2}", "equal"),
        (set(), "set()", "equal"),
        (frozenset(), "frozenset()", "equal"),
        ({"a": [1]}, "{'a': [1]}", "equal"),
    ],
)
def test_plain_values(value: Any, text: str, comparison: str) -> None:
    literal = WRITER.write(value)
    assert literal is not None
    assert (literal.text, literal.comparison, literal.imports) == (text, comparison, [])


@pytest.mark.parametrize(
    ("value", "text", "imports"),
    [
        (decimal.Decimal("1.10"), "Decimal('1.10')", [["decimal", "Decimal"]]),
        (fractions.Fraction(1, 3), "Fraction(1, 3)", [["fractions", "Fraction"]]),
        (pathlib.Path("/a"), "Path('/a')", [["pathlib", "Path"]]),
        (datetime.date(2024, 2, 29), "datetime.date(2024, 2, 29)", [["datetime", ""]]),
        (Colour.RED, "Colour.RED", [[__name__, "Colour"]]),
        (Point(3), "Point(x=3)", [[__name__, "Point"]]),
    ],
)
def test_objects_with_imports(value: Any, text: str, imports: list[list[str]]) -> None:
    literal = WRITER.write(value)
    assert literal is not None
    assert (literal.text, literal.imports) == (text, imports)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        Liar(),  # equal to everything, so no evidence
        Nameless(),
        Nameless,
        object(),
        "x" * (TEXT_MAX + 1),
        list(range(ITEMS_MAX + 1)),
        _nested(7),
        (item for item in ()),
    ],
)
def test_what_no_literal_stands_for(value: Any) -> None:
    assert WRITER.write(value) is None
