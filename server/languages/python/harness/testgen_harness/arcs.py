"""Which branches of a file one test took, from the arcs that coverage.py has recorded for it.

Its report says which branches were taken by all tests together, with statements as single lines. The arcs of a test are
jumps between lines as they happened: into the middle of statements, and by the line of a `with` whose block ends.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Iterable

from testgen_harness.source_lines import statement_starts

Arc = tuple[int, int]  # below 0: the exit of what is defined there


class FileArcs:
    """Raises SyntaxError or ValueError for text that is not Python."""

    def __init__(self, text: str) -> None:
        self._first = statement_starts(tokenize.generate_tokens(io.StringIO(text).readline))
        nodes = ast.walk(ast.parse(text))
        self._withs = {self._start(node.lineno) for node in nodes if isinstance(node, (ast.With, ast.AsyncWith))}

    def _start(self, line: int) -> int:
        return self._first.get(line, line)

    def taken(self, arcs: Iterable[Arc], branches: set[Arc]) -> set[Arc]:
        """Those of the branches that the arcs took."""
        targets: dict[int, set[int]] = defaultdict(set)
        for source, target in arcs:
            targets[self._start(source)].add(self._start(target))
        return {branch for branch in branches if self._is_taken(branch, targets, branches)}

    def _is_taken(self, branch: Arc, targets: dict[int, set[int]], branches: set[Arc]) -> bool:
        source, target = branch
        seen: set[int] = set()
        left = [source]
        while left:
            line = left.pop()
            reached = targets.get(line, set())
            if target in reached:
                return True
            seen.add(line)
            left += [way for way in reached & self._withs - seen if (line, way) not in branches]
        return False
