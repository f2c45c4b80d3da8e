"""`strengthen`: what the values are that the weak assertions of a test accept, and the assertions that expect them.

The test runs in processes of its own: twice, with different hash seeds, to see the values; once more with the new
assertions, and with a third seed, which must pass. Nothing is written: the test's code is exchanged in memory.

Result: assertions, in order: line, start and end (bytes of the source as UTF-8), old, new (absent when there is none),
reason (a code, when there is none: not-reached, unstable, unwritable, repeats, fails), message.
"""

from __future__ import annotations

import ast
import os
import re
import tokenize
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.exploration.literals import Literal, Writer
from testgen_harness.exploration.subjects import prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest
from testgen_harness.weak_assertions import NOTE, WeakAssertion, exact_assertion, find_test, find_weak, watch

SECONDS = 60.0  # for one run of the test
VALUES_MAX = 1000  # of one assertion that are looked at


@dataclass
class Request:
    root: str
    scratch: str
    path: str  # of the test file, relative
    test: str  # node id
    line: int = 0  # of one assertion; 0: every weak one of the test
    original_root: str = ""
    arguments: list[str] = field(default_factory=list)  # of pytest


def execute(request: Request, context: Context) -> dict[str, Any]:
    source = _read(request)
    weak = _weak(request, ast.parse(source))
    if not weak:
        return {"assertions": []}
    context.emit("step", message="observe")
    runs = [_isolated("observe_values", request, seed, {}) for seed in (0, 1)]
    rows = [_row(one, index, runs, source) for index, one in enumerate(weak)]
    _drop_repetitions(rows)
    context.emit("step", message="prove")
    _prove(request, rows)
    return {"assertions": rows}


def _isolated(function: str, request: Request, seed: int, extra: dict[str, Any]) -> Any:
    fields = {**asdict(request), "extra": extra}
    return call_isolated(__name__, function, fields, request.scratch, seed, request.root, SECONDS)


def _read(request: Request) -> str:
    with tokenize.open(os.path.join(request.root, request.path)) as file:
        return file.read()


def _weak(request: Request, tree: ast.Module) -> list[WeakAssertion]:
    test = find_test(tree, request.test.split("::")[1:])
    if test is None:
        raise HarnessError("NOT_FOUND", f"there is no test {request.test}")
    return find_weak(test, request.line)


# ---- In the process of a run ----


class _Exchange:
    """A plugin that gives the test another body, and remembers how the test ended."""

    def __init__(self, request: Request, tree: ast.Module, names: dict[str, Any]) -> None:
        self._code = compile(tree, os.path.join(request.root, request.path), "exec", dont_inherit=True)
        self._names, self._parts = names, request.test.split("::")[1:]
        self.globals: dict[str, Any] = {}
        self.is_refused = False

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            function = _innermost(item.obj)
            code = _find_code(self._code, self._parts)
            known = getattr(function, "__code__", None)
            if code is None or known is None or len(code.co_freevars) != len(known.co_freevars):
                self.is_refused = True
                items.clear()
                return
            function.__code__ = code
            function.__globals__.update(self._names)
            self.globals = function.__globals__


def _innermost(function: Any) -> Any:
    function = getattr(function, "__func__", function)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _find_code(code: Any, parts: list[str]) -> Any:
    for part in parts:
        inner = [item for item in code.co_consts if hasattr(item, "co_code") and item.co_name == part]
        if not inner:
            return None
        code = inner[-1]
    return code


