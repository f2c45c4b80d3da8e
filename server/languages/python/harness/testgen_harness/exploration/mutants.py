"""Which changes of a file calls notice: each is made in a fork, where the calls that reach it are carried out again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Optional

from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.probe import Prober
from testgen_harness.mutation.functions import Functions
from testgen_harness.mutation.grafting import BrokenImport, Grafter
from testgen_harness.mutation.judging import Change, change_of
from testgen_harness.mutation.reached import Started
from testgen_harness.mutation.variants import EQUIVALENT, FUNCTION, INVALID, SourceFile


class Changes:
    """The mutants of one file whose module is imported, each {"start", "end" (bytes), "replacement"}."""

    def __init__(self, path: str, root: str, mutants: list[dict[str, Any]], noticed: list[int]) -> None:
        self._file = SourceFile(path)
        self._functions = Functions([path])
        self._grafter = Grafter({path: self._file}, Started(root))
        self._mutants = [(index, item) for index, item in enumerate(mutants) if index not in set(noticed)]
        self._digests: set[bytes] = set()

    def reached_by(self, lines: set[int]) -> Iterator[tuple[int, Change, set[int]]]:
        """Number, change, and the lines that it acts on. What acts while the module is imported comes last: it costs
        more."""
        places = [(self._is_in_function(item), index, item) for index, item in self._mutants]
        for is_in_function, index, item in sorted(places, key=lambda place: (not place[0], place[1])):
            start, end = item["start"], item["end"]
            first, last = self._file.lines_around(start, end)
            own = set(range(first, last + 1))
            if is_in_function and not own & lines:
                continue
            made = self._make(start, end, item["replacement"], own)
            if made is not None and made[1] & lines:
                yield index, *made

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


def judge(trials: list[Trial], prober: Prober, changes: Changes, deadline: float) -> None:
    """Notes in each trial which changes it notices. A trial that is another one after others says nothing."""
    calls = [trial.attempt.call for trial in trials]
    unchanged = prober.probe_all(calls, lambda: None)
    sound = [number for number, trial in enumerate(trials) if unchanged[number] == trial.outcome.shown()]
    reached = {line for number in sound for line in trials[number].outcome.all_lines}
    for index, change, lines in changes.reached_by(reached):
        if time.monotonic() > deadline:
            return
        asked = [number for number in sound if lines & trials[number].outcome.all_lines]
        answers = prober.probe_all([calls[number] for number in asked], change.apply)
        for number, answer in zip(asked, answers):
            if answer is not None and answer != unchanged[number]:
                trials[number].kills.add(index)
