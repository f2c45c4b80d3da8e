"""Makes what a change at import time leaves behind without importing anything again: data.

The statements of the module run in a namespace of their own, once as they are and once with the change. Where the two
differ in plain data only (constants, tables, defaults of parameters, attributes of classes), the module that the tests
have imported gets the same differences. Anything else (other classes, other decorators, objects that cannot be
compared) is not grafted, nor is what someone read while modules were imported. And only a kill is believed: what
survives is judged again in a process that imports the module with the change.
"""

from __future__ import annotations

import functools
import re
import sys
import threading
import types
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, Callable, Optional

from testgen_harness.mutation.reached import Lines, Started
from testgen_harness.mutation.variants import SourceFile, fingerprint
from testgen_harness.text import one_line

SCALARS = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis))
CONTAINERS = (list, tuple, dict, set, frozenset)
# What they hold is not looked at when the program runs, or cannot be told apart.
STATELESS = (
    object,
    type(threading.Lock()),
    type(threading.RLock()),
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.GenericAlias,
)
MODULE_NAMES = frozenset(
    {
        *("__builtins__", "__cached__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"),
        *("__annotations__", "__annotate__", "__conditional_annotations__"),
    }
)
CLASS_NAMES = frozenset(
    {
        *("__dict__", "__weakref__", "__annotations__", "__annotate__", "__annotate_func__", "__firstlineno__"),
        *("__static_attributes__", "__orig_bases__", "__parameters__", "_abc_impl"),
    }
)
WRAPPERS: dict[type, tuple[str, ...]] = {
    property: ("fget", "fset", "fdel"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    functools.partial: ("func", "args", "keywords"),
}
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class made by a program
MOST_CHANGES = 64

Setter = Callable[[Any], None]


class NotGraftable(Exception):
    pass


class BrokenImport(Exception):
    """The changed statements end with an error: no module comes of them."""


class DataChange:
    def __init__(self, changes: list[tuple[Setter, Any, Any]], lines: Lines) -> None:
        self._changes = changes  # how to set it, what is there, what is to be there
        self.lines = lines  # of the functions that read it

    def apply(self) -> None:
        """NotGraftable, and nothing is changed, when something does not let itself be set."""
        done = []
        try:
            for put, old, new in self._changes:
                put(new)
                done.append((put, old))
        except Exception as error:
            for put, old in reversed(done):
                put(old)
            raise NotGraftable from error

    def undo(self) -> None:
        for put, old, _ in reversed(self._changes):
            put(old)


class Grafter:
    def __init__(self, files: dict[str, SourceFile], started: Started) -> None:
        self._files, self._started = files, started
        self._modules = {module.__file__: module for module in _modules()}
        self._originals: dict[str, dict[str, Any]] = {}

    def change(self, path: str, start: int, end: int, replacement: str) -> Optional[DataChange]:
        """None: it has to be imported. BrokenImport: it cannot be."""
        module = self._modules.get(path)
        if module is None:
            return None
        file = self._files[path]
        try:
            if path not in self._originals:
                self._originals[path] = self._run(module, file.original_statements())
        except (Exception, SystemExit):  # the module can be imported once only
            return None
        try:
            mutated = self._run(module, file.changed_statements(start, end, replacement))
        except (Exception, SystemExit) as error:
            raise BrokenImport(one_line(f"{type(error).__name__}: {error}")) from error
        try:
            comparison = _Comparison(self._started.names_read(path))
            comparison.compare_names(module.__dict__, self._originals[path], mutated)
            self._check_copies(module, comparison.names)
        except Exception:  # NotGraftable, and what objects of the workspace raise that are compared
            return None
        files = self._files.items()
        lines = {(path, line) for path, file in files for line in file.lines_reading(comparison.names)}
        return DataChange(comparison.changes, lines) if comparison.changes else None

    def _run(self, module: ModuleType, codes: list[CodeType]) -> dict[str, Any]:
        names = {name: value for name, value in vars(module).items() if name in MODULE_NAMES}
        for code in codes:
            exec(code, names)
        return names

    def _check_copies(self, module: ModuleType, names: set[str]) -> None:
        """`from module import *` leaves no name in the code that does it."""
        for other in self._modules.values():
            if other is not module and any(vars(other).get(name, self) is vars(module).get(name) for name in names):
                raise NotGraftable


def _modules() -> Iterator[Any]:
    return (module for module in list(sys.modules.values()) if isinstance(getattr(module, "__file__", None), str))


class _Comparison:
    """Of three objects at the same place: the one in use, the one that the unchanged statements make, and the one that
    the changed statements make."""

    def __init__(self, read: set[str]) -> None:
        self._read = read
        self._seen: set[tuple[int, int]] = set()
        self._in_use: dict[int, Any] = {}  # by the identity of what was made just now at the same place
        self.changes: list[tuple[Setter, Any, Any]] = []
        self.names: set[str] = set()  # of what changes

    def compare_names(self, live: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> None:
        if first.keys() != second.keys() or not first.keys() <= live.keys():
            raise NotGraftable
        # Data last: it may hold the others.
        for name in sorted(first.keys() - MODULE_NAMES, key=lambda name: type(first[name]) in CONTAINERS):
            put = functools.partial(live.__setitem__, name)
            self.compare(live[name], first[name], second[name], name, put)

    def compare(self, live: Any, first: Any, second: Any, name: str, put: Setter) -> None:
        if first is second:
            return
        kind = type(first)
        if kind in SCALARS or kind in CONTAINERS or kind is re.Pattern:
            self._compare_data(live, first, second, name, put)
            return
        if (id(first), id(second)) in self._seen:
            return
        self._seen.add((id(first), id(second)))
        self._in_use.update({id(first): live, id(second): live})
        if kind is not type(second) or type(live).__qualname__ != kind.__qualname__:
            raise NotGraftable
        if kind is FunctionType:
            self._compare_functions(live, first, second)
        elif isinstance(first, type):
            self._compare_classes(live, first, second)
        elif kind in WRAPPERS:
            for attribute in WRAPPERS[kind]:
                parts = [getattr(thing, attribute) for thing in (live, first, second)]
                self.compare(*parts, name, _refuse)  # type: ignore[arg-type]
        elif kind not in STATELESS and kind.__module__ != "typing":
            self._compare_objects(live, first, second)

    def _compare_objects(self, live: Any, first: Any, second: Any) -> None:
        """Of classes written in Python that keep all they have in their dictionary."""
        bases = [base for base in type(first).__mro__ if base is not object]
        if not all(base.__flags__ & HEAP_TYPE for base in bases) or not all(
            hasattr(thing, "__dict__") for thing in (live, first, second)
        ):
            raise NotGraftable
        self._compare_dictionaries(live, vars(live), vars(first), vars(second), frozenset())

    def _compare_data(self, live: Any, first: Any, second: Any, name: str, put: Setter) -> None:
        if self._is_same(first, second):
            return
        if name in self._read or not self._is_same(live, first):
            raise NotGraftable
        second = self._translated(second, set(_objects(live)))
        if len(self.changes) >= MOST_CHANGES:
            raise NotGraftable
        self.names.add(name)
        if type(second) is type(live) and isinstance(live, (list, dict, set)):
            # Whoever else holds the object sees the change, too.
            self.changes.append((functools.partial(_fill, live), _copy(live), second))
        else:
            self.changes.append((put, live, second))

    def _compare_functions(self, live: Any, first: Any, second: Any) -> None:
        name = first.__name__
        if fingerprint(first.__code__) != fingerprint(second.__code__):
            self._exchange_code(live, first, second, name)
        elif live.__code__.co_name != first.__code__.co_name:
            raise NotGraftable
        for attribute in ("__defaults__", "__kwdefaults__"):
            parts = [getattr(thing, attribute) for thing in (live, first, second)]
            self.compare(*parts, name, functools.partial(setattr, live, attribute))  # type: ignore[arg-type]
        cells = [thing.__closure__ or () for thing in (live, first, second)]
        if len({len(part) for part in cells}) != 1:
            raise NotGraftable
        for cell, *others in zip(*cells):
            put = functools.partial(setattr, cell, "cell_contents")
            self.compare(cell.cell_contents, *(other.cell_contents for other in others), name, put)  # type: ignore[arg-type]
        self._compare_dictionaries(live, vars(live), vars(first), vars(second), frozenset())

    def _is_same(self, first: Any, second: Any) -> bool:
        """Equal in type and value, all the way down; objects that are no data are the same when they are one."""
        first, second = self._in_use.get(id(first), first), self._in_use.get(id(second), second)
        kind = type(first)
        if first is second or kind is not type(second):
            return first is second
        if kind is dict:
            return len(first) == len(second) and all(map(self._is_same, _flat(first), _flat(second)))
        if kind in (list, tuple):
            return len(first) == len(second) and all(map(self._is_same, first, second))
        if kind in (float, complex):
            return repr(first) == repr(second)
        if kind in (set, frozenset):
            return {(type(part), part) for part in first} == {(type(part), part) for part in second}
        return bool(first == second) if kind in SCALARS or kind is re.Pattern else False

    def _translated(self, value: Any, known: set[int]) -> Any:
        """The same data, with the objects that are in use in the place of those made just now."""
        kind = type(value)
        if kind is dict:
            return {self._translated(key, known): self._translated(part, known) for key, part in value.items()}
        if kind in CONTAINERS:
            return kind(self._translated(part, known) for part in value)
        value = self._in_use.get(id(value), value)
        if kind in SCALARS or kind is re.Pattern or id(value) in known:
            return value
        raise NotGraftable

    def _exchange_code(self, live: Any, first: Any, second: Any, name: str) -> None:
        """Of a function that ran while its module was imported, and has left behind what is compared, too."""
        is_like = live.__code__.co_freevars == second.__code__.co_freevars
        if name in self._read or not is_like or fingerprint(live.__code__) != fingerprint(first.__code__):
            raise NotGraftable
        self.names.add(name)
        self.changes.append((functools.partial(setattr, live, "__code__"), live.__code__, second.__code__))

    def _compare_classes(self, live: type, first: type, second: type) -> None:
        if [base.__qualname__ for base in first.__mro__] != [base.__qualname__ for base in second.__mro__]:
            raise NotGraftable
        self._compare_dictionaries(live, vars(live), vars(first), vars(second), CLASS_NAMES)

    def _compare_dictionaries(self, owner: Any, live: Any, first: Any, second: Any, skipped: frozenset[str]) -> None:
        if first.keys() != second.keys():
            raise NotGraftable
        for name in first.keys() - skipped:
            if name not in live:
                raise NotGraftable
            self.compare(live[name], first[name], second[name], name, functools.partial(setattr, owner, name))


def _objects(value: Any) -> Iterator[int]:
    """The identities of what is no data."""
    if type(value) in CONTAINERS:
        for part in _flat(value) if type(value) is dict else value:
            yield from _objects(part)
    elif type(value) not in SCALARS:
        yield id(value)


def _refuse(new: Any) -> None:
    raise NotGraftable


def _flat(table: dict[Any, Any]) -> Iterator[Any]:
    for key, value in table.items():
        yield key
        yield value


def _copy(value: Any) -> Any:
    return type(value)(value)


def _fill(live: Any, content: Any) -> None:
    content = _copy(content)
    live.clear()
    if isinstance(live, list):
        live.extend(content)
    else:
        live.update(content)
