"""From now on the modules of some files are made of the same source with recorded comparisons."""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import tokenize
from dataclasses import dataclass
from types import CodeType
from typing import Any, Optional

from testgen_harness.evidence.comparisons import Comparison, Instrumenter
from testgen_harness.evidence.recorder import Recorder


@dataclass
class Source:
    path: str  # as it was asked for
    code: Optional[CodeType] = None
    is_loaded: bool = False
    left_out: int = 0
    problem: str = ""


class InstrumentedSources:
    """The comparisons of all files, and which of the files were imported with the recording in them."""

    def __init__(self, paths: list[str], recorder: Recorder) -> None:
        self.comparisons: list[Comparison] = []
        self.sources: dict[str, Source] = {}
        for path in paths:
            self.sources[os.path.realpath(path)] = self._prepare(path)
        recorder.add(self.comparisons)

    def _prepare(self, path: str) -> Source:
        source = Source(path)
        try:
            with tokenize.open(path) as file:
                text = file.read()
            tree = ast.parse(text, path)
            instrumenter = Instrumenter(path, text, len(self.comparisons))
            source.code = compile(instrumenter.instrument(tree), path, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            source.problem = f"{type(error).__name__}: {error}"
            return source
        self.comparisons += instrumenter.found
        source.left_out = instrumenter.left_out
        return source

    def install(self) -> None:
        loader = importlib.machinery.SourceFileLoader
        original = loader.get_code
        sources = self.sources

        def get_code(self: Any, name: str) -> Any:
            source = sources.get(os.path.realpath(self.path))
            if source is None or source.code is None:
                return original(self, name)
            source.is_loaded = True
            return source.code

        loader.get_code = get_code  # type: ignore[method-assign]

    def not_imported(self) -> list[str]:
        """Of those that compare anything."""
        comparing = {comparison.path for comparison in self.comparisons}
        return [source.path for source in self.sources.values() if not source.is_loaded and source.path in comparing]

    def imported_otherwise(self) -> list[str]:
        """Files whose modules are there without the recording: nothing is known of their comparisons."""
        loaded = {os.path.realpath(path) for path in map(_file_of, list(sys.modules.values())) if path}
        return [source.path for real, source in self.sources.items() if real in loaded and not source.is_loaded]


def _file_of(module: Any) -> Optional[str]:
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) else None
