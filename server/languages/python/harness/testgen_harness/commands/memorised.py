"""`memorised`: whether a module that was written for tests only gives back what they expect.

Result: reason (empty: nothing speaks against it; see evidence/memorised.py), notes.
"""

from __future__ import annotations

import importlib
from dataclasses import asdict, dataclass
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.evidence.memorised import find_table
from testgen_harness.evidence.memorised_methods import find_table_in_class
from testgen_harness.exploration.subjects import prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.text import one_line

HASH_SEED = 0


@dataclass
class Request:
    root: str
    scratch: str
    module: str
    name: str  # of the function or class
    code: str
    tests: str
    original_root: str = ""
    limit_ms: int = 20_000


def execute(request: Request, context: Context) -> dict[str, Any]:
    seconds = request.limit_ms / 1000
    try:
        found: dict[str, Any] = call_isolated(
            __name__, "look", asdict(request), request.scratch, HASH_SEED, request.root, seconds
        )
    except HarnessError as error:
        return {"reason": "", "notes": [error.message]}
    return found


def look(fields: dict[str, Any]) -> dict[str, Any]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, [".", "src"])
    try:
        subject = getattr(importlib.import_module(request.module), request.name)
    except Exception as error:
        raise HarnessError("CHILD", one_line(f"{type(error).__name__}: {error}")) from None
    find = find_table_in_class if isinstance(subject, type) else find_table
    reason = find(subject, request.name, request.code, request.tests) if callable(subject) else ""
    return {"reason": one_line(reason), "notes": []}
