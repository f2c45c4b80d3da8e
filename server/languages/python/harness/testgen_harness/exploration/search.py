"""Inputs for the changes of the code that calls reach and do not notice: those calls, each a little different.

What is counted ends the search, not the clock: so a busy machine finds the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from testgen_harness.exploration.calls import Attempt
from testgen_harness.exploration.explorer import Exploration, Explorer, Trial
from testgen_harness.exploration.mutants import Changes, judge
from testgen_harness.exploration.trials import key_of
from testgen_harness.exploration.variations import variations
from testgen_harness.exploration.worth import goals_of, plainness

ROUNDS_MAX = 3
SEEDS_MAX = 2  # calls that are varied for one change
OTHER_SEEDS = 3
ATTEMPTS_MAX = 160  # in one round
ASKED_MAX = 48  # of the new calls, for one change
KILLERS_MAX = 2
SETUP_MAX = 7  # statements


def search(explorer: Explorer, exploration: Exploration, changes: Changes, noticed: set[int], deadline: float) -> None:
    """Adds what it finds to the trials of the exploration."""
    tried = {key_of(trial) for trial in exploration.trials + exploration.known}
    for _ in range(ROUNDS_MAX):
        trials = exploration.trials + exploration.known
        left = noticed.union(*(trial.kills for trial in trials))
        attempts = _variations_of(_seeds(exploration.trials, changes, left), explorer, tried)
        if not attempts or time.monotonic() > deadline:
            return
        goals = goals_of(trials)
        count = len(exploration.trials)
        explorer.try_all(exploration, attempts, deadline)
        new = [trial for trial in exploration.trials[count:] if trial.outcome.kind in ("value", "raise", "opaque")]
        judge(new, explorer.prober, changes, left, deadline, KILLERS_MAX, ASKED_MAX)
        worth = [trial for trial in new if trial.kills or goals_of([trial]) - goals]
        exploration.trials[count:] = worth
        if not worth:
            return


def _seeds(trials: list[Trial], changes: Changes, noticed: set[int]) -> list[Trial]:
    """For each change that is reached and not noticed: the plainest calls that do, of each outcome one, and others."""
    plainest = sorted(range(len(trials)), key=lambda number: plainness(trials[number], number), reverse=True)
    reached = {line for trial in trials for line in trial.outcome.all_lines}
    chosen: dict[int, Trial] = {}
    for _, _, lines in changes.reached_by(reached, noticed):
        reaching = [number for number in plainest if lines & trials[number].outcome.all_lines]
        firsts: dict[str, int] = {}
        for number in reaching:
            firsts.setdefault(trials[number].outcome.shown(), number)
        others = reaching[:: max(1, len(reaching) // OTHER_SEEDS)][1:]
        for number in [*list(firsts.values())[:SEEDS_MAX], *others[:OTHER_SEEDS]]:
            chosen.setdefault(number, trials[number])
    return list(chosen.values())


def _variations_of(seeds: list[Trial], explorer: Explorer, tried: set[tuple[str, ...]]) -> list[Attempt]:
    """In turn of each seed, so that all of them have some."""
    found: list[Attempt] = []
    turns = [_near(seed.attempt, explorer) for seed in seeds]
    while turns and len(found) < ATTEMPTS_MAX:
        left = []
        for turn in turns:
            attempt = next(turn, None)
            if attempt is None:
                continue
            left.append(turn)
            key = (*attempt.call.setup, attempt.call.expression)
            if key not in tried:
                tried.add(key)
                found.append(attempt)
        turns = left
    return found[:ATTEMPTS_MAX]


def _near(attempt: Attempt, explorer: Explorer) -> Iterator[Attempt]:
    """The arguments and the object changed in turn, and what was done to the object before."""
    setup = attempt.owner_setup
    rows = [[(name, other) for other in variations(text)] for name, text in attempt.arguments.items()]
    rows += [[(at, other) for other in variations(text)] for at, text in enumerate(setup)]
    if 0 < len(setup) < SETUP_MAX:
        rows.append([(len(setup), operation) for operation in explorer.operations()])
    longest = max(map(len, rows), default=0)
    for place, other in (row[number] for number in range(longest) for row in rows if number < len(row)):
        if isinstance(place, str):
            yield explorer.near(attempt, {**attempt.arguments, place: other}, setup, place)
        else:
            yield explorer.near(attempt, attempt.arguments, [*setup[:place], other, *setup[place + 1 :]], "")
