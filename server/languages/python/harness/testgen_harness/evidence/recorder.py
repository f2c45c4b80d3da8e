"""Counts and extremes of the operands of comparisons. What is kept of each does not grow with the number of calls."""

from __future__ import annotations

import builtins
import datetime
import decimal
import fractions
import operator
from typing import Any, Callable, Optional

from testgen_harness.evidence.comparisons import Comparison, function_name

SHOWN_MAX = 80  # characters of a value
ITEMS_MAX = 64  # of a tuple or list that is looked into

NUMBERS = frozenset({int, bool, float, decimal.Decimal, fractions.Fraction})
# Whose order Python itself knows: nothing of the workspace runs when two of a type are compared once more.
ORDERED = frozenset({str, bytes, datetime.date, datetime.timedelta})
PLAIN = NUMBERS | {str, bytes}
# Of which the text is short, or can be cut.
SCALARS = NUMBERS | ORDERED | {datetime.datetime, datetime.time, tuple, list, type(None)}

_EXACT = decimal.Context(prec=60, traps=[])  # the program's own context keeps its flags

INTEGER, NUMBER, ORDER, EQUALITY, NONE = "integer", "number", "order", "equality", "none"


class Record:
    """What one comparison saw. "Below" is: the operand is less than the boundary."""

    __slots__ = (
        "above",
        "at_import",
        "below",
        "boundary",
        "closest",
        "closest_test",
        "distance",
        "evaluated",
        "is_discrete",
        "is_equality",
        "is_mirrored",
        "just_above",
        "just_below",
        "kinds",
        "last_test",
        "on",
        "tests",
        "types",
        "unequal",
    )

    def __init__(self, is_mirrored: bool, is_equality: bool) -> None:
        self.is_mirrored, self.is_equality = is_mirrored, is_equality
        self.evaluated = self.tests = 0
        self.at_import = 0  # or between tests: no test vouches for these, and nothing else is kept of them
        self.last_test = -1
        self.on = self.below = self.above = self.just_below = self.just_above = self.unequal = 0
        self.is_discrete = True
        self.distance: Any = None  # the least one, with its sign
        self.closest = self.boundary = ""
        self.closest_test = -1
        self.kinds: set[str] = set()  # of the five above
        self.types = ""  # of operands without a distance

    def note(self, left: Any, right: Any, is_equal: Optional[bool], test: int) -> None:
        if test < 0:
            return
        if self.is_mirrored:
            left, right = right, left
        first, second = type(left), type(right)
        if first in NUMBERS and second in NUMBERS:
            self._note_numbers(left, right, test)
        elif first is second and _are_ordered(left, right):
            self._note_order(left, right, test)
        elif self.is_equality and is_equal is not None:
            self.kinds.add(EQUALITY)
            self._note_equality(left, right, is_equal, test)
        else:
            self.kinds.add(NONE)
            self.types = self.types or f"{first.__name__} and {second.__name__}"

    def _note_numbers(self, value: Any, boundary: Any, test: int) -> None:
        if isinstance(value, int) and isinstance(boundary, int):
            distance: Any = value - boundary
            self.kinds.add(INTEGER)
            if distance == -1:
                self.just_below += 1
            elif distance == 1:
                self.just_above += 1
        else:
            distance = difference(value, boundary)
            self.kinds.add(NUMBER)
            self.is_discrete = False
        if distance is None:  # not a number
            self.unequal += 1
            return
        if distance == 0:
            self.on += 1
        elif distance < 0:
            self.below += 1
        else:
            self.above += 1
        if self.distance is None or abs(distance) < abs(self.distance):
            self.distance = distance
            self._show(value, boundary, test)

    def _note_order(self, value: Any, boundary: Any, test: int) -> None:
        self.kinds.add(ORDER)
        if value == boundary:
            self.on += 1
        elif value < boundary:
            self.below += 1
        else:
            self.above += 1
        self._show_first(value, boundary, test)

    def _note_equality(self, value: Any, boundary: Any, is_equal: bool, test: int) -> None:
        if is_equal:
            self.on += 1
        else:
            self.unequal += 1
        self._show_first(value, boundary, test)

    def _show_first(self, value: Any, boundary: Any, test: int) -> None:
        """Where nothing is nearer than anything else, an example of what came."""
        if not self.closest:
            self._show(value, boundary, test)

    def _show(self, value: Any, boundary: Any, test: int) -> None:
        self.closest, self.boundary, self.closest_test = shown(value), shown(boundary), test

    def kind(self) -> str:
        """Of all that came: with a distance when any had one."""
        order = (NUMBER, INTEGER, ORDER, EQUALITY, NONE)
        return next((kind for kind in order if kind in self.kinds), NONE)


