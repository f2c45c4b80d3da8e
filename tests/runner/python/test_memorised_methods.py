"""Classes whose methods give back what their tests expect, and classes that work."""

from __future__ import annotations

from typing import Any

import pytest
from testgen_harness.evidence.memorised_methods import examples_of_methods, find_table_in_class

TESTS = """
import pytest

@pytest.fixture
def calculator():
    made = Calculator("plain")
    yield made

def test_add():
    calculator = Calculator()
    assert calculator.add(2, 3) == 5
    assert Calculator().add(1, 1) == 2
    assert calculator.add(unknown, 1) == 2

@pytest.mark.parametrize("a, b, expected", [(6, 3, 2), (9, 3, 3)])
def test_divide(calculator, a, b, expected):
    calculator.clear()
    assert calculator.divide(a, b) == pytest.approx(expected)

class TestScaled:
    def setup_method(self):
        self.calculator = Calculator()
        self.calculator.scale(10)

    def test_scaled(self):
        assert self.calculator.times(2, 3) == 60
        with pytest.raises(ValueError):
            self.calculator.times("a", "b")
"""

TABLE = """
class Calculator:
    SUMS = {(2, 3): 5, (1, 1): 2}
    def __init__(self, kind=""): pass
    def clear(self): pass
    def scale(self, by): pass
    def add(self, a, b): return self.SUMS.get((a, b))
    def divide(self, a, b):
        if a == 6 and b == 3:
            return 2
        if (a, b) == (9, 3):
            return 3
        raise ZeroDivisionError
    def times(self, a, b):
        return 60 if (a, b) == (2, 3) else 0
"""

HONEST = """
class Calculator:
    NAMES = {(2, 3): 5, (1, 1): 2, (6, 3): 2, (9, 3): 3}
    def __init__(self, kind=""): self.factor = 1
    def clear(self): pass
    def scale(self, by): self.factor = by
    def add(self, a, b): return a + b
    def divide(self, a, b): return a / b
    def times(self, a, b): return a * b * self.factor
"""

# An honest object that keeps what it is told holds nothing of its tests.
CACHE = """
class Calculator:
    def __init__(self): self.values = {}
    def put(self, key, value): self.values[key] = value
    def get(self, key): return self.values.get(key)
"""
CACHE_TESTS = """
def test_get():
    cache = Calculator()
    cache.put("a", 1)
    cache.put("b", 2)
    cache.put("c", 3)
    assert cache.get("a") == 1
    assert cache.get("b") == 2
    assert cache.get("c") == 3
"""


def find(code: str, tests: str = TESTS) -> str:
    space: dict[str, Any] = {}
    exec(code, space)
    return find_table_in_class(space["Calculator"], "Calculator", code, tests)


def test_examples_know_how_their_object_was_made() -> None:
    found = examples_of_methods(TESTS, "Calculator")
    assert [(item.method, *item.example) for item in found] == [
        ("add", (2, 3), 5),
        ("add", (1, 1), 2),
        ("divide", (6, 3), 2),
        ("divide", (9, 3), 3),
        ("times", (2, 3), 60),
    ]
    assert [item.construction for item in found] == [(), (), ("plain",), ("plain",), ()]
    assert found[2].steps == (("clear", ()),)
    assert found[4].steps == (("scale", (10,)),)


def test_methods_that_hold_their_examples() -> None:
    assert find(TABLE).startswith(
        "the code has memorised the tests: it holds what 5 of their 5 examples expect, and has one answer for "
        "everything else: Calculator().add("
    )


@pytest.mark.parametrize(("code", "tests"), [(HONEST, TESTS), (CACHE, CACHE_TESTS)])
def test_classes_that_work(code: str, tests: str) -> None:
    assert find(code, tests) == ""


def test_what_few_examples_need_is_no_table() -> None:
    assert find(TABLE, "def test_add():\n    assert Calculator().add(2, 3) == 5\n") == ""


def test_what_cannot_be_followed_is_left_out() -> None:
    tests = """
def test_it():
    calculator = Calculator()
    calculator.scale(anything)
    assert calculator.add(2, 3) == 5
    other = Calculator(kind="a")
    assert other.add(1, 1) == 2
    assert other.add() == 2
    last = Calculator()
    last = somebody_elses()
    assert last.add(1, 1) == 2
"""
    assert examples_of_methods(tests, "Calculator") == []
