"""`collect`: the tests that pytest finds, without running any.

Events: collecting, collection_error (as of `run`), and item (test, path, line) for every test. Result: count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest


@dataclass
class Request:
    root: str
    scratch: str
    arguments: list[str] = field(default_factory=list)
    selection: list[str] = field(default_factory=list)


def execute(request: Request, context: Context) -> dict[str, Any]:
    reporter = Reporter(context.emit, request.root, lists_items=True)
    arguments = [*request.arguments, "--collect-only", "-q"]
    run_pytest(SessionOptions(request.root, request.scratch, arguments, request.selection), reporter)
    return {"count": reporter.total}
