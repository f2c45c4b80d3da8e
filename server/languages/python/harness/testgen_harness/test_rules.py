"""What may stand in a generated test: rules on its syntax tree alone. Nothing here runs or imports anything."""

from __future__ import annotations

import ast
from typing import Optional

# Modules that have no business in a generated test, with the reason code.
MODULES = {
    "socket": "network",
    "ssl": "network",
    "http": "network",
    "urllib.request": "network",
    "urllib3": "network",
    "requests": "network",
    "httpx": "network",
    "aiohttp": "network",
    "ftplib": "network",
    "smtplib": "network",
    "subprocess": "process",
    "multiprocessing": "process",
    "pty": "process",
    "signal": "process",
    "ctypes": "process",
    "_pytest": "pytest",
    "webbrowser": "process",
}

# Calls, by dotted name or by its last part where it begins with a full stop.
CALLS = {
    "os.system": "process",
    "os.popen": "process",
    "os.fork": "process",
    "os.kill": "process",
    "os.killpg": "process",
    "os._exit": "process",
    "os.abort": "process",
    "os.execv": "process",
    "os.execvp": "process",
    "os.spawnv": "process",
    "os.posix_spawn": "process",
    "sys.exit": "process",
    "exit": "process",
    "quit": "process",
    "asyncio.create_subprocess_exec": "process",
    "asyncio.create_subprocess_shell": "process",
    "asyncio.open_connection": "network",
    "os.remove": "deletion",
    "os.unlink": "deletion",
    "os.rmdir": "deletion",
    "os.removedirs": "deletion",
    "os.truncate": "deletion",
    "shutil.rmtree": "deletion",
    "shutil.move": "deletion",
    ".unlink": "deletion",
    ".rmtree": "deletion",
    ".rmdir": "deletion",
    "os.putenv": "environment",
    "os.unsetenv": "environment",
    "os.chdir": "environment",
    "os.environ.update": "environment",
    "os.environ.clear": "environment",
    "os.environ.pop": "environment",
    "os.environ.setdefault": "environment",
    "time.sleep": "sleeping",
    "asyncio.sleep": "sleeping",
    ".sleep": "sleeping",
    "sleep": "sleeping",
    "pytest.skip": "skipping",
    "pytest.xfail": "skipping",
    "pytest.exit": "skipping",
    "pytest.importorskip": "skipping",
    ".skipTest": "skipping",
    "eval": "hidden",
    "exec": "hidden",
    "compile": "hidden",
    "__import__": "hidden",
    "importlib.import_module": "hidden",
    "importlib.reload": "hidden",
    "globals": "hidden",
}
MARKS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"}
OWNERS_NOT_TO_CHANGE = {"pytest", "_pytest", "builtins", "unittest", "sys"}

MESSAGES = {
    "network": "uses the network ({0})",
    "process": "starts, signals or ends processes ({0})",
    "deletion": "deletes or truncates files ({0})",
    "environment": "changes the process's environment ({0})",
    "sleeping": "waits ({0})",
    "skipping": "skips itself or expects to fail ({0})",
    "hidden": "hides what it runs ({0})",
    "pytest": "tampers with pytest or the interpreter ({0})",
}


def dotted_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What a local name stands for: `from os import remove as r` makes `r` stand for `os.remove`."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update({item.asname: item.name for item in node.names if item.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({item.asname or item.name: f"{node.module}.{item.name}" for item in node.names})
    return names


def _full_name(node: ast.AST, aliases: dict[str, str]) -> str:
    name = dotted_name(node)
    head, dot, rest = name.partition(".")
    return aliases.get(head, head) + dot + rest


def find_violation(tree: ast.Module) -> Optional[tuple[str, str]]:
    """The first thing that the policy forbids: its reason code and a message."""
    aliases = _aliases(tree)
    for node in ast.walk(tree):
        found = _in_import(node) or _in_call(node, aliases) or _in_mark(node, aliases) or _in_target(node, aliases)
        if found:
            code, what = found
            return code, MESSAGES[code].format(what)
    return None


def _in_import(node: ast.AST) -> Optional[tuple[str, str]]:
    names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{item.name}" for item in node.names)]
    for name in names:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            code = MODULES.get(".".join(parts[:length]))
            if code:
                return code, f"import {name}"
    return None


def _in_call(node: ast.AST, aliases: dict[str, str]) -> Optional[tuple[str, str]]:
    if not isinstance(node, ast.Call):
        return None
    name = _full_name(node.func, aliases)
    last = f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else ""
    code = CALLS.get(name) or CALLS.get(last)
    if code:
        return code, name or last.strip(".")
    if name == "open" and _writes(node):
        return "deletion", "open for writing"
    changes = last == ".setattr" or name == "setattr" or name.endswith("mock.patch") or last == ".object"
    if changes and node.args:
        target = node.args[0]
        text = target.value if isinstance(target, ast.Constant) else _full_name(target, aliases)
        if str(text).partition(".")[0] in OWNERS_NOT_TO_CHANGE:
            return "pytest", f"{name}({text})"
    return None


