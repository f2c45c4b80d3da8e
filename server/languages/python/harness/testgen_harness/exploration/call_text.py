"""Calls of a subject as source text, taken apart and put together again."""

from __future__ import annotations

import ast
from typing import Optional

from testgen_harness.exploration.subjects import Subject


def _call_node(call: str, subject: Subject) -> Optional[ast.Call]:
    try:
        tree = ast.parse(call, mode="eval")
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == subject.name:
                return node
    return None


def _argument_nodes(node: ast.Call, subject: Subject) -> list[tuple[str, ast.expr]]:
    positional = [parameter.name for parameter in subject.parameters if not parameter.is_keyword_only]
    return list(zip(positional, node.args)) + [(str(item.arg), item.value) for item in node.keywords]


def arguments_in(call: str, subject: Subject) -> dict[str, str]:
    node = _call_node(call, subject)
    if node is None:
        return {}
    return {name: _text_of(call, value) for name, value in _argument_nodes(node, subject)}


def _text_of(call: str, node: ast.expr) -> str:
    return ast.get_source_segment(call, node) or ast.unparse(node)


def with_names(call: str, arguments: dict[str, str], names: list[str], subject: Subject) -> Optional[str]:
    """The call with parameters' names in the place of their values."""
    node = _call_node(call, subject)
    if node is None:
        return None
    places = [
        (value.col_offset, value.end_col_offset or 0, name)
        for name, value in _argument_nodes(node, subject)
        if name in names
    ]
    if len(places) != len(names):
        return None
    data = call.encode("utf-8")  # columns count bytes
    for start, end, name in sorted(places, reverse=True):
        data = data[:start] + name.encode("utf-8") + data[end:]
    return data.decode("utf-8")
