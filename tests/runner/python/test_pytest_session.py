"""What a session of pytest in this process leaves behind, seen in a process of its own."""

from __future__ import annotations

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
