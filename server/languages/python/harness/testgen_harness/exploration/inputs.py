"""Values to try for a parameter, as source text: from comparisons and literals of the subject, from its annotations and
defaults, and from what its name and its use suggest."""

from __future__ import annotations

import ast
import collections.abc
import enum
import inspect
import re
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from testgen_harness.exploration.literals import Writer
from testgen_harness.exploration.patterns import looks_like_pattern, texts_for
from testgen_harness.exploration.subjects import Parameter, Subject, constructor_parameters

POOLS: dict[str, list[str]] = {
    "str": ["'hello'", "'Hello World'", "''", "'a'", "'foo-bar_baz'", "'café'", "' padded '", "'12'"],
    "int": ["2", "0", "1", "-1", "7", "10", "100"],
    "float": ["2.5", "0.0", "1.0", "-1.5", "100.0"],
    "bool": ["True", "False"],
    "bytes": ["b'abc'", "b''"],
    "list": ["[3, 1, 2]", "[]", "[1]", "[1, 1, 2]"],
    "list[str]": ["['b', 'a']", "[]", "['a']", "['a', 'a', 'b']"],
    "tuple": ["(1, 2)", "()", "(1,)"],
    "set": ["{1, 2}", "set()"],
    "dict": ["{'a': 1}", "{}", "{'a': 1, 'b': 2}"],
    "None": ["None"],
    "callable": ["str", "len"],
    "called": ["lambda *_: 2", "lambda *_: 1e12", "len"],  # with who knows how many arguments
    "slice": ["slice(0, 2)", "slice(1, None)", "slice(None, 1)"],
    "SupportsIndex": ["0", "1", "-1", "2"],
}
TEXTS_MAX = 90  # of those that the subject's own texts and patterns suggest
NUMBERS_MAX = 24  # of those that it mentions
NUMBER_MAX = 10_000  # larger ones may take long
UNTYPED = ["str", "int", "list", "dict", "float", "list[str]", "bool", "bytes", "tuple", "set", "None"]

# Parameter names that say what is meant, where nothing else does.
NAME_HINTS: list[tuple[str, str]] = [
    ("str", "text string name word title line message key label path url s phrase"),
    ("int", "n count index size length limit quantity number num width year age i"),
    ("float", "price amount rate ratio weight total percent temperature x y"),
    ("list", "items values numbers list sequence elements xs data iterable"),
    ("list[str]", "words names lines tokens parts keys args"),
    ("dict", "mapping options config settings dictionary headers"),
    ("bool", "flag enabled verbose strict reverse"),
]


@dataclass
class Boundary:
    """A comparison of a parameter with a constant: `values` stand just below, on and just above it."""

    parameter: str
    text: str  # the comparison as written
    constant: str
    values: list[str]
    is_length: bool


@dataclass
class Inputs:
    """What is known of a subject's parameters."""

    values: dict[str, list[str]] = field(default_factory=dict)  # parameter -> sources, best first
    boundaries: list[Boundary] = field(default_factory=list)
    is_typed: dict[str, bool] = field(default_factory=dict)


