"""Texts that regular expressions match: what a pattern asks for, nobody hits upon by chance."""

from __future__ import annotations

import re
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants
    import sre_parse

TEXT_MAX = 40  # characters: more is nothing that a person reads
_SPECIAL = re.compile(r"[\\^$(\[|+*?]")
_CATEGORIES = {"DIGIT": "1", "NOT_DIGIT": "a", "SPACE": " ", "NOT_SPACE": "a", "WORD": "a", "NOT_WORD": "-"}
_OTHERS = "bcx1- "  # one of them stands for what a set excludes


def looks_like_pattern(text: str) -> bool:
    return bool(_SPECIAL.search(text))


def texts_for(pattern: str) -> list[str]:
    """With the first of all alternatives and with the last; only what the pattern finds."""
    try:
        parsed = sre_parse.parse(pattern)
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, ValueError):
        return []
    made = [_Maker(takes_last).text(parsed) for takes_last in (False, True)]
    return [text for text in dict.fromkeys(made) if 0 < len(text) <= TEXT_MAX and compiled.search(text)]


class _Maker:
    def __init__(self, takes_last: bool) -> None:
        self._choice = -1 if takes_last else 0
        self._groups: dict[int, str] = {}

    def text(self, parsed: Any) -> str:
        return "".join(self._one(str(operation), argument) for operation, argument in parsed)

    def _one(self, operation: str, argument: Any) -> str:
        if operation == "LITERAL":
            return chr(argument)
        if operation == "NOT_LITERAL":
            return next(char for char in _OTHERS if ord(char) != argument)
        if operation == "ANY":
            return "a"
        if operation == "IN":
            return self._of_set(argument)
        if operation == "BRANCH":
            return self.text(argument[1][self._choice])
        if operation == "SUBPATTERN":
            made = self.text(argument[-1])
            if argument[0] is not None:
                self._groups[argument[0]] = made
            return made
        if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = argument
            count = max(least, min(1, int(most))) if self._choice == 0 else least
            return self.text(inner) * min(count, TEXT_MAX)
        if operation == "GROUPREF":
            return self._groups.get(argument, "")
        return self.text(argument) if operation == "ATOMIC_GROUP" else ""

    def _of_set(self, items: Any) -> str:
        if items[0][0] is sre_constants.NEGATE:
            members = {chr(value) for kind, value in items[1:] if str(kind) == "LITERAL"}
            return next((char for char in _OTHERS if char not in members), "~")
        kind, value = items[self._choice]
        if str(kind) == "RANGE":
            return chr(value[0])
        return chr(value) if str(kind) == "LITERAL" else _CATEGORIES.get(str(value).replace("CATEGORY_", ""), "a")
