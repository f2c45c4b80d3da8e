"""What a change of source text changes in the code that Python makes of it.

A mutant whose byte code is the original's is equivalent; one whose byte code is another mutant's is a duplicate:
neither is run. A change inside one function is made by giving the function its new code object; a change of what runs
at import (module and class bodies, defaults, decorators) needs the module to be imported with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Optional

INVALID, EQUIVALENT, DUPLICATE = "invalid", "equivalent", "duplicate"
FUNCTION, IMPORT = "function", "import"

_OPTIMIZED = 0x1  # CO_OPTIMIZED: set for functions, not for modules and classes


@dataclass
class Variant:
    kind: str  # INVALID, EQUIVALENT, FUNCTION or IMPORT
    digest: bytes = b""  # of what differs: equal for duplicates
    exchanges: list[tuple[CodeType, CodeType]] = field(default_factory=list)  # FUNCTION: codes and what they become
    source: str = ""


def make_variant(original: CodeType, source: str, path: str) -> Variant:
    try:
        mutated = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError):
        return Variant(INVALID)
    place = _difference(original, mutated)
    if place is None:
        return Variant(EQUIVALENT)
    first, second = place
    digest = hashlib.sha256(repr((first.co_name, first.co_firstlineno)).encode() + _fingerprint(second)).digest()
    exchanges = list(_exchanges(first, second)) if first.co_flags & _OPTIMIZED else []
    if not exchanges or any(old.co_freevars != new.co_freevars for old, new in exchanges):
        return Variant(IMPORT, digest, source=source)
    return Variant(FUNCTION, digest, exchanges, source)


def _difference(first: CodeType, second: CodeType) -> Optional[tuple[CodeType, CodeType]]:
    """The innermost module, class or outermost function in which two codes differ; None when they do not."""
    inner_first = [item for item in first.co_consts if isinstance(item, CodeType)]
    inner_second = [item for item in second.co_consts if isinstance(item, CodeType)]
    if first.co_flags & _OPTIMIZED or _surface(first) != _surface(second) or len(inner_first) != len(inner_second):
        return (first, second) if _fingerprint(first) != _fingerprint(second) else None
    places = [place for pair in zip(inner_first, inner_second) if (place := _difference(*pair)) is not None]
    return places[0] if len(places) == 1 else (first, second) if places else None


def _exchanges(first: CodeType, second: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """A function and those inside it that differ: the outer code makes inner functions from now on, and inner functions
    that were made before (decorators, closures) hold the inner code."""
    yield first, second
    inner_first = [item for item in first.co_consts if isinstance(item, CodeType)]
    inner_second = [item for item in second.co_consts if isinstance(item, CodeType)]
    if [item.co_name for item in inner_first] == [item.co_name for item in inner_second]:
        for old, new in zip(inner_first, inner_second):
            if _fingerprint(old) != _fingerprint(new):
                yield from _exchanges(old, new)


def _surface(code: CodeType) -> tuple[Any, ...]:
    """A code without the code in it, and without where it stands."""
    plain = tuple(_constant(item) for item in code.co_consts if not isinstance(item, CodeType))
    table = getattr(code, "co_exceptiontable", b"")
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return (code.co_name, code.co_code, plain, names, counts, table)


def _constant(item: Any) -> Any:
    """1, 1.0 and True are equal to Python, and not to a program."""
    if isinstance(item, (tuple, frozenset)):
        parts = [_constant(part) for part in item]
        return (type(item).__name__, tuple(parts) if isinstance(item, tuple) else tuple(sorted(map(repr, parts))))
    return (type(item).__name__, repr(item))


def _fingerprint(code: CodeType) -> bytes:
    inner = [_fingerprint(item) for item in code.co_consts if isinstance(item, CodeType)]
    return hashlib.sha256(repr((_surface(code), inner)).encode("utf-8", "surrogatepass")).digest()