def unique(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


# ---- From types ----


def values_of_type(annotation: Any, writer: Writer, build: Callable[[type], list[str]]) -> list[str]:
    """`build` makes expressions for classes of the workspace."""
    if annotation is None or annotation is type(None):
        return POOLS["None"]
    if isinstance(annotation, str) or annotation is Any or annotation is inspect.Parameter.empty:
        return []
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return [repr(item) for item in arguments]
    if origin is Union or origin is getattr(types, "UnionType", None):
        return _interleave([values_of_type(item, writer, build) for item in arguments])
    if origin is getattr(typing, "Annotated", None):
        return values_of_type(arguments[0], writer, build)
    if origin is not None:
        return _values_of_generic(origin, arguments, writer, build)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        written = [writer.write(member) for member in annotation]
        return [literal.text for literal in written if literal is not None]
    if isinstance(annotation, type):
        return POOLS.get(annotation.__name__) or build(annotation)
    return []


def _values_of_generic(origin: Any, arguments: tuple[Any, ...], writer: Writer, build: Any) -> list[str]:
    if origin is collections.abc.Callable:
        return POOLS["callable"]
    inner = [values_of_type(item, writer, build)[:3] for item in arguments if item is not Ellipsis]
    if origin is dict or origin in (collections.abc.Mapping, collections.abc.MutableMapping):
        keys, items = (inner + [[], []])[:2]
        pairs = list(zip(keys, items))
        return [*("{" + f"{key}: {item}" + "}" for key, item in pairs[:1]), "{}", "{" + _pairs(pairs) + "}"]
    if origin is tuple and Ellipsis not in arguments:
        firsts = [values[:1] for values in inner]
        return [f"({', '.join(value[0] for value in firsts)},)"] if firsts and all(firsts) else []
    items = inner[0] if inner else ["1", "2"]
    if not items:
        return []
    if origin in (set, frozenset):
        return ["{" + ", ".join(items) + "}", "set()"]
    return [f"[{', '.join(items)}]", "[]", f"[{items[0]}]", f"[{items[0]}, {items[0]}]"]


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{key}: {item}" for key, item in pairs)


def _interleave(lists: list[list[str]]) -> list[str]:
    longest = max((len(items) for items in lists), default=0)
    return unique([items[index] for index in range(longest) for items in lists if index < len(items)])


# ---- From the source of the subject ----


class _Uses(ast.NodeVisitor):
    """Comparisons of parameters with constants, and what the parameters are used as."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._names = {parameter.name for parameter in subject.parameters}
        self.boundaries: list[Boundary] = []
        self.values: dict[str, list[str]] = {name: [] for name in self._names}
        self.kinds: dict[str, list[str]] = {name: [] for name in self._names}

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators):
            self._compare(left, operator, right, node)
            self._compare(right, operator, left, node)
            left = right
        self.generic_visit(node)

    def _compare(self, side: ast.AST, operator: ast.cmpop, other: ast.AST, node: ast.Compare) -> None:
        name, is_length = self._parameter_of(side)
        if not name:
            return
        found, constant = self._constant_of(other)
        if not found:
            return
        if isinstance(operator, (ast.In, ast.NotIn)):
            if isinstance(constant, (list, tuple, set, frozenset, dict)):
                self.values[name] += [repr(item) for item in _in_order(constant)[:4]]
            return
        if isinstance(constant, (int, float)) and not isinstance(constant, bool):
            self._add_boundary(name, is_length, constant, node)
        elif isinstance(constant, (str, bytes)) or constant is None or isinstance(constant, bool):
            self.values[name].append(repr(constant))

    def _add_boundary(self, name: str, is_length: bool, constant: Any, node: ast.Compare) -> None:
        text = ast.unparse(node)
        steps = [constant - 1, constant, constant + 1]
        if is_length:
            values = [repr("x" * int(step)) for step in steps if 0 <= step <= 40]
            self.kinds[name].append("str")
        else:
            values = [repr(step) for step in steps]
            self.kinds[name].append("float" if isinstance(constant, float) else "int")
        boundary = Boundary(name, text, repr(constant), values, is_length)
        if all((known.parameter, known.values) != (name, values) for known in self.boundaries):
            self.boundaries.append(boundary)

    def _parameter_of(self, node: ast.AST) -> tuple[str, bool]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            name, _ = self._parameter_of(node.args[0])
            return name, True
        if isinstance(node, ast.Name) and node.id in self._names:
            return node.id, False
        return "", False

    def _constant_of(self, node: ast.AST) -> tuple[bool, Any]:
        """Literals, and constants of the module."""
        try:
            return True, ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            pass
        if isinstance(node, ast.Name) and node.id not in self._names:
            value = self._subject.module.__dict__.get(node.id)
            return isinstance(value, (int, float, str, bytes, tuple, list, set, frozenset, dict)), value
        return False, None

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            self._method(node.func.value.id, node.func.attr)
        if isinstance(node.func, ast.Name) and len(node.args) == 2 and node.func.id == "isinstance":
            name, _ = self._parameter_of(node.args[0])
            classes = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
            if name:
                self.kinds[name] += [item.id for item in classes if isinstance(item, ast.Name) and item.id in POOLS]
        if isinstance(node.func, ast.Attribute) and _module_name(node.func.value) == "re":
            for argument in node.args[1:]:
                name, _ = self._parameter_of(argument)
                if name:
                    self.kinds[name].append("str")
        self.generic_visit(node)

    def _method(self, name: str, method: str) -> None:
        if name not in self.kinds:
            return
        for kind in (str, list, dict, set, bytes):
            if hasattr(kind, method):
                self.kinds[name].append(kind.__name__)
                return

    def visit_BinOp(self, node: ast.BinOp) -> None:
        for side in (node.left, node.right):
            if isinstance(side, ast.Name) and side.id in self.kinds and not isinstance(node.op, ast.Add):
                other = node.right if side is node.left else node.left
                is_text = isinstance(other, ast.Constant) and isinstance(other.value, str)
                self.kinds[side.id].append("str" if is_text else "int")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        if isinstance(node.iter, ast.Name) and node.iter.id in self.kinds:
            self.kinds[node.iter.id].append("list")
        self.generic_visit(node)


def _module_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _in_order(constant: Any) -> list[Any]:
    items = list(constant)
    return sorted(items, key=repr) if isinstance(constant, (set, frozenset)) else items


def _hint_of(name: str) -> list[str]:
    lowered = name.lower().strip("_")
    tail = lowered.rpartition("_")[2]
    if lowered.startswith(("is_", "has_", "use_", "allow_")):
        return ["bool"]
    return [kind for kind, names in NAME_HINTS if {lowered, tail} & set(names.split())]


def find_inputs(subject: Subject, writer: Writer, build: Callable[[type], list[str]]) -> Inputs:
    uses = _Uses(subject)
    uses.visit(subject.node)
    inputs = Inputs(boundaries=uses.boundaries)
    texts = [repr(text) for text in _texts_of(subject)]
    numbers = _numbers_of(subject)
    for parameter in subject.parameters:
        values = _values_of(parameter, uses, writer, build)
        takes_text = any(value[:1] in "'\"" for value in values[:3])
        takes_number = any(value.lstrip("-").isdigit() for value in values[:3])
        inputs.values[parameter.name] = unique(
            values + (texts if takes_text else []) + (numbers if takes_number else [])
        )
        inputs.is_typed[parameter.name] = parameter.annotation is not None or bool(uses.kinds[parameter.name])
    return inputs


# ---- Texts that the subject speaks of ----


def _texts_of(subject: Subject) -> list[str]:
    """Its literals, those of the module's constants that it reads, itself or through functions beside it, and what
    their patterns match."""
    found: list[str] = []
    for text in _literals_of(subject):
        found += texts_for(text) if looks_like_pattern(text) else [text]
    return [text for text in dict.fromkeys(found) if text.strip() and len(text) <= 30][:TEXTS_MAX]


def _numbers_of(subject: Subject) -> list[str]:
    """Whole numbers that it mentions, as they are and next to each other."""
    found: list[int] = []
    for node in ast.walk(subject.node):
        if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) <= NUMBER_MAX:
            found += [node.value, node.value + 1]
    return [repr(number) for number in dict.fromkeys(found)][:NUMBERS_MAX]


def _literals_of(subject: Subject) -> list[str]:
    found: list[str] = []
    pending: list[Any] = [inspect.unwrap(subject.function)]
    seen: set[int] = set()
    while pending and len(found) < 4 * TEXTS_MAX:
        thing = pending.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        code = getattr(thing, "__code__", None)
        if code is not None and code.co_filename == getattr(subject.module, "__file__", None):
            own = [item for item in code.co_consts[1:] if item != code.co_consts[0]]
            pending += [*own, *(subject.module.__dict__.get(name) for name in code.co_names)]
        elif isinstance(thing, str):
            found.append(thing)
        elif isinstance(thing, re.Pattern) and isinstance(thing.pattern, str):
            found.append(thing.pattern)
        elif isinstance(thing, (list, tuple, frozenset, set, dict)) and len(thing) <= 200:
            pending += _in_order(thing)
    return found


def _values_of(parameter: Parameter, uses: _Uses, writer: Writer, build: Callable[[type], list[str]]) -> list[str]:
    name = parameter.name
    if parameter.is_called:
        return unique(_default_of(parameter) + POOLS["called"])
    typed = values_of_type(parameter.annotation, writer, build) if parameter.annotation is not None else []
    special = [value for boundary in uses.boundaries if boundary.parameter == name for value in boundary.values]
    if typed:
        return unique(_fitting(special + uses.values[name], parameter.annotation) + _default_of(parameter) + typed)
    kinds = unique(uses.kinds[name] + _hint_of(name) + _kind_of_default(parameter))
    pools = [POOLS[kind] for kind in kinds] or [POOLS[kind][:2] for kind in UNTYPED]
    return unique(special + uses.values[name] + _default_of(parameter) + [value for pool in pools for value in pool])


def _fitting(values: list[str], annotation: Any) -> list[str]:
    """A float parameter compared with 0 is tried with floats."""
    if annotation is not float:
        return values
    return [f"{value}.0" if value.lstrip("-").isdigit() else value for value in values]


def _default_of(parameter: Parameter) -> list[str]:
    if parameter.is_required:
        return []
    plain = parameter.default is None or type(parameter.default) in (bool, int, float, str, bytes, tuple)
    return [repr(parameter.default)] if plain else []


def _kind_of_default(parameter: Parameter) -> list[str]:
    kind = type(parameter.default).__name__
    return [kind] if not parameter.is_required and kind in POOLS else []


# ---- Objects of the workspace's classes ----


class Builder:
    """Expressions that make objects, by constructors whose parameters can be filled."""

    def __init__(self, module: types.ModuleType, writer: Writer) -> None:
        self._module = module
        self._writer = writer
        self._busy: set[type] = set()
        self._names: dict[str, list[str]] = {}

    def expressions(self, owner: type) -> list[str]:
        """Best first; empty when there is no way to make one. Classes that the module does not have are left out."""
        if owner in self._busy or getattr(self._module, owner.__name__, None) is not owner or inspect.isabstract(owner):
            return []
        self._busy.add(owner)
        try:
            return self._calls(owner)
        finally:
            self._busy.discard(owner)

    def _calls(self, owner: type) -> list[str]:
        pools: list[list[str]] = []
        for parameter in constructor_parameters(owner):
            values = self.values(parameter)
            if not values and parameter.is_required:
                return []
            if parameter.is_required:
                prefix = f"{parameter.name}=" if parameter.is_keyword_only else ""
                pools.append([prefix + value for value in values[:3]])
        longest = max((len(pool) for pool in pools), default=1)
        rows = [[pool[min(index, len(pool) - 1)] for pool in pools] for index in range(longest)]
        return unique([f"{owner.__name__}({', '.join(row)})" for row in rows])

    def values(self, parameter: Parameter) -> list[str]:
        if parameter.is_called:
            return POOLS["called"]
        found = values_of_type(parameter.annotation, self._writer, self.expressions) if parameter.annotation else []
        kinds = _hint_of(parameter.name) + _kind_of_default(parameter)
        pools = [POOLS[kind] for kind in kinds] or [POOLS[kind][:1] for kind in UNTYPED[:5]]
        return unique(found or [value for pool in pools for value in pool])
