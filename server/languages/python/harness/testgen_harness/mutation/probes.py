"""Which lines of some files run, by code that says so itself: for Python before 3.12, where a trace function makes
everything that runs slower by far, wherever it is.

Modules are imported with a call before each statement that notes its number, and then have their own code again; in the
processes that watch the tests they are given that code once more. What the code does is the same, and so are its
names, variables and lines."""

from __future__ import annotations

import ast
import dis
import importlib.machinery
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Callable, Optional, Union

from testgen_harness.mutation.functions import Functions, Key, key_of
from testgen_harness.mutation.reached import HAS_MONITORING, Lines, Ran, Started

MARK = "\0a probe of testgen"  # the constant in whose place the probe comes

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class NotProbed(Exception):
    """The file has code that cannot be told from other code of it."""


@dataclass
class Probe:
    lines: frozenset[int]  # of the statement
    begins: Optional[tuple[str, int]] = None  # the function, by name and first line


@dataclass
class Source:
    path: str
    text: str
    code: CodeType


class Probed:
    """The code of one file with its probes, which are numbered from `first` on."""

    def __init__(self, source: Source, first: int) -> None:
        self.path = source.path
        tree = ast.parse(source.text, source.path)
        inserter = _Inserter(first, _lines_with_code(source.code))
        inserter.insert(tree)
        self.probes = inserter.probes
        self.numbers = range(first, first + len(self.probes))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a constant that is called; the rest was said of the original
            self._made = compile(tree, source.path, "exec", dont_inherit=True)
        self._originals = _by_key(source.code)
        self.with_note(lambda number: None)  # whether that can be done is known from here on

    def with_note(self, note: Callable[[int], Any]) -> tuple[CodeType, list[tuple[CodeType, CodeType]]]:
        """The module's code, which tells `note` the numbers, and each code in the original with the one in it."""
        module = _with_note(self._made, note)
        return module, list(self._pairs(_by_key(module)))

    def _pairs(self, made: dict[Key, list[CodeType]]) -> Iterator[tuple[CodeType, CodeType]]:
        for key, originals in self._originals.items():
            new = made.get(key, [])
            if len(new) != len(originals):  # equal ones on one line are one to the compiler
                if len(originals) != 1 or not new:
                    raise NotProbed(f"{self.path}:{key[2]}: {key[1]}")
                new = new[:1]
            yield from zip(originals, new)

    def functions(self) -> Iterator[CodeType]:
        """Of the original."""
        return (code for codes in self._originals.values() for code in codes)

    def codes_of(self, probe: Probe) -> list[CodeType]:
        """The original code of the function that begins there. Of several on one line it may be any."""
        if probe.begins is None:
            return []
        return self._originals.get((self.path, *probe.begins), [])


def _by_key(code: CodeType) -> dict[Key, list[CodeType]]:
    found: dict[Key, list[CodeType]] = {}
    pending = [code]
    while pending:
        for inner in (item for item in pending.pop().co_consts if isinstance(item, CodeType)):
            found.setdefault(key_of(inner), []).append(inner)
            pending.append(inner)
    return found


def _lines_with_code(code: CodeType) -> frozenset[int]:
    lines = {line for _, line in dis.findlinestarts(code) if line}
    for item in code.co_consts:
        if isinstance(item, CodeType):
            lines |= _lines_with_code(item)
    return frozenset(lines)


def _with_note(code: CodeType, note: Callable[[int], Any]) -> CodeType:
    def put(item: Any) -> Any:
        if isinstance(item, CodeType):
            return _with_note(item, note)
        return note if type(item) is str and item == MARK else item

    return code.replace(co_consts=tuple(put(item) for item in code.co_consts))


