"""`guard_static`: what can be said of proposed tests without running them, but with the interpreter's own parser and
the workspace's own modules.

Result: facts, one per test: syntax, imports, policy, oracle: [code, message], or [] where there is nothing to object.
"""

from __future__ import annotations

import ast
import importlib.util
import warnings
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
    tests: list[dict]  # code: a whole file with this test alone; name; subjects: names that it imports and tests
    original_root: str = ""
    folders: list[str] = field(default_factory=list)


def execute(request: Request, context: Context) -> dict[str, Any]:
    facts = call_isolated(__name__, "inspect_all", asdict(request), request.scratch, 0, request.root)
    return {"facts": facts}


def inspect_all(fields: dict[str, Any]) -> list[dict[str, Any]]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, request.folders)
    return [_inspect(test) for test in request.tests]


def _inspect(test: dict[str, Any]) -> dict[str, Any]:
    none: list[str] = []
    try:
        tree = _parse(test["code"])
    except SyntaxError as error:
        place = f"line {error.lineno}: {error.msg}"
        return {"syntax": ["does-not-parse", one_line(place)], "imports": none, "policy": none, "oracle": none}
    policy = find_violation(tree)
    return {
        "syntax": none,
        # What the policy forbids is not imported either.
        "imports": none if policy else list(_missing_import(tree) or none),
        "policy": list(policy or none),
        "oracle": list(find_vacuity(tree, test["name"], test.get("subjects", [])) or none),
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
                    return "no-module", f"there is no module {item.name}"
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
        return "no-module", error.message
    for item in node.names:
        if item.name != "*" and not hasattr(module, item.name) and not _exists(f"{name}.{item.name}"):
            return "no-name", f"{name} has no {item.name}"
    return None
