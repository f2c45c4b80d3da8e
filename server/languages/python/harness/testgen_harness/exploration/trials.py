"""Trials compared: which take the same path, give the same, or are the same call."""

from __future__ import annotations

from typing import Any

from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.probe import Outcome


def describe(trial: Trial) -> str:
    outcome = trial.outcome
    if outcome.kind == "value":
        return f"gives {outcome.text}"
    if outcome.kind == "raise":
        return f"raises {outcome.type_name}: {outcome.message}" if outcome.message else f"raises {outcome.type_name}"
    if outcome.kind == "opaque":
        return f"gives a {outcome.type_name}"
    return outcome.text


def is_fresh(trial: Trial) -> bool:
    return len(trial.attempt.owner_setup) == 1 and trial.outcome.kind == "value"


def signature_of(trial: Trial) -> tuple[Any, ...]:
    outcome = trial.outcome
    if trial.attempt.owner_setup and not trial.attempt.arguments and outcome.kind == "value":
        return frozenset(), outcome.kind, outcome.type_name, outcome.text  # the object's state decides, not the path
    path = frozenset(tuple(arc) for arc in outcome.arcs)
    shape = outcome.text if outcome.text in ("None", "True", "False", "''", "[]", "{}", "()", "set()") else ""
    return path, outcome.kind, outcome.type_name, shape


def key_of(trial: Trial) -> tuple[str, ...]:
    call = trial.attempt.call
    return (*call.setup, call.expression, *(["and what it changes"] if call.shows_changes else []))


def changes_of(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """What can be seen and is not as before."""
    return [(text, view) for text, view in outcome.views.items() if outcome.before.get(text) != view]


def result_of(trial: Trial) -> str:
    return f"{trial.outcome.kind} {trial.outcome.type_name} {trial.outcome.text}"