class _Inserter:
    def __init__(self, first: int, lines: frozenset[int]) -> None:
        self._first, self._lines = first, lines
        self.probes: list[Probe] = []

    def insert(self, tree: ast.Module) -> None:
        tree.body = self._block(tree.body, has_docstring=True)
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.Lambda):
                number = self._add(node.lineno, node.end_lineno or node.lineno, ("<lambda>", node.lineno))
                node.body = self._before(number, node.body)
            elif isinstance(node, ast.GeneratorExp):
                number = self._add(node.lineno, node.end_lineno or node.lineno)
                node.elt = self._before(number, node.elt)  # it may run long after its statement
        ast.fix_missing_locations(tree)

    def _block(
        self, statements: list[ast.stmt], beginning: Sequence[ast.stmt] = (), has_docstring: bool = False
    ) -> list[ast.stmt]:
        block: list[ast.stmt] = []
        rest = list(statements)
        while rest and ((has_docstring and not block and _is_string(rest[0])) or _is_future(rest[0])):
            block.append(rest.pop(0))
        block += beginning
        for statement in rest:
            if not isinstance(statement, (ast.Global, ast.Nonlocal)):  # nothing runs there
                block.append(self._statement(self._number_of(statement), statement))
            self._enter(statement)
            block.append(statement)
        return block

    def _enter(self, statement: Any) -> None:
        is_function = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        has_docstring = is_function or isinstance(statement, ast.ClassDef)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(statement, name, None)
            if block:
                beginning = [self._beginning(statement)] if is_function else []
                setattr(statement, name, self._block(block, beginning, has_docstring))
        for handler in getattr(statement, "handlers", []):
            number = self._add(handler.lineno, handler.lineno if handler.type is None else handler.type.end_lineno)
            beginning = [self._statement(number, handler.body[0])] if handler.type is None else []
            if handler.type is not None:
                handler.type = self._before(number, handler.type)
            handler.body = self._block(handler.body, beginning)
        for case in getattr(statement, "cases", []):
            case.body = self._block(case.body)

    def _number_of(self, statement: Any) -> int:
        """Of a statement with others in it: what stands before them."""
        first, last = _first_line(statement), statement.end_lineno
        body = getattr(statement, "body", None)
        if body:
            last = max(statement.lineno, _first_line(body[0]) - 1)
        number = self._add(first, last)
        for case in getattr(statement, "cases", []):  # which of them it comes to is not seen
            self.probes[number - self._first].lines |= self._range(
                case.pattern.lineno, max(case.pattern.lineno, _first_line(case.body[0]) - 1)
            )
        return number

    def _beginning(self, function: Function) -> ast.stmt:
        line = _first_line(function)
        return self._statement(self._add(line, line, (function.name, line)), function.body[0])

    def _add(self, first: int, last: int, begins: Optional[tuple[str, int]] = None) -> int:
        self.probes.append(Probe(self._range(first, last), begins))
        return self._first + len(self.probes) - 1

    def _range(self, first: int, last: int) -> frozenset[int]:
        return frozenset({first, *(line for line in range(first, last + 1) if line in self._lines)})

    def _statement(self, number: int, where: ast.stmt) -> ast.stmt:
        return ast.copy_location(ast.Expr(self._call(number, where)), where)

    def _before(self, number: int, value: ast.expr) -> ast.expr:
        return ast.copy_location(ast.BoolOp(ast.Or(), [self._call(number, value), value]), value)

    def _call(self, number: int, where: ast.AST) -> ast.expr:
        call: Any = ast.Call(ast.Constant(MARK), [ast.Constant(number)], [])
        return ast.copy_location(call, where)


def _first_line(node: Any) -> int:
    """With its decorators."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _is_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


class Probes:
    """Of some files. In the processes that watch tests it does what a tracer does."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._seen: set[int] = set()
        self.files: list[Probed] = []
        self._owners: list[Probed] = []  # by the number of a probe
        self._probes: list[Probe] = []
        for source in sources:
            probed = Probed(source, len(self._probes))
            self.files.append(probed)
            self._probes += probed.probes
            self._owners += [probed] * len(probed.probes)
        self.ran: Optional[Ran] = None  # is told which functions ran
        self._others = Others({})
        self._is_whole = True  # every function that there is has its probes

    @property
    def paths(self) -> list[str]:
        return [probed.path for probed in self.files]

    def codes_begun(self, number: int) -> list[CodeType]:
        return self._owners[number].codes_of(self._probes[number])

    def lines_of(self, numbers: Iterable[int]) -> Lines:
        return {(self._owners[number].path, line) for number in numbers for line in self._probes[number].lines}

    # ---- In a process that watches tests ----

    def start(self) -> None:
        """For good."""
        functions, codes, changes = Functions(self.paths), {}, []
        for probed in self.files:
            codes[probed.path], pairs = probed.with_note(self._seen.add)
            changes += [(function, new) for old, new in pairs for function in functions.of(old)]
        for function, code in changes:
            if function.__code__.co_freevars == code.co_freevars:
                function.__code__ = code
            else:  # someone has given it another code
                self._is_whole = False
        self._others = Others(codes)
        _provide(codes)
        sys.addaudithook(self._others.on_event)
        self._seen.clear()

    def is_blind(self) -> bool:
        """A test has run code of the files that is without probes, or may have."""
        return bool(self._others.paths) or not self._is_whole

    def take(self) -> Lines:
        """Since the last time."""
        seen = list(self._seen)
        self._seen.clear()
        self._others.paths.clear()
        for code in (code for number in seen for code in self.codes_begun(number)):
            if self.ran is not None:
                self.ran.note(code)
        return self.lines_of(seen)


