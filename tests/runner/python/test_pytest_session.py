"""What a session of pytest in this process leaves behind, seen in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import testgen_harness
from testgen_harness.pytest_session import _advice

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest

root = sys.argv[2]
code = run_pytest(SessionOptions(root, root, [], ["test_it.py"]), Reporter(lambda *event, **data: None, root))
print("exit", code, "hypothesis" in sys.modules)
"""

PLAIN = "def test_it():\n    assert True\n"
PROPERTY = """
from hypothesis import given, strategies

@given(strategies.integers())
def test_it(number):
    assert number == number
"""


@pytest.mark.parametrize(("code", "is_imported"), [(PLAIN, False), (PROPERTY, True)])
def test_hypothesis_is_imported_only_by_who_uses_it(code: str, is_imported: bool, tmp_path: Path) -> None:
    pytest.importorskip("hypothesis")
    (tmp_path / "test_it.py").write_text(code)
    harness = Path(testgen_harness.__file__).parents[1]
    command = [sys.executable, "-c", SCRIPT, str(harness), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"exit 0 {is_imported}", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("reason", "packages"),
    [
        ("unrecognized arguments: --cov=shop --cov-report=term", "pytest-cov"),
        ("unrecognized arguments: --reruns 3 -n 4 --dist=loadfile", "pytest-rerunfailures pytest-xdist"),
        ("unrecognized arguments: --asyncio-mode=auto --unheard-of", "pytest-asyncio"),
        ("unrecognized arguments: --coverage", ""),
        ("ambiguous option: --cov could match --cov-on, --covered", ""),
    ],
)
def test_options_of_a_plugin_that_is_not_installed(reason: str, packages: str) -> None:
    advice = _advice(reason)
    expected = f"run {sys.executable} -m pip install {packages}, or take the options out of the project's configuration"
    assert advice == (f"; {expected}" if packages else "")


def test_a_configuration_that_needs_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --mpl\n")
    (tmp_path / "test_it.py").write_text(PLAIN)
    harness = Path(testgen_harness.__file__).parents[1]
    command = [sys.executable, "-c", SCRIPT, str(harness), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "pytest did not start: unrecognized arguments: --mpl; run " in done.stderr
    assert "pip install pytest-mpl" in done.stderr


COMPARISONS = """
import pytest

class Broken:
    def __eq__(self, other):
        return False
    def __repr__(self):
        raise ValueError("no")

def test_numbers():
    assert 1 + 1 == 3, "sums"

def test_texts():
    assert "a\\nb" == "a\\nc"

def test_not_equality():
    assert 1 > 2

def test_an_exception_after_a_comparison():
    with pytest.raises(AssertionError):
        assert 1 == 2
    raise KeyError("k")

def test_broken():
    assert Broken() == 1

def test_passes():
    assert 1 == 1
"""
SIDES = """
import json, sys
sys.path.insert(0, sys.argv[1])
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest

root = sys.argv[2]
found = {}
def emit(event, **data):
    if event == "test":
        found[data["test"].split("::")[1]] = [data.get("expected"), data.get("actual")]
run_pytest(SessionOptions(root, root, [], ["test_it.py"]), Reporter(emit, root))
print("\\n" + json.dumps(found))
"""


def test_the_sides_of_a_comparison_that_did_not_hold_are_told(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(COMPARISONS)
    harness = Path(testgen_harness.__file__).parents[1]
    command = [sys.executable, "-c", SIDES, str(harness), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "test_numbers": ["3", "2"],
        "test_texts": ["a\nc", "a\nb"],
        "test_not_equality": [None, None],
        "test_an_exception_after_a_comparison": [None, None],
        "test_broken": ["1", "<Broken that cannot be shown: ValueError>"],
        "test_passes": [None, None],
    }
