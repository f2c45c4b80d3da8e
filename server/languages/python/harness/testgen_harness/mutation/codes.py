"""Where the modules of the workspace come from while mutants are judged: compiled once, and one of them changed."""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from testgen_harness.mutation.variants import SourceFile


class Codes:
    """What the modules of the workspace are made of, compiled once before the children are forked."""

    def __init__(self, files: dict[str, SourceFile]) -> None:
        self.files = files
        self._codes: dict[str, CodeType] = {}
        self._rewritten: dict[str, Any] = {}

    def prepare(self, modules: list[str], tests: list[str], config: Any) -> None:
        """The files of modules that get imported, and those of which pytest rewrites the assertions."""
        for file in self.files.values():
            file.original_statements()
        for path in modules:
            with contextlib.suppress(OSError, SyntaxError, ValueError):  # the import will say so
                with open(path, "rb") as source:
                    self._codes[path] = compile(source.read(), path, "exec", dont_inherit=True)
        make = getattr(_rewriting(), "_rewrite_test", None)
        for path in tests if make and config is not None else []:
            with contextlib.suppress(Exception):  # the collection will say so
                self._rewritten[path] = make(Path(path), config)

    def change(self, path: str, start: int, end: int, replacement: str) -> None:
        """From now on modules come from here, and that of the mutant's file comes with the change."""
        file = self.files[path]
        mutated = file.changed_statements(start, end, replacement)
        real = os.path.realpath(file.path)
        loader: Any = importlib.machinery.SourceFileLoader
        get_code, exec_module = loader.get_code, loader.exec_module

        def get(self_: Any, name: str) -> Any:
            return self._codes.get(self_.path) or get_code(self_, name)

        def execute(self_: Any, module: Any) -> None:
            if os.path.realpath(self_.path) != real:
                exec_module(self_, module)
                return
            for code in mutated:
                exec(code, module.__dict__)

        loader.get_code, loader.exec_module = get, execute
        rewriting = _rewriting()
        original = getattr(rewriting, "_rewrite_test", None)
        if original is not None:
            rewriting._rewrite_test = lambda fn, config: self._rewritten.get(str(fn)) or original(fn, config)
        sys.dont_write_bytecode = True


def _rewriting() -> Any:
    import _pytest.assertion.rewrite

    return _pytest.assertion.rewrite
