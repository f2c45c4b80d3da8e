"""The functions of source files that can be exchanged, and what their text says about cheating."""

from __future__ import annotations

import ast
import os
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from testgen_harness.errors import HarnessError
from testgen_harness.evidence.stubs import Place
from testgen_harness.text import one_line


@dataclass
class Function:
    path: str
    line: int  # of the first decorator
    name: str
    qualified_name: str
    receivers: int  # 1 when the first argument is `self` or `cls`
    is_method: bool
    parameters: str  # as they are written, without annotations
    does_nothing: bool
    returns_constant: bool  # and does nothing else
    returns_first: bool
    raises: bool

    @property
    def place(self) -> Place:
        return (os.path.realpath(self.path), self.name, self.line)


def functions_of(path: str) -> list[Function]:
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read(), path)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        raise HarnessError("INVALID_ARGUMENT", f"{path}: {one_line(str(error))}") from error
    return [_describe(path, node, classes) for node, classes in _walk(tree.body, ())]


def _walk(body: list[Any], classes: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Functions of modules and classes, also those under conditions. Not functions inside functions: they are made anew
    with each call."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, classes
        elif isinstance(node, ast.ClassDef):
            yield from _walk(node.body, (*classes, node.name))
        else:
            for name in ("body", "orelse", "finalbody"):
                yield from _walk(getattr(node, name, []), classes)
            for handler in getattr(node, "handlers", []):
                yield from _walk(handler.body, classes)


def _describe(path: str, node: Any, classes: tuple[str, ...]) -> Function:
    decorators = {ast.unparse(item).rpartition(".")[2] for item in node.decorator_list}
    is_static = "staticmethod" in decorators
    receivers = int(bool(classes) and not is_static)
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    only = body[0] if len(body) == 1 else None
    value = only.value if isinstance(only, ast.Return) else None
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)][receivers:]
    return Function(
        path=path,
        line=min([node.lineno, *(item.lineno for item in node.decorator_list)]),
        name=node.name,
        qualified_name=".".join((*classes, node.name)),
        receivers=receivers,
        is_method=bool(classes) and not is_static,
        parameters=_parameters(node.args),
        does_nothing=all(_is_nothing(statement) for statement in body),
        returns_constant=isinstance(value, ast.Constant) and value.value is not None,
        returns_first=isinstance(value, ast.Name) and value.id in names[:1],
        raises=any(isinstance(inner, ast.Raise) for inner in _own_nodes(body)),
    )


def _parameters(arguments: ast.arguments) -> str:
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return ast.unparse(arguments)


def _is_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or (isinstance(statement.value, ast.Constant) and statement.value.value is None)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _own_nodes(body: list[Any]) -> Iterator[ast.AST]:
    """Without those of functions and classes inside."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _own_nodes(list(ast.iter_child_nodes(node)))
