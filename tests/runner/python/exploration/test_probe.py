"""One call in a fork: what it gives, and what it does to its surroundings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

import pytest
from sample import Samples
from testgen_harness.exploration.literals import Writer
from testgen_harness.exploration.probe import Call, Outcome, Prober, Task

TEXT = """
import faulthandler
import os
import time

calls = []
left = []

class Counter:
    def __init__(self):
        self.value = 0
    def add(self, step):
        self.value += step

class Opaque:
    def __init__(self):
        self.shown = 1
        self._hidden = 2

def double(a):
    if a < 0:
        raise ValueError("negative")
    return a * 2

def division(a):
    return 1 / a

def append(items):
    items.append(1)

def remember():
    calls.append(1)
    return len(calls)

def forever():
    while True:
        pass

def leave():
    os._exit(7)

def end():
    raise SystemExit(3)

def crash():
    faulthandler.disable()  # pytest's would print a traceback
    os.abort()

def delete(path):
    os.remove(path)

def read(path):
    with open(path) as file:
        return file.read()

def write(path):
    with open(path, "w") as file:
        file.write("x")
"""


class Bench:
    def __init__(self, samples: Samples) -> None:
        self.source = samples.source(TEXT)
        names = {name: value for name, value in vars(self.source.module).items() if not name.startswith("__")}
        self._prober = Prober(self.source.path, str(samples.folder), names, Writer(self.source.module.__name__))

    def probe(self, expression: str, setup: tuple[str, ...] = (), **fields: Any) -> Outcome:
        return self._prober.probe(Call(list(setup), expression, **fields))

    def probe_each(self, expressions: list[str]) -> list[Optional[Outcome]]:
        return self._prober.probe_each([Call([], expression) for expression in expressions])

    def find_different(self, tasks: list[tuple[Any, list[tuple[str, str]]]], most: int) -> list[Optional[list[int]]]:
        rows = [(change, [(Call([], text), shown) for text, shown in expected]) for change, expected in tasks]
        return self._prober.find_different([Task(change, expected) for change, expected in rows], most)


@pytest.fixture
def bench(samples: Samples) -> Bench:
    return Bench(samples)


def test_values(bench: Bench) -> None:
    outcome = bench.probe("double(2.5)")
    assert (outcome.kind, outcome.text, outcome.comparison, outcome.type_name) == ("value", "5.0", "approx", "float")
    assert outcome.lines
    assert not outcome.leaves_file


def test_paths_tell_branches_apart(bench: Bench) -> None:
    assert bench.probe("double(1)").arcs == bench.probe("double(2)").arcs
    assert bench.probe("double(1)").arcs != bench.probe("double(-1)").arcs


def test_errors_are_explicit_where_a_raise_statement_is(bench: Bench) -> None:
    raised = bench.probe("double(-1)")
    assert (raised.kind, raised.type_name, raised.message, raised.is_explicit) == (
        "raise",
        "ValueError",
        "negative",
        True,
    )
    divided = bench.probe("division(0)")
    assert (divided.type_name, divided.exception_module, divided.is_explicit) == (
        "ZeroDivisionError",
        "builtins",
        False,
    )


def test_objects_show_public_attributes(bench: Bench) -> None:
    outcome = bench.probe("Opaque()")
    assert (outcome.kind, outcome.type_name, outcome.attributes) == ("opaque", "Opaque", {"shown": ["equal", "1"]})


def test_views_are_taken_before_and_after(bench: Bench) -> None:
    outcome = bench.probe("counter.add(2)", ("counter = Counter()",), views=["counter.value", "counter.missing"])
    assert outcome.before == {"counter.value": ["equal", "0"]}
    assert outcome.views == {"counter.value": ["equal", "2"]}


def test_statements_give_nothing_and_are_seen_by_what_they_change(bench: Bench) -> None:
    outcome = bench.probe("values['a'] = 1", ("values = {}",), views=["len(values)"])
    assert (outcome.kind, outcome.text) == ("value", "None")
    assert (outcome.before, outcome.views) == ({"len(values)": ["equal", "0"]}, {"len(values)": ["equal", "1"]})
    assert bench.probe("del values['b']", ("values = {}",)).type_name == "KeyError"


def test_watched_names_show_changed_arguments(bench: Bench) -> None:
    assert bench.probe("append(items)", ("items = []",), watched=["items"]).views == {"items": ["equal", "[1]"]}


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        ("remember()", "unstable", "another result the second time"),
        ("forever()", "timeout", "does not end within 1 s"),
        ("leave()", "ended", "status 7"),
        ("end()", "ended", "SystemExit(3)"),
        ("crash()", "ended", "signal 6"),
    ],
)
def test_what_is_no_result(bench: Bench, expression: str, kind: str, text: str) -> None:
    outcome = bench.probe(expression)
    assert outcome.kind == kind
    assert text in outcome.text


def test_set_up_that_fails_is_not_the_call_s_fault(bench: Bench) -> None:
    outcome = bench.probe("double(1)", ("counter = Missing()",))
    assert (outcome.kind, outcome.text) == ("setup", "NameError: name 'Missing' is not defined")


def test_effects_are_stopped_before_they_happen(bench: Bench, samples: Samples) -> None:
    path = samples.file("kept.txt", "kept")
    for name, words in (("delete", "deletes files"), ("write", "writes files"), ("read", "reads files")):
        outcome = bench.probe(f"{name}({path!r})")
        assert outcome.kind == "effect"
        assert words in outcome.text
    assert Path(path).read_text("utf-8") == "kept"


def test_nothing_of_a_call_stays(bench: Bench) -> None:
    assert bench.probe("calls.append(1)").kind in ("value", "unstable")
    assert bench.source.module.calls == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_many_calls_give_what_each_gives_alone(bench: Bench) -> None:
    expressions = ["double(1)", "double(-1)", "division(0)", "append([])", "Opaque()"]
    together = bench.probe_each(expressions)
    assert together == [bench.probe(expression) for expression in expressions]


def test_what_depends_on_other_calls_is_not_known_of_many(bench: Bench) -> None:
    together = bench.probe_each(["remember()", "double(1)", "remember()", "remember()"])
    assert [None if outcome is None else outcome.text for outcome in together] == [None, "2", None, None]


def test_what_ends_the_process_is_not_known_of_many(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "kept.txt"
    file.write_text("kept")
    for expression in ("forever()", "leave()", "end()", f"delete({str(file)!r})"):
        together = bench.probe_each(["double(1)", expression])
        assert together[1] is None, expression
    assert file.read_text() == "kept"


class Replaced:
    """A change of the code: another function in the place of `double`."""

    def __init__(self, bench: Bench, function: Any) -> None:
        self._module, self._function = bench.source.module, function
        self._original = self._module.double.__code__

    def apply(self) -> None:
        self._module.double.__code__ = self._function.__code__

    def undo(self) -> None:
        self._module.double.__code__ = self._original


def test_calls_that_show_a_difference_are_found_until_there_are_enough(bench: Bench) -> None:
    expected = [("double(0)", "value 0"), ("double(1)", "value 2"), ("double(2)", "value 4"), ("double(3)", "value 6")]
    same, triple = Replaced(bench, lambda a: a + a), Replaced(bench, lambda a: a * 3)
    tasks = [(same, expected), (triple, expected), (same, expected)]
    assert bench.find_different(tasks, 2) == [[], [1, 2], []]


def test_a_change_that_leaves_something_behind_spoils_no_other(bench: Bench) -> None:
    def leaving(a: Any) -> Any:
        left.append(a)  # type: ignore[name-defined]  # noqa: F821
        return a + 5

    expected = [("double(1) + len(left)", "value 2")]
    tasks = [(Replaced(bench, lambda a: a + a), expected), (Replaced(bench, leaving), expected)]
    assert bench.find_different(tasks, 1) == [[], None]
    assert bench.find_different([tasks[1], tasks[0]], 1) == [[0], None]


def test_a_change_that_ends_the_process_has_no_answer(bench: Bench) -> None:
    def leaving(a: Any) -> Any:
        os._exit(a)

    expected = [("double(1)", "value 2")]
    assert bench.find_different([(Replaced(bench, leaving), expected)], 1) == [None]
