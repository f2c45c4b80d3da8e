"""The calls of functions while the tests run: arguments and results, by value."""

from __future__ import annotations

import base64
import pickle
import threading
from collections import Counter
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from testgen_harness.evidence.frozen import Unfrozen, freeze, is_literal, literal_text, shown
from testgen_harness.evidence.stubs import answer_calls, copy_function, stub_code

CALLS_MAX = 1_000  # distinct calls of a function that are kept
SAMPLE = 5_000  # calls of which the results are looked at where there is no table
VALUE_BYTES_MAX = 65_536
EXAMPLES_MAX = 30  # calls that are also kept as text

RETURN, RAISE = "return", "raise"


@dataclass
class Example:
    """A call that can be written down: the arguments without the object that a method belongs to."""

    arguments: str  # literals: ((1, 2), {"a": 3})
    outcome: str  # for people


@dataclass
class Calls:
    """What was recorded of one function."""

    count: int = 0
    tests: set[int] = field(default_factory=set)
    table: dict[Any, Any] = field(default_factory=dict)  # frozen arguments to the key of what came
    outcomes: dict[Any, tuple[str, bytes, str]] = field(default_factory=dict)  # by key: kind, pickled, for people
    results: Counter[Any] = field(default_factory=Counter)  # keys of outcomes that were returned
    examples: list[Example] = field(default_factory=list)
    raised: bool = False
    returned_something: bool = False  # other than None
    is_full: bool = False
    no_table: str = ""  # why the calls are no table
    no_results: str = ""  # why the results cannot be kept

    def pack(self) -> dict[str, Any]:
        constant = self.results.most_common(1)[0][0] if self.results else None
        _, data, text = self.outcomes[constant] if constant is not None else (RETURN, b"", "")
        table = {} if self.no_table else {key: self.outcomes[outcome][:2] for key, outcome in self.table.items()}
        return {
            "count": self.count,
            "tests": sorted(self.tests),
            "table": base64.b64encode(pickle.dumps(table)).decode("ascii"),
            "distinct": len(self.table),
            "constant": base64.b64encode(data).decode("ascii"),
            "constant_text": text,
            "constant_count": self.results[constant] if constant is not None else 0,
            "different_results": len(self.results),
            "examples": [[item.arguments, item.outcome] for item in self.examples],
            "raised": self.raised,
            "returned_something": self.returned_something,
            "no_table": self.no_table,
            "no_results": self.no_results,
        }


class CallRecorder:
    """Gives functions stubs that note each call and then do what the function did."""

    def __init__(self, functions: list[FunctionType], receivers: list[int]) -> None:
        self.calls = [Calls() for _ in functions]
        self.test = -1
        self._receivers = receivers  # arguments at the beginning that are `self` or `cls`
        self._busy = threading.local()
        self._originals = [copy_function(function) for function in functions]
        for number, function in enumerate(functions):
            function.__code__ = stub_code(function.__code__, number)
        answer_calls(self._call)

    def _call(self, number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        original, calls = self._originals[number], self.calls[number]
        if self.test < 0 or getattr(self._busy, "value", False):
            return original(*arguments, **keywords)
        calls.tests.add(self.test)
        calls.count += 1
        key, example = self._key(number, arguments, keywords)
        try:
            result = original(*arguments, **keywords)
        except Exception as error:
            calls.raised = True
            self._note(calls, key, RAISE, error, example)
            raise
        if result is not None:
            calls.returned_something = True
        self._note(calls, key, RETURN, result, example)
        return result

    def _key(self, number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, str]:
        """Before the call, which may change its arguments."""
        calls, own = self.calls[number], arguments[self._receivers[number] :]
        if calls.no_table or calls.is_full:
            return None, ""
        self._busy.value = True
        try:
            example = literal_text((own, keywords)) if is_literal((own, keywords)) else ""
            return freeze((arguments, keywords)), example
        except Unfrozen as reason:
            calls.no_table = calls.no_table or f"it is called with {reason}"
        except Exception as error:  # an object that cannot be looked into
            calls.no_table = calls.no_table or f"an argument cannot be looked into: {type(error).__name__}"
        finally:
            self._busy.value = False
        return None, ""

    def _note(self, calls: Calls, key: Any, kind: str, value: Any, example: str) -> None:
        if calls.is_full:
            return
        self._busy.value = True
        try:
            outcome = self._keep(calls, kind, value)
        finally:
            self._busy.value = False
        if outcome is None:
            calls.no_table = calls.no_table or calls.no_results
            calls.is_full = calls.count > SAMPLE
            return
        if kind == RETURN:
            calls.results[outcome] += 1
        if key is None:
            calls.is_full = len(calls.outcomes) > CALLS_MAX or calls.count > SAMPLE
            return
        is_new = key not in calls.table
        if calls.table.setdefault(key, outcome) != outcome:
            calls.no_table = calls.no_table or "the same arguments give different results"
        elif len(calls.table) > CALLS_MAX:
            calls.is_full = True
            calls.no_table = calls.no_table or f"there are more than {CALLS_MAX} different calls"
        elif is_new and example and len(calls.examples) < EXAMPLES_MAX:
            calls.examples.append(Example(example, calls.outcomes[outcome][2]))

    def _keep(self, calls: Calls, kind: str, value: Any) -> Any:
        """The key of the outcome; None when it cannot be kept."""
        try:
            key = (kind, freeze(value))
            if key in calls.outcomes:
                return key
            data = pickle.dumps(value, protocol=4)
            if kind == RAISE:
                pickle.loads(data)  # many errors can be written and not be read
        except Unfrozen as error:
            calls.no_results = calls.no_results or f"a result is {error}"
            return None
        except Exception:
            calls.no_results = calls.no_results or f"a result cannot be kept: {type(value).__name__}"
            return None
        if len(data) > VALUE_BYTES_MAX:
            calls.no_results = calls.no_results or "a result is very large"
            return None
        text = shown(value) if kind == RETURN else f"raises {type(value).__name__}"
        calls.outcomes[key] = (kind, data, text)
        return key
