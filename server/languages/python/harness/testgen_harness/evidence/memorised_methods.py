"""Whether the methods of a class only give back what their tests expect, by their arguments.

As for functions (memorised.py), of calls with arguments on objects whose making the tests show: `assert
Calculator().add(2, 3) == 5`, also on a variable, a fixture or an attribute that a set-up fills. What came before on the
same object is done again before a call near an example. A call without arguments leans on the state of its object,
which no table holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from testgen_harness.evidence.exposing import CALLS_TRIED
from testgen_harness.evidence.frozen import literal_text
from testgen_harness.evidence.memorised import (
    ENTRIES_MIN,
    OTHERS_MIN,
    SHARE_MIN,
    Example,
    answer_of,
    calls_near,
    memorised,
    reason_of,
    rows_of,
    value_of,
)

SETUPS = ("setup_method", "setUp", "setup")

Step = tuple[str, tuple[Any, ...]]


class MethodExample(NamedTuple):
    construction: tuple[Any, ...]
    steps: tuple[Step, ...]  # what was called on the object before
    method: str
    example: Example


# ---- The examples of the tests ----


def examples_of_methods(tests: str, name: str) -> list[MethodExample]:
    tree = ast.parse(tests)
    fixtures = _fixtures(tree, name)
    found: dict[str, MethodExample] = {}
    for owner in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
        functions = [node for node in owner.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        shared = dict(fixtures)
        for function in functions:
            if function.name in SETUPS:
                shared.update(_Reader(name, {}, fixtures).read(function).objects)
        for function in functions:
            for row in [{}, *rows_of(function)]:
                for item in _Reader(name, row, shared).read(function).examples:
                    found.setdefault(repr((item.construction, item.steps, item.method, item.example.arguments)), item)
    return list(found.values())


def _fixtures(tree: ast.Module, name: str) -> dict[str, tuple[tuple[Any, ...], tuple[Step, ...]]]:
    """Those that give a new object."""
    found = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        if not any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list):
            continue
        reader = _Reader(name, {}, {}).read(function)
        for node in ast.walk(function):
            given = node.value if isinstance(node, (ast.Return, ast.Yield)) else None
            known = reader.object_of(given) if given is not None else None
            if known is not None:
                found[function.name] = known
    return found


class _Reader:
    """Reads a test from above, and knows of each object how it was made and what was called on it."""

    def __init__(self, name: str, row: dict[str, Any], objects: dict[str, tuple[tuple[Any, ...], tuple[Step, ...]]]):
        self._name = name
        self._row = row
        self.objects = dict(objects)
        self.examples: list[MethodExample] = []

    def read(self, function: ast.AST) -> _Reader:
        for statement in getattr(function, "body", []):
            self._read(statement)
        return self

    def _read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            known = self.object_of(statement.value)
            self.objects.pop(ast.unparse(statement.targets[0]), None)
            if known is not None:
                self.objects[ast.unparse(statement.targets[0])] = known
                return
        if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
            self._take(statement.test)
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            self._step(call)

    def object_of(self, node: ast.expr) -> Optional[tuple[tuple[Any, ...], tuple[Step, ...]]]:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == self._name and not node.keywords:
            arguments = self._arguments(node)
            return None if arguments is None else (arguments, ())
        return self.objects.get(ast.unparse(node))

    def _arguments(self, call: ast.Call) -> Optional[tuple[Any, ...]]:
        try:
            return None if call.keywords else tuple(value_of(argument, self._row) for argument in call.args)
        except (ValueError, KeyError):
            return None

    def _take(self, test: ast.Compare) -> None:
        if not isinstance(test.ops[0], (ast.Eq, ast.Is)) or not isinstance(test.left, ast.Call):
            return
        function = test.left.func
        known = self.object_of(function.value) if isinstance(function, ast.Attribute) else None
        arguments = self._arguments(test.left)
        if known is None or not arguments:
            return
        try:
            expected = value_of(test.comparators[0], self._row)
        except (ValueError, KeyError):
            return
        assert isinstance(function, ast.Attribute)
        self.examples.append(MethodExample(*known, function.attr, Example(arguments, expected)))

    def _step(self, call: ast.Call) -> None:
        if not isinstance(call.func, ast.Attribute):
            return
        owner = ast.unparse(call.func.value)
        if owner not in self.objects:
            return
        arguments = self._arguments(call)
        construction, steps = self.objects[owner]
        if arguments is None:
            del self.objects[owner]  # nobody knows its state from here on
        else:
            self.objects[owner] = (construction, (*steps, (call.func.attr, arguments)))


# ---- What it does elsewhere ----


def _answers(subject: type, examples: list[MethodExample]) -> dict[str, str]:
    """What calls of one method near the examples give, by the text of the call."""
    known = {literal_text(item.example.arguments) for item in examples}
    answers: dict[str, str] = {}
    for item in examples:
        for arguments, text in calls_near(item.example.arguments):
            call = f"{item.method}{text}"
            if text not in known and call not in answers and len(answers) < CALLS_TRIED:
                answers[call] = answer_of(lambda *given, item=item: _call(subject, item, given), arguments)
    return answers


def _call(subject: type, item: MethodExample, arguments: tuple[Any, ...]) -> Any:
    made = subject(*item.construction)
    for method, given in item.steps:
        try:
            getattr(made, method)(*given)
        except Exception:  # noqa: S112  a test may expect just that, and go on
            continue
    return getattr(made, item.method)(*arguments)


def _by_method(examples: list[MethodExample]) -> Iterator[tuple[str, list[MethodExample]]]:
    for method in dict.fromkeys(item.method for item in examples):
        yield method, [item for item in examples if item.method == method]


def find_table_in_class(subject: type, name: str, code: str, tests: str) -> str:
    """Why the class is no implementation; empty when nothing speaks against it."""
    examples = examples_of_methods(tests, name)
    held: list[MethodExample] = []
    others: dict[str, str] = {}
    for _, of_method in _by_method(examples):
        entries = memorised(code, [item.example for item in of_method])
        answers = _answers(subject, of_method) if len(entries) >= SHARE_MIN * len(of_method) and entries else {}
        if answers and len(set(answers.values())) == 1:
            held += [item for item in of_method if item.example in entries]
            others.update(answers)
    if len(held) < ENTRIES_MIN or len(held) < SHARE_MIN * len(examples) or len(others) < OTHERS_MIN:
        return ""
    call, answer = next(iter(others.items()))
    return reason_of(len(held), len(examples), f"{name}().{call}", answer)
