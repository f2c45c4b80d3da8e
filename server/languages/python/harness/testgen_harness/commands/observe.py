"""`observe`: what given calls do, each in a process of its own: for what a spec states.

Result: outcomes, one per call: kind (value, opaque, raise, effect, timeout, ended, unstable, setup), text (in words),
type_name, module (of an exception), matches (the value equals `expected`, or the exception is one of `expected`),
is_custom (the exception's class is the workspace's own).
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.exploration.literals import Writer
from testgen_harness.exploration.probe import Call, Outcome, Prober, is_inside
from testgen_harness.exploration.subjects import import_subject, prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.text import one_line


@dataclass
class Request:
    root: str
    scratch: str
    path: str  # of the subject, absolute
    module: str
    calls: list[dict]  # setup: list of statements; call: expression; expected: expression or absent
    original_root: str = ""
    folders: list[str] = field(default_factory=list)


def execute(request: Request, context: Context) -> dict[str, Any]:
    outcomes = call_isolated(__name__, "observe_all", asdict(request), request.scratch, 0, request.root)
    return {"outcomes": outcomes}


def observe_all(fields: dict[str, Any]) -> list[dict[str, Any]]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, request.folders)
    module = import_subject(request.module)
    names = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    names.update(_is_expected=_is_expected)
    prober = Prober(request.path, request.root, names, Writer(request.module))
    return [_observe(prober, call, request) for call in request.calls]


def _observe(prober: Prober, call: dict[str, Any], request: Request) -> dict[str, Any]:
    setup, expression, expected = call.get("setup", []), call["call"], call.get("expected")
    views = [] if expected is None else [f"_is_expected(_, {expected})"]
    outcome = prober.probe(Call(setup, expression, views=views))
    agreed = any(view[1] == "True" for view in outcome.views.values())
    module = sys.modules.get(outcome.exception_module)
    return {
        "kind": outcome.kind,
        "text": describe_outcome(outcome),
        "type_name": outcome.type_name,
        "module": outcome.exception_module,
        "matches": outcome.kind in ("value", "opaque") and agreed,
        "is_custom": is_inside(getattr(module, "__file__", None) or "", request.root),
    }


def _is_expected(value: Any, expected: Any) -> bool:
    """As the test compares: floats within pytest.approx's tolerance, None and booleans by identity."""
    if expected is None or isinstance(expected, bool):
        return value is expected
    if isinstance(expected, float) and isinstance(value, (int, float)) and math.isfinite(expected):
        return math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-12)
    return bool(value == expected)


def describe_outcome(outcome: Outcome) -> str:
    if outcome.kind == "value":
        return f"gives {outcome.text}"
    if outcome.kind == "opaque":
        return f"gives a {outcome.type_name}"
    if outcome.kind == "raise":
        return one_line(f"raises {outcome.type_name}: {outcome.message}".rstrip(": "))
    if outcome.kind == "setup":
        return f"fails before the call with {outcome.text}"
    return outcome.text
