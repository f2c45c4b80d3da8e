"""The labelled candidates of tests/generator/corpus (its corpus.h has the form), as a model would propose them."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from support import ROOT

FOLDER = ROOT / "tests" / "generator" / "corpus"
PROJECT = ROOT / "tests" / "fixtures" / "generator" / "corpus"

# What becomes of these depends on more than what they say: on other tests, on one mutant, on their names and places.
_RELATIVE = re.compile(
    r"^(apart|accepted in turn|mutant:|file:|offset:|rejected by: (worth|place|collect not-collected))", re.MULTILINE
)


@dataclass
class Labelled:
    name: str
    is_good: bool
    source: str  # a whole file with this test alone
    test: dict[str, Any]  # as a model's answer has it


def read_candidates(module: str) -> Iterator[Labelled]:
    """Those about one module of the project, as far as the form of an answer can say them."""
    for path in sorted(FOLDER.glob("*.md")):
        for section in re.split(r"^## .*\n", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            if _RELATIVE.search(section):
                continue
            is_good = section.startswith("accepted")
            for block in re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
                yield from _of_block(block, module, is_good)


def _of_block(block: str, module: str, is_good: bool) -> Iterator[Labelled]:
    imports: list[str] = []
    for part in block.split("\n\n\n"):
        if part.startswith(("import ", "from ")):
            imports = part.split("\n")
            continue
        used = [line for statement in imports if statement for line in _used(statement, part)]
        test = _as_answer(part)
        modules = {re.split(r"[ .]", line)[1] for line in used}
        is_about = module in modules and (
            not is_good or not any((PROJECT / f"{name}.py").exists() for name in modules - {module})
        )
        if test is not None and is_about:
            name = re.search(r"def (\w+)", part)
            assert name is not None
            source = "\n".join(used) + "\n\n\n" + part.strip() + "\n"
            yield Labelled(name[1], is_good, source, {**test, "imports": used})


def _used(statement: str, code: str) -> Iterator[str]:
    if statement.startswith("import "):
        module = statement.split()[1]
        if re.search(rf"\b{module.partition('.')[0]}\b", code):
            yield statement
        return
    _, module, _, names = statement.split(" ", 3)
    for name in (each.strip() for each in names.split(",")):
        if re.search(rf"\b{name}\b", code):
            yield f"from {module} import {name}"


# ---- One test ----


def _as_answer(part: str) -> Optional[dict[str, Any]]:
    """Set-up, and then assertions that compare, or one error; None for what is said with decorators or fixtures."""
    try:
        tree = ast.parse(part)
    except SyntaxError:
        return _as_broken_answer(part)
    function = tree.body[0]
    if (
        len(tree.body) != 1
        or not isinstance(function, ast.FunctionDef)
        or function.args.args
        or function.decorator_list
    ):
        return None
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]  # the docstring
    if not body:
        return None
    last = body[-1]
    if isinstance(last, ast.With):
        return _as_error(part, body)
    first = next(
        (index for index in range(len(body)) if all(isinstance(item, ast.Assert) for item in body[index:])), None
    )
    if first is None or first == len(body):
        return None
    checks = [_as_check(part, item.test) for item in body[first:] if isinstance(item, ast.Assert)]
    return {"setup": _texts(part, body[:first]), "checks": checks} if all(checks) else None


def _as_check(part: str, test: ast.expr) -> Optional[dict[str, str]]:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return {"expression": _text(part, test), "expected": "True"} if isinstance(test, ast.Constant) else None
    right = test.comparators[0]
    is_equal = isinstance(test.ops[0], ast.Eq) or (isinstance(test.ops[0], ast.Is) and isinstance(right, ast.Constant))
    if is_equal and "\n" not in _text(part, test):
        return {"expression": _text(part, test.left), "expected": _text(part, right)}
    return None


def _as_error(part: str, body: list[ast.stmt]) -> Optional[dict[str, Any]]:
    with_statement = body[-1]
    assert isinstance(with_statement, ast.With)
    manager, inner = with_statement.items[0].context_expr, with_statement.body
    is_plain = isinstance(manager, ast.Call) and len(inner) == 1 and isinstance(inner[0], ast.Expr)
    if not is_plain or ast.unparse(manager.func) != "pytest.raises" or len(with_statement.items) > 1:
        return None
    matches = [item.value for item in manager.keywords if item.arg == "match"]
    if not all(isinstance(item, ast.Constant) for item in matches):
        return None
    test = {"setup": _texts(part, body[:-1]), "call": _text(part, inner[0]), "raises": ast.unparse(manager.args[0])}
    return {**test, **({"match": matches[0].value} if matches else {})}


def _as_broken_answer(part: str) -> Optional[dict[str, Any]]:
    """None where the form of an answer mends it: it knows no indentation."""
    head, _, body = part.partition("\n")
    if not re.fullmatch(r"def \w+\(\):", head) or not body.strip() or _parses(body):
        return None
    return {"setup": textwrap.dedent(body).splitlines(), "call": "discount(99)", "expected": "0"}


def _parses(code: str) -> bool:
    try:
        ast.parse("\n".join(line.strip() for line in code.splitlines()))
    except SyntaxError:
        return False
    return True


def _text(part: str, node: ast.AST) -> str:
    return ast.get_source_segment(part, node) or ""


def _texts(part: str, statements: list[ast.stmt]) -> list[str]:
    """With the indentation of their further lines, and those of a decorator."""
    lines = part.splitlines()
    texts = []
    for statement in statements:
        first = min([statement.lineno, *(item.lineno for item in getattr(statement, "decorator_list", []))])
        texts.append(textwrap.dedent("\n".join(lines[first - 1 : statement.end_lineno])))
    return texts
