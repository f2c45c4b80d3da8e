"""Inputs are made for changes of the code that calls reach and do not notice."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sample import Samples
from testgen_harness.exploration.explorer import Exploration, Explorer
from testgen_harness.exploration.mutants import Changes, judge
from testgen_harness.exploration.search import search
from testgen_harness.exploration.variations import variations

LIMIT = 30.0
PARCEL = """
def fee(code: str) -> int:
    return 5 if len(code.split()) > 2 else 6
"""
QUEUE = """
class Queue:
    def __init__(self):
        self._items = []
        self._first = True

    def __setitem__(self, key, value):
        self._items.append((key, value))

    def get(self, key):
        self._items.sort(key=lambda item: item[0] == key)
        return None

    def last(self):
        return self._items[-1] if self._items else None
"""


def found(samples: Samples, text: str, name: str, old: str, new: str) -> tuple[Exploration, Exploration]:
    """What notices the change before the search and after it."""
    subject = samples.subject(text, name)
    assert subject.module.__file__
    start = Path(subject.path).read_bytes().index(old.encode())
    mutants: list[dict[str, Any]] = [{"start": start, "end": start + len(old), "replacement": new}]
    root = str(Path(subject.path).parent)
    deadline = time.monotonic() + LIMIT
    explorer = Explorer(subject, root, 1, deadline)
    exploration = explorer.explore([], [])
    changes = Changes(subject.module.__file__, root, mutants)
    judge(exploration.trials, explorer.prober, changes, set(), deadline)
    before = Exploration(subject, [trial for trial in exploration.trials if trial.kills])
    search(explorer, exploration, changes, set(), deadline)
    return before, Exploration(subject, [trial for trial in exploration.trials if trial.kills])


def test_texts_are_changed_until_one_notices(samples: Samples) -> None:
    before, after = found(samples, PARCEL, "fee", "> 2", "> 4")
    assert before.trials == []
    assert after.trials != []


def test_more_is_done_to_an_object_until_one_notices(samples: Samples) -> None:
    before, after = found(samples, QUEUE, "Queue.last", "self._items[-1] if", "self._items[0] if")
    assert before.trials or after.trials
    assert all(trial.outcome.kind == "value" for trial in after.trials)


def test_nothing_is_made_where_all_is_noticed(samples: Samples) -> None:
    before, after = found(samples, PARCEL, "fee", "else 6", "else 7")
    assert [trial.attempt for trial in before.trials] == [trial.attempt for trial in after.trials]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("fee(3)", ["fee(4)", "fee(2)", "fee(-3)", "fee(0)"]),
        ("fee(-3)", ["fee(-2)", "fee(3)"]),
        ("fee(True)", ["fee(False)"]),
        ("fee('1.2.3-rc')", ["fee('1.2.3')", "fee('1.2.4-rc')", "fee('2.3-rc')", "fee('01.2.3-rc')"]),
        ("fee([1, 2])", ["fee([1])", "fee([2])", "fee([2, 2])"]),
        ("fee({'a': 1})", ["fee({})", "fee({'a': 2})"]),
        ("shelf['é'] = 1", ["shelf['é'] = 2", "shelf['éa'] = 1"]),
        ("fee(None)", ["fee(1)"]),
        ("fee(", []),
        ("fee(x)", []),
    ],
)
def test_literals_are_changed_a_little(text: str, some: list[str]) -> None:
    made = variations(text)
    assert set(some) <= set(made)
    assert text not in made
    assert len(made) == len(set(made))
    assert bool(made) == bool(some)
