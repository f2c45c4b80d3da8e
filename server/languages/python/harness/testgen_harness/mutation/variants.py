"""What a change of source text changes in the code that Python makes of it.

A mutant whose byte code is the original's is equivalent; one whose byte code is another mutant's is a duplicate:
neither is run. A change inside a function is made by giving the function its new code object; a change of what runs at
import (module and class bodies, defaults, decorators) needs the module's code to run with it.

Only the statement of the module that holds the change is compiled, on its own lines: what is in it becomes the same
code as in the whole module.
"""

from __future__ import annotations
import __future__

import ast
import codecs
import dis
import hashlib
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.text import one_line

INVALID, EQUIVALENT, DUPLICATE = "invalid", "equivalent", "duplicate"
FUNCTION, IMPORT = "function", "import"  # ways in which a mutant can be judged
DATA = "data"  # what acts at import time and leaves behind other data only

_OPTIMIZED = 0x1  # CO_OPTIMIZED: set for functions, not for modules and classes
FORM_FEEDS = b"\f\f\f"  # as long as a byte order mark, and nothing to Python at the beginning of a line
_LINE_END = re.compile(rb"\r\n|\r|\n")
_NESTED = 0x10  # CO_NESTED: the flag of a feature that is no choice any more
_FUTURE_FLAGS = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names} - {_NESTED})


@dataclass
class Variant:
    kind: str  # INVALID, EQUIVALENT, FUNCTION or IMPORT
    digest: bytes = b""  # of what differs: equal for duplicates
    exchanges: list[tuple[CodeType, CodeType]] = field(default_factory=list)  # FUNCTION: codes and what they become
    evidence: tuple[str, bytes, bytes] = ("", b"", b"")  # the name of the code that differs, it, and what it becomes


@dataclass
class Mutant:
    """A mutant on its way: where it is, and what it makes of the code."""

    index: int  # in the request
    path: str
    start: int
    end: int
    replacement: str
    first_line: int
    last_line: int
    variant: Optional[Variant] = None  # None: not compiled yet

    def lines(self) -> Iterator[tuple[str, int]]:
        return ((self.path, line) for line in range(self.first_line, self.last_line + 1))


@dataclass
class Statement:
    """One or more statements of a module that share lines; the lines are those of `text`."""

    start: int  # bytes
    end: int
    line: int  # 1-based
    is_string: bool = False  # begins with a string, and is not the first of the module
    code: Optional[CodeType] = None


