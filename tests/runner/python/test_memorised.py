"""Code that gives back what its tests expect, and code that has a table for honest reasons."""

from __future__ import annotations

from typing import Any

import pytest
from testgen_harness.evidence.memorised import Example, examples_of, find_table, memorised

TESTS = """
import pytest

@pytest.mark.parametrize(("number", "expected"), [(1, "I"), (4, "IV"), (5, "V"), (6, "VI"), (9, "IX"), (10, "X")])
def test_roman(number, expected):
    assert roman(number) == expected

def test_more():
    assert roman(40) == "XL"
    assert other(1) == "I"
    assert roman(unknown) == "?"
"""
TABLE = "def roman(number):\n    return {1: 'I', 4: 'IV', 5: 'V', 6: 'VI', 9: 'IX', 10: 'X', 40: 'XL'}[number]\n"
CHAIN = """
def roman(number):
    if number == 1:
        return "I"
    elif number == 4:
        return "IV"
    elif 5 == number:
        result = "V"
        return result
    return {6: "VI", 9: "IX", 10: "X", 40: "XL"}.get(number)
"""
MATCH = """
def roman(number):
    match number:
        case 1: return "I"
        case 4: return "IV"
        case 5: return "V"
        case 6: return "VI"
        case 9 | 90: return "IX"
    return "X" if number == 10 else "XL" if number == 40 else ""
"""
HONEST = """
SIGNS = {40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}

def roman(number):
    text = ""
    for value, sign in SIGNS.items():
        while number >= value:
            text += sign
            number -= value
    return text
"""


def test_examples_of_asserts_and_tables() -> None:
    examples = examples_of(TESTS, "roman")
    assert [example.arguments[0] for example in examples] == [1, 4, 5, 6, 9, 10, 40]
    assert examples[1] == Example((4,), "IV")


@pytest.mark.parametrize(("code", "count"), [(TABLE, 7), (CHAIN, 7), (MATCH, 7), (HONEST, 6)])
def test_what_stands_in_the_code(code: str, count: int) -> None:
    if "match" in code and not hasattr(__import__("ast"), "Match"):
        pytest.skip("this Python has no match")
    assert len(memorised(code, examples_of(TESTS, "roman"))) == count


@pytest.mark.parametrize(("code", "is_table"), [(TABLE, True), (CHAIN, True), (MATCH, True), (HONEST, False)])
def test_one_answer_for_everything_else(code: str, is_table: bool) -> None:
    if "match" in code and not hasattr(__import__("ast"), "Match"):
        pytest.skip("this Python has no match")
    space: dict[str, Any] = {}
    exec(code, space)
    reason = find_table(space["roman"], "roman", code, TESTS)
    assert bool(reason) == is_table
    if is_table:
        assert "examples expect, and has one answer for everything else: roman(2) " in reason


def test_what_two_examples_need_is_no_table() -> None:
    tests = "def test_it():\n    assert sign(1) == 'plus'\n    assert sign(-1) == 'minus'\n"
    code = "def sign(number):\n    return {1: 'plus', -1: 'minus'}[number]\n"
    space: dict[str, Any] = {}
    exec(code, space)
    assert find_table(space["sign"], "sign", code, tests) == ""
