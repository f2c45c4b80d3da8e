"""What a change of source text changes in the code that Python makes of it.

A mutant whose byte code is the original's is equivalent; one whose byte code is another mutant's is a duplicate:
neither is run. A change inside a function is made by giving the function its new code object, and a plain default of a
parameter by giving it to the function; any other change of what runs at import (module and class bodies, decorators)
needs the module's code to run with it.

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
import operator
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

# Code that runs where it is made: no function of it is there to be given another one.
_IMMEDIATE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
# Who asks which variables there are is told of those that are only kept.
_ASKING = frozenset({"locals", "vars", "dir", "eval", "exec", "f_locals"})

_OPTIMIZED = 0x1  # CO_OPTIMIZED: set for functions, not for modules and classes
FORM_FEEDS = b"\f\f\f"  # as long as a byte order mark, and nothing to Python at the beginning of a line
_UNARY: dict[type, Any] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
_BINARY: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_LINE_END = re.compile(rb"\r\n|\r|\n")
_NESTED = 0x10  # CO_NESTED: the flag of a feature that is no choice any more
_FUTURE_FLAGS = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names} - {_NESTED})


@dataclass
class Default:
    """A parameter's default at one place, of a function that is made while its module is imported."""

    start: int  # bytes
    end: int
    function: tuple[str, int]  # name and first line
    argument: int  # number in the code's variables
    body: int  # the first line of the function's body


@dataclass
class NewDefault:
    code: CodeType  # of the function
    argument: int
    value: Any
    lines: frozenset[int]  # whoever calls the function runs one of them


@dataclass
class Variant:
    kind: str  # INVALID, EQUIVALENT, FUNCTION or IMPORT
    digest: bytes = b""  # of what differs: equal for duplicates
    exchanges: list[tuple[CodeType, CodeType]] = field(default_factory=list)  # FUNCTION: codes and what they become
    evidence: tuple[str, bytes, bytes] = ("", b"", b"")  # the name of the code that differs, it, and what it becomes
    default: Optional[NewDefault] = None  # IMPORT: all that it changes, where it is that


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
        """Where it acts: whoever runs none of them does not notice it."""
        default = self.variant.default if self.variant is not None else None
        lines = default.lines if default is not None else range(self.first_line, self.last_line + 1)
        return ((self.path, line) for line in lines)


@dataclass
class Statement:
    """One or more statements of a module that share lines; the lines are those of `text`."""

    start: int  # bytes
    end: int
    line: int  # 1-based
    is_string: bool = False  # begins with a string, and is not the first of the module
    code: Optional[CodeType] = None

    def text_with(self, text: bytes) -> str:
        """That text on the lines of the statement. A string that is not the first statement is no docstring: so
        something stands before it, on an empty line."""
        lines = "\n" * (self.line - 1)
        return ("0" + lines if self.is_string else lines) + text.decode("utf-8")