class SourceFile:
    """A file of the workspace, and what becomes of it. Offsets are bytes of the text as UTF-8."""

    def __init__(self, path: str) -> None:
        self.data = _read(path)
        text = self.data.decode("utf-8")  # whatever its first lines say of its encoding
        try:
            self.path = path
            self.code = self.compile_whole(text)
            tree = ast.parse(text, path)
        except (SyntaxError, ValueError) as error:
            raise HarnessError("INVALID_ARGUMENT", f"{path}: {one_line(str(error))}") from error
        self._flags = self.code.co_flags & _FUTURE_FLAGS
        self._lines = [0, *(match.end() for match in _LINE_END.finditer(self.data))]
        self.statements = self._group(tree)
        self._starts = [statement.start for statement in self.statements]
        self._bodies = sorted(self._function_bodies(tree))
        self._body_starts = [start for start, _ in self._bodies]
        self._spans = sorted(_statement_lines(tree))
        self._span_starts = [first for first, _ in self._spans]

    def line_of(self, offset: int) -> int:
        return bisect_right(self._lines, offset)

    def lines_around(self, start: int, end: int) -> tuple[int, int]:
        """The first and the last line of a place, and of the statement that it begins in: of a statement on several
        lines Python tells some only, when it runs."""
        first, last = self.line_of(start), self.line_of(max(start, end - 1))
        index = bisect_right(self._span_starts, first) - 1
        if index >= 0 and self._spans[index][1] >= first:
            return self._spans[index][0], max(last, self._spans[index][1])
        return first, last

    def mutated(self, start: int, end: int, replacement: str) -> str:
        return (self.data[:start] + replacement.encode("utf-8") + self.data[end:]).decode("utf-8")

    def is_in_function(self, start: int, end: int) -> bool:
        """In the body of one: what stands there does not run at import, unless the function does."""
        index = bisect_right(self._body_starts, start) - 1
        return index >= 0 and end <= self._bodies[index][1]

    def variant(self, start: int, end: int, replacement: str) -> Variant:
        index = self._statement_at(start, end)
        if index is None:
            return self._compare(self.code, lambda: self.compile_whole(self.mutated(start, end, replacement)))
        statement = self.statements[index]
        text = self._text_of(index, start, end, replacement)
        return self._compare(self.code_of(statement), lambda: self.compile_at(statement, text))

    def code_of(self, statement: Statement) -> CodeType:
        if statement.code is None:
            statement.code = self.compile_at(statement, self.data[statement.start : statement.end])
        return statement.code

    def _statement_at(self, start: int, end: int) -> Optional[int]:
        index = bisect_right(self._starts, start) - 1
        return index if index >= 0 and end <= self.statements[index].end else None

    def _text_of(self, index: int, start: int, end: int, replacement: str) -> bytes:
        statement = self.statements[index]
        return self.data[statement.start : start] + replacement.encode("utf-8") + self.data[end : statement.end]

    def original_statements(self) -> list[CodeType]:
        return [self.code_of(statement) for statement in self.statements]

    def lines_reading(self, names: set[str]) -> set[int]:
        """The lines of the functions that mention one of these names."""
        return {line for code in _codes(self.code) if not names.isdisjoint(code.co_names) for line in _lines(code)}

    def changed_statements(self, start: int, end: int, replacement: str) -> list[CodeType]:
        """The codes of the module's statements, one of them changed, to be run one after the other."""
        index = self._statement_at(start, end)
        if index is None:
            return [self.compile_whole(self.mutated(start, end, replacement))]
        codes = self.original_statements()
        codes[index] = self.compile_at(self.statements[index], self._text_of(index, start, end, replacement))
        return codes

    def compile_whole(self, text: str) -> CodeType:
        return compile(text, self.path, "exec", dont_inherit=True)

    def compile_at(self, statement: Statement, text: bytes) -> CodeType:
        """A string that is not the first statement is no docstring: so something stands before it, on an empty line."""
        lines = "\n" * (statement.line - 1)
        if statement.is_string:
            lines = "0" + lines
        return compile(lines + text.decode("utf-8"), self.path, "exec", flags=self._flags, dont_inherit=True)

    def _compare(self, original: CodeType, make: Any) -> Variant:
        try:
            mutated = make()
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return Variant(INVALID)
        place = _difference(original, mutated)
        if place is None:
            return Variant(EQUIVALENT)
        first, second = place
        key = repr((self.path, first.co_name, first.co_firstlineno)).encode("utf-8", "surrogatepass")
        after = fingerprint(second)
        digest = hashlib.sha256(key + after).digest()
        evidence = (first.co_name, fingerprint(first), after)
        exchanges = list(_exchanges(first, second)) if first.co_flags & _OPTIMIZED else []
        if not exchanges or any(old.co_freevars != new.co_freevars for old, new in exchanges):
            return Variant(IMPORT, digest, evidence=evidence)
        return Variant(FUNCTION, digest, exchanges, evidence)

    # ---- Places ----

    def _group(self, tree: ast.Module) -> list[Statement]:
        groups: list[Statement] = []
        for node in tree.body:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            last = node.end_lineno or first
            start, end = self._lines[first - 1], self._lines[last] if last < len(self._lines) else len(self.data)
            if groups and groups[-1].end > start:
                groups[-1].end = end
            else:
                is_string = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                groups.append(Statement(start, end, first, is_string and len(groups) > 0))
        return groups

    def _function_bodies(self, node: ast.AST) -> Iterator[tuple[int, int]]:
        """Of the outermost functions."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield self._offset(child.body[0]), self._end_offset(child)
            elif isinstance(child, ast.Lambda):
                yield self._offset(child.body), self._end_offset(child)
            else:
                yield from self._function_bodies(child)

    def _offset(self, node: Any) -> int:
        lines = [node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))]
        return self._lines[min(lines) - 1] + (node.col_offset if min(lines) == node.lineno else 0)

    def _end_offset(self, node: Any) -> int:
        return self._lines[node.end_lineno - 1] + node.end_col_offset


def _statement_lines(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Of each statement, without those inside it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            yield node.lineno, max(node.lineno, min(last, body[0].lineno - 1)) if body else last


def _read(path: str) -> bytes:
    """As UTF-8 with the line ends of the file. Offsets count a byte order mark, which `compile` does not take."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        mark = FORM_FEEDS if data.startswith(codecs.BOM_UTF8) else b""
        return mark + data.decode(encoding).encode("utf-8")
    except (OSError, SyntaxError, ValueError) as error:
        raise HarnessError("INVALID_ARGUMENT", f"{path}: {one_line(str(error))}") from error


# ---- Codes ----


def _difference(first: CodeType, second: CodeType) -> Optional[tuple[CodeType, CodeType]]:
    """The innermost module, class or outermost function in which two codes differ; None when they do not."""
    inner_first = [item for item in first.co_consts if isinstance(item, CodeType)]
    inner_second = [item for item in second.co_consts if isinstance(item, CodeType)]
    if first.co_flags & _OPTIMIZED or _surface(first) != _surface(second) or len(inner_first) != len(inner_second):
        return (first, second) if fingerprint(first) != fingerprint(second) else None
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
            if fingerprint(old) != fingerprint(new):
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


def fingerprint(code: CodeType) -> bytes:
    inner = [fingerprint(item) for item in code.co_consts if isinstance(item, CodeType)]
    return hashlib.sha256(repr((_surface(code), inner)).encode("utf-8", "surrogatepass")).digest()


def import_fingerprint(code: CodeType) -> bytes:
    """Of what a module does when it is imported: not of what is in its functions."""
    inner = [
        item.co_name.encode("utf-8", "surrogatepass") if item.co_flags & _OPTIMIZED else import_fingerprint(item)
        for item in code.co_consts
        if isinstance(item, CodeType)
    ]
    return hashlib.sha256(repr((_surface(code), inner)).encode("utf-8", "surrogatepass")).digest()


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Of all functions, those in classes and functions, too."""
    for item in code.co_consts:
        if isinstance(item, CodeType):
            if item.co_flags & _OPTIMIZED:
                yield item
            yield from _codes(item)


def _lines(code: CodeType) -> Iterator[int]:
    return (line for _, line in dis.findlinestarts(code) if line)
