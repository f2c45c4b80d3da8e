"""What a generated test may not do, by its syntax tree alone: nothing here runs or imports anything.

This keeps tests out of a project that nobody wants there. What keeps the machine safe is the sandbox.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Callable, Optional

from testgen_harness.local_names import FUNCTIONS, LocalNames, root_name
from testgen_harness.written_paths import WrittenPaths

Finding = Optional[tuple[str, str]]  # reason code, and what it is


def _rows(code: str, names: str, prefix: str = "") -> dict[str, str]:
    return {prefix + name: code for name in names.split()}


# Modules that have no business in a generated test, with the reason code.
MODULES = {
    **_rows(
        "network", "aiohttp ftplib http httpx imaplib nntplib paramiko poplib requests smtplib socket socketserver"
    ),
    **_rows("network", "_socket ssl telnetlib urllib.request urllib3 websockets xmlrpc"),
    **_rows("process", "_posixsubprocess atexit ctypes ensurepip faulthandler multiprocessing pip posix pty resource"),
    **_rows("process", "signal subprocess venv webbrowser"),
    **_rows("hidden", "code marshal runpy"),
    **_rows("sleeping", "bdb pdb"),
    **_rows("pytest", "_pytest"),
}

# What may not even be mentioned: it can be called by another name.
NAMES = {
    **_rows("process", "_exit abort fork forkpty kill killpg popen posix_spawn posix_spawnp startfile system", "os."),
    **_rows("process", "execl execle execlp execlpe execv execve execvp execvpe", "os."),
    **_rows("process", "spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe", "os."),
    **_rows("process", "close closerange dup2 nice setpgid setsid", "os."),
    **_rows("process", "sys.exit pytest.main concurrent.futures.ProcessPoolExecutor"),
    **_rows("process", "create_subprocess_exec create_subprocess_shell", "asyncio."),
    **_rows("network", "open_connection open_unix_connection start_server start_unix_server", "asyncio."),
    **_rows("environment", "chdir chroot fchdir putenv setegid seteuid setgid setuid umask unsetenv", "os."),
    **_rows("environment", "clear pop popitem setdefault update __setitem__ __delitem__", "os.environ."),
    **_rows("environment", "clear pop popitem setdefault update __setitem__ __delitem__", "os.environb."),
    **_rows("environment", "append clear extend insert pop remove", "sys.path."),
    **_rows("environment", "locale.setlocale time.tzset"),
    **_rows("sleeping", "anyio.sleep asyncio.sleep gevent.sleep time.sleep trio.sleep"),
    **_rows("sleeping", "select.select select.poll select.epoll breakpoint pytest.set_trace sys.breakpointhook"),
    **_rows("skipping", "exit importorskip skip xfail", "pytest."),
    **_rows("skipping", "unittest.SkipTest"),
    **_rows("hidden", "eval exec globals __import__ __builtins__ sys.modules sys._getframe"),
    **_rows("hidden", "importlib.import_module importlib.reload types.FunctionType types.CodeType"),
    **_rows("pytest", "addaudithook setprofile setrecursionlimit setswitchinterval settrace", "sys."),
    **_rows("pytest", "threading.setprofile threading.settrace"),
}

# What may not be called: variables have such names, too.
CALLS = {
    **_rows("process", "exit quit"),
    **_rows("sleeping", "input"),
    **_rows("hidden", "compile"),
}

# Methods, whatever they are called on.
METHODS = {
    **_rows("skipping", "add_marker skipTest"),
    **_rows("pytest", "pluginmanager"),
    **_rows("hidden", "__builtins__ __closure__ __code__ __globals__ __subclasses__"),
}

# Methods of what a module made.
METHODS_OF = {
    "asyncio.": {
        **_rows("network", "create_connection create_datagram_endpoint create_server create_unix_connection"),
        **_rows("network", "create_unix_server sock_connect"),
        **_rows("process", "subprocess_exec subprocess_shell"),
    },
    "threading.": _rows("sleeping", "wait"),
}

MARKS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"}
OWNERS_NOT_TO_CHANGE = {"pytest", "_pytest", "builtins", "unittest", "sys"}
# What tests put something else in the place of, for as long as they run.
PATCHED_FOR_A_WHILE = {
    *(f"builtins.{name}" for name in ("input", "open", "print")),
    *(f"sys.{name}" for name in ("argv", "stderr", "stdin", "stdout")),
}
MODULES_TO_LOOK_INTO = {"builtins", "importlib", "io", "os", "posix", "pytest", "shutil", "sys"}

MESSAGES = {
    "network": "uses the network ({0})",
    "process": "starts, signals or ends processes ({0})",
    "deletion": "deletes or overwrites files ({0})",
    "environment": "changes the process's environment ({0})",
    "sleeping": "waits ({0})",
    "skipping": "skips itself or expects to fail ({0})",
    "hidden": "hides what it runs ({0})",
    "pytest": "tampers with pytest or the interpreter ({0})",
    "state": "changes what other tests use, and does not put it back ({0})",
}


def find_violation(tree: ast.Module) -> Finding:
    """The first thing that the policy forbids: its reason code and a message."""
    names = LocalNames(tree)
    paths = WrittenPaths(tree, names)
    harmless = {id(node.func) for node in ast.walk(tree) if _gives_way(node, names)}
    rules: list[Callable[[ast.AST], Finding]] = [
        _in_import,
        lambda node: _in_name(node, names) if id(node) not in harmless else None,
        lambda node: _in_mark(node, names),
        lambda node: _in_call(node, names),
        lambda node: _in_target(node, names),
        lambda node: ("deletion", what) if (what := paths.find(node)) else None,
    ]
    for rule in rules:
        for node in ast.walk(tree):
            found = rule(node)
            if found:
                return found[0], MESSAGES[found[0]].format(found[1])
    ending = next(_raised_ends(tree, names), None)
    return ("process", MESSAGES["process"].format(f"raise {ending}")) if ending else None


def _in_import(node: ast.AST) -> Finding:
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


def _gives_way(node: ast.AST, names: LocalNames) -> bool:
    """`asyncio.sleep(0)` waits for nothing but the other tasks."""
    return (
        isinstance(node, ast.Call)
        and names.full(node.func) == "asyncio.sleep"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == 0
    )


def _in_name(node: ast.AST, names: LocalNames) -> Finding:
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    name = names.full(node)
    if name in NAMES:
        return NAMES[name], name
    if not isinstance(node, ast.Attribute):
        return None
    if node.attr in METHODS:
        return METHODS[node.attr], node.attr
    if node.attr == "__dict__" and names.full(node.value) in MODULES_TO_LOOK_INTO:
        return "hidden", name
    for prefix, methods in METHODS_OF.items():
        if name.startswith(prefix) and node.attr in methods:
            return methods[node.attr], name
    return None


def _in_mark(node: ast.AST, names: LocalNames) -> Finding:
    name = names.full(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
    owner, _, mark = name.rpartition(".")
    return ("skipping", name) if owner in ("pytest.mark", "unittest") and mark in MARKS else None


def _in_call(node: ast.AST, names: LocalNames) -> Finding:
    if not isinstance(node, ast.Call):
        return None
    name = names.full(node.func)
    if name in CALLS:
        return CALLS[name], name
    if name in ("getattr", "vars") and node.args and names.full(node.args[0]) in MODULES_TO_LOOK_INTO:
        return "hidden", f"{name}({names.full(node.args[0])})"
    return _in_change(node, name, names) if node.args else None


def _in_change(node: ast.Call, name: str, names: LocalNames) -> Finding:
    """setattr and delattr, of Python, of monkeypatch and of mock."""
    last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    is_for_good = name in ("setattr", "delattr") or last in ("__setattr__", "__delattr__")
    is_patch = last in ("setattr", "delattr") or ".patch" in name
    if not is_for_good and not is_patch:
        return None
    target = node.args[0]
    text = str(target.value) if isinstance(target, ast.Constant) else names.full(target)
    attribute = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else ""
    whole = text if isinstance(target, ast.Constant) else f"{text}.{attribute}"
    if text.partition(".")[0] in OWNERS_NOT_TO_CHANGE:
        is_usual = is_patch and not is_for_good and whole in PATCHED_FOR_A_WHILE
        return None if is_usual else ("pytest", f"{name}({whole})")
    return ("state", f"{name}({whole})") if is_for_good and root_name(target) in names.imported else None


def _in_target(node: ast.AST, names: LocalNames) -> Finding:
    for target in _targets(node):
        if not isinstance(target, (ast.Attribute, ast.Subscript)):
            continue
        name = names.full(target) if isinstance(target, ast.Attribute) else names.full(target.value)
        if name.startswith("os.environ"):
            return "environment", "os.environ"
        if names.full(target.value).partition(".")[0] in OWNERS_NOT_TO_CHANGE and "()" not in name:
            return "pytest", name
        if root_name(target) in names.imported:
            return "state", name
    return None


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, (ast.Assign, ast.Delete)):
        return node.targets
    return [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else []


def _raised_ends(tree: ast.Module, names: LocalNames) -> Iterator[str]:
    """Of the tests themselves: what stands in a function inside is there for the subject to call."""
    inner = {
        id(item)
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
        for child in ast.walk(node)
        if isinstance(child, FUNCTIONS) and child is not node
        for item in ast.walk(child)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None and id(node) not in inner:
            raised = names.full(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
            if raised in ("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
                yield raised
