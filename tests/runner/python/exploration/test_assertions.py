"""Of what a call changes only that is asserted which notices something."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sample import Samples, mutants_of
from testgen_harness.exploration.assertions import drop_idle_assertions
from testgen_harness.exploration.case import Case, Check, in_one_line
from testgen_harness.exploration.explorer import Explorer, Trial
from testgen_harness.exploration.mutants import Changes, judge
from testgen_harness.exploration.trials import changes_of

LIMIT = 20.0
SHELF = """
class Shelf:
    def __init__(self):
        self.first = 0
        self.second = 0

    def fill(self):
        self.first = 1
        self.second = 2

    def take(self):
        self.first = 3
        self.second = 4
        return 5
"""


def judged(samples: Samples, name: str, places: list[tuple[str, str]]) -> list[Trial]:
    subject = samples.subject(SHELF, name)
    assert subject.module.__file__
    mutants = mutants_of(subject.path, places)
    root, deadline = str(Path(subject.path).parent), time.monotonic() + LIMIT
    explorer = Explorer(subject, root, 1, deadline)
    trials = explorer.explore([], []).trials
    changes = Changes(subject.module.__file__, root, mutants)
    judge(trials, explorer.prober, changes, set(), deadline)
    drop_idle_assertions(trials, explorer.prober, changes)
    return trials


def asserted(trial: Trial) -> list[str]:
    return [text for text, _ in changes_of(trial.outcome)] if trial.outcome.shows_views else []


def test_what_finds_nothing_is_not_asserted(samples: Samples) -> None:
    trials = judged(samples, "Shelf.fill", [("self.second = 2", "pass")])
    assert {tuple(asserted(trial)) for trial in trials if trial.kills} == {("shelf.second",)}


def test_what_finds_something_else_is_asserted_too(samples: Samples) -> None:
    trials = judged(samples, "Shelf.fill", [("self.second = 2", "pass"), ("self.first = 1", "pass")])
    assert {tuple(asserted(trial)) for trial in trials if trial.kills} == {("shelf.first", "shelf.second")}


def test_one_assertion_is_left_where_nothing_is_found(samples: Samples) -> None:
    trials = judged(samples, "Shelf.fill", [("self.second = 4", "pass")])
    assert asserted(trials[0]) == ["shelf.first"]


def test_a_value_that_finds_all_needs_no_other_assertion(samples: Samples) -> None:
    trials = judged(samples, "Shelf.take", [("return 5", "return 6")])
    assert {tuple(asserted(trial)) for trial in trials} == {()}


@pytest.mark.parametrize(
    ("setup", "call", "expected"),
    [
        (["shelf = Shelf(2)"], "shelf.size()", "Shelf(2).size()"),
        (["shelf = Shelf(2)"], "list(shelf.all())", "list(Shelf(2).all())"),
        (["shelf = Shelf(2)"], "shelf.size(shelf)", None),
        (["shelf = Shelf(2)"], "shelf == 'shelf'", None),
        (["shelf = Shelf(2)", "shelf.fill()"], "shelf.size()", None),
        (["shelf = Shelf('" + "x" * 60 + "')"], "shelf.size()", None),
        (["shelf = made"], "shelf.size()", None),
    ],
)
def test_an_object_that_is_asked_once_needs_no_line(setup: list[str], call: str, expected: Any) -> None:
    case = Case("Shelf.size", "correctness", "size", "", setup=setup, call=call, checks=[Check("equal", expected="2")])
    made = in_one_line(case)
    assert (made.setup, made.call) == (([], expected) if expected else (setup, call))


@pytest.mark.parametrize("check", [Check("raises", exception="ValueError"), Check("equal", "shelf.first", "1")])
def test_what_needs_the_object_again_keeps_its_line(check: Check) -> None:
    case = Case("Shelf.fill", "correctness", "fill", "", setup=["shelf = Shelf()"], call="shelf.fill()", checks=[check])
    assert in_one_line(case) == case
