"""Whether a function only gives back what its tests expect: their examples, and which of them stand in the code.

An example is memorised when the code holds its argument and its result side by side: as an entry of a mapping, or as a
comparison with the one that leads to the other. That alone is no proof, as honest code has tables, too. So the function
is called near the examples: one that has only memorised them has a single answer for everything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from testgen_harness.evidence.exposing import CALLS_TRIED, variations
from testgen_harness.evidence.frozen import literal_text, shown

ENTRIES_MIN = 3  # fewer are no table
SHARE_MIN = 0.5  # of the examples
OTHERS_MIN = 3  # calls near the examples; from fewer nothing follows


class Example(NamedTuple):
    arguments: tuple[Any, ...]
    expected: Any


# ---- The examples of the tests ----


def examples_of(tests: str, name: str) -> list[Example]:
    """`assert name(literals) == literal`, also with the rows of a table; each call once."""
    found: dict[str, Example] = {}
    for function in ast.walk(ast.parse(tests)):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for row in [{}, *rows_of(function)]:
            for example in _examples_in(function, name, row):
                found.setdefault(literal_text(example.arguments), example)
    found.pop("", None)
    return list(found.values())


def _examples_in(function: ast.AST, name: str, row: dict[str, Any]) -> Iterator[Example]:
    for node in ast.walk(function):
        is_equality = (
            isinstance(node, ast.Assert)
            and isinstance(node.test, ast.Compare)
            and isinstance(node.test.ops[0], (ast.Eq, ast.Is))
            and isinstance(node.test.left, ast.Call)
            and isinstance(node.test.left.func, ast.Name)
            and node.test.left.func.id == name
            and not node.test.left.keywords
        )
        if not is_equality:
            continue
        test: Any = node.test  # type: ignore[attr-defined]
        try:
            arguments = tuple(value_of(argument, row) for argument in test.left.args)
            yield Example(arguments, value_of(test.comparators[0], row))
        except (ValueError, KeyError):
            continue


def value_of(node: ast.expr, row: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return row[node.id]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.approx", "approx") and node.args:
        return value_of(node.args[0], row)
    return ast.literal_eval(node)


def rows_of(function: Any) -> Iterator[dict[str, Any]]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
            continue
        try:
            names, rows = (ast.literal_eval(argument) for argument in decorator.args[:2])
        except ValueError:
            continue
        if isinstance(names, str):
            names = [name.strip() for name in names.split(",")]
        for row in rows:
            yield dict(zip(names, row if len(names) > 1 else [row]))


# ---- What stands in the code ----


def _pairs(code: str) -> Iterator[tuple[Any, Any]]:
    """A literal, and the one that stands beside it or follows from it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Dict):
            yield from _literals(zip(node.keys, node.values))
        elif isinstance(node, (ast.If, ast.IfExp)):
            results = [node.body] if isinstance(node, ast.IfExp) else [_returned(step) for step in node.body]
            compared = [part for part in ast.walk(node.test) if isinstance(part, ast.Compare)]
            sides = [side for compare in compared for side in (compare.left, *compare.comparators)]
            yield from _literals((side, result) for side in sides for result in results)
        elif node.__class__.__name__ == "match_case":
            case: Any = node
            patterns = [part.value for part in ast.walk(case.pattern) if part.__class__.__name__ == "MatchValue"]
            yield from _literals((pattern, _returned(step)) for pattern in patterns for step in case.body)


def _returned(step: ast.stmt) -> Any:
    return step.value if isinstance(step, (ast.Return, ast.Assign)) else None


def _literals(pairs: Any) -> Iterator[tuple[Any, Any]]:
    for pair in pairs:
        try:
            yield ast.literal_eval(pair[0]), ast.literal_eval(pair[1])
        except (ValueError, TypeError):
            continue


def memorised(code: str, examples: list[Example]) -> list[Example]:
    pairs = {(literal_text(key), literal_text(value)) for key, value in _pairs(code)}
    return [
        example
        for example in examples
        if any((literal_text(key), literal_text(example.expected)) in pairs for key in _keys(example.arguments))
    ]


def _keys(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return (arguments, *arguments) if len(arguments) > 1 else arguments


# ---- What it does elsewhere ----


def answers_elsewhere(function: Callable[..., Any], examples: list[Example]) -> dict[str, str]:
    """What calls near the examples give, by the text of the arguments."""
    known = {literal_text(example.arguments) for example in examples}
    answers: dict[str, str] = {}
    for example in examples:
        for arguments, text in calls_near(example.arguments):
            if text not in known and text not in answers and len(answers) < CALLS_TRIED:
                answers[text] = answer_of(function, arguments)
    return answers


def calls_near(arguments: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for others, _ in variations(arguments, {}):
        text = literal_text(others)
        if text:
            yield others, text


def answer_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    try:
        return f"gives {shown(function(*arguments))}"
    except Exception as error:
        return f"raises {type(error).__name__}"


def find_table(function: Callable[..., Any], name: str, code: str, tests: str) -> str:
    """Why the function is no implementation; empty when nothing speaks against it."""
    examples = examples_of(tests, name)
    entries = memorised(code, examples)
    if len(entries) < ENTRIES_MIN or len(entries) < SHARE_MIN * len(examples):
        return ""
    answers = answers_elsewhere(function, examples)
    if len(answers) < OTHERS_MIN or len(set(answers.values())) > 1:
        return ""
    arguments, answer = next(iter(answers.items()))
    return reason_of(len(entries), len(examples), f"{name}{arguments}", answer)


def reason_of(entries: int, examples: int, call: str, answer: str) -> str:
    return (
        f"the code has memorised the tests: it holds what {entries} of their {examples} examples expect, and "
        f"has one answer for everything else: {call.replace(',)', ')')} {answer}"
    )
