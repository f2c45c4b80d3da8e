"""What tests run of a file: lines, branches and boundaries, each test by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from testgen_harness.commands import Context
from testgen_harness.commands.reach import Request, execute

CODE = """LIMIT = 10


def grade(points):
    if points > LIMIT:
        return "a"
    return "b"
"""
TESTS = """import pytest

from graded import grade


def test_above():
    assert grade(11) == "a"


@pytest.mark.parametrize("points", [10, 9])
def test_others(points):
    assert grade(points) == "b"


def test_ends_its_process():
    import os
    os._exit(1)
"""


def reach(root: Path, *tests: str) -> dict[str, Any]:
    (root / "graded.py").write_text(CODE)
    (root / "test_graded.py").write_text(TESTS)
    (root / "scratch").mkdir(exist_ok=True)
    names = [f"test_graded.py::{test}" for test in tests]
    request = Request(str(root), str(root / "scratch"), names, [str(root / "graded.py")])
    return execute(request, Context(lambda event, **fields: None))


def test_each_test_by_itself(tmp_path: Path) -> None:
    found = reach(tmp_path, "test_above", "test_others", "test_ends_its_process")
    rows = {row["test"].rpartition("::")[2]: row for row in found["rows"]}
    assert set(rows) == {"test_above", "test_others"}  # of the third nobody knows
    lines = {name: row["files"][0]["executed"] for name, row in rows.items()}
    assert lines == {"test_above": [1, 4, 5, 6], "test_others": [1, 4, 5, 7]}  # what the import runs counts for both
    taken = {
        name: [(branch["line"], branch["target"]) for branch in row["files"][0]["branches"] if branch["taken"]]
        for name, row in rows.items()
    }
    assert taken == {"test_above": [(5, 6)], "test_others": [(5, 7)]}
    assert {name: row["boundaries"] for name, row in rows.items()} == {"test_above": [2], "test_others": [0, 1]}


def test_the_whole_suite_in_one_row(tmp_path: Path) -> None:
    (tmp_path / "test_graded.py").write_text("")
    found = reach(tmp_path)
    assert [row["test"] for row in found["rows"]] == []  # the process that ran it ended
    (tmp_path / "test_graded.py").unlink()


def test_what_cannot_be_collected_is_said(tmp_path: Path) -> None:
    found = reach(tmp_path, "test_that_is_not_there")
    assert found["rows"] == [] and found["notes"]
