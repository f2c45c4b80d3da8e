"""Names and reasons of test cases: what is special about an input, in words that people understand."""

from __future__ import annotations

import ast
import re

from testgen_harness.exploration.calls import Attempt
from testgen_harness.exploration.explorer import Trial
from testgen_harness.exploration.subjects import Subject, snake_case

NAME_MAX = 70  # characters
EDGE_WORDS = frozenset({"empty", "zero", "negative", "no", "blank"})


def words_of(parameter: str, text: str) -> str:
    """What is special about a value, as a part of a name: `negative_price`."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return parameter
    if value is None:
        return f"no_{parameter}"
    if isinstance(value, bool):
        return parameter if value else f"not_{parameter}"
    if isinstance(value, (int, float)):
        return _number_words(parameter, value)
    if isinstance(value, (str, bytes)):
        return _text_words(parameter, value if isinstance(value, str) else value.decode("latin-1"))
    size = len(value)
    if size == 0:
        return f"empty_{parameter}"
    if size == 1:
        return f"single_item_{parameter}"
    if isinstance(value, (list, tuple)) and len({repr(item) for item in value}) < size:
        return f"repeated_{parameter}"
    return parameter


def _number_words(parameter: str, value: float) -> str:
    if value == 0:
        return f"zero_{parameter}"
    if value < 0:
        return f"negative_{parameter}"
    return f"{parameter}_{str(value).replace('.', '_').replace('+', '').replace('-', '_minus_')}"


def _text_words(parameter: str, value: str) -> str:
    if not value:
        return f"empty_{parameter}"
    if not value.strip():
        return f"blank_{parameter}"
    if value != value.strip():
        return f"padded_{parameter}"
    if not value.isascii():
        return f"non_ascii_{parameter}"
    if len(value) > 12 and len(set(value)) == 1:
        return f"{parameter}_of_length_{len(value)}"
    slug = re.sub(r"[^a-z0-9]+", "_", snake_case(value)).strip("_")
    return slug if slug and len(slug) <= 24 else parameter


def base_name(subject: Subject) -> str:
    if subject.kind == "constructor":
        return f"new_{snake_case(subject.owner_name.strip('_'))}"
    name = snake_case(subject.name.strip("_")) or "call"
    return f"{snake_case(subject.owner.__name__.strip('_'))}_{name}" if subject.owner else name


def _spoken(words: str) -> str:
    return words.replace("_", " ")


def limit_words(constant: str) -> str:
    return "zero" if constant in ("0", "0.0") else re.sub(r"[^0-9a-z]+", "_", constant).strip("_")


def _reason_of_state(state: str) -> str:
    return _spoken(state).capitalize().replace("On new", "On a new") if state else "The observed result"


class Namer:
    """Gives the cases of one subject names that differ."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._used: set[str] = set()

    def release(self, name: str) -> None:
        """The name was given to a case that is not kept."""
        self._used.discard(name)

    def words(self, trial: Trial) -> tuple[str, str]:
        """A part of the name and the reason."""
        attempt, outcome = trial.attempt, trial.outcome
        given = list(attempt.arguments)
        parameter = attempt.varied or (given[-1 if outcome.kind == "raise" else 0] if given else "")
        words = words_of(parameter, attempt.arguments[parameter]) if parameter in attempt.arguments else ""
        state = self._state_words(attempt.owner_setup)
        if outcome.kind == "raise":
            error = snake_case(outcome.type_name)
            place = f"for_{words}" if words and attempt.source != "state" else state or ""
            name = f"raises_{error}_{place}".rstrip("_")
            return name, f"Refuses {_spoken(words)}" if words and attempt.source != "state" else _reason_of_state(state)
        if attempt.source in ("state", "plain") and state:
            return state, _reason_of_state(state)
        if not words:
            return state or "result", _reason_of_state(state) if state else "The observed result"
        joined = f"with_{words}" if attempt.arguments else words
        if attempt.source in ("plain", "code", "doc"):
            return joined, "The common case"
        return joined, f"{_spoken(words).capitalize()} takes a path of its own"

    def _state_words(self, setup: list[str]) -> str:
        if self._subject.owner is None or not setup:
            return ""
        calls = [match.group(1) for match in (re.match(r"\w+\.(\w+)\(", text) for text in setup) if match]
        if any(re.match(r"\w+\[", text) for text in setup):
            return "with_one_item" if len(setup) == 2 else f"with_{len(setup) - 1}_items"
        if not calls:
            return f"on_new_{snake_case(self._subject.owner.__name__)}"
        return f"after_{calls[0]}" if len(calls) == 1 else f"after_two_calls_of_{calls[0]}"

    def all_words(self, attempt: Attempt) -> str:
        """What is special about every argument, for names that would else be the same."""
        return "_and_".join(words_of(name, text) for name, text in attempt.arguments.items())

    def unique(self, name: str, more: str = "") -> str:
        longer = f"{base_name(self._subject)}_with_{more}"
        candidate, number = name, 2
        if candidate in self._used and more and len(longer) <= NAME_MAX:
            candidate = name = longer
        while candidate in self._used:
            candidate, number = f"{name}_{number}", number + 1
        self._used.add(candidate)
        return candidate
