"""Which changes of a file calls notice: made in forks, where the calls that reach them are carried out again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Optional

from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.probe import Prober, Task
from testgen_harness.mutation.functions import Functions
from testgen_harness.mutation.grafting import BrokenImport, Grafter
from testgen_harness.mutation.judging import Change, change_of
from testgen_harness.mutation.reached import Started
from testgen_harness.mutation.variants import EQUIVALENT, FUNCTION, INVALID, SourceFile

KILLERS_MAX = 4  # of one change: enough to choose from
TOGETHER_MAX = 24  # of them in one process
EXECUTIONS_MAX = 40_000  # of calls with changed code, for one function


class Changes:
    """The mutants of one file whose module is imported, each {"start", "end" (bytes), "replacement"}."""

    def __init__(self, path: str, root: str, mutants: list[dict[str, Any]]) -> None:
        self._file = SourceFile(path)
        self._functions = Functions([path])
        self._grafter = Grafter({path: self._file}, Started(root))
        places = [(not self._is_in_function(item), index, item) for index, item in enumerate(mutants)]
        self._mutants = sorted(places, key=lambda place: place[:2])
        self._digests: set[bytes] = set()
        self._made: dict[int, Optional[tuple[Change, set[int]]]] = {}

    def reached_by(self, lines: set[int], noticed: set[int]) -> Iterator[tuple[int, Change, set[int]]]:
        """Number, change, and the lines that it acts on, but for those that were noticed. What acts while the module is
        imported comes last: it costs more."""
        for is_outside, index, item in self._mutants:
            own = self._lines_of(item)
            if index in noticed or not (is_outside or own & lines):
                continue
            if index not in self._made:
                self._made[index] = self._make(item["start"], item["end"], item["replacement"], own)
            made = self._made[index]
            if made is not None and made[1] & lines:
                yield index, *made

    def lines_of(self, number: int) -> set[int]:
        return next(self._lines_of(item) for _, index, item in self._mutants if index == number)

    def made(self, numbers: list[int]) -> list[Change]:
        """Of those that reached_by has given."""
        return [made[0] for number in numbers if (made := self._made.get(number)) is not None]

    def _lines_of(self, item: dict[str, Any]) -> set[int]:
        first, last = self._file.lines_around(item["start"], item["end"])
        return set(range(first, last + 1))

    def _is_in_function(self, item: dict[str, Any]) -> bool:
        return self._file.is_in_function(item["start"], item["end"])

    def _make(self, start: int, end: int, replacement: str, own: set[int]) -> Optional[tuple[Change, set[int]]]:
        variant = self._file.variant(start, end, replacement)
        if variant.kind in (INVALID, EQUIVALENT) or variant.digest in self._digests:
            return None
        self._digests.add(variant.digest)
        if variant.kind == FUNCTION:
            return change_of(variant, self._functions), own
        if variant.default is not None:
            return change_of(variant, self._functions), set(variant.default.lines)
        try:
            change = self._grafter.change(self._file.path, start, end, replacement)
        except BrokenImport:  # whoever imports the module notices
            return None
        return None if change is None else (change, {line for _, line in change.lines})


def judge(
    trials: list[Trial],
    prober: Prober,
    changes: Changes,
    noticed: set[int],
    deadline: float,
    killers_max: int = KILLERS_MAX,
    asked_max: int = EXECUTIONS_MAX,
) -> None:
    """Notes in each trial which changes it notices, of each change in some that do. A trial that is another one after
    others says nothing. Those that noticed most are asked first, for they are likely to notice the next one, too."""
    calls = [trial.attempt.call for trial in trials]
    unchanged = prober.probe_all(calls)
    sound = [number for number, trial in enumerate(trials) if unchanged[number] == trial.outcome.shown()]
    reached = {line for number in sound for line in trials[number].outcome.all_lines}
    waiting = deque(changes.reached_by(reached, noticed))
    executions, size = 0, TOGETHER_MAX
    while waiting and executions < EXECUTIONS_MAX and time.monotonic() < deadline:
        some = [waiting.popleft() for _ in range(min(size, len(waiting)))]
        tasks, places = [], []
        for _, change, lines in some:
            asked = [number for number in sound if lines & trials[number].outcome.all_lines]
            asked.sort(key=lambda number: (not trials[number].is_known, -len(trials[number].kills)))
            places.append(asked[:asked_max])
            tasks.append(Task(change, [(calls[number], unchanged[number]) for number in places[-1]]))
        found = prober.find_different(tasks, killers_max)
        answered = found.index(None) if None in found else len(found)
        for (index, _, _), asked, different in zip(some, places, found[:answered]):
            executions += len(asked) if len(different or []) < killers_max else killers_max
            for place in different or []:
                trials[asked[place]].kills.add(index)
        # What is left of them begins in a process of its own; what ends even that one is left alone.
        waiting.extendleft(reversed(some[max(answered, 1) :] if size == 1 else some[answered:]))
        size = 1 if answered == 0 else TOGETHER_MAX
