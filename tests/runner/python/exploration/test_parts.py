"""What is likely to give a test soon can be asked for before the rest, and nothing is lost or found twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from testgen_harness.commands import Context
from testgen_harness.commands.explore import Request, execute

SOURCE = """
class Basket:
    def __init__(self, items):
        self.items = list(items)

    def total(self):
        return sum(self.items)


def fee(total: int) -> int:
    if total < 10:
        return total + 3
    return total


def half(number: int) -> int:
    return number // 2
"""


@pytest.fixture
def request_of(tmp_path: Path) -> Any:
    (tmp_path / "shop.py").write_text(SOURCE, "utf-8")
    places = [("total < 10", "total <= 10"), ("+ 3", "- 3"), ("// 2", "* 2")]
    mutants = [
        {"start": SOURCE.index(text), "end": SOURCE.index(text) + len(text), "replacement": replacement}
        for text, replacement in places
    ]
    place = {"root": str(tmp_path), "scratch": str(tmp_path), "path": str(tmp_path / "shop.py"), "folders": ["."]}

    def make(**fields: Any) -> Request:
        return Request(**place, module="shop", mutants=mutants, **fields)

    return make


def explored(request: Request) -> tuple[dict[str, Any], list[str]]:
    said: list[str] = []
    found = execute(request, Context(lambda event, **fields: said.append(fields["message"])))
    return found, said


def names_of(cases: list[dict[str, Any]]) -> list[str]:
    return [case["name"] for case in cases]


def test_a_call_that_needs_no_object_comes_first_and_alone(request_of: Any) -> None:
    found, said = explored(request_of(is_first=True))
    assert said == ["Exploring half"]
    assert found["goes_on"] is True
    assert {case["subject"] for case in found["cases"]} == {"half"}
    assert found["explored"] == ["half"]
    assert found["noticed"] == ["2"]


def test_both_parts_together_are_the_whole(request_of: Any) -> None:
    first, _ = explored(request_of(is_first=True, most=1))
    rest, said = explored(request_of(explored=first["explored"], noticed=first["noticed"], waiting=first["waiting"]))
    whole, _ = explored(request_of())
    assert len(first["cases"]) == 1
    assert "Exploring half" not in said
    assert rest["goes_on"] is False
    assert sorted(names_of(first["cases"] + rest["cases"])) == sorted(names_of(whole["cases"]))


def test_what_was_left_out_of_the_first_part_comes_with_the_rest(request_of: Any) -> None:
    waiting = '{"name": "half_of_what_waited", "subject": "half", "notices": []}'
    rest, _ = explored(request_of(explored=["half"], noticed=["2"], waiting=[waiting]))
    assert names_of(rest["cases"])[0] == "half_of_what_waited"


def test_one_function_is_no_part(request_of: Any) -> None:
    found, _ = explored(request_of(is_first=True, symbol="fee"))
    assert found["goes_on"] is False
    assert found["cases"]


STACK = """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def size(self):
        return len(self.items)
"""
TESTS = """from shop import Stack


def test_push():
    stack = Stack()
    stack.push("hello")
    assert stack.items == ["hello"]


def test_size():
    assert Stack().size() == 0
"""


def test_what_another_function_does_is_no_reason_to_test_this_one_first(request_of: Any, tmp_path: Path) -> None:
    """The process that explores the other one knows the calls that tests make of it."""
    (tmp_path / "shop.py").write_text(STACK, "utf-8")
    (tmp_path / "test_shop.py").write_text(TESTS, "utf-8")
    request = request_of(is_first=True, test_files=[str(tmp_path / "test_shop.py")])
    start = STACK.index("self.items.append")
    request.mutants = [{"start": start, "end": start + len("self.items.append(item)"), "replacement": "pass"}]
    found, said = explored(request)
    assert "Exploring Stack.size" in said
    assert "stack_size_after_push" not in names_of(found["cases"])
