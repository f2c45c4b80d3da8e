"""Bounded text that is always valid UTF-8."""

from __future__ import annotations

MESSAGE_MAX = 500  # characters of a one-line message
DETAIL_MAX = 16_000  # characters of a traceback, or of the output of one test


def clean(text: str) -> str:
    """Lone surrogates (undecodable bytes) cannot be sent; they become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str, limit: int = MESSAGE_MAX) -> str:
    """The first line that is not blank."""
    for line in text.splitlines():
        if line.strip():
            line = clean(line.strip())
            return line if len(line) <= limit else line[: limit - 3] + "..."
    return ""


def bounded(text: str, limit: int = DETAIL_MAX) -> str:
    """The beginning and the end, with a line between them that says how much is missing."""
    text = clean(text)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"
