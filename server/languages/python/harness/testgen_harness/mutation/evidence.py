"""What a verdict rests on, as a key: the same key, the same verdict, so it need not be found again.

A key is made of the mutant's code and the original's, the tests that may reach it, all code of the workspace that each
of these runs, what modules do when they are imported, the configuration, and the versions of Python and its packages.
Files that tests read, and the environment, are no part of it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any

from testgen_harness.mutation.variants import SourceFile, fingerprint, import_fingerprint
from testgen_harness.mutation.written import code_of_file

FORMAT = "1"  # a change of how mutants are judged makes another one
CONFIGURATION = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "setup.py", "pytest.toml")


class Digest:
    """Of a sequence of texts and byte strings; where one ends and the next begins counts."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, *parts: Any) -> None:
        for part in parts:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            self._hash.update(b"%d:" % len(data))
            self._hash.update(data)

    def hex(self) -> str:
        return self._hash.hexdigest()


def codes_digest(codes: Iterable[CodeType]) -> str:
    """In no order. A code says with its name where it is from."""
    parts = sorted({code.co_name.encode("utf-8", "surrogatepass") + fingerprint(code) for code in codes})
    digest = Digest()
    digest.add(*parts)
    return digest.hex()


def surroundings_digest(
    root: str, arguments: list[str], sources: dict[str, SourceFile], tests: list[str], modules: list[str]
) -> str:
    """What every verdict rests on. Of sources and test files that is what they do when they are imported; of the
    workspace's other modules all they hold."""
    digest = Digest()
    digest.add(FORMAT, sys.version, *arguments)
    digest.add(*sorted(f"{each.metadata['Name']} {each.version}" for each in importlib.metadata.distributions()))
    for name in CONFIGURATION:
        digest.add(name, _content(os.path.join(root, name)))
    for path, source in sorted(sources.items()):
        digest.add(os.path.relpath(path, root), import_fingerprint(source.code))
    for path in sorted(tests):
        digest.add(os.path.relpath(path, root), _import_digest(path))
    for path in sorted(modules):
        digest.add(os.path.relpath(path, root), _content(path))
    return digest.hex()


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b"none"


def _import_digest(path: str) -> bytes:
    try:
        return import_fingerprint(code_of_file(path))
    except (OSError, SyntaxError, ValueError):
        return _content(path)
