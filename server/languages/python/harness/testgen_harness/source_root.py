"""The `src` folder of a project that is not installed: its packages are put where an editable install puts them."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any, Optional

SHOWN_NAMES = 3


def _modules_in(folder: str) -> list[str]:
    """The packages and modules that an installation would make importable, by name."""
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            stem, suffix = os.path.splitext(entry.name)
            is_package = entry.is_dir() and os.path.isfile(os.path.join(entry.path, "__init__.py"))
            if stem.isidentifier() and (is_package or (suffix == ".py" and entry.is_file())):
                names.append(stem)
    return sorted(names)


def _is_missing(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):  # a module of this name that is loaded, and says not where from
        return False


def add_source_root(root: str) -> Optional[str]:
    """Appends root/src to `sys.path` when it holds what cannot be imported otherwise; returns what is said of it."""
    folder = os.path.join(root, "src")
    if not os.path.isdir(folder) or os.path.exists(os.path.join(folder, "__init__.py")):
        return None  # with an __init__.py it is a package itself
    missing = [name for name in _modules_in(folder) if _is_missing(name)]
    if not missing:
        return None
    sys.path.append(folder)
    importlib.invalidate_caches()
    names = ", ".join(missing[:SHOWN_NAMES]) + (" and others" if len(missing) > SHOWN_NAMES else "")
    return (
        f"{names} of src is not installed: src was put on the import path, as `pip install -e .` would; "
        'pytest alone needs that, or pythonpath = ["src"] in its configuration'
    )


class SourceRoot:
    """A plugin that acts when pytest has read its configuration (`pythonpath`) and no conftest.py is imported yet."""

    def __init__(self, root: str, notes: list[str]) -> None:
        self._root = root
        self._notes = notes

    def pytest_load_initial_conftests(self, early_config: Any) -> None:
        note = add_source_root(self._root)
        if note is not None:
            self._notes.append(note)
