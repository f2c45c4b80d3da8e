"""Which functions of the test files a test may run, by what is written there: for Python before 3.12, where to watch it
would make everything slower.

A test may run its own function and all that are no test. It may also run another test's function where that one's name
is mentioned, and functions of another test file whose name is mentioned. More than it runs does no harm: what is known
of it is then not believed any more after a change that did not concern it."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any, Optional

from testgen_harness.mutation.evidence import Digest
from testgen_harness.mutation.functions import Key, key_of
from testgen_harness.mutation.variants import fingerprint, functions_of
from testgen_harness.mutation.written import code_of_file

_WORD = re.compile(r"\w+")


def _words(path: str) -> list[str]:
    return _WORD.findall(Path(path).read_bytes().decode("utf-8", "replace"))


class _File:
    def __init__(self, path: str) -> None:
        self.stem = Path(path).stem
        self.words = Counter(_words(path))
        self.functions: dict[Key, list[bytes]] = {}
        for code in functions_of(code_of_file(path)):
            self.functions.setdefault(key_of(code), []).append(fingerprint(code))
        self._names = Counter(name for _, name, _ in self.functions)

    def mentions(self, name: str) -> bool:
        """Beside where functions of that name begin."""
        return self.words[name] > self._names[name]


class TestCodes:
    """`others` are modules of the workspace that are no test files."""

    def __init__(self, items: list[Any], others: Iterable[str]) -> None:
        self._files = {path: _File(path) for path in {str(getattr(item, "path", item.fspath)) for item in items}}
        self._words_elsewhere = {word for path in others for word in _words(path)}
        self._own = {item.nodeid: self._own_of(item) for item in items}
        tests = {key for own in self._own.values() if own is not None for key in own}
        self._private = {key for key in tests if not self._is_mentioned(key)}
        self._shared: dict[str, list[bytes]] = {}  # by the path of a test's file

    def digest(self, item: Any) -> str:
        path, own = str(getattr(item, "path", item.fspath)), self._own[item.nodeid]
        digest = Digest()
        if own is None:
            digest.add(*sorted(self._functions_near(path, is_private=True)))
        else:
            if path not in self._shared:
                self._shared[path] = sorted(self._functions_near(path, is_private=False))
            digest.add(*self._shared[path], *sorted(part for key in own for part in self._functions_of(key)))
        return digest.hex()

    def _functions_of(self, key: Key) -> list[bytes]:
        file = self._files.get(key[0])
        return file.functions.get(key, []) if file is not None else []

    def _own_of(self, item: Any) -> Optional[list[Key]]:
        """None: it is not known which function that is."""
        function = inspect.unwrap(getattr(item, "obj", None)) if hasattr(item, "obj") else None
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        return [key_of(code)] if isinstance(code, CodeType) and self._functions_of(key_of(code)) else None

    def _is_mentioned(self, key: Key) -> bool:
        path, name, _ = key
        mine = self._files[path]
        others = (file for other, file in self._files.items() if other != path and file.words[mine.stem])
        return mine.mentions(name) or name in self._words_elsewhere or any(file.words[name] for file in others)

    def _functions_near(self, path: str, is_private: bool) -> Iterator[bytes]:
        """Of the file and of all test files that are mentioned there, or in those."""
        seen, pending = {path}, [path]
        while pending:
            here = self._files[pending.pop()]
            for key, functions in here.functions.items():
                if is_private or key not in self._private:
                    for function in functions:
                        yield key[1].encode("utf-8", "surrogatepass") + function
            for other, file in self._files.items():
                if other not in seen and (here.words[file.stem] or file.stem in self._words_elsewhere):
                    seen.add(other)
                    pending.append(other)
