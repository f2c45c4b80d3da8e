"""Values as keys: two values have the same key when no program that looks at their contents could tell them apart.

Nothing of the workspace runs for it: not its `__eq__`, `__hash__`, `__repr__` or properties.
"""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Iterator
from typing import Any

NODES_MAX = 2_000  # parts of one value
DEPTH_MAX = 8
TEXT_MAX = 200  # characters of a value that is shown

SCALARS = frozenset({type(None), bool, int, str, bytes, type(Ellipsis), type(NotImplemented)})
BY_TEXT = frozenset(
    {
        float,
        complex,
        decimal.Decimal,
        fractions.Fraction,
        datetime.date,
        datetime.timedelta,
        range,
        slice,
        uuid.UUID,
        pathlib.PosixPath,
        pathlib.PurePosixPath,
    }
)
SEQUENCES = (list, tuple, collections.deque)
LITERALS = frozenset({type(None), bool, int, float, str, bytes})
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)

DESCRIPTORS = (types.WrapperDescriptorType, types.MethodDescriptorType, types.GetSetDescriptorType)


class Unfrozen(Exception):
    """The value cannot be a key; the message names its type."""


class _Budget:
    def __init__(self) -> None:
        self.nodes = NODES_MAX

    def take(self) -> None:
        self.nodes -= 1
        if self.nodes < 0:
            raise Unfrozen("something very large")


def freeze(value: Any) -> Any:
    """A hashable key made of tuples, frozen sets and scalars; Unfrozen where there is none."""
    return _freeze(value, _Budget(), 0)


def _freeze(value: Any, budget: _Budget, depth: int) -> Any:
    budget.take()
    if depth > DEPTH_MAX:
        raise Unfrozen("something deeply nested")
    kind = type(value)
    if kind in SCALARS:
        return (kind.__name__, value)
    if kind in BY_TEXT:
        return (kind.__name__, repr(value))
    if kind is datetime.datetime or kind is datetime.time:
        if value.tzinfo is None or type(value.tzinfo) is datetime.timezone:
            return (kind.__name__, repr(value))
        raise Unfrozen("a time with a time zone of its own")
    if kind is re.Pattern:
        return ("Pattern", repr(value.pattern), value.flags)
    if isinstance(value, NAMED):
        return _by_name(value)
    if isinstance(value, DESCRIPTORS):
        return ("descriptor", _by_name(value.__objclass__), value.__name__)
    if kind is types.MethodType:
        return ("method", _freeze(value.__self__, budget, depth + 1), _by_name(value.__func__))
    if isinstance(value, enum.Enum):
        return ("enum", _type_name(kind), object.__getattribute__(value, "_name_"))
    return (_type_name(kind), *_parts(value, kind, budget, depth + 1))


def _by_name(value: Any) -> Any:
    if isinstance(value, types.ModuleType):
        return ("module", value.__name__)
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None) if found is not None else None
    if found is not value:
        raise Unfrozen("a function or class without a name of its own")
    return ("named", module, name)


def _parts(value: Any, kind: type, budget: _Budget, depth: int) -> Iterator[Any]:
    """What a container or an object is made of. Of subclasses both: contents and attributes."""
    is_known = False
    for base in SEQUENCES:
        if issubclass(kind, base):
            is_known = True
            yield tuple(_freeze(item, budget, depth) for item in base.__iter__(value))
    if issubclass(kind, (set, frozenset)):
        is_known = True
        yield frozenset(_freeze(item, budget, depth) for item in set(value))
    if issubclass(kind, dict):
        is_known = True
        yield tuple(
            (_freeze(key, budget, depth), _freeze(item, budget, depth)) for key, item in list(dict.items(value))
        )
    for base in (int, float, str, bytes):
        if issubclass(kind, base):
            is_known = True
            yield (base.__name__, base.__repr__(value))
    attributes = _attributes(value, kind)
    if attributes is None:
        if is_known:
            return
        raise Unfrozen(f"an object of the type {kind.__name__}")
    if issubclass(kind, BaseException):
        yield _freeze(BaseException.args.__get__(value), budget, depth)  # type: ignore[attr-defined]
    yield tuple((name, _freeze(item, budget, depth)) for name, item in attributes)


def _attributes(value: Any, kind: type) -> Any:
    """Those of an object made by a Python class; None for what only C code can look into."""
    is_plain = kind.__flags__ & _HEAP_TYPE or _is_plain_error(kind)
    if not is_plain or _is_made_in_c(kind):
        return None
    found = []
    with contextlib.suppress(AttributeError):  # a class that has slots only
        found += object.__getattribute__(value, "__dict__").items()
    for name in (name for base in kind.__mro__ for name in _slots(base)):
        with contextlib.suppress(AttributeError):  # a slot that was not given anything
            found.append((name, object.__getattribute__(value, name)))
    return found


_HEAP_TYPE = 1 << 9  # of types that are not compiled into the interpreter
_POINTER = 8  # bytes
_PLAIN_BASES = frozenset(
    {object, Exception, BaseException, dict, list, tuple, set, frozenset, int, float, str, bytes, collections.deque}
)


def _is_made_in_c(kind: type) -> bool:
    """An object some of whose state lies behind a C type that is not known here: then it is larger than its parts."""
    known = [base for base in kind.__mro__ if base in _PLAIN_BASES or _is_plain_error(base)]
    if any(base.__flags__ & _HEAP_TYPE == 0 and base not in known for base in kind.__mro__):
        return True
    slots = sum(len(_slots(base)) for base in kind.__mro__)
    most = max(base.__basicsize__ for base in known) + _POINTER * (slots + 2)  # and attributes, and weak references
    return kind.__basicsize__ > most


def _is_plain_error(kind: type) -> bool:
    return issubclass(kind, BaseException) and kind.__flags__ & _HEAP_TYPE == 0


def _slots(kind: type) -> list[str]:
    slots = kind.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    prefix = f"_{kind.__name__.lstrip('_')}"
    return [
        f"{prefix}{name}" if name.startswith("__") and not name.endswith("__") else name
        for name in names
        if name not in ("__dict__", "__weakref__")
    ]


def _type_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def is_literal(value: Any, depth: int = 0) -> bool:
    """What can be written down in a program, and read back."""
    kind = type(value)
    if kind in LITERALS:
        return kind is not float or value - value == 0  # neither infinite nor no number
    if depth > DEPTH_MAX:
        return False
    if kind is dict:
        return all(is_literal(key, depth + 1) and is_literal(item, depth + 1) for key, item in value.items())
    if kind is set:
        return bool(value) and all(is_literal(item, depth + 1) for item in value)
    return kind in (list, tuple) and all(is_literal(item, depth + 1) for item in value)


def literal_text(value: Any) -> str:
    """As a program would write it; empty for what is no literal or too long."""
    try:
        text = repr(value) if is_literal(value) else ""
    except ValueError:  # an integer of more digits than Python prints
        return ""
    return text if len(text) <= TEXT_MAX else ""


def shown(value: Any) -> str:
    """For people: the literal, or the name of the type."""
    return literal_text(value) or f"<{type(value).__name__}>"
