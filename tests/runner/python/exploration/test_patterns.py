"""Texts are made that patterns match."""

from __future__ import annotations

import re

import pytest
from testgen_harness.exploration.patterns import TEXT_MAX, looks_like_pattern, texts_for


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"(?i)(quiz)$", ["quiz"]),
        (r"(?i)(matr|vert|ind)(?:ix|ex)$", ["matrix", "index"]),
        (r"^\d+\.\d{2}$", ["1.11"]),
        (r"([A-Z]+)_[^_b]", ["A_c"]),
        (r"(\w)\1", ["aa"]),
        (r"a?b*c", ["abc", "c"]),
        (r"\s\S\D\W.", [" aa-a"]),
    ],
)
def test_texts_take_the_first_and_the_last_alternatives(pattern: str, texts: list[str]) -> None:
    assert texts_for(pattern) == texts
    assert all(re.search(pattern, text) for text in texts)


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(?<!a)", f"a{{{TEXT_MAX + 1}}}", r"a(?=b)", ""])
def test_what_cannot_be_read_or_matched_gives_none(pattern: str) -> None:
    assert texts_for(pattern) == []


def test_plain_texts_are_no_patterns() -> None:
    assert [looks_like_pattern(text) for text in ("foo-bar", "a.b", "a|b", "^a", "x*")] == [
        False,
        False,
        True,
        True,
        True,
    ]
