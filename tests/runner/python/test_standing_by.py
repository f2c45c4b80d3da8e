"""A harness that stays ready: what a process that stands by says is what a new process says."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = "LIMIT = 10\n\n\ndef is_full(count):\n    return count >= LIMIT\n"
TESTS = "from shelf import is_full\n\n\ndef test_is_full():\n    assert is_full(11)\n    assert not is_full(3)\n"
BOUNDARY = "from shelf import is_full\n\n\ndef test_boundary():\n    assert is_full(10)\n"
LAUNCH = "import sys; from testgen_harness.server import serve; sys.exit(serve())"


class Harness:
    """The process, and the requests and answers of one project."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root, self.scratch = root, scratch
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import os; os.dup2({theirs.fileno()}, 3); {LAUNCH}"],
            pass_fds=[theirs.fileno(), 3],
            cwd=root,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )
        theirs.close()
        self._channel, self._lines, self._next = ours, ours.makefile("r", encoding="ascii"), 1
        assert json.loads(self._lines.readline())["event"] == "hello"

    def judge(self, original: str = ">=", replacement: str = ">", **fields: Any) -> tuple[list[str], dict[str, Any]]:
        """The statuses of one mutant of the source, and the answer."""
        path = self.root / "shelf.py"
        start = path.read_text().index(original)
        mutant = {"start": start, "end": start + len(original), "replacement": replacement}
        request = {"id": self._next, "command": "mutate", "root": str(self.root), "scratch": str(self.scratch)}
        request |= {"files": [{"path": str(path), "mutants": [mutant]}], "workers": 1, "stays_ready": True, **fields}
        self._next += 1
        self._channel.sendall(json.dumps(request).encode() + b"\n")
        statuses = []
        while True:
            message = json.loads(self._lines.readline())
            assert message["id"] == request["id"]
            if message["event"] == "verdict":
                statuses.append(message["status"])
            if message["event"] == "answer":
                return statuses, message

    def ask(self, **fields: Any) -> tuple[str, bool]:
        """The status, and whether somebody stood by."""
        statuses, answer = self.judge(**fields)
        assert "error" not in answer, answer
        return statuses[0], self._stood_by(answer)

    @staticmethod
    def _stood_by(answer: dict[str, Any]) -> bool:
        return answer["result"]["stood_by"]

    def close(self) -> None:
        self._channel.close()
        self._lines.close()
        self._process.wait(10)


@pytest.fixture
def harness(tmp_path: Path):
    root, scratch = tmp_path / "project", tmp_path / "scratch"
    (root / "tests").mkdir(parents=True)
    scratch.mkdir()
    (root / "shelf.py").write_text(SOURCE)
    (root / "tests" / "test_shelf.py").write_text(TESTS)
    made = Harness(root, scratch)
    yield made
    made.close()


def test_the_second_run_finds_everything_ready(harness: Harness) -> None:
    assert harness.ask() == ("survived", False)
    assert harness.ask() == ("survived", True)
    assert harness.ask(original="count >= LIMIT", replacement="False") == ("killed", True)


def test_an_edited_source_is_the_one_that_is_judged(harness: Harness) -> None:
    harness.ask()
    (harness.root / "shelf.py").write_text(SOURCE.replace(">= LIMIT", ">= LIMIT + 1"))
    assert harness.ask() == ("killed", True)


def test_an_edited_test_is_the_one_that_runs(harness: Harness) -> None:
    harness.ask()
    (harness.root / "tests" / "test_shelf.py").write_text(BOUNDARY)
    assert harness.ask() == ("killed", True)
    (harness.root / "tests" / "test_shelf.py").write_text(TESTS)
    (harness.root / "tests" / "test_boundary.py").write_text(BOUNDARY)
    assert harness.ask() == ("killed", True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "conftest.py").write_text("collect_ignore = []\n"), id="conftest"),
        pytest.param(lambda root: (root / "tests/conftest.py").write_text("collect_ignore = []\n"), id="below"),
        pytest.param(lambda root: (root / "pytest.ini").write_text("[pytest]\npython_files = test_*.py\n"), id="ini"),
    ],
)
def test_what_a_new_process_would_read_is_read(harness: Harness, change: Any) -> None:
    harness.ask()
    assert harness.ask() == ("survived", True)
    change(harness.root)
    assert harness.ask() == ("survived", False)
    assert harness.ask() == ("survived", True)


def test_an_edited_conftest_counts(harness: Harness) -> None:
    conftest = harness.root / "conftest.py"
    conftest.write_text("collect_ignore_glob = ['tests/test_boundary*']\n")
    (harness.root / "tests" / "test_boundary.py").write_text(BOUNDARY)
    assert harness.ask() == ("survived", False)
    assert harness.ask() == ("survived", True)
    conftest.write_text("collect_ignore_glob = ['tests/nothing*']\n")
    assert harness.ask() == ("killed", False)


def test_what_is_selected_may_change(harness: Harness) -> None:
    (harness.root / "more").mkdir()
    (harness.root / "more" / "test_boundary.py").write_text(BOUNDARY)
    assert harness.ask(selection=["tests/test_shelf.py"]) == ("survived", False)
    assert harness.ask(selection=["more/test_boundary.py::test_boundary"]) == ("killed", True)
    assert harness.ask() == ("killed", True)


def test_pytest_is_configured_as_for_all_tests(harness: Harness) -> None:
    """An option that a conftest.py of the tests adds, and the configuration uses."""
    (harness.root / "pytest.ini").write_text("[pytest]\naddopts = --near\n")
    (harness.root / "tests" / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--near', action='store_true')\n"
    )
    assert harness.ask() == ("survived", False)
    assert harness.ask(selection=["tests/test_shelf.py"]) == ("survived", True)


def test_where_a_conftest_imports_the_source_nobody_stands_by(harness: Harness) -> None:
    (harness.root / "conftest.py").write_text("import shelf\n")
    assert harness.ask() == ("survived", False)
    assert harness.ask() == ("survived", False)


def test_what_a_session_leaves_in_its_cache_is_not_there_for_the_next(harness: Harness) -> None:
    (harness.root / "tests" / "test_cache.py").write_text(
        "def test_cache(cache):\n    assert cache.get('seen', None) is None\n    cache.set('seen', 1)\n"
    )
    for stands_by in (False, True, True):
        statuses, answer = harness.judge()
        assert (statuses, answer["result"]["stood_by"]) == (["survived"], stands_by)


def test_a_process_that_ends_itself_is_told_and_the_next_one_goes_on(harness: Harness) -> None:
    harness.ask()
    test = harness.root / "tests" / "test_shelf.py"
    test.write_text("import os\nos._exit(3)\n")
    statuses, answer = harness.judge()
    assert (statuses, answer["error"]["code"]) == ([], "CHILD")
    test.write_text(TESTS)
    assert harness.ask()[0] == "survived"


def test_a_command_that_stays_ready_for_nothing_leaves_nobody(harness: Harness) -> None:
    assert harness.ask(stays_ready=False) == ("survived", False)
    assert harness.ask(stays_ready=False) == ("survived", False)
