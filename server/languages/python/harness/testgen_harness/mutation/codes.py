"""Where the modules of the workspace come from while mutants are judged: compiled once, and one of them changed."""

from __future__ import annotations

import contextlib
import importlib.machinery
import json
import os
import sys
from pathlib import Path
from types import CodeType
from typing import Any, Optional

from testgen_harness.mutation.probes import Source
from testgen_harness.mutation.variants import Mutant, SourceFile

OVERLAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "overlay")
VARIABLE = "TESTGEN_MUTANT"


class Codes:
    """What the modules of the workspace are made of, compiled once before the children are forked."""

    def __init__(self, files: dict[str, SourceFile]) -> None:
        self.files = files
        self._codes: dict[str, CodeType] = {}
        self._rewritten: dict[str, Any] = {}
        self._mutant: Optional[Mutant] = None
        self.reaches_programs = False  # tests start programs, which may run the workspace's code

    @property
    def sources(self) -> list[Source]:
        return [Source(path, file.text, file.code) for path, file in self.files.items()]

    def prepare(self, modules: list[str], tests: list[str], config: Any) -> None:
        """The files of modules that get imported, and those of which pytest rewrites the assertions."""
        for path, file in self.files.items():
            file.original_statements()
            self._codes[path] = file.code  # while another one is changed
        for path in modules:
            with contextlib.suppress(OSError, SyntaxError, ValueError):  # the import will say so
                self._codes[path] = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
        make = getattr(_rewriting(), "_rewrite_test", None)
        for path in tests if make and config is not None else []:
            with contextlib.suppress(Exception):  # the collection will say so
                self._rewritten[path] = make(Path(path), config)

    def install(self) -> None:
        """From now on modules come from here, and the one of a mutant comes with its change."""
        loader: Any = importlib.machinery.SourceFileLoader
        get_code, exec_module = loader.get_code, loader.exec_module

        def get(self_: Any, name: str) -> Any:
            return self._codes.get(self_.path) or get_code(self_, name)

        def execute(self_: Any, module: Any) -> None:
            mutant = self._mutant
            if mutant is None or os.path.realpath(self_.path) != os.path.realpath(mutant.path):
                exec_module(self_, module)
                return
            file = self.files[mutant.path]
            for code in file.changed_statements(mutant.start, mutant.end, mutant.replacement):
                exec(code, module.__dict__)

        loader.get_code, loader.exec_module = get, execute
        rewriting = _rewriting()
        original = getattr(rewriting, "_rewrite_test", None)
        if original is not None:
            rewriting._rewrite_test = lambda fn, config: self._rewritten.get(str(fn)) or original(fn, config)
        sys.dont_write_bytecode = True

    def change(self, mutant: Optional[Mutant]) -> None:
        """What is imported from now on, a second time, too, has this change; None: no change."""
        self._mutant = mutant
        if self.reaches_programs:
            _tell_programs(mutant)


def _tell_programs(mutant: Optional[Mutant]) -> None:
    """Through what they inherit. See overlay/sitecustomize.py."""
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != OVERLAY]
    if mutant is None:
        os.environ.pop(VARIABLE, None)
    else:
        paths.insert(0, OVERLAY)
        place = (os.path.realpath(mutant.path), mutant.start, mutant.end, mutant.replacement)
        os.environ[VARIABLE] = json.dumps(place)
    if paths or "PYTHONPATH" in os.environ:
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def _rewriting() -> Any:
    import _pytest.assertion.rewrite

    return _pytest.assertion.rewrite
