"""Calls that no test makes and that tell the function from a cheat: near recorded ones, run on the function itself.

They run in a child that may read files and do nothing else to the machine: an audit hook refuses the rest.
"""

from __future__ import annotations

import ast
import os
import resource
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from testgen_harness.evidence.cheats import call_text
from testgen_harness.evidence.frozen import literal_text, shown

CPU_SECONDS, WALL_SECONDS = 2.0, 20.0
CALLS_TRIED = 60
READING = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)
REFUSED = ("socket.", "subprocess.", "shutil.", "ctypes.", "sqlite3.", "signal.", "ftplib.", "smtplib.", "pty.")
ALLOWED_OF_OS = frozenset({"os.listdir", "os.scandir", "os.walk", "os.fwalk"})


class Refused(PermissionError):
    pass


def restrict() -> list[str]:
    """For the rest of this process. The list grows by what was refused."""
    refused: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & ~READING
        is_acting = event.startswith("os.") and event not in ALLOWED_OF_OS
        if is_writing or is_acting or event.startswith(REFUSED):
            refused.append(event)
            raise Refused(f"{event} is not allowed here")

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(hook)
    return refused


def find_exposing(function: FunctionType, name: str, examples: list[list[str]], cheat: str, constant: str) -> Any:
    """{"input", "gives"} of the first call that the cheat answers otherwise, better one that returns than one that
    raises; None when there is none. In a child."""
    refused = restrict()
    known = {literals for literals, _ in examples}
    tried, raising = 0, None
    for literals, _ in examples:
        arguments, keywords = ast.literal_eval(literals)
        for varied in variations(arguments, keywords):
            text = literal_text(varied)
            if not text or text in known or tried >= CALLS_TRIED:
                continue
            known.add(text)
            tried += 1
            outcome = _outcome(function, text)
            if refused:
                return raising
            if not _differs(cheat, constant, varied, outcome):
                continue
            found = {"input": call_text(name, text), "gives": outcome}
            if not outcome.startswith("raises "):
                return found
            raising = raising or found
    return raising


def _outcome(function: FunctionType, literals: str) -> str:
    arguments, keywords = ast.literal_eval(literals)
    try:
        return shown(function(*arguments, **keywords))
    except Exception as error:
        return f"raises {type(error).__name__}"


def _differs(cheat: str, constant: str, varied: Any, outcome: str) -> bool:
    if outcome.startswith("raises TypeError"):
        return False  # a call that makes no sense exposes nothing
    if cheat == "swallowed-errors":
        return outcome.startswith("raises ")
    if cheat == "removed-body":
        return outcome != "None"
    if cheat == "constant":
        return outcome != constant
    if cheat == "first-argument":
        first = next(iter([*varied[0], *varied[1].values()]), None)
        return outcome != shown(first)
    return cheat == "lookup-table"


def variations(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Iterator[Any]:
    for index, value in enumerate(arguments):
        for other in _near(value):
            yield (*arguments[:index], other, *arguments[index + 1 :]), keywords
    for name, value in keywords.items():
        for other in _near(value):
            yield arguments, {**keywords, name: other}


def _near(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value + 1, value - 1, -value)
    elif isinstance(value, str) and value.lstrip("-").isdecimal():
        yield from (str(int(value) + 1), str(int(value) - 1))
    elif isinstance(value, (str, bytes)):
        yield from (value + value[:1], value[:-1], value.swapcase())
    elif isinstance(value, (list, tuple)):
        yield value[:-1]
        if len(value) > 1:
            yield value[::-1]
        for index, item in enumerate(value):
            for other in _near(item):
                yield type(value)([*value[:index], other, *value[index + 1 :]])
    elif isinstance(value, dict):
        for key, item in value.items():
            for other in _near(item):
                yield {**value, key: other}
