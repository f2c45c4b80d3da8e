"""Source text with one of its literals changed a little: numbers by one, texts by a piece, containers by an item."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

TEXT_MAX = 40  # characters: longer texts only become shorter
ITEMS_MAX = 8
_PIECES = re.compile(r"[^\W\d_]+|\d+|[\W_]+")


def variations(text: str) -> list[str]:
    """Of an expression or a statement, each with another change; empty where it cannot be parsed."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    data = text.encode("utf-8")  # columns count bytes
    lines = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    found = []
    for node, others in _literals(tree):
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        found += [(data[:start] + other.encode("utf-8") + data[end:]).decode("utf-8") for other in others]
    return [other for other in dict.fromkeys(found) if other != text]


def _literals(tree: ast.AST) -> Iterator[tuple[ast.expr, list[str]]]:
    """Literals, each with what may stand in its place."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Constant) or _is_negative(node):
            assert isinstance(node, ast.expr)
            yield node, [repr(value) for value in _near(ast.literal_eval(node))]
            continue
        if isinstance(node, (ast.List, ast.Tuple)) and 0 < len(node.elts) <= ITEMS_MAX:
            yield node, [ast.unparse(type(node)(items, ast.Load())) for items in (node.elts[:-1], node.elts[1:])]
        if isinstance(node, ast.Dict) and 0 < len(node.keys) <= ITEMS_MAX:
            yield node, [ast.unparse(ast.Dict(node.keys[:-1], node.values[:-1]))]
        pending += ast.iter_child_nodes(node)


def _is_negative(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)


def _near(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value - 1, -value, value * 0]
    if isinstance(value, str):
        return _near_texts(value)
    if isinstance(value, bytes):
        return [value[:-1], value + b"a"]
    return ["a", 1] if value is None else []


def _near_texts(text: str) -> list[str]:
    pieces = _PIECES.findall(text)
    found = []
    for at, piece in enumerate(pieces):
        before, after = "".join(pieces[:at]), "".join(pieces[at + 1 :])
        if piece.isdigit() and piece.isascii():
            found += [before + str(int(piece) + 1) + after, before + "0" + piece + after]
        elif piece[0].isalpha():
            found += [before + piece[:-1] + after, before + piece.swapcase() + after]
        if len(pieces) > 1:
            found.append(before + after)
    if len(pieces) > 2:
        found += ["".join(pieces[:-2]), "".join(pieces[2:])]
    if len(text) <= TEXT_MAX:
        found += [text + text[-1:], text + "a", text + "1", "-" + text, f"{text}.1", f"{text} {text}".strip()]
    return [other for other in dict.fromkeys(found) if other != text]