class Others:
    """Notes of which files other code runs than the one given: pytest rewrites plugins, tests may run a file."""

    def __init__(self, codes: dict[str, CodeType]) -> None:
        self._codes = codes
        self.paths: set[str] = set()

    def on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "exec" and isinstance(arguments[0], CodeType):
            code = arguments[0]
            if code.co_filename in self._codes and code is not self._codes[code.co_filename]:
                self.paths.add(code.co_filename)

    def end(self) -> None:
        """A hook stays for good."""
        self._codes = {}


def _provide(codes: dict[str, CodeType]) -> Callable[[], None]:
    """What is imported from now on, or again, is made of these codes by path. Returns what ends that."""
    loader: Any = importlib.machinery.SourceFileLoader
    get_code = loader.get_code
    loader.get_code = lambda self_, name: codes.get(self_.path) or get_code(self_, name)

    def end() -> None:
        loader.get_code = get_code

    return end


class ImportProbes:
    """What of some files runs while modules are imported. Afterwards functions have the code of the original."""

    def __init__(self, probes: Probes, started: Started) -> None:
        self._probes, self._started = probes, started
        self._seen: set[int] = set()
        self._codes: dict[str, CodeType] = {}
        self._pairs: list[tuple[CodeType, CodeType]] = []
        for probed in probes.files:
            self._codes[probed.path], pairs = probed.with_note(self._note)
            self._pairs += pairs
        self._holders = [sys.getrefcount(new) for _, new in self._pairs]
        self._end: Optional[Callable[[], None]] = None
        self._others: list[Others] = []  # one, from the start on

    def _note(self, number: int) -> None:
        self._seen.add(number)
        for code in self._probes.codes_begun(number):
            self._started.note(code, sys._getframe(1))

    def start(self) -> None:
        if not self._others:
            self._others.append(Others(self._codes))
            sys.addaudithook(self._others[0].on_event)
        self._end = _provide(self._codes)

    def stop(self) -> None:
        if self._end is not None:
            self._end()
            self._end = None

    def take(self) -> Lines:
        """Of a file that ran without probes everything may have run."""
        lines = self._probes.lines_of(self._seen)
        for other in self._others:
            for probed in self._probes.files:
                if probed.path in other.paths:
                    lines |= self._probes.lines_of(probed.numbers)
                    for code in probed.functions():
                        self._started.note_foreign(code)
            other.end()
        return lines

    def restore(self) -> None:
        """Who has kept a code for something else keeps it, and the function, too: it does the same."""
        functions = Functions(self._probes.paths)
        changes = [[(f, old, new) for f in functions.of(new) if f.__code__ is new] for old, new in self._pairs]
        for each in changes:
            for function, old, _ in each:
                function.__code__ = old
        for each, (_, new), holders in zip(changes, self._pairs, self._holders):
            if sys.getrefcount(new) > holders + len(each):  # those in `each`
                for function, _, _ in each:
                    function.__code__ = new


def make_probes(sources: list[Source]) -> Optional[Probes]:
    """None: to watch them costs little, or cannot be done like this."""
    if HAS_MONITORING:
        return None
    try:
        return Probes(sources)
    except (NotProbed, SyntaxError, RecursionError):
        return None
