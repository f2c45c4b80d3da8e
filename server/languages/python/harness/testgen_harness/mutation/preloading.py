"""What does not belong to the workspace is imported once, in the process that is forked for each mutant, and not again
in every child: pytest's plugins, and the packages that the tests and the workspace's code use.

Nothing of the workspace may be imported on the way: it has to come with the mutant's change.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional


def is_inside(root: str, path: Any) -> bool:
    """Of the workspace's own code; packages that are installed in an environment below it are not."""
    if not isinstance(path, str) or "site-packages" in path or "dist-packages" in path:
        return False
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), ""))


def modules_outside(root: str) -> list[str]:
    """The names of those that are imported by now, in the order in which they began to be."""
    return [name for name, module in list(sys.modules.items()) if _can_be_imported(root, name, module)]


def _can_be_imported(root: str, name: str, module: Any) -> bool:
    spec = getattr(module, "__spec__", None)
    if not isinstance(module, ModuleType) or spec is None or spec.name != name or name == "__main__":
        return False
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    return not name.startswith("testgen_harness") and not any(is_inside(root, place) for place in places)


def preload(root: str, names: Iterable[str]) -> None:
    """A module that cannot be imported like that is left to the children."""
    guard = _Guard(root)
    sys.meta_path.insert(0, guard)
    try:
        for name in names:
            if name not in sys.modules:
                with contextlib.suppress(Exception, _Reached):
                    importlib.import_module(name)
    finally:
        sys.meta_path.remove(guard)


class _Reached(BaseException):
    """No Exception: a module that can do without what it imports must not learn to do so."""


class _Guard:
    """Finds what the others find, and stops at the workspace's own code."""

    def __init__(self, root: str) -> None:
        self._root = root

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        for spec in self._found(name, path, target):
            if any(is_inside(self._root, place) for place in [spec.origin, *(spec.submodule_search_locations or ())]):
                raise _Reached(name)
            return spec
        return None

    def _found(self, *asked: Any) -> Iterator[ModuleSpec]:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(*asked) if find is not None and finder is not self else None
            if spec is not None:
                yield spec