class SourceFile:
    """A file of the workspace, and what becomes of it. Offsets are bytes of the text as UTF-8."""

    def __init__(self, path: str) -> None:
        self.data = _read(path)
        text = self.data.decode("utf-8")  # whatever its first lines say of its encoding
        try:
            self.path, self.text = path, text
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
        self._defaults = sorted(self._find_defaults(tree), key=lambda default: default.start)
        self._default_starts = [default.start for default in self._defaults]
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
            variant = self._compare(self.code, self.mutated(start, end, replacement), 0)
        else:
            statement = self.statements[index]
            text = statement.text_with(self._text_of(index, start, end, replacement))
            variant = self._compare(self.code_of(statement), text, self._flags)
        if variant.kind == IMPORT:
            variant.default = self._new_default(start, end, replacement)
        return variant

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
        return self._compile(text, 0)

    def compile_at(self, statement: Statement, text: bytes) -> CodeType:
        return self._compile(statement.text_with(text), self._flags)

    def _compile(self, source: Any, flags: int) -> CodeType:
        return compile(source, self.path, "exec", flags=flags, dont_inherit=True)

    def _compare(self, original: CodeType, text: str, flags: int) -> Variant:
        try:
            mutated = self._compile(text, flags)
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
        if not _is_exchangeable(exchanges):
            exchanges = self._keep_variables(original, mutated, text, flags)
        return Variant(FUNCTION if exchanges else IMPORT, digest, exchanges, evidence)

    def _keep_variables(
        self, original: CodeType, mutated: CodeType, text: str, flags: int
    ) -> list[tuple[CodeType, CodeType]]:
        """A function takes only code with the same free variables (`super()` needs one, too). So the new code names
        those that it does not use any more where nothing runs. The exchanges then; none: it cannot be done."""
        lost = _lost_variables(original, mutated)
        if not lost:
            return []
        tree: Any = self._compile(text, flags | ast.PyCF_ONLY_AST)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names = lost.get((node.name, _first_line(node)))
                if names:
                    _mention(node, names)
        place = _difference(original, self._compile(tree, flags))
        kept = list(_exchanges(*place)) if place is not None and place[0].co_flags & _OPTIMIZED else []
        return kept if _is_exchangeable(kept) else []

    # ---- Defaults ----

    def _new_default(self, start: int, end: int, replacement: str) -> Optional[NewDefault]:
        index = bisect_right(self._default_starts, start) - 1
        if index < 0 or end > self._defaults[index].end:
            return None
        default = self._defaults[index]
        text = self.data[default.start : start] + replacement.encode("utf-8") + self.data[end : default.end]
        codes = [code for code in _codes(self.code) if (code.co_name, code.co_firstlineno) == default.function]
        if len(codes) != 1:
            return None
        try:
            value = _plain_value(ast.parse(b"(" + text + b")", mode="eval").body)
        except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError):
            return None
        lines = frozenset(line for line in _lines(codes[0]) if line >= default.body)
        return NewDefault(codes[0], default.argument, value, lines) if lines else None

    def _find_defaults(self, node: ast.AST) -> Iterator[Default]:
        """Of functions that are not made by others."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from self._defaults_of(child)
            elif not isinstance(child, ast.Lambda):
                yield from self._find_defaults(child)

    def _defaults_of(self, function: Any) -> Iterator[Default]:
        arguments = function.args
        count = len(arguments.posonlyargs) + len(arguments.args)
        first = count - len(arguments.defaults)
        places = [*enumerate(arguments.defaults, first), *enumerate(arguments.kw_defaults, count)]
        for argument, node in places:
            if node is not None:
                name, line = function.name, _first_line(function)
                start, end = self._offset(node), self._end_offset(node)
                yield Default(start, end, (name, line), argument, function.body[0].lineno)

    # ---- Places ----

    def _group(self, tree: ast.Module) -> list[Statement]:
        groups: list[Statement] = []
        for node in tree.body:
            first = _first_line(node)
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
        line = _first_line(node)
        return self._lines[line - 1] + (node.col_offset if line == node.lineno else 0)

    def _end_offset(self, node: Any) -> int:
        return self._lines[node.end_lineno - 1] + node.end_col_offset


def _first_line(node: Any) -> int:
    """With its decorators."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _mention(function: Any, names: list[str]) -> None:
    """Names that are not read: the compiler drops what cannot run, but not the names."""
    expressions: list[ast.stmt] = [ast.Expr(ast.Name(name, ast.Load())) for name in names]
    statement = ast.copy_location(ast.If(ast.Constant(False), expressions, []), function.body[-1])
    function.body.append(ast.fix_missing_locations(statement))


def _plain_value(node: ast.AST) -> Any:
    """Of numbers, strings, tuples of them and plain arithmetic. ValueError: it is something else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple):
        return tuple(_plain_value(part) for part in node.elts)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_plain_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _plain_value(node.left), _plain_value(node.right)
        if all(type(value) in (int, float) for value in (left, right)):
            return _BINARY[type(node.op)](left, right)
    raise ValueError


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


def _lost_variables(first: CodeType, second: CodeType) -> dict[tuple[str, int], list[str]]:
    """The free variables that functions, by name and first line, do not have any more. None where one of them asks
    which variables there are."""
    before = {(code.co_name, code.co_firstlineno): code for code in _codes(first)}
    lost = {}
    for code in _codes(second):
        old = before.get((code.co_name, code.co_firstlineno))
        names = set(old.co_freevars) - set(code.co_freevars) if old is not None else set()
        if names and not _ASKING.isdisjoint(code.co_names):
            return {}
        if names:
            lost[code.co_name, code.co_firstlineno] = sorted(names)
    return lost


def _is_exchangeable(exchanges: list[tuple[CodeType, CodeType]]) -> bool:
    return bool(exchanges) and all(
        old.co_freevars == new.co_freevars or new.co_name in _IMMEDIATE for old, new in exchanges
    )


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


def is_function(code: CodeType) -> bool:
    """Not a module or a class, and not what runs where it is made."""
    return bool(code.co_flags & _OPTIMIZED) and code.co_name not in _IMMEDIATE


def functions_of(code: CodeType) -> Iterator[CodeType]:
    """Of a module the outermost ones, in classes, too."""
    for item in code.co_consts:
        if isinstance(item, CodeType):
            if item.co_flags & _OPTIMIZED:
                yield item
            else:
                yield from functions_of(item)


def _lines(code: CodeType) -> Iterator[int]:
    return (line for _, line in dis.findlinestarts(code) if line)
