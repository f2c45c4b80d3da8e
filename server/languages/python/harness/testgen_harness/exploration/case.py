"""Test cases as exploration proposes them: what is set up, called and checked, before it is text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Optional

ONE_LINE_MAX = 60  # characters
OBSERVED_CONFIDENCE = 0.6
EXPLICIT_CONFIDENCE = 0.8  # a raise statement is there on purpose


@dataclass
class Check:
    kind: str  # equal, is, approx, raises
    expression: str = ""  # empty: the call
    expected: str = ""
    exception: str = ""
    match: str = ""


@dataclass
class Case:
    subject: str
    category: str
    name: str  # without test_
    reasoning: str
    origin: str = "characterisation"
    requirement: Optional[str] = None
    confidence: float = OBSERVED_CONFIDENCE
    setup: list[str] = field(default_factory=list)
    call: str = ""
    checks: list[Check] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    imports: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    notices: list[int] = field(default_factory=list)  # numbers of changes of the code; not for the program

    def as_json(self) -> dict[str, Any]:
        fields = {**self.__dict__, "checks": [check.__dict__ for check in self.checks]}
        fields["imports"] = [{"module": module, "name": name} for module, name in self.imports]
        fields["rows"] = [{"values": row} for row in self.rows]
        if self.requirement is None:
            del fields["requirement"]
        return fields


@dataclass
class Chosen:
    cases: list[Case] = field(default_factory=list)
    unanswered: list[dict[str, str]] = field(default_factory=list)
    disagreements: list[dict[str, str]] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)  # why there is none of these


def is_row(case: Case) -> bool:
    """Whether it can stand in a table: one check of the call's own result."""
    return len(case.checks) == 1 and case.checks[0].kind != "raises" and not case.checks[0].expression and not case.rows


def in_one_line(case: Case) -> Case:
    """`assert Version(2).next() == 3` where the object is made only to be asked once."""
    if len(case.setup) != 1 or not case.call or any(check.expression for check in case.checks) or len(case.checks) > 1:
        return case
    match = re.fullmatch(r"(\w+) = (\w[\w.]*\(.*\))", case.setup[0])
    if match is None or case.checks[0].kind == "raises":
        return case
    name, construction = match.groups()
    places = list(re.finditer(rf"(?<![\w.'\"]){re.escape(name)}(?=\.\w)", case.call))
    is_only = len(places) == 1 and len(re.findall(rf"\b{re.escape(name)}\b", case.call)) == 1
    if not is_only or len(case.call) + len(construction) > ONE_LINE_MAX or " = " in case.call:
        return case
    call = case.call[: places[0].start()] + construction + case.call[places[0].end() :]
    return replace(case, setup=[], call=call)
