"""The fewest trials that notice and reach what all of them do."""

from __future__ import annotations

from typing import Any

from testgen_harness.exploration.explorer import Trial

Goal = tuple[Any, ...]  # a change that is noticed, or a transition between lines that is taken

_RANKS = {"doc": 0, "code": 1, "plain": 2, "boundary": 3, "state": 4}


def goals_of(trials: list[Trial]) -> set[Goal]:
    return {goal for trial in trials for goal in _goals(trial)}


def worth_keeping(trials: list[Trial], reached: set[Goal]) -> list[Trial]:
    """In their own order. Of those that bring as much the plainest is taken; what others make superfluous goes, and
    what brings only what is reached already."""
    left = goals_of(trials) - reached
    goals = [_goals(trial) & left for trial in trials]
    picked: list[int] = []
    while left:
        best = max(
            range(len(trials)), key=lambda number: (*_gain(goals[number] & left), plainness(trials[number], number))
        )
        if not goals[best] & left:
            break
        picked.append(best)
        left -= goals[best]
    for number in list(reversed(picked)):
        others = {goal for other in picked if other != number for goal in goals[other]}
        if goals[number] <= others:
            picked.remove(number)
    return [trials[number] for number in sorted(picked)]


def best_cases(cases: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Where there are more cases than are wanted: those that together notice most, in their own order."""
    if len(cases) <= most:
        return cases
    left = list(range(len(cases)))
    seen: set[int] = set()
    picked: list[int] = []
    while len(picked) < most:
        best = max(left, key=lambda number: (len({*cases[number]["notices"]} - seen), -number))
        left.remove(best)
        picked.append(best)
        seen.update(cases[best]["notices"])
    return [cases[number] for number in sorted(picked)]


def _goals(trial: Trial) -> set[Goal]:
    arcs = trial.outcome.arcs + trial.outcome.setup_arcs
    return {("change", number) for number in trial.kills} | {("path", *arc) for arc in arcs}


def _gain(goals: set[Goal]) -> tuple[int, int]:
    changes = sum(goal[0] == "change" for goal in goals)
    return changes, len(goals) - changes


def plainness(trial: Trial, number: int) -> tuple[int, int, int, int, int]:
    call = trial.attempt.call
    length = len(call.expression) + sum(map(len, call.setup))
    return -call.shows_changes, -len(call.setup), -_RANKS.get(trial.attempt.source, 9), -length, -number
