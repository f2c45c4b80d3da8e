"""Assertions of a test that accept many values, and the exact ones that could stand in their places.

What is weak: `assert x`, `assert not x`, `assert x is not None`, `assert isinstance(x, T)`, `assert len(x) > 0`, and
unittest's assertTrue, assertFalse, assertIsNotNone, assertIsInstance with the like. Comparisons with a value are not.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, Optional, Union

from testgen_harness.exploration.literals import Literal

NOTE = "__testgen_note__"  # called with the index of a weak assertion and the value that it is about

_TRUTH = frozenset({"assertTrue", "assertFalse", "assertIsNotNone", "assertIsInstance"})
_TESTS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ATOMS = (
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.Constant,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.JoinedStr,
)


@dataclass
class WeakAssertion:
    statement: Union[ast.Assert, ast.Expr]
    value: ast.expr  # what it is about
    receiver: str  # "self" of a unittest assertion; "" for the statement

    @property
    def line(self) -> int:
        return self.statement.lineno


def find_test(tree: ast.Module, names: list[str]) -> Optional[ast.AST]:
    """The function of a node id: the last definition of each name, as Python itself takes it."""
    found: Any = tree
    for name in names:
        kinds = _TESTS if name == names[-1] else (ast.ClassDef,)
        inside = [node for node in ast.walk(found) if isinstance(node, kinds) and node.name == name]
        if not inside:
            return None
        found = inside[-1]
    return found if isinstance(found, _TESTS) else None


def find_weak(test: ast.AST, line: int) -> list[WeakAssertion]:
    """Those of the test, or the one at a line (0: all), in order."""
    weak = [found for node in ast.walk(test) if (found := _weak_statement(node)) is not None]
    here = [one for one in weak if one.statement.lineno <= line <= (one.statement.end_lineno or 0)]
    return sorted(here or weak, key=lambda one: (one.line, one.statement.col_offset))


def _weak_statement(node: ast.AST) -> Optional[WeakAssertion]:
    if isinstance(node, ast.Assert):
        value = _weak_value(node.test)
        return WeakAssertion(node, value, "") if value is not None else None
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return None
    call = node.value
    if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.args):
        return None
    if call.func.attr not in _TRUTH:
        return None
    is_truth = call.func.attr in ("assertTrue", "assertFalse")
    value = _weak_value(call.args[0]) if is_truth else call.args[0]
    return WeakAssertion(node, value, call.func.value.id) if value is not None else None


def _weak_value(test: ast.expr) -> Optional[ast.expr]:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _weak_value(test.operand)
    if isinstance(test, ast.Compare):
        return _compared(test)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
        if test.func.id in ("isinstance", "len", "bool") and test.args:
            return test.args[0]
        if test.func.id in ("all", "any", "callable", "hasattr", "issubclass"):
            return None
    return None if isinstance(test, (ast.BoolOp, ast.Constant, ast.Tuple)) else test


def _compared(test: ast.Compare) -> Optional[ast.expr]:
    """`x is not None` and `len(x) > 0` say little of x; any other comparison says what it says."""
    if len(test.ops) != 1 or not isinstance(test.comparators[0], ast.Constant):
        return None
    constant = test.comparators[0].value
    if isinstance(test.ops[0], (ast.IsNot, ast.NotEq)) and constant is None:
        return test.left
    is_length = (
        isinstance(test.left, ast.Call)
        and isinstance(test.left.func, ast.Name)
        and test.left.func.id == "len"
        and len(test.left.args) == 1
    )
    says_some = (isinstance(test.ops[0], (ast.Gt, ast.NotEq)) and constant == 0) or (
        isinstance(test.ops[0], ast.GtE) and constant == 1
    )
    return test.left.args[0] if is_length and says_some else None  # type: ignore[attr-defined]


# ---- Watching ----


class _Watch(ast.NodeTransformer):
    def __init__(self, indexes: dict[int, int]) -> None:
        self._indexes = indexes

    def visit(self, node: ast.AST) -> Any:
        index = self._indexes.get(id(node))
        if index is None:
            return super().visit(node)
        note = ast.Name(NOTE, ast.Load())
        return ast.copy_location(ast.Call(note, [ast.Constant(index), node], []), node)


def watch(tree: ast.Module, weak: list[WeakAssertion]) -> ast.Module:
    """Changes the tree so that each weak assertion tells the value that it is about."""
    indexes = {id(one.value): index for index, one in enumerate(weak)}
    return ast.fix_missing_locations(_Watch(indexes).visit(tree))


# ---- Writing ----


def exact_assertion(weak: WeakAssertion, literal: Literal, source: str, has_pytest: bool) -> Optional[str]:
    """The statement that expects the very value; None where it cannot be written."""
    value = _subject(weak.value, source)
    if weak.receiver:
        return _unittest_assertion(weak, value, literal)
    message = getattr(weak.statement, "msg", None)
    tail = f", {ast.get_source_segment(source, message)}" if message is not None else ""
    if literal.comparison == "is":
        return f"assert {value} is {literal.text}{tail}"
    if literal.comparison == "approx":
        return f"assert {value} == pytest.approx({literal.text}){tail}" if has_pytest else None
    return f"assert {value} == {literal.text}{tail}"


def _unittest_assertion(weak: WeakAssertion, value: str, literal: Literal) -> Optional[str]:
    if literal.text == "None":
        return f"{weak.receiver}.assertIsNone({value})"
    if literal.comparison == "is":
        return f"{weak.receiver}.assertIs({value}, {literal.text})"
    if literal.comparison == "approx":
        is_number = re.fullmatch(r"[-+0-9.e]+", literal.text) is not None
        return f"{weak.receiver}.assertAlmostEqual({value}, {literal.text})" if is_number else None
    return f"{weak.receiver}.assertEqual({value}, {literal.text})"


def _subject(value: ast.expr, source: str) -> str:
    text = ast.get_source_segment(source, value) or ast.unparse(value)
    text = ast.unparse(value) if "\n" in text else text
    return text if isinstance(value, _ATOMS) else f"({text})"
