"""Of many trials the few are kept that notice and reach what all of them do."""

from __future__ import annotations

from typing import Any

import pytest
from sample import Samples
from testgen_harness.exploration.calls import CallMaker
from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.probe import Outcome
from testgen_harness.exploration.subjects import Subject
from testgen_harness.exploration.worth import best_cases, goals_of, worth_keeping


@pytest.fixture
def half(samples: Samples) -> Subject:
    return samples.subject("def half(value):\n    return value / 2\n", "half")


def trial(subject: Subject, text: str, kills: set[int], source: str = "varied", **fields: Any) -> Trial:
    attempt = CallMaker(subject, []).make({"value": text}, [], source)
    return Trial(attempt, Outcome("value", text, **{"arcs": [[1, 2]], **fields}), kills)


def kept(trials: list[Trial], known: list[Trial]) -> list[str]:
    return [item.attempt.arguments["value"] for item in worth_keeping(trials, goals_of(known))]


def test_what_notices_most_makes_the_others_superfluous(half: Subject) -> None:
    trials = [trial(half, "1", {1}), trial(half, "2", {1, 2, 3}), trial(half, "3", {3})]
    assert kept(trials, []) == ["2"]


def test_what_was_taken_first_goes_when_later_ones_notice_all_of_it(half: Subject) -> None:
    trials = [trial(half, "1", {1, 2, 3, 4}), trial(half, "2", {1, 2, 5}), trial(half, "3", {3, 4, 6})]
    assert kept(trials, []) == ["2", "3"]


def test_of_equals_the_documented_one_stays_and_then_the_shortest(half: Subject) -> None:
    assert kept([trial(half, "1", {1}), trial(half, "22", {1}, "doc")], []) == ["22"]
    assert kept([trial(half, "333", {1}), trial(half, "1", {1})], []) == ["1"]


def test_what_existing_tests_notice_and_reach_is_not_wanted_again(half: Subject) -> None:
    assert kept([trial(half, "1", {1}), trial(half, "2", {2})], [trial(half, "0", {1})]) == ["2"]


def test_a_path_of_its_own_is_worth_a_test_that_notices_nothing(half: Subject) -> None:
    assert kept([trial(half, "1", {1}), trial(half, "2", set(), arcs=[[1, 3]])], []) == ["1", "2"]


def test_nothing_is_kept_of_nothing(half: Subject) -> None:
    assert kept([], []) == []
    assert kept([trial(half, "1", set(), arcs=[])], []) == []


def test_of_too_many_cases_those_stay_that_notice_most_together() -> None:
    cases = [{"name": name, "notices": notices} for name, notices in (("a", [1]), ("b", []), ("c", [1, 2]), ("d", [3]))]
    assert [case["name"] for case in best_cases(cases, 2)] == ["c", "d"]
    assert [case["name"] for case in best_cases(cases, 3)] == ["a", "c", "d"]
    assert best_cases(cases, 4) == cases