def difference(value: Any, boundary: Any) -> Any:
    """Exactly, and None where there is none."""
    kinds = {type(value), type(boundary)}
    try:
        if decimal.Decimal in kinds:
            if fractions.Fraction in kinds:
                return None
            result = _EXACT.subtract(_decimal(value), _decimal(boundary))
            return None if result.is_nan() else result
        result = value - boundary
    except (OverflowError, ValueError, decimal.DecimalException):
        return None
    if result != result:  # two infinities are equal, and their difference is no number
        return 0 if value == boundary else None
    return result


def _decimal(value: Any) -> decimal.Decimal:
    """Without a signal: `Decimal(0.1)` raises the flag of the program's context."""
    return decimal.Decimal.from_float(value) if isinstance(value, float) else decimal.Decimal(value)


def _are_ordered(left: Any, right: Any) -> bool:
    """Two of the same type."""
    kind = type(left)
    if kind in ORDERED:
        return True
    if kind is datetime.datetime or kind is datetime.time:
        return left.tzinfo is None and right.tzinfo is None
    if (kind is not tuple and kind is not list) or len(left) > ITEMS_MAX or len(right) > ITEMS_MAX:
        return False
    # One type for all that may meet: `(1, "a") < (1, None)` raises.
    kinds = {type(item) for item in (*left, *right)}
    return len(kinds) <= 1 and kinds <= PLAIN


def shown(value: Any) -> str:
    """Empty for what only the workspace's own code could print."""
    if type(value) not in SCALARS or (isinstance(value, (tuple, list)) and not _are_ordered(value, value)):
        return ""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        return "a number of very many digits"
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 3] + "..."


class Recorder:
    """Makes the recording functions known to every module of this process, under names that no program uses."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.test = -1  # the number of the test that runs; -1: none does

    def add(self, comparisons: list[Comparison]) -> None:
        for item in comparisons:
            self.records.append(Record(item.is_mirrored, item.operator in ("eq", "ne")))

    def install(self) -> None:
        for name in ("lt", "le", "gt", "ge", "eq", "ne"):
            setattr(builtins, function_name(name), self._comparing(getattr(operator, name), name))
        setattr(builtins, function_name("in"), self._in_range)
        setattr(builtins, function_name("not_in"), self._not_in_range)

    def _count(self, number: int) -> Record:
        record = self.records[number]
        if self.test < 0:
            record.at_import += 1
            return record
        record.evaluated += 1
        if record.last_test != self.test:
            record.last_test = self.test
            record.tests += 1
        return record

    def _comparing(self, compare: Callable[[Any, Any], Any], name: str) -> Callable[[int, Any, Any], Any]:
        when_equal = {"eq": True, "ne": False}.get(name)

        def recording(number: int, left: Any, right: Any) -> Any:
            __tracebackhide__ = True
            record = self._count(number)
            result = compare(left, right)
            is_equal = result is when_equal if type(result) is bool and when_equal is not None else None
            record.note(left, right, is_equal, self.test)
            return result

        return recording

    def _in_range(self, number: int, value: Any, container: Any) -> bool:
        __tracebackhide__ = True
        records = self._count(number), self._count(number + 1)
        result = value in container
        self._note_range(records, value, container)
        return result

    def _not_in_range(self, number: int, value: Any, container: Any) -> bool:
        __tracebackhide__ = True
        records = self._count(number), self._count(number + 1)
        result = value not in container
        self._note_range(records, value, container)
        return result

    def _note_range(self, records: tuple[Record, Record], value: Any, container: Any) -> None:
        if type(container) is range and container.step == 1:
            for record, boundary in zip(records, (container.start, container.stop)):
                record.note(value, boundary, None, self.test)
        else:
            for record in records:
                record.note(object(), container, None, self.test)
