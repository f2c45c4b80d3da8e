"""Calls of a subject as source text: those that exist already (documentation, tests, other code), and those made of the
inputs that seem worth trying."""

from __future__ import annotations

import ast
import doctest
import itertools
import os
import random
from dataclasses import dataclass, field
from typing import Optional

from testgen_harness.exploration.inputs import Boundary, Inputs
from testgen_harness.exploration.probe import Call
from testgen_harness.exploration.subjects import Subject, snake_case

CALLS_MAX = 160
PAIRS_MAX = 40


@dataclass
class Attempt:
    """One call to try. `arguments` are the sources by parameter, as far as they were given."""

    call: Call
    arguments: dict[str, str]
    source: str  # doc, test, code, boundary, plain, varied, state
    boundary: Optional[Boundary] = None
    expected: Optional[str] = None  # what the documentation says
    expected_error: Optional[str] = None
    varied: str = ""  # the parameter that differs from the plain call
    state: str = ""  # of the object, in words
    owner_setup: list[str] = field(default_factory=list)


# ---- Calls that exist ----


@dataclass
class Found:
    """A call of the subject with literal arguments."""

    arguments: dict[str, str]
    expected: Optional[str] = None
    expected_error: Optional[str] = None
    construction: Optional[str] = None


def documented_calls(subject: Subject) -> list[Found]:
    found = []
    try:
        examples = doctest.DocTestParser().get_examples(subject.doc)
    except ValueError:  # a docstring that only looks like a doctest
        return []
    for example in examples:
        try:
            tree = ast.parse(example.source.strip(), mode="eval")
        except SyntaxError:
            continue
        for item in _calls_in(tree.body, subject):
            if item.node is not tree.body:
                continue
            expected = example.want.strip() or None
            try:
                expected = None if expected is None else repr(ast.literal_eval(expected))
            except (ValueError, SyntaxError):
                expected = None
            error = example.exc_msg.partition(":")[0].strip() if example.exc_msg else None
            found.append(Found(item.arguments, expected, error))
    return found


def existing_calls(subject: Subject, paths: list[str]) -> list[Found]:
    """Calls in other files: tests, and code that uses the subject. Parametrised tests give one call per row."""
    found = []
    for path in paths:
        try:
            with open(path, encoding="utf-8-sig") as file:
                tree = ast.parse(file.read(), path)
        except (OSError, SyntaxError, ValueError):
            continue
        found += _calls_in_tests(tree, subject)
    return found


@dataclass
class _Site:
    node: ast.Call
    arguments: dict[str, str]
    construction: Optional[str] = None


def _calls_in(tree: ast.AST, subject: Subject, names: Optional[dict[str, str]] = None) -> list[_Site]:
    sites = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called_name(node) == subject.name:
            arguments = _arguments_of(node, subject, names or {})
            if arguments is not None:
                sites.append(_Site(node, arguments))
    return sites


def _called_name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _arguments_of(node: ast.Call, subject: Subject, names: dict[str, str]) -> Optional[dict[str, str]]:
    positional = [parameter.name for parameter in subject.parameters if not parameter.is_keyword_only]
    if len(node.args) > len(positional) or any(keyword.arg is None for keyword in node.keywords):
        return None
    given = list(zip(positional, node.args)) + [(str(keyword.arg), keyword.value) for keyword in node.keywords]
    arguments = {}
    for name, value in given:
        text = names.get(value.id) if isinstance(value, ast.Name) else _literal(value)
        if text is None or all(parameter.name != name for parameter in subject.parameters):
            return None
        arguments[name] = text
    return arguments


