"""What the names of a test stand for: `from os import remove as r` makes `r` stand for `os.remove`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Callable, Union

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Assignment = Union[ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr]


class LocalNames:
    def __init__(self, tree: ast.AST) -> None:
        self.imported: set[str] = set()
        self._meanings: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._take_import(node)
        assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        self.imported -= {target.id for node in assignments for target in node.targets if isinstance(target, ast.Name)}
        for node in sorted(assignments, key=lambda node: node.lineno):
            self._take_assignment(node)

    def _take_import(self, node: Union[ast.Import, ast.ImportFrom]) -> None:
        for item in node.names:
            local = item.asname or item.name.partition(".")[0]
            self.imported.add(local)
            if isinstance(node, ast.ImportFrom):
                self._meanings[local] = f"{node.module or ''}.{item.name}"
            elif item.asname:
                self._meanings[local] = item.name

    def _take_assignment(self, node: ast.Assign) -> None:
        meaning = self.full(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and meaning and not meaning.startswith("."):
                self._meanings.setdefault(target.id, meaning)

    def of(self, module: str) -> set[str]:
        """The local names of a module, and of what comes from it."""
        named = {name for name in self.imported if name == module}
        return named | {name for name, meaning in self._meanings.items() if meaning.partition(".")[0] == module}

    def full(self, node: ast.AST) -> str:
        """`os.remove`, `threading.Event().wait`; what is no name begins with a full stop, as in `.wait`."""
        if isinstance(node, ast.Name):
            return self._meanings.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            whole = f"{self.full(node.value)}.{node.attr}"
            return whole[len("builtins.") :] if whole.startswith("builtins.") else whole
        if isinstance(node, ast.Call):
            name = self.full(node.func)
            return f"{name}()" if name and not name.startswith(".") else ""
        return ""


def dotted_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def root_name(node: ast.AST) -> str:
    """Of `shop.prices["tea"]` it is `shop`; empty where it begins with anything else."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> set[str]:
    return {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}


def derived_names(
    tree: ast.AST, roots: Iterable[str], passes_on: Callable[[ast.AST], bool] = lambda value: True
) -> set[str]:
    """Names whose values come from the roots: to a fixed point over the assignments. A call of a method on a derived
    object keeps it derived."""
    derived = set(roots)
    while True:
        before = len(derived)
        for node in ast.walk(tree):
            derived |= _newly_derived(node, derived, passes_on)
        if len(derived) == before:
            return derived


def _newly_derived(node: ast.AST, derived: set[str], passes_on: Callable[[ast.AST], bool]) -> set[str]:
    def comes(*parts: ast.AST) -> bool:
        return any(names_in(part) & derived and passes_on(part) for part in parts)

    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        return _targets(node) if node.value is not None and comes(node.value) else set()
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        return names_in(node.target) if comes(node.iter) else set()
    if isinstance(node, (ast.With, ast.AsyncWith)):
        # What is caught, or written, while the body runs.
        return {name for item in node.items if item.optional_vars for name in _bound(item, comes(item, *node.body))}
    if isinstance(node, ast.Try):
        return {handler.name for handler in node.handlers if handler.name} if comes(*node.body) else set()
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return {node.name} if comes(*node.body) else set()
    if isinstance(node, ast.ClassDef):
        return {node.name} if comes(*node.bases, *node.body) else set()
    if isinstance(node, ast.Call) and names_in(node.func) & derived:
        # What is given to the subject may come back changed.
        return {name for argument in node.args for name in names_in(argument)}
    return set()


def _bound(item: ast.withitem, is_derived: bool) -> set[str]:
    return names_in(item.optional_vars) if is_derived and item.optional_vars else set()


def _targets(node: _Assignment) -> set[str]:
    """The names that are bound, and those whose parts are."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {name for target in targets for name in names_in(target)}
