"""Branches of a code object as pairs of lines, from its byte code (Python 3.12 and later).

A conditional jump has two ways out. Each is followed until it reaches another line: that line is where the branch goes.
A line with at least two different destinations is a branch line, as in coverage.py. Left out are ways that stay on the
line until another conditional jump (`a and b`: the later jump decides), ways that end in raising (a failed `assert`,
the re-raising half of `with`), whether an `except` clause fits, and code without statements of its own (lambdas,
comprehensions, generator expressions). `async for` ends by an exception, not by a jump: its ways are not seen.
"""

from __future__ import annotations

import dis
from collections import defaultdict
from types import CodeType
from typing import Callable, Optional

EXIT = 0  # the destination "leaves the function"

INLINE_NAMES = frozenset({"<lambda>", "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})
UNCONDITIONAL = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP", "JUMP_NO_INTERRUPT"})
RAISING = frozenset({"RAISE_VARARGS", "RERAISE"})
RETURNING = frozenset({"RETURN_VALUE", "RETURN_CONST", "INSTRUMENTED_RETURN_VALUE", "INSTRUMENTED_RETURN_CONST"})
WITH_EXIT_LENGTH = 5  # LOAD_CONST None three times, CALL, POP_TOP
TRAIL_MAX = 10_000  # instructions; a way longer than this on one line is given up


class CodeBranches:
    """`first_line` maps a line to the first one of its statement."""

    def __init__(self, code: CodeType, first_line: Callable[[int], int]) -> None:
        self._instructions = list(dis.get_instructions(code))
        self._index = {instruction.offset: index for index, instruction in enumerate(self._instructions)}
        self._lines = [self._line_of(instruction, first_line) for instruction in self._instructions]
        self.has_statements = code.co_name not in INLINE_NAMES

    @staticmethod
    def _line_of(instruction: dis.Instruction, first_line: Callable[[int], int]) -> Optional[int]:
        line = instruction.positions.lineno if instruction.positions else None
        return first_line(line) if line else None

    def _is_conditional(self, index: int) -> bool:
        instruction = self._instructions[index]
        jumps = instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs
        return jumps and instruction.opname not in UNCONDITIONAL and instruction.opname != "SEND"

    def _matches_exception(self, index: int) -> bool:
        return index > 0 and self._instructions[index - 1].opname == "CHECK_EXC_MATCH"

    def _leaves_with(self, index: int) -> bool:
        """The call of `__exit__(None, None, None)` belongs to the line of the `with`, but nobody branches to it."""
        loads = self._instructions[index : index + 3]
        names = [instruction.opname for instruction in self._instructions[index + 3 : index + WITH_EXIT_LENGTH]]
        return all(load.opname == "LOAD_CONST" and load.argval is None for load in loads) and names == [
            "CALL",
            "POP_TOP",
        ]

    def _index_at(self, offset: int) -> Optional[int]:
        """The instruction at an offset, or the next one: events may point at an inline cache."""
        if self._instructions and offset <= self._instructions[-1].offset:
            while offset not in self._index:
                offset += 2
            return self._index[offset]
        return None

    def _destination(self, index: Optional[int], line: int) -> Optional[int]:
        """Where the way that begins at an instruction leaves `line`; None when it does not count."""
        for _ in range(TRAIL_MAX):
            if index is None or index >= len(self._instructions):
                return None
            instruction = self._instructions[index]
            here = self._lines[index]
            if self._leaves_with(index):
                index += WITH_EXIT_LENGTH
                continue
            if here is not None and here != line:
                return here
            if instruction.opname in RETURNING:
                return EXIT
            if instruction.opname in RAISING or self._is_conditional(index):
                return None
            index = self._index_at(instruction.argval) if instruction.opname in UNCONDITIONAL else index + 1
        return None

    def possible(self) -> dict[int, set[int]]:
        """Destinations by line."""
        found: dict[int, set[int]] = defaultdict(set)
        for index, instruction in enumerate(self._instructions):
            line = self._lines[index]
            if line is None or not self._is_conditional(index) or self._matches_exception(index):
                continue
            for way in (index + 1, self._index_at(instruction.argval)):
                destination = self._destination(way, line)
                if destination is not None:
                    found[line].add(destination)
        return dict(found)

    def taken(self, source: int, destination: int) -> Optional[tuple[int, int]]:
        """The pair of lines of a branch event, by its offsets; None when it does not count."""
        index = self._index_at(source)
        line = self._lines[index] if index is not None else None
        if line is None:
            return None
        target = self._destination(self._index_at(destination), line)
        return None if target is None else (line, target)
