"""It is seen which changes of the code the calls notice."""

from __future__ import annotations

import time
from pathlib import Path

from sample import Samples, mutants_of
from testgen_harness.exploration.explorer import Exploration, Explorer
from testgen_harness.exploration.mutants import KILLERS_MAX, Changes, judge

LIMIT = 10.0

FEE = """
RATE = 3


def fee(total, extra=11):
    if total < 10:
        return total + extra
    while total > 1000:
        total -= 1
    return total * RATE
"""


def explored(samples: Samples, source: str, places: list[tuple[str, str]], noticed: list[int]) -> Exploration:
    """`places` are texts, each once in the source, and what stands there instead."""
    subject = samples.subject(source, "fee")
    assert subject.module.__file__
    mutants = mutants_of(subject.path, places)
    root = str(Path(subject.path).parent)
    explorer = Explorer(subject, root, 1, time.monotonic() + LIMIT)
    exploration = explorer.explore([], [])
    changes = Changes(subject.module.__file__, root, mutants)
    judge(exploration.trials, explorer.prober, changes, set(noticed), time.monotonic() + LIMIT)
    return exploration


def killers(exploration: Exploration, mutant: int) -> set[str]:
    return {trial.attempt.arguments["total"] for trial in exploration.trials if mutant in trial.kills}


def test_a_changed_comparison_is_noticed_on_its_boundary_alone(samples: Samples) -> None:
    assert killers(explored(samples, FEE, [("total < 10", "total <= 10")], []), 0) == {"10"}


def test_constants_of_the_module_and_defaults_are_changed_too(samples: Samples) -> None:
    exploration = explored(samples, FEE, [("RATE = 3", "RATE = 4"), ("11", "12")], [])
    assert len(killers(exploration, 0)) == KILLERS_MAX
    assert all(int(total) >= 10 for total in killers(exploration, 0))
    assert killers(exploration, 1) != set()
    assert all(int(total) < 10 for total in killers(exploration, 1))


def test_a_call_that_does_not_come_back_notices(samples: Samples) -> None:
    assert killers(explored(samples, FEE, [("total -= 1", "total -= 0")], []), 0) == {"1001"}


def test_the_same_code_and_what_was_noticed_before_are_left_out(samples: Samples) -> None:
    places = [("total < 10", "(total) < 10"), ("total + extra", "total - extra"), ("RATE = 3", "RATE = 4")]
    exploration = explored(samples, FEE, places, [1])
    assert killers(exploration, 0) == killers(exploration, 1) == set()
    assert killers(exploration, 2) != set()
