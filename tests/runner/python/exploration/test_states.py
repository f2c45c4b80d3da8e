"""Objects are explored in several states, and their constructors like other functions."""

from __future__ import annotations

import time
from dataclasses import replace

from sample import Samples
from testgen_harness.exploration.explorer import Exploration, Explorer
from testgen_harness.exploration.trials import changes_of

LIMIT = 20.0
SHELF = """
class Shelf:
    def __init__(self, limit, weigh=None):
        if limit < 0:
            raise ValueError("limit must not be negative")
        self.limit = limit
        self.__weigh = weigh
        self.__items = {}

    def __setitem__(self, key, value):
        if self.__weigh is not None and self.__weigh(value) > self.limit:
            raise ValueError("too heavy")
        self.__items[key] = value

    def __delitem__(self, key):
        del self.__items[key]

    def __len__(self):
        return len(self.__items)
"""


def explored(samples: Samples, name: str) -> Exploration:
    subject = samples.subject(SHELF, name)
    return Explorer(subject, str(samples.folder), 1, time.monotonic() + LIMIT).explore([], [])


def outcomes(exploration: Exploration) -> set[tuple[str, str]]:
    return {(trial.attempt.call.expression, trial.outcome.message) for trial in exploration.trials}


def test_a_constructor_refuses_arguments(samples: Samples) -> None:
    assert ("Shelf(-1)", "limit must not be negative") in outcomes(explored(samples, "Shelf.__init__"))


def test_what_a_class_calls_is_given_as_a_function(samples: Samples) -> None:
    messages = {message for _, message in outcomes(explored(samples, "Shelf.__setitem__"))}
    assert "too heavy" in messages


def test_what_only_an_object_with_items_takes_is_tried_on_one(samples: Samples) -> None:
    exploration = explored(samples, "Shelf.__delitem__")
    assert any(
        trial.attempt.call.expression == "del shelf['a']" and trial.outcome.views["len(shelf)"][1] == "0"
        for trial in exploration.trials
        if trial.outcome.kind == "value"
    )


def test_a_call_that_gives_a_value_and_changes_the_object_shows_both(samples: Samples) -> None:
    text = SHELF + "    def take(self, key):\n        return self.__items.pop(key)\n"
    subject = samples.subject(text, "Shelf.take")
    exploration = Explorer(subject, str(samples.folder), 1, time.monotonic() + LIMIT).explore([], [])
    trials = [trial for trial in exploration.trials if trial.attempt.call.shows_changes]
    assert [change for trial in trials for change in changes_of(trial.outcome)][0] == ("len(shelf)", ["equal", "0"])
    assert all(trial.outcome.shown() != replace(trial.outcome, shows_changes=False).shown() for trial in trials)


def test_attributes_that_constructors_set_are_seen_beside_methods_that_change_them(samples: Samples) -> None:
    text = """
class Base:
    def __init__(self):
        self.size = 0

class Box(Base):
    def __init__(self):
        super().__init__()
        self.name = "box"

    def grow(self):
        self.size += 1
"""
    subject = samples.subject(text, "Box.grow")
    trial = Explorer(subject, str(samples.folder), 1, time.monotonic() + LIMIT).explore([], []).trials[0]
    assert changes_of(trial.outcome) == [("box.size", ["equal", "1"])]
    assert trial.attempt.call.views == ["box.size"]
