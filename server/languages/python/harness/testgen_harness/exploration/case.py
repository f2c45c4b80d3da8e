"""Test cases as exploration proposes them: what is set up, called and checked, before it is text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

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
