"""Values as source text: only what reads back as an equal value of the same type."""

from __future__ import annotations

import ast
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import math
import pathlib
import sys
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Optional

DEPTH_MAX = 5
ITEMS_MAX = 20
TEXT_MAX = 160  # characters: more is nothing that a person compares


@dataclass
class Literal:
    text: str
    comparison: str = "equal"
    imports: list[list[str]] = field(default_factory=list)


class Unwritable(Exception):
    """There is no source text for a value."""


# Values whose type is known to everybody: how they are written, and what has to be imported for it.
_STANDARD: dict[type, tuple[str, str]] = {
    decimal.Decimal: ("decimal", "Decimal"),
    fractions.Fraction: ("fractions", "Fraction"),
    pathlib.PosixPath: ("pathlib", "Path"),
    pathlib.PurePosixPath: ("pathlib", "PurePosixPath"),
}
_PLAIN = (type(None), bool, int, float, str)
_DATETIME = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)


class Writer:
    """Writes values for tests that import from one of `modules` (dotted, best first) whatever classes they need."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules

    def write(self, value: Any) -> Optional[Literal]:
        imports: list[list[str]] = []
        try:
            text = self._text(value, imports, 0)
        except (Unwritable, RecursionError):
            return None
        if len(text) > TEXT_MAX or "\n" in text or not self._reads_back(text, value, imports):
            return None
        return Literal(text, _comparison(value), imports)

    def _text(self, value: Any, imports: list[list[str]], depth: int) -> str:
        kind = type(value)
        if depth > DEPTH_MAX:
            raise Unwritable
        if value is None or kind in (bool, int, bytes):
            return repr(value)
        if kind is str:
            if not value.isprintable() and not all(char.isprintable() or char in "\n\t\r" for char in value):
                return ascii(value)
            return repr(value)
        if kind is float:
            if not math.isfinite(value):
                return f'float("{value}")' if not math.isnan(value) else _refuse()
            return repr(value)
        if kind in (list, tuple, set, frozenset, dict):
            return self._container(value, imports, depth)
        return self._object(value, imports, depth)

    def _container(self, value: Any, imports: list[list[str]], depth: int) -> str:
        if len(value) > ITEMS_MAX:
            raise Unwritable
        kind = type(value)
        if kind is dict:
            pairs = [
                f"{self._text(key, imports, depth + 1)}: {self._text(item, imports, depth + 1)}"
                for key, item in value.items()
            ]
            return "{" + ", ".join(pairs) + "}"
        items = [self._text(item, imports, depth + 1) for item in value]
        if kind is list:
            return f"[{', '.join(items)}]"
        if kind is tuple:
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        text = "{" + ", ".join(sorted(items)) + "}" if items else "set()"
        return text if kind is set else f"frozenset({text if items else ''})"

    def _object(self, value: Any, imports: list[list[str]], depth: int) -> str:
        kind = type(value)
        if kind in _STANDARD:
            module, name = _STANDARD[kind]
            imports.append([module, name])
            argument = f"{value.numerator}, {value.denominator}" if kind is fractions.Fraction else repr(str(value))
            return f"{name}({argument})"
        if kind in _DATETIME:
            imports.append(["datetime", ""])
            return repr(value)
        if isinstance(value, type) or kind.__qualname__ != kind.__name__:
            raise Unwritable
        module = self._home_of(kind)
        imports.append([module, kind.__name__])
        if isinstance(value, enum.Enum):
            return f"{kind.__name__}.{value.name}"
        text = repr(value)
        if not text.startswith(f"{kind.__name__}("):
            raise Unwritable
        return _without_defaults(text, kind)

    def _home_of(self, kind: type) -> str:
        """The module to import a class from: the subject's own, as far as it has it."""
        for module in (*self._modules, kind.__module__):
            if getattr(sys.modules.get(module), kind.__name__, None) is kind and not kind.__name__.startswith("_"):
                return module
        raise Unwritable

    def _reads_back(self, text: str, value: Any, imports: list[list[str]]) -> bool:
        names: dict[str, Any] = {}
        for module, name in imports:
            names[name or module] = getattr(sys.modules[module], name) if name else sys.modules[module]
        try:
            again = eval(_compiled(text), names)
            # Compared in the order in which a test does it. An object equal to everything is no evidence.
            return type(again) is type(value) and bool(value == again) and not bool(value == object())
        except Exception:  # whatever the workspace's __eq__ or constructor does
            return False


def _without_defaults(text: str, kind: type) -> str:
    """`Point(x=1, y=0)` as `Point(x=1)` where that is what `y` is anyway."""
    try:
        node = ast.parse(text, mode="eval").body
        defaults = _defaults_of(kind)
    except SyntaxError:
        return text
    if not isinstance(node, ast.Call) or not any(keyword.arg in defaults for keyword in node.keywords):
        return text
    node.keywords = [item for item in node.keywords if defaults.get(str(item.arg)) != ast.unparse(item.value)]
    return ast.unparse(node)


@functools.lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<literal>", "eval")


@functools.cache
def _defaults_of(kind: type) -> dict[str, str]:
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {item.name: repr(item.default) for item in parameters if type(item.default) in _PLAIN}


def _refuse() -> str:
    raise Unwritable


def _comparison(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "is"
    if type(value) is float and math.isfinite(value):
        return "approx"
    if type(value) in (list, tuple) and value and all(type(item) in (int, float) for item in value):
        return "approx" if any(type(item) is float for item in value) else "equal"
    return "equal"
