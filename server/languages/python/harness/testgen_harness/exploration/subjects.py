"""What is explored: a function, or a method with the class around it, as the source and as the imported object."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import re
import sys
import textwrap
import types
import typing
from dataclasses import dataclass, field, replace
from typing import Any, Optional, Union

from testgen_harness.errors import HarnessError
from testgen_harness.text import one_line

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]

# Names whose presence in a function makes its result depend on when and where it runs.
UNSTABLE_NAMES = {
    "random": "depends on chance (random)",
    "secrets": "depends on chance (secrets)",
    "uuid4": "depends on chance (uuid4)",
    "uuid1": "depends on chance (uuid1)",
    "urandom": "depends on chance (urandom)",
    "now": "depends on the clock (now)",
    "utcnow": "depends on the clock (utcnow)",
    "today": "depends on the clock (today)",
    "time.time": "depends on the clock (time.time)",
    "time.localtime": "depends on the clock (time.localtime)",
    "time.monotonic": "depends on the clock (time.monotonic)",
    "perf_counter": "depends on the clock (perf_counter)",
    "environ": "depends on the environment (os.environ)",
    "getenv": "depends on the environment (os.getenv)",
    "getcwd": "depends on the working directory",
    "getpid": "depends on the process",
    "gethostname": "depends on the machine",
    "id": "depends on addresses in memory (id)",
}


@dataclass
class Parameter:
    name: str
    annotation: Any  # the object, or a string that could not be resolved; None without one
    default: Any  # inspect.Parameter.empty without one
    is_keyword_only: bool
    is_called: bool = False  # of a constructor: what is given is called by the class

    @property
    def is_required(self) -> bool:
        return self.default is inspect.Parameter.empty


@dataclass
class Subject:
    module: types.ModuleType
    public: types.ModuleType  # that tests import its names from
    path: str
    qualified_name: str  # Stack.push
    node: FunctionNode
    function: Any
    parameters: list[Parameter]
    owner: Optional[type] = None  # the class of a method
    owner_name: str = ""
    kind: str = "function"  # function, method, static, class_method, property, constructor
    is_async: bool = False
    is_generator: bool = False
    doc: str = ""
    instability: str = ""  # why its results cannot be relied on

    @property
    def name(self) -> str:
        return self.qualified_name.rpartition(".")[2]

    @property
    def called_name(self) -> str:
        return self.owner_name.rpartition(".")[2] if self.kind == "constructor" else self.name

    @property
    def root_name(self) -> str:
        """What tests import."""
        return self.qualified_name.partition(".")[0]


@dataclass
class Source:
    """A parsed file with its imported module, and the module that tests import its names from."""

    path: str
    tree: ast.Module
    module: types.ModuleType
    public: types.ModuleType
    functions: dict[str, FunctionNode] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)


def prepare_path(root: str, original_root: str, folders: list[str]) -> None:
    """Makes imports find the copy of the workspace, not the workspace: also where it is installed in editable mode."""

    def moved(path: str) -> str:
        inside = path == original_root or path.startswith(original_root + os.sep)
        return root + path[len(original_root) :] if original_root and inside else path

    sys.path[:] = [moved(entry) for entry in sys.path]
    for finder in sys.meta_path:
        mapping = getattr(sys.modules.get(getattr(finder, "__module__", "")), "MAPPING", None)
        if isinstance(mapping, dict):  # setuptools' editable installs
            for name, path in mapping.items():
                mapping[name] = moved(path)
    for folder in reversed(folders):
        path = os.path.normpath(os.path.join(root, folder))
        if path not in sys.path:
            sys.path.insert(0, path)


def home_of(name: str, module: types.ModuleType, public: types.ModuleType) -> str:
    """Where tests import a name from."""
    own = getattr(module, name, None)
    return public.__name__ if own is not None and getattr(public, name, None) is own else module.__name__


def load_source(path: str, module_name: str) -> Source:
    try:
        with open(path, encoding="utf-8-sig") as file:
            tree = ast.parse(file.read(), path)
    except (OSError, SyntaxError, ValueError) as error:
        # The path is that of a scratch copy, of which only the part below the workspace says something to the user.
        shown = os.path.relpath(path)
        shown = os.path.basename(path) if shown.split(os.sep)[0] == os.pardir else shown
        is_syntax = isinstance(error, SyntaxError)
        reason = f"line {error.lineno}: {error.msg}" if is_syntax else error.__class__.__name__
        raise HarnessError("PARSE", f"{shown} cannot be parsed: {one_line(reason)}") from error
    public = import_subject(module_name)
    source = Source(path, tree, _module_of(path, public), public)
    _collect(tree, "", source)
    return source


def _module_of(path: str, public: types.ModuleType) -> types.ModuleType:
    """The module that the file is: often the one that tests import, or one whose names that one has as well."""
    wanted = os.path.realpath(path)
    candidates = [
        public,
        *(module for _, module in sorted(sys.modules.items()) if isinstance(module, types.ModuleType)),
    ]
    for module in candidates:
        if os.path.realpath(getattr(module, "__file__", None) or "") == wanted:
            return module
    origin = getattr(public, "__file__", None) or "a module without a file"
    raise HarnessError("NOT_FOUND", f"`import {public.__name__}` gives {origin}, which does not load {path}")


def import_subject(module_name: str) -> types.ModuleType:
    """Imports run in the sandbox, but still may raise or exit."""
    try:
        return importlib.import_module(module_name)
    except Exception as error:
        message = one_line(f"{type(error).__name__}: {error}")
        raise HarnessError("NOT_FOUND", f"`import {module_name}` fails with {message}") from error
    except SystemExit as error:
        raise HarnessError("NOT_FOUND", f"`import {module_name}` ends the process (SystemExit)") from error


def _collect(tree: Union[ast.Module, ast.ClassDef], prefix: str, source: Source) -> None:
    for node in _statements(tree.body):
        if isinstance(node, ast.ClassDef):
            source.classes[prefix + node.name] = node
            _collect(node, f"{prefix}{node.name}.", source)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            source.functions[prefix + node.name] = node


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Also what stands below `if` and `try` at the same level."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If):
            found += _statements(node.body) + _statements(node.orelse)
        elif isinstance(node, ast.Try):
            found += _statements(node.body)
        else:
            found.append(node)
    return found


def promise_of(source: Source, name: str) -> tuple[int, int]:
    """How soon a function is likely to give a test that says something: least is best. A call that needs no object, in
    few lines, comes first; one that needs an object which needs arguments comes late."""
    node = source.functions.get(name)
    if node is None:
        return 3, 0  # a class: what a new object shows says little
    owner = name.rpartition(".")[0]
    decorators = {_dotted(decorator) for decorator in node.decorator_list}
    if not owner or decorators & {"staticmethod", "classmethod"}:
        return 0, len(node.body)
    constructor = source.functions.get(f"{owner}.__init__")
    takes_nothing = constructor is None or len(constructor.args.args) - len(constructor.args.defaults) <= 1
    return (1 if takes_nothing else 2), len(node.body)


def find_subject(source: Source, qualified_name: str) -> Subject:
    node = source.functions.get(qualified_name)
    if node is None:
        raise HarnessError("NOT_FOUND", f"{source.module.__name__} has no function {qualified_name}")
    owner: Optional[type] = None
    holder: Any = source.module
    *owners, name = qualified_name.split(".")
    for part in owners:
        holder = getattr(holder, part, None)
    if owners:
        owner = holder if isinstance(holder, type) else None
        raw = inspect.getattr_static(holder, name, None) if owner else None
    else:
        raw = getattr(holder, name, None)
    if raw is None or (owners and owner is None):
        raise HarnessError("NOT_FOUND", f"{qualified_name} does not exist once {source.module.__name__} is imported")
    kind, function = _unwrap(raw, owner is not None)
    kind = "constructor" if owner is not None and name == "__init__" else kind
    if not callable(function):
        raise HarnessError("NOT_FOUND", f"{qualified_name} is not a function once {source.module.__name__} is imported")
    return Subject(
        module=source.module,
        public=source.public,
        path=source.path,
        qualified_name=qualified_name,
        node=node,
        function=function,
        parameters=_parameters_of(owner, kind, function),
        owner=owner,
        owner_name=".".join(owners),
        kind=kind,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=inspect.isgeneratorfunction(inspect.unwrap(function)),
        doc=inspect.getdoc(function) or "",
        instability=_instability(source, node),
    )


def _unwrap(raw: Any, is_member: bool) -> tuple[str, Any]:
    if isinstance(raw, staticmethod):
        return "static", raw.__func__
    if isinstance(raw, classmethod):
        return "class_method", raw.__func__
    if isinstance(raw, property):
        return "property", raw.fget
    if type(raw).__name__ == "cached_property":
        return "property", raw.func
    return ("method" if is_member else "function"), raw


def _parameters_of(owner: Optional[type], kind: str, function: Any) -> list[Parameter]:
    found = _parameters(function, kind in ("method", "class_method", "property", "constructor"))
    called = _called_in(owner) if owner is not None and kind == "constructor" else set()
    return [replace(item, is_called=item.name in called) for item in found]


def _parameters(function: Any, drops_first: bool) -> list[Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise HarnessError("INVALID_ARGUMENT", f"its signature is not known: {one_line(str(error))}") from error
    found = _described(signature, type_hints(function))
    return found[1:] if drops_first else found


def type_hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(function))
    except Exception:  # annotations that cannot be evaluated are no annotations
        return {}


def constructor_parameters(owner: type) -> list[Parameter]:
    try:
        signature = inspect.signature(owner)
    except (TypeError, ValueError):
        return []
    called = _called_in(owner)
    found = _described(signature, {**type_hints(owner), **type_hints(owner.__init__)})
    return [replace(item, is_called=item.name in called) for item in found]


@functools.cache
def _called_in(owner: type) -> set[str]:
    """The names that a class calls: `timer` of `self.__timer()`, and of `timer()`. What is a method is not given."""
    names = set()
    for kind in owner.__mro__:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
        except (OSError, TypeError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                names.add(_dotted(node.func).rpartition(".")[2].strip("_"))
    return names


def method_parameters(member: Any) -> list[Parameter]:
    """Those of a method without the object itself."""
    try:
        signature = inspect.signature(member)
    except (TypeError, ValueError):
        return []
    return _described(signature, type_hints(member))[1:]


def _described(signature: inspect.Signature, hints: dict[str, Any]) -> list[Parameter]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        Parameter(
            item.name,
            hints.get(item.name, None if item.annotation is item.empty else item.annotation),
            item.default,
            item.kind is item.KEYWORD_ONLY,
        )
        for item in signature.parameters.values()
        if item.kind not in kinds
    ]


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _instability(source: Source, node: FunctionNode) -> str:
    """Looks into the function and the functions of the same module that it calls."""
    seen: set[str] = set()
    pending: list[ast.AST] = [node]
    while pending:
        current = pending.pop()
        for inner in ast.walk(current):
            reason = _reason_of_name(inner, source)
            if reason:
                return reason
            called = _dotted(inner).rpartition(".")[2]
            for qualified, function in source.functions.items():
                if called and qualified.rpartition(".")[2] == called and qualified not in seen:
                    seen.add(qualified)
                    pending.append(function)
    return ""


def _reason_of_name(node: ast.AST, source: Source) -> str:
    """An attribute counts by its own name (`datetime.now`), a plain name only as a module or an imported function:
    `now` as a parameter is the cure, not the illness."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id":
        return UNSTABLE_NAMES["id"]
    if isinstance(node, ast.Attribute):
        dotted = _dotted(node)
        return UNSTABLE_NAMES.get(dotted) or (UNSTABLE_NAMES.get(node.attr, "") if node.attr != "id" else "")
    if not isinstance(node, ast.Name) or node.id == "id" or node.id not in UNSTABLE_NAMES:
        return ""
    value = source.module.__dict__.get(node.id)
    home = getattr(value, "__module__", None)
    is_foreign = isinstance(value, types.ModuleType) or home not in (source.module.__name__, None)
    return UNSTABLE_NAMES[node.id] if value is not None and is_foreign else ""


def snake_case(name: str) -> str:
    text = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower()