def _writes(node: ast.Call) -> bool:
    modes = [*node.args[1:2], *(item.value for item in node.keywords if item.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and set("wax+") & set(str(mode.value)) for mode in modes)


def _in_mark(node: ast.AST, aliases: dict[str, str]) -> Optional[tuple[str, str]]:
    if isinstance(node, ast.Attribute) and node.attr in MARKS:
        owner = _full_name(node.value, aliases)
        if owner in ("pytest.mark", "unittest"):
            return "skipping", f"{owner}.{node.attr}"
    if isinstance(node, ast.Name) and node.id in aliases and aliases[node.id] in {f"unittest.{mark}" for mark in MARKS}:
        return "skipping", aliases[node.id]
    return None


def _in_target(node: ast.AST, aliases: dict[str, str]) -> Optional[tuple[str, str]]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    elif isinstance(node, ast.Delete):
        targets = node.targets
    for target in targets:
        base = target.value if isinstance(target, (ast.Attribute, ast.Subscript)) else None
        name = _full_name(base, aliases) if base is not None else ""
        if name.startswith("os.environ"):
            return "environment", "os.environ"
        if name.partition(".")[0] in OWNERS_NOT_TO_CHANGE:
            return "pytest", name
    return None


# ---- The oracle ----


def find_vacuity(tree: ast.Module, name: str, subjects: list[str]) -> Optional[tuple[str, str]]:
    """Why the test `name` says nothing of the subjects (names that it imports); None when it does."""
    function = next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
        ),
        None,
    )
    if function is None:
        return "no-test", f"there is no function {name}"
    if _mocks(function, subjects):
        return "mocked-subject", "puts a mock in the place of what it tests"
    derived = _derived_names(function, set(subjects))
    checks = _checks_of(function)
    if not checks:
        return "no-assertion", "has no assertion"
    if all(_is_tautology(check) for check in checks):
        return "tautology", "asserts what is always true"
    if not any(derived & _names_in(check) and not _is_tautology(check) for check in checks):
        return "independent", "no assertion depends on what it tests"
    return None


def _checks_of(function: ast.AST) -> list[ast.AST]:
    """Asserted expressions, calls of unittest's assertions, and the bodies of pytest.raises."""
    checks: list[ast.AST] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            checks.append(node.test)
        elif isinstance(node, ast.With) and any(_is_raises(item.context_expr) for item in node.items):
            checks.append(ast.Module(body=node.body, type_ignores=[]))
        elif isinstance(node, ast.Call) and _is_unittest_check(node):
            checks.append(ast.Tuple(elts=[*node.args], ctx=ast.Load()))
    return checks


def _is_unittest_check(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert") and not _is_raises(node)


def _is_raises(node: ast.AST) -> bool:
    name = dotted_name(node.func) if isinstance(node, ast.Call) else ""
    return name.rpartition(".")[2] in ("raises", "assertRaises", "assertRaisesRegex", "warns")


def _names_in(node: ast.AST) -> set[str]:
    return {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}


def _derived_names(function: ast.AST, names: set[str]) -> set[str]:
    """Names whose values come from the subjects: to a fixed point over the assignments. A call of a method on a derived
    object keeps it derived."""
    derived = set(names)
    while True:
        before = len(derived)
        for node in ast.walk(function):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if node.value is not None and _names_in(node.value) & derived:
                    derived.update(*(_names_in(target) for target in targets))
            elif isinstance(node, (ast.For, ast.comprehension)) and _names_in(node.iter) & derived:
                derived |= _names_in(node.target)
            elif isinstance(node, ast.withitem) and node.optional_vars and _names_in(node.context_expr) & derived:
                derived |= _names_in(node.optional_vars)
            elif isinstance(node, ast.Call) and _names_in(node.func) & derived:
                # What is given to the subject may come back changed.
                derived |= {argument.id for argument in node.args if isinstance(argument, ast.Name)}
        if len(derived) == before:
            return derived


def _is_tautology(check: ast.AST) -> bool:
    if isinstance(check, ast.Constant):
        return bool(check.value)
    if isinstance(check, (ast.Tuple, ast.List)) and len(check.elts) == 2:
        return ast.dump(check.elts[0]) == ast.dump(check.elts[1])
    if isinstance(check, ast.Tuple):
        return all(isinstance(item, ast.Constant) for item in check.elts)
    if isinstance(check, ast.Compare) and len(check.ops) == 1:
        same = ast.dump(check.left) == ast.dump(check.comparators[0])
        return same and isinstance(check.ops[0], (ast.Eq, ast.Is, ast.LtE, ast.GtE))
    if isinstance(check, ast.BoolOp) and isinstance(check.op, ast.Or):
        return any(_is_tautology(value) for value in check.values)
    return False


def _mocks(function: ast.AST, subjects: list[str]) -> bool:
    """`patch("pkg.subject")`, `monkeypatch.setattr(module, "subject", ...)`, `subject = Mock()`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            is_mock = dotted_name(node.value.func).rpartition(".")[2] in ("Mock", "MagicMock", "AsyncMock")
            if is_mock and any(dotted_name(target).partition(".")[0] in subjects for target in node.targets):
                return True
        if isinstance(node, ast.Call):
            called = dotted_name(node.func).rpartition(".")[2]
            texts = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            heads = [dotted_name(item).partition(".")[0] for item in node.args[:1]]
            if called in ("patch", "object", "setattr") and (
                any(text.rpartition(".")[2] in subjects for text in texts) or any(head in subjects for head in heads)
            ):
                return True
    return False
