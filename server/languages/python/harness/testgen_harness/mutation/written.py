"""What is written in the workspace's files, where it is not watched what of it runs."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType

from testgen_harness.mutation.variants import is_function


@functools.cache
def code_of_file(path: str) -> CodeType:
    return compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)


def names_outside_functions(code: CodeType) -> set[str]:
    """Mentioned by what runs when a module is imported: its own code, and that of its classes."""
    return set(_names(code, into_functions=False))


def names_at_import(paths: Iterable[str]) -> set[str]:
    """That may be mentioned while these files are imported: outside their functions, and in functions whose name is
    mentioned there, or in one of these. Python calls those with two underscores by itself."""
    found: set[str] = set()
    functions: dict[str, list[CodeType]] = {}
    for path in paths:
        try:
            code = code_of_file(path)
        except (OSError, SyntaxError, ValueError):
            continue  # then nothing of it was imported either
        found.update(_names(code, into_functions=False))
        for function in _functions(code):
            functions.setdefault(function.co_name, []).append(function)
    pending = [name for name in functions if name in found or name.startswith("__") or name == "<lambda>"]
    while pending:
        for function in functions.pop(pending.pop(), []):
            names = set(_names(function, into_functions=True)) - found
            found |= names
            pending += [name for name in names if name in functions]
    return found


def _functions(code: CodeType) -> Iterator[CodeType]:
    for item in code.co_consts:
        if isinstance(item, CodeType):
            if is_function(item):
                yield item
            yield from _functions(item)


def _names(code: CodeType, into_functions: bool) -> Iterator[str]:
    """Strings may be names, too, of attributes that are asked for."""
    yield from code.co_names
    for item in code.co_consts:
        if isinstance(item, str) and item.isidentifier():
            yield item
        elif isinstance(item, CodeType) and (into_functions or not is_function(item)):
            yield from _names(item, into_functions)
