"""Subjects for the tests: source text that becomes a module, and the subjects in it."""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testgen_harness.exploration.subjects import Source, Subject, find_subject, load_source

_numbers = itertools.count()


class Samples:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules: list[str] = []

    def source(self, text: str) -> Source:
        name = f"exploration_sample_{next(_numbers)}"
        path = self.folder / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        self._modules.append(name)
        return load_source(str(path), name)

    def subject(self, text: str, name: str) -> Subject:
        return find_subject(self.source(text), name)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    def forget(self) -> None:
        for name in self._modules:
            sys.modules.pop(name, None)


def mutants_of(path: str, places: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """`places` are texts that the file has, and what stands there instead."""
    data = Path(path).read_bytes()
    starts = [data.index(text.encode()) for text, _ in places]
    return [
        {"start": start, "end": start + len(text.encode()), "replacement": replacement}
        for start, (text, replacement) in zip(starts, places)
    ]


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samples]:
    monkeypatch.syspath_prepend(str(tmp_path))
    made = Samples(tmp_path)
    yield made
    made.forget()
