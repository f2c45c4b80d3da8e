"""`probe`: whether tests can be run at all, asked before anything that takes long.

Result: pytest (the version that was imported). An installation whose metadata is there may still not be importable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.pytest_session import import_pytest


@dataclass
class Request:
    pass


def execute(request: Request, context: Context) -> dict[str, Any]:
    return {"pytest": import_pytest().__version__}
