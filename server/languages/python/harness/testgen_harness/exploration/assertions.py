"""Of what a call changes only that is asserted which notices something: each assertion needs a change that it finds."""

from __future__ import annotations

from dataclasses import replace

from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.mutants import Changes
from testgen_harness.exploration.probe import Prober, Task
from testgen_harness.exploration.trials import changes_of


def drop_idle_assertions(trials: list[Trial], prober: Prober, changes: Changes) -> None:
    for trial in trials:
        views = [text for text, _ in changes_of(trial.outcome)]
        minimum = 0 if trial.attempt.call.shows_changes else 1  # beside the value that it gives
        if trial.outcome.shows_views and len(views) > minimum and not trial.outcome.attributes:
            trial.show(_needed(trial, views, minimum, prober, changes))


def _needed(trial: Trial, views: list[str], minimum: int, prober: Prober, changes: Changes) -> list[str]:
    """The fewest that together notice what all of them do, the first ones of equals."""
    call = trial.attempt.call
    calls = [replace(call, views=[view]) for view in views]
    without = replace(call, views=[], shows_changes=False)
    unchanged = prober.probe_all([*calls, without])
    numbers = sorted(trial.kills)
    tasks = [Task(change, list(zip([*calls, without], unchanged))) for change in changes.made(numbers)]
    found = prober.find_different(tasks, len(tasks) + len(calls))
    if not all(found):  # not all is known, or only together they notice it
        return views
    value = len(calls)  # the number of the call without views
    left = [set(row) for row in found if row and (minimum == 1 or value not in row)]
    chosen: list[int] = []
    while left:
        best = max(range(len(calls)), key=lambda number: (sum(number in row for row in left), -number))
        if not any(best in row for row in left):
            break
        chosen.append(best)
        left = [row for row in left if best not in row]
    return [views[number] for number in sorted(chosen)] or views[:minimum]