def _run(request: Request, tree: ast.Module, names: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    ended: list[dict[str, Any]] = []

    def note(event: str, **data: Any) -> None:
        if event in ("test", "collection_error"):
            ended.append(data)

    prepare_path(request.root, request.original_root, [])
    exchange = _Exchange(request, tree, names)
    arguments = [*request.arguments, "-p", "no:randomly"]
    reporter = Reporter(note, request.root)
    run_pytest(SessionOptions(request.root, request.scratch, arguments, [request.test]), reporter, [exchange])
    if exchange.is_refused:
        raise HarnessError("INVALID_ARGUMENT", f"{request.test} is made by code of its own: it is left as it is")
    return exchange.globals, ended


def observe_values(fields: dict[str, Any]) -> dict[str, Any]:
    """The values of each weak assertion, as source text."""
    fields.pop("extra")
    request = Request(**fields)
    tree = ast.parse(_read(request))
    weak = _weak(request, tree)
    writer = Writer()
    seen: list[list[Optional[Literal]]] = [[] for _ in weak]

    def note(index: int, value: Any) -> Any:
        if len(seen[index]) < VALUES_MAX:
            seen[index].append(writer.write(value))
        return value

    known, _ = _run(request, watch(tree, weak), {NOTE: note})
    return {
        "values": [[_described(literal, known) for literal in values] for values in seen],
        "has_pytest": getattr(known.get("pytest"), "__name__", "") == "pytest",
    }


def _described(literal: Optional[Literal], known: dict[str, Any]) -> Optional[dict[str, Any]]:
    if literal is None:
        return None
    missing = [name or module for module, name in literal.imports if (name or module) not in known]
    return {"text": literal.text, "comparison": literal.comparison, "missing": missing}


def prove_assertions(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """How the test ends with the new assertions: one item per set of parameters."""
    extra = fields.pop("extra")
    request = Request(**fields)
    _, ended = _run(request, ast.parse(extra["source"]), {})
    return [{"outcome": item.get("outcome", "error"), "message": item.get("message") or ""} for item in ended]


# ---- Judging ----


def _row(weak: WeakAssertion, index: int, runs: list[dict[str, Any]], source: str) -> dict[str, Any]:
    start, end = _span(weak, source)
    row = {"line": weak.line, "start": start, "end": end}
    row["old"] = source.encode("utf-8")[start:end].decode("utf-8")
    values = [value for run in runs for value in run["values"][index]]
    first = values[0] if values else None
    if any(not run["values"][index] for run in runs):
        return {**row, "reason": "not-reached", "message": "the test does not reach it"}
    other = next((value for value in values if value != first), first)
    if other != first:
        told = " and ".join(value["text"] if value else "something else" for value in (first, other))
        return {**row, "reason": "unstable", "message": f"its value is not the same each time: {told}"}
    if first is None:
        return {**row, "reason": "unwritable", "message": "its value has no short source text that reads back equal"}
    if first["missing"]:
        needed = ", ".join(first["missing"])
        return {**row, "reason": "unwritable", "message": f"import {needed} to write its value {first['text']}"}
    literal = Literal(first["text"], first["comparison"])
    new = exact_assertion(weak, literal, source, runs[0]["has_pytest"])
    if new is None:
        return {**row, "reason": "unwritable", "message": f"import pytest to compare with the float {first['text']}"}
    return {**row, "new": new}


def _drop_repetitions(rows: list[dict[str, Any]]) -> None:
    """Two weak assertions about one value become one exact assertion; the other one stays as it is."""
    seen: set[str] = set()
    for row in rows:
        if "new" in row and row["new"] in seen:
            del row["new"]
            row.update(reason="repeats", message="what it would expect is expected above")
        seen.add(row.get("new", ""))


def _span(weak: WeakAssertion, source: str) -> tuple[int, int]:
    lines = re.split(rb"(?<=\n)|(?<=\r)(?!\n)", source.encode("utf-8"))
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    statement = weak.statement
    end_line, end_column = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    return starts[statement.lineno - 1] + statement.col_offset, starts[end_line - 1] + end_column


def _prove(request: Request, rows: list[dict[str, Any]]) -> None:
    """Takes new assertions back with which the test does not pass."""
    data = _read(request).encode("utf-8")
    for row in sorted((row for row in rows if "new" in row), key=lambda row: -row["start"]):
        data = data[: row["start"]] + row["new"].encode("utf-8") + data[row["end"] :]
    if all("new" not in row for row in rows):
        return
    ended = _isolated("prove_assertions", request, 2, {"source": data.decode("utf-8")})
    failed = next((item for item in ended if item["outcome"] != "passed"), None)
    if ended and failed is None:
        return
    why = failed["message"] if failed else "it did not run"
    for row in rows:
        if row.pop("new", None) is not None:
            row.update(reason="fails", message=f"the test does not pass with exact values: {why}")
