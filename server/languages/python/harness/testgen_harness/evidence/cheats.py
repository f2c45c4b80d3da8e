"""Implementations that do not do the work: what they are, when they make sense, and how they look as code."""

from __future__ import annotations

import ast
import base64
import pickle
from dataclasses import dataclass, field
from typing import Any, Callable

from testgen_harness.evidence.frozen import Unfrozen, freeze
from testgen_harness.evidence.functions import Function

Answer = Callable[[tuple[Any, ...], dict[str, Any]], Any]

ROWS_SHOWN = 5  # of a table
EXIT_STATUS = 0


@dataclass
class Evidence:
    """What the recorded calls of one function come to: `Calls.pack`."""

    count: int
    tests: list[int]
    table: str
    distinct: int
    constant: str
    constant_text: str
    constant_count: int
    different_results: int
    examples: list[list[str]]
    raised: bool
    returned_something: bool
    no_table: str
    no_results: str


@dataclass
class Cheat:
    name: str
    code: str = ""
    reason: str = ""  # why it makes no sense for this function; then it is not run
    make: Callable[[Answer], Answer] = field(default=lambda original: original)  # in the child that runs the tests


class _Everything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


class NotInTable(LookupError):
    """What the table raises for a call that it does not hold."""


@dataclass
class Table:
    """Answers calls by what was recorded, and remembers which entries were asked for."""

    rows: dict[Any, tuple[str, bytes]]
    used: set[Any] = field(default_factory=set)

    def __call__(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        try:
            key = freeze((arguments, keywords))
        except Unfrozen as reason:
            raise NotInTable(f"a call with {reason} is not in the table") from None
        if key not in self.rows:
            raise NotInTable("the call is not in the table")
        self.used.add(key)
        kind, data = self.rows[key]
        value = pickle.loads(data)
        if kind == "raise":
            raise value
        return value


NOTHING_ELSE = "it returned None whenever it was called: that says no more than the removed body"


def _removed_body(function: Function, evidence: Evidence) -> Cheat:
    cheat = Cheat("removed-body", "return None", make=lambda original: lambda arguments, keywords: None)
    if function.does_nothing:
        cheat.reason = "it has no body to remove"
    return cheat


def _constant(function: Function, evidence: Evidence) -> Cheat:
    data = base64.b64decode(evidence.constant)
    text = evidence.constant_text
    if text.startswith("<"):  # not to be written down
        text = f"RECORDED  # {text[1:-1]}, by value"
    cheat = Cheat("constant", f"return {text}")
    cheat.make = lambda original: lambda arguments, keywords: pickle.loads(data)
    if not evidence.returned_something:
        cheat.reason = NOTHING_ELSE
    elif not data:
        cheat.reason = evidence.no_results or "it returned nothing that was recorded"
    elif evidence.constant_text == "None":
        cheat.reason = "None is what it returns most often: that is the removed body"
    elif function.returns_constant:
        cheat.reason = "that is what it does"
    return cheat


def _first_argument(function: Function, evidence: Evidence) -> Cheat:
    def answer(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return arguments[function.receivers] if len(arguments) > function.receivers else next(iter(keywords.values()))

    first = function.parameters.split(", ")[function.receivers :]
    name = next((item.lstrip("*").partition("=")[0] for item in first if item not in ("/", "*")), "")
    is_packed = any(item.startswith("*") and len(item) > 1 for item in first[:1])
    cheat = Cheat("first-argument", f"return {name}[0]" if is_packed else f"return {name}")
    cheat.make = lambda original: answer
    if not evidence.returned_something:
        cheat.reason = NOTHING_ELSE
    elif not name or (is_packed and first[0].startswith("**")):
        cheat.reason = "it takes no argument"
    elif function.returns_first:
        cheat.reason = "that is what it does"
    return cheat


def _equal_object(function: Function, evidence: Evidence) -> Cheat:
    code = "return Everything()  # its __eq__ is always true, its __ne__ always false"
    cheat = Cheat("equal-object", code, make=lambda original: lambda arguments, keywords: _Everything())
    if not evidence.returned_something:
        cheat.reason = NOTHING_ELSE
    return cheat


def _swallow(function: Function, evidence: Evidence) -> Cheat:
    def make(original: Answer) -> Answer:
        def answer(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            try:
                return original(arguments, keywords)
            except Exception:
                return None

        return answer

    cheat = Cheat("swallowed-errors", "try:\n    ...  # as it is\nexcept Exception:\n    return None", make=make)
    if not function.raises and not evidence.raised:
        cheat.reason = "it raises nothing itself, and raised nothing when it was called"
    return cheat


def _exit(function: Function, evidence: Evidence) -> Cheat:
    def answer(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        raise SystemExit(EXIT_STATUS)

    return Cheat("exit", f"raise SystemExit({EXIT_STATUS})", make=lambda original: answer)


def _table(function: Function, evidence: Evidence) -> Cheat:
    rows = [f"    ({_call_text(arguments)}): {outcome}," for arguments, outcome in evidence.examples[:ROWS_SHOWN]]
    more = evidence.distinct - len(rows)
    if more > 0:
        rows.append(f"    # and {more} more recorded calls" if rows else f"    # {more} recorded calls")
    cheat = Cheat("lookup-table", "\n".join(["return {", *rows, "}[arguments]"]))
    cheat.make = lambda original: Table(pickle.loads(base64.b64decode(evidence.table)))
    if not evidence.returned_something and not evidence.raised:
        cheat.reason = NOTHING_ELSE
    elif evidence.no_table:
        cheat.reason = evidence.no_table
    return cheat


def _call_text(literals: str) -> str:
    return call_text("", literals)[1:-1]


def call_text(name: str, literals: str) -> str:
    """`f(1, b=2)` of the text of ((1,), {"b": 2})."""
    arguments, keywords = ast.literal_eval(literals)
    parts = [repr(item) for item in arguments] + [f"{key}={item!r}" for key, item in keywords.items()]
    return f"{name}({', '.join(parts)})"


CHEATS = (_removed_body, _constant, _first_argument, _equal_object, _swallow, _exit, _table)


def cheats_for(function: Function, evidence: Evidence) -> list[Cheat]:
    made = [make(function, evidence) for make in CHEATS]
    for cheat in made:
        if cheat.reason:
            cheat.code = ""
            continue
        body = "\n".join(f"    {line}" for line in cheat.code.splitlines())
        cheat.code = f"def {function.name}({function.parameters}):\n{body}\n"
    return made
