"""The runs without mutants beside each other: what counts of them, and which tests bear no other run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

import pytest
from testgen_harness.mutation import baseline
from testgen_harness.mutation.baseline import Subjects, _Runs

Row = dict[str, Any]


class Runs(_Runs):
    """With rows that are given, in the place of tests."""

    def __init__(self, together: dict[str, list[Row]], alone: dict[str, list[Row]], workers: int = 2) -> None:
        self._rows = together
        super().__init__([], Subjects("", [], None, []), None, None, workers, lambda: False)  # type: ignore[arg-type]
        self._rows = alone

    def _whole_work(self, is_watched: bool) -> Iterator[Row]:
        return iter(self._rows.get("watched", self._rows["whole"]) if is_watched else self._rows["whole"])

    def _light_work(self) -> Iterator[Row]:
        return iter(self._rows["light"])

    def _first_work(self) -> Iterator[Row]:
        return iter(self._rows["first"])

    def _backwards_work(self, items: list[Any], deadline: Optional[float], is_watched: bool) -> Iterator[Row]:
        return iter(
            self._rows.get("watched backwards", self._rows["backwards"]) if is_watched else self._rows["backwards"]
        )


def rows(**passes: bool) -> dict[str, list[Row]]:
    """Of one test, which fails in the runs that `passes` says so of."""
    return {
        "whole": [{"test": "a", "reason": None if passes.get("whole", True) else "red"}, {"wall_seconds": 1}],
        "light": [{"test": "a", "passes": passes.get("light", True)}],
        "backwards": [{"test": "a", "passes": passes.get("backwards", True)}],
        "first": [{"test": "a", "first_seconds": 0.5}],
    }


def all_of(runs: Runs) -> list[list[Row]]:
    return [runs.light().answers, runs.whole(is_changed=False).answers, runs.backwards([]).answers]


def test_what_passes_beside_the_others_is_not_run_again() -> None:
    runs = Runs(rows(), {})
    assert all_of(runs) == [rows()["light"], rows()["whole"], rows()["backwards"]]
    assert runs.find_solitary() == set()


@pytest.mark.parametrize("name", ["whole", "light", "backwards"])
def test_what_passes_only_alone_is_solitary_and_counts_as_it_was_alone(name: str) -> None:
    runs = Runs(rows(**{name: False}), rows())
    assert all_of(runs) == [rows()["light"], rows()["whole"], rows()["backwards"]]
    assert runs.find_solitary() == {"a"}


def test_what_fails_alone_too_is_not_solitary() -> None:
    red = rows(whole=False, backwards=False)
    runs = Runs(red, red)
    assert all_of(runs) == [red["light"], red["whole"], red["backwards"]]
    assert runs.find_solitary() == set()


def test_what_fails_only_where_it_is_watched_has_its_lines_from_there_and_may_reach_more() -> None:
    watched = {"test": "a", "reason": "too slow", "lines": [[0, 1]], "is_blind": False}
    red = {**rows(), "watched": [watched, {"wall_seconds": 9}]}
    found = Runs(red, red).whole(is_changed=False).answers
    assert found == [{**watched, "reason": None, "is_blind": True}, {"wall_seconds": 1}]


def test_what_fails_beside_others_is_watched_once_more_alone() -> None:
    """It may have failed before it reached anything."""
    failed = {"test": "a", "reason": "the file is held", "lines": [], "is_blind": False}
    passed = {"test": "a", "reason": None, "lines": [[0, 1]], "is_blind": False}
    runs = Runs(
        {**rows(), "watched": [failed, {"wall_seconds": 9}]}, {**rows(), "watched": [passed, {"wall_seconds": 2}]}
    )
    assert runs.whole(is_changed=False).answers == [passed, {"wall_seconds": 2}]
    assert runs.find_solitary() == {"a"}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_test_takes_when_it_is_the_first_is_known_backwards_too(workers: int) -> None:
    assert Runs(rows(), rows(), workers).first_seconds_backwards() == {"a": 0.5}


def test_a_test_that_was_not_watched_may_run_anything() -> None:
    red = {**rows(), "watched backwards": [{"test": "b", "passes": False}]}
    runs = Runs(red, red)
    assert runs.backwards([]).answers == [{**baseline.UNSEEN, "test": "a", "passes": True}]


@pytest.mark.parametrize(
    ("forwards", "backwards", "first", "expected"),
    [
        # The first test imports what both use: another one does so backwards.
        ({"a": 1.0, "b": 0.1}, {"a": 0.1, "b": 1.0}, {"a": 0.9, "b": 0.0}, 0.9),
        # It needs that for itself.
        ({"a": 1.0, "b": 0.1}, {"a": 1.0, "b": 0.1}, {"a": 0.9, "b": 0.0}, 0.0),
        # Nobody has seen it backwards.
        ({"a": 1.0, "b": 0.1}, {"b": 0.1}, {"a": 0.9, "b": 0.0}, 0.9),
        ({}, {}, {}, 0.0),
    ],
)
def test_what_tests_need_for_all_of_them(
    forwards: dict[str, float], backwards: dict[str, float], first: dict[str, float], expected: float
) -> None:
    measured = baseline.Baseline(first=first)
    assert baseline._shared_seconds(measured, forwards, backwards) == pytest.approx(expected)


def test_a_run_that_was_cut_short_says_nothing_about_a_test() -> None:
    slow = {**rows(), "backwards": [{"is_cut_short": True}]}
    runs = Runs(slow, rows())
    assert all_of(runs)[2] == rows()["backwards"]
    assert runs.find_solitary() == set()


def test_with_one_worker_nothing_runs_beside_anything() -> None:
    runs = Runs({}, rows(), workers=1)
    assert all_of(runs) == [rows()["light"], rows()["whole"], rows()["backwards"]]


def test_backwards_stops_at_its_deadline() -> None:
    class Nobody:
        def prepare(self) -> None: ...

    class Item:
        nodeid = "a"

    run = baseline._run_backwards([Item(), Item()], Nobody(), None, 0.0)  # type: ignore[arg-type]
    assert list(run) == [{"is_cut_short": True}]


def test_the_run_for_times_stops_at_its_deadline() -> None:
    class Nobody:
        def prepare(self) -> None: ...

    class Item:
        nodeid = "a"

    assert list(baseline._run_first([Item()], Nobody(), -1.0)) == []  # type: ignore[arg-type]
