"""What a process that stands by has ready for the next session, and whether a new process would make the same."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any, Optional

from testgen_harness.mutation.preloading import is_inside, preload

# Where pytest looks for its configuration, and what it imports before it collects.
CONFIGURATIONS = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "conftest.py"
)  # fmt: skip
MEMORY = "imported.json"  # in the scratch folder: what earlier sessions imported

Stamp = Optional[tuple[int, int, int, int]]  # None: there is no such file


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def remember(scratch: str, tests: Iterable[str], outside: Iterable[str]) -> None:
    """What a session has imported: its test files, and the names of modules that are not the workspace's."""
    old = _remembered(scratch)
    kept = {"tests": sorted({*old["tests"], *tests}), "outside": list(dict.fromkeys([*old["outside"], *outside]))}
    Path(scratch, MEMORY).write_text(json.dumps(kept), encoding="utf-8")


def _remembered(scratch: str) -> dict[str, list[str]]:
    try:
        return json.loads(Path(scratch, MEMORY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"tests": [], "outside": []}


def clear(scratch: str) -> None:
    """Of what a session has left there the next one sees nothing."""
    for entry in os.scandir(scratch):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)


def _searched(root: str, arguments: Iterable[str]) -> set[str]:
    """The folders from which pytest takes its configuration, and conftest.py files, before it collects."""
    places = {root}
    for argument in arguments:
        folder = os.path.join(root, argument)
        places.update(map(str, Path(folder).glob("test*")))
        while is_inside(root, folder):
            places.add(folder)
            folder = os.path.dirname(folder)
    return places


class Readiness:
    """Of a session that is about to collect all tests, or some of them. What those before it imported from outside the
    workspace is imported, and pytest has rewritten the tests that they had."""

    def __init__(self, root: str, scratch: str, arguments: list[str], config: Any) -> None:
        self._asked = root, scratch, arguments
        self._searched = _searched(root, config.args)
        self._rewritten: dict[str, tuple[Stamp, CodeType]] = {}
        remembered = _remembered(scratch)
        preload(root, remembered["outside"])
        for path in remembered["tests"]:
            self._rewrite(path, config)
        self._stamps = {path: _stamp(path) for path in self._files()}

    def _rewrite(self, path: str, config: Any) -> None:
        make = getattr(_rewriting(), "_rewrite_test", None)
        if make is None:
            return
        before = _stamp(path)
        try:
            self._rewritten[path] = before, make(Path(path), config)[1]
        except (OSError, SyntaxError, ValueError):
            return  # the collection says so, if it is still so

    def _files(self) -> set[str]:
        """On which it rests that everything is as it would be in a new process."""
        modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        # A folder of packages changes when one comes or goes.
        folders = [path for path in sys.path if path and os.path.isdir(path) and not is_inside(self._asked[0], path)]
        configurations = [os.path.join(place, name) for place in self._searched for name in CONFIGURATIONS]
        return {*(path for path in modules if isinstance(path, str)), *folders, *configurations}

    def fits(self, root: str, scratch: str, arguments: list[str]) -> bool:
        is_same = (root, scratch, arguments) == self._asked
        return is_same and all(_stamp(path) == stamp for path, stamp in self._stamps.items())

    def use(self, session: Any, selection: list[str]) -> None:
        """In the process that goes on."""
        clear(self._asked[1])
        if selection:
            session.config.args = list(selection)
        rewriting = _rewriting()
        original = getattr(rewriting, "_rewrite_test", None)
        if original is not None:
            rewriting._rewrite_test = lambda fn, config: self._known(str(fn)) or original(fn, config)

    def _known(self, path: str) -> Optional[tuple[os.stat_result, CodeType]]:
        stamp, code = self._rewritten.get(path, (None, None))
        if code is None or stamp is None or _stamp(path) != stamp:
            return None
        return os.stat(path), code


def _rewriting() -> Any:
    import _pytest.assertion.rewrite

    return _pytest.assertion.rewrite
