"""`guard_static`: what can be said of proposed tests without running them, but with the interpreter's own parser and
the workspace's own modules.

Result: facts, one per test: syntax, place, imports, policy, oracle: [code, message], or [] where there is nothing to
object.
"""

from __future__ import annotations

import ast
import importlib.util
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.exploration.subjects import import_subject, prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.test_oracle import find_vacuity
from testgen_harness.test_policy import find_violation
from testgen_harness.text import one_line


@dataclass
class Request:
    root: str
    scratch: str
    # code: a whole file with this test alone; name; class_name: of a class that it is one of several tests of;
    # subjects: names that it imports and tests
    tests: list[dict]
    original_root: str = ""
    folders: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # "discount=shop.discount": what names stand for in the file


_NOTHING: dict[str, Any] = {"syntax": [], "place": [], "imports": [], "policy": [], "oracle": []}


def execute(request: Request, context: Context) -> dict[str, Any]:
    facts = call_isolated(__name__, "inspect_all", asdict(request), request.scratch, 0, request.root)
    return {"facts": facts}


def inspect_all(fields: dict[str, Any]) -> list[dict[str, Any]]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, request.folders)
    taken = dict(name.split("=", 1) for name in reversed(request.taken))
    return [_inspect(test, taken) for test in request.tests]


def _inspect(test: dict[str, Any], taken: dict[str, str]) -> dict[str, Any]:
    try:
        tree = _parse(test["code"])
    except SyntaxError as error:
        place = f"does not parse: line {error.lineno}: {error.msg}"
        return {**_NOTHING, "syntax": ["does-not-parse", one_line(place)]}
    policy = find_violation(tree)
    if policy:  # what it forbids is not imported either
        return {**_NOTHING, "policy": policy}
    missing = _missing_import(tree)
    if missing:
        return {**_NOTHING, "imports": missing}
    return {
        **_NOTHING,
        "place": _shadowed(tree, taken, test.get("class_name", "")) or [],
        "oracle": find_vacuity(tree, test["name"], test.get("subjects", [])) or [],
    }


def _parse(code: str) -> ast.Module:
    """Only compiling finds a `break` outside a loop, or an `await` outside an async function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
            compile(tree, "<test>", "exec", dont_inherit=True)
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; brackets in brackets without end
        raise SyntaxError(one_line(f"{type(error).__name__}: {error}")) from error
    return tree


def _missing_import(tree: ast.Module) -> Optional[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                if not _exists(item.name):
                    return "no-module", f"imports {item.name}, and there is no such module"
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                return "relative", "imports relatively, which depends on how pytest loads the file"
            found = _missing_name(node)
            if found:
                return found
    return None


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
    except Exception:  # a parent package that fails while it is imported
        return False


def _missing_name(node: ast.ImportFrom) -> Optional[tuple[str, str]]:
    name = node.module or ""
    try:
        module = import_subject(name)
    except HarnessError as error:
        return "no-module", f"imports {name}, which does not work: {error.message}"
    for item in node.names:
        if item.name != "*" and not hasattr(module, item.name) and not _exists(f"{name}.{item.name}"):
            return "no-name", f"imports {item.name}, which {name} does not have"
    return None


# ---- Names of the file ----


def _shadowed(tree: ast.Module, taken: dict[str, str], class_name: str) -> Optional[tuple[str, str]]:
    """A name of the file that the test would give another meaning, so that other tests would use that. What it binds
    itself is taken for those behind it."""
    bound = dict(_bindings(tree))
    bound.pop(class_name, None)
    for name, meaning in bound.items():
        if name in taken and not _is_same_thing(taken[name], meaning):
            what = f"imports {meaning}" if meaning else "defines it again"
            return "shadows", f"takes the name {name} from other tests: it {what}"
    taken.update(bound)
    return None


def _bindings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names at module level with what is imported by them; "" for all else."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            for item in node.names:
                head = item.name.partition(".")[0]
                yield (item.asname, item.name) if item.asname else (head, head)
        elif isinstance(node, ast.ImportFrom):
            yield from ((item.asname or item.name, f"{node.module}.{item.name}") for item in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, ""
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((item.id, "") for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))


def _is_same_thing(one: str, other: str) -> bool:
    """A package may hand on what one of its modules defines."""
    if one == other and one:
        return True
    return bool(one and other) and (thing := _import_thing(one)) is not None and thing is _import_thing(other)


def _import_thing(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_subject(module), name, None) if module else import_subject(name)
    except HarnessError:
        return None
