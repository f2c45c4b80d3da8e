"""The functions of some files that exist in this process, wherever they are."""

from __future__ import annotations

import gc
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType

Key = tuple[str, str, int]

SUSPENDED = {GeneratorType: "gi_code", CoroutineType: "cr_code", AsyncGeneratorType: "ag_code"}


def key_of(code: CodeType) -> Key:
    return (code.co_filename, code.co_name, code.co_firstlineno)


class Functions:
    """In closures and decorators, too."""

    def __init__(self, files: list[str]) -> None:
        wanted = frozenset(files)
        self._found: dict[Key, list[FunctionType]] = {}
        self._running: set[Key] = set()
        for thing in gc.get_objects():
            if type(thing) is FunctionType and thing.__code__.co_filename in wanted:
                self._found.setdefault(key_of(thing.__code__), []).append(thing)
            elif type(thing) in SUSPENDED:
                self._running.add(key_of(getattr(thing, SUSPENDED[type(thing)])))

    def of(self, code: CodeType) -> list[FunctionType]:
        """The functions made of that code. Several on one line may share a name; then the code decides."""
        found = self._found.get(key_of(code), [])
        exact = [function for function in found if function.__code__ == code]
        return exact or (found if code.co_name != "<lambda>" else [])

    def is_running(self, code: CodeType) -> bool:
        """A generator or coroutine of it has begun, and goes on with the code that it has."""
        return key_of(code) in self._running
