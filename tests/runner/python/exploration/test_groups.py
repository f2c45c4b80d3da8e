"""What is explored in one process, and what becomes of it when that ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sample import Samples
from testgen_harness.commands import explore

TEXT = """
def fine(number):
    return number + 1

def worse(number):
    return number + 2
"""


def test_a_class_is_explored_with_what_it_holds() -> None:
    names = ["first", "Stack", "Stack.push", "Stack.pop", "second"]
    assert explore._groups_of(names) == [["first", "second"], ["Stack", "Stack.push", "Stack.pop"]]


def test_functions_are_not_too_many() -> None:
    names = [f"function{number}" for number in range(2 * explore.GROUP_MAX)]
    groups = explore._groups_of(names)
    assert [name for group in groups for name in group] == names
    assert max(map(len, groups)) <= explore.GROUP_MAX


def test_what_ends_the_process_of_several_takes_none_with_it(samples: Samples, monkeypatch: Any) -> None:
    source = samples.source(TEXT)
    folder = str(Path(source.path).parent)
    request = explore.Request(folder, folder, source.path, source.module.__name__, folders=["."])
    fields = {**vars(request), "symbols": ["fine", "worse"]}
    call_isolated = explore.call_isolated

    def call(module: str, function: str, fields: dict[str, Any], *rest: Any) -> Any:
        if "worse" in fields["symbols"]:
            raise explore.HarnessError("CHILD", "the process ended before it could answer: status 7")
        return call_isolated(module, function, fields, *rest)

    monkeypatch.setattr(explore, "call_isolated", call)
    found = explore._explore_apart(fields, request)
    assert found["fine"]["cases"]
    assert found["worse"]["unanswered"][0]["reason"] == "the process ended before it could answer: status 7"