def _literal(node: ast.AST) -> Optional[str]:
    try:
        return repr(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None


def _calls_in_tests(tree: ast.Module, subject: Subject) -> list[Found]:
    found = []
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for row in _rows_of(node):
                for site in _calls_in(node, subject, row):
                    inside.add(site.node)
                    found.append(Found(site.arguments))
    found += [Found(site.arguments) for site in _calls_in(tree, subject) if site.node not in inside]
    return found


def _rows_of(node: ast.AST) -> list[dict[str, str]]:
    """The values of each row of @pytest.mark.parametrize("a, b", [(1, 2), ...])."""
    rows: list[dict[str, str]] = []
    for decorator in getattr(node, "decorator_list", []):
        if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
            continue
        if decorator.func.attr != "parametrize" or len(decorator.args) < 2:
            continue
        try:
            names = ast.literal_eval(decorator.args[0])
        except ValueError:
            continue
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        for item in getattr(decorator.args[1], "elts", []):
            values = item.elts if len(names) > 1 and isinstance(item, (ast.Tuple, ast.List)) else [item]
            texts = [_literal(value) for value in values]
            rows.append({name: text for name, text in zip(names, texts) if text is not None})
    return rows


# ---- Calls that are made ----


class CallMaker:
    """Writes calls of one subject. Methods are called on `variable`, which `construction` makes."""

    def __init__(self, subject: Subject, views: list[str]) -> None:
        self._subject = subject
        self._views = views
        self.variable = snake_case(subject.owner.__name__.lstrip("_")) if subject.owner else ""
        if self.variable == subject.root_name:
            self.variable = f"a_{self.variable}"

    def make(self, arguments: dict[str, str], setup: list[str], source: str) -> Attempt:
        subject = self._subject
        statements = list(setup)
        watched = []
        texts = []
        skipped = False
        for parameter in subject.parameters:
            if parameter.name not in arguments:
                skipped = True
                continue
            text = arguments[parameter.name]
            if text[0] in "[{" and text != "{}" or text.startswith("set("):
                watched.append(parameter.name)
            by_name = skipped or parameter.is_keyword_only
            texts.append(f"{parameter.name}={text}" if by_name else text)
        expression = self._expression(texts)
        call = Call(statements, expression, watched=[], views=self._views if subject.kind == "method" else [])
        attempt = Attempt(call, dict(arguments), source)
        attempt.call.watched = []
        attempt.owner_setup = list(setup)
        return attempt

    def with_variables(self, attempt: Attempt, names: list[str]) -> Attempt:
        """The same call with some arguments in variables, so that a change of them can be seen."""
        arguments = {name: (name if name in names else text) for name, text in attempt.arguments.items()}
        changed = self.make(arguments, attempt.owner_setup, attempt.source)
        changed.call.setup += [f"{name} = {attempt.arguments[name]}" for name in names]
        changed.call.watched = list(names)
        changed.arguments = dict(attempt.arguments)
        changed.boundary, changed.varied, changed.state = attempt.boundary, attempt.varied, attempt.state
        return changed

    def _expression(self, texts: list[str]) -> str:
        subject = self._subject
        arguments = ", ".join(texts)
        if subject.kind == "property":
            return f"{self.variable}.{subject.name}"
        if subject.kind == "method":
            call = _operator(subject.name, self.variable, texts) or f"{self.variable}.{subject.name}({arguments})"
        elif subject.owner is not None:
            call = f"{subject.owner_name}.{subject.name}({arguments})"
        else:
            call = f"{subject.name}({arguments})"
        if subject.is_async:
            return f"asyncio.run({call})"
        return f"list({call})" if subject.is_generator else call


# How special methods are called by people.
_OPERATORS = {
    "__len__": "len({0})",
    "__str__": "str({0})",
    "__repr__": "repr({0})",
    "__bool__": "bool({0})",
    "__contains__": "{1} in {0}",
    "__getitem__": "{0}[{1}]",
    "__eq__": "{0} == {1}",
    "__lt__": "{0} < {1}",
    "__le__": "{0} <= {1}",
    "__gt__": "{0} > {1}",
    "__ge__": "{0} >= {1}",
    "__add__": "{0} + {1}",
    "__sub__": "{0} - {1}",
    "__mul__": "{0} * {1}",
    "__iter__": "list({0})",
    "__int__": "int({0})",
    "__float__": "float({0})",
    "__hash__": "",
}


def is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def is_callable_special(name: str) -> bool:
    return bool(_OPERATORS.get(name))


def _operator(name: str, variable: str, texts: list[str]) -> str:
    pattern = _OPERATORS.get(name, "")
    if not pattern or ("{1}" in pattern) != (len(texts) == 1) or len(texts) > 1:
        return ""
    return pattern.format(variable, *texts)


def plan(subject: Subject, inputs: Inputs, plain: dict[str, str], seed: int) -> list[tuple[dict[str, str], str, str]]:
    """Argument sets in order of worth: (arguments, source, the parameter that was varied)."""
    planned: list[tuple[dict[str, str], str, str]] = [(plain, "plain", "")]
    for boundary in inputs.boundaries:
        for value in boundary.values:
            planned.append(({**plain, boundary.parameter: value}, "boundary", boundary.parameter))
    for parameter in subject.parameters:
        for value in inputs.values[parameter.name]:
            if plain.get(parameter.name) != value:
                planned.append(({**plain, parameter.name: value}, "varied", parameter.name))
    planned += _pairs(subject, inputs, plain, seed)
    seen = set()
    chosen = []
    for item in planned:
        key = tuple(sorted(item[0].items()))
        if key not in seen:
            seen.add(key)
            chosen.append(item)
    return chosen[:CALLS_MAX]


def _pairs(
    subject: Subject, inputs: Inputs, plain: dict[str, str], seed: int
) -> list[tuple[dict[str, str], str, str]]:
    """Two parameters away from the plain call at once: some, chosen by the seed."""
    names = [parameter.name for parameter in subject.parameters]
    found = []
    for left, right in itertools.combinations(names, 2):
        for one, other in itertools.product(inputs.values[left][:6], inputs.values[right][:6]):
            found.append(({**plain, left: one, right: other}, "varied", ""))
    random.Random(seed).shuffle(found)
    return found[:PAIRS_MAX]


def python_files(paths: list[str], root: str) -> list[str]:
    return [path if os.path.isabs(path) else os.path.join(root, path) for path in paths]
