"""Which lines of a source file can be executed, by the same rules as coverage.py: statements by their first line,
without docstrings, without what `# pragma: no cover` and its kin leave out.

Only the rules are shared: the lines come from code objects (`co_lines`), the extent of statements from the tokens, and
exclusions go from a clause's line to everything in the clause.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Optional

EXCLUDE = re.compile(
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)"
    r"|^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)"
    r"|^\s*if (typing\.)?TYPE_CHECKING:",
    re.MULTILINE,
)
NO_BRANCH = re.compile(
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)|^\s*(while|if) (True|1|False|0):", re.MULTILINE
)

Definition = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """The code object and all those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def statement_starts(tokens: Iterable[tokenize.TokenInfo]) -> dict[int, int]:
    """The first line of the statement that a line is of."""
    first: dict[int, int] = {}
    start = 0
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if start:
                first.update(dict.fromkeys(range(start, token.end[0] + 1), start))
            start = 0
        elif not start and token.string.strip() and token.type != tokenize.COMMENT:
            start = token.start[0]
    return first


class SourceLines:
    """Raises SyntaxError or ValueError for text that is not Python."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        tree = ast.parse(text, path)
        self.code: CodeType = compile(text, path, "exec", dont_inherit=True)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        self._first = statement_starts(tokens)
        self.no_branch = self._lines_matching(NO_BRANCH)
        excluded = self._lines_matching(EXCLUDE)
        _ClauseExclusion(excluded).visit(tokens)
        self.excluded = self.first_lines(excluded)
        self._exclude_definitions(tree)
        ignored = self.excluded | _docstring_lines(tree)
        statements = self.first_lines(set(_lines_of(self.code)) - ignored)
        self.statements: set[int] = statements - ignored if text.strip() else set()

    def first_line(self, line: int) -> int:
        return self._first.get(line, line)

    def first_lines(self, lines: Iterable[int]) -> set[int]:
        return {self.first_line(line) for line in lines}

    def _lines_matching(self, pattern: re.Pattern[str]) -> set[int]:
        lines: set[int] = set()
        for match in pattern.finditer(self._text):
            first = self._text.count("\n", 0, match.start()) + 1
            last = first + match.group().count("\n")
            lines.update(self.first_line(line) for line in range(first, last + 1))
        return lines

    def _exclude_definitions(self, tree: ast.AST) -> None:
        """An excluded decorator or signature excludes the whole definition."""
        for node in ast.walk(tree):
            if isinstance(node, Definition):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if not self.excluded.isdisjoint(range(first, node.lineno + 1)):
                    self.excluded.update(range(first, (node.end_lineno or node.lineno) + 1))


class _ClauseExclusion:
    """Carries an exclusion from the line that opens a clause (`if x:  # pragma: no cover`) to the clause's suite."""

    def __init__(self, excluded: set[int]) -> None:
        self._excluded = excluded
        self._indent = 0
        self._nesting = 0
        self._start = 0
        self._clause: Optional[int] = None  # the indentation of the clause that is being excluded

    def visit(self, tokens: list[tokenize.TokenInfo]) -> None:
        for token in tokens:
            self._follow(token)
            if token.string.strip() and token.type != tokenize.COMMENT and not self._start:
                self._begin_statement(token)

    def _follow(self, token: tokenize.TokenInfo) -> None:
        if token.type == tokenize.INDENT:
            self._indent += 1
        elif token.type == tokenize.DEDENT:
            self._indent -= 1
        elif token.type == tokenize.NEWLINE:
            self._start = 0
        elif token.type == tokenize.OP and token.string in "([{":
            self._nesting += 1
        elif token.type == tokenize.OP and token.string in ")]}":
            self._nesting -= 1
        elif token.type == tokenize.OP and token.string == ":" and self._nesting == 0:
            self._open_clause(token.end[0])

    def _open_clause(self, line: int) -> None:
        if self._clause is None and not self._excluded.isdisjoint(range(self._start, line + 1)):
            self._excluded.add(line)
            self._clause = self._indent

    def _begin_statement(self, token: tokenize.TokenInfo) -> None:
        self._start = token.start[0]
        if self._clause is not None and self._indent <= self._clause:
            self._clause = None
        if self._clause is not None:
            self._excluded.add(token.end[0])


def _lines_of(code: CodeType) -> Iterator[int]:
    for part in code_objects(code):
        for _, _, line in part.co_lines():
            if line:
                yield line


def _docstring_lines(tree: ast.AST) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (*Definition, ast.Module)) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines
