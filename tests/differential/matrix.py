#!/usr/bin/env python3
"""Some of the hostile suites with several releases of Python and pytest. By hand: it installs and takes minutes.

    python3 tests/differential/matrix.py --python python3.9 --python python3.13 [--pytest 7.4.4] ...

Without --python: every python3.9 to python3.13 that is found. The environments go beside the projects of projects.py.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Optional

from projects import FOLDER, ROOT

PYTESTS = ("7.4.4", "8.4.2", "9.2.0")
SUITES = (
    "directory",
    "threads",
    "output",
    "exit with 1",
    "SystemExit",
    "settrace",
    "alarm",
    "multiprocessing with fork",
    "reload",
    "fixture of the module",
    "autouse",
    "odd names",
    "unittest",
    "subtests",
    "coroutines",
    "warnings",
    "conftest imports the subject",
    "names taken from the module",
    "called while tests are collected",
    "generator made while tests are collected",
    "namespace package",
    "dataclasses",
    "decorated methods",
)
TESTS = ROOT / "tests" / "end-to-end" / "test_hostile_suites.py"
FAILED = re.compile(r"^(?:FAIL|ERROR): test_(\w+)", re.MULTILINE)


@dataclass
class Cell:
    python: str
    pytest: str
    failed: list[str]
    problem: Optional[str] = None


def find_pythons() -> list[str]:
    found = (shutil.which(f"python3.{minor}") for minor in range(9, 14))
    return [path for path in found if path and _version(path)]


def _version(python: str) -> str:
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def environment(python: str, version: str, pytest: str) -> tuple[str, Optional[str]]:
    """The interpreter with that pytest, and why there is none."""
    folder = FOLDER / "matrix" / f"{version}-{pytest}"
    inside = str(folder / "bin" / "python")
    if not (folder / ".prepared").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"pytest=={pytest}"]
        done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode != 0:
            return inside, "it is not made for this Python"
        (folder / ".prepared").touch()
    return inside, None


def run_cell(python: str, pytest: str, suites: tuple[str, ...]) -> Cell:
    version = _version(python)
    inside, problem = environment(python, version, pytest)
    if problem:
        return Cell(version, pytest, [], problem)
    settings = {"TESTGEN_PYTHON": inside, "TESTGEN_HOSTILE_ONLY": ",".join(suites)}
    command = [sys.executable, "-B", str(TESTS), "Hostile"]
    done = subprocess.run(command, cwd=TESTS.parent, env={**os.environ, **settings}, capture_output=True, text=True)
    failed = list(dict.fromkeys(FAILED.findall(done.stderr)))
    problem = None if done.returncode == 0 or failed else done.stderr.strip().splitlines()[-1]
    return Cell(version, pytest, failed, problem)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", help="an interpreter; may be repeated")
    parser.add_argument("--pytest", action="append", help="a release; may be repeated")
    parser.add_argument("--suite", action="append", help="a suite's name; may be repeated")
    options = parser.parse_args()
    suites = tuple(options.suite or SUITES)
    failures = 0
    for python in options.python or find_pythons():
        for pytest in options.pytest or PYTESTS:
            cell = run_cell(python, pytest, suites)
            said = cell.problem or f"{len(suites) - len(cell.failed)} of {len(suites)} as they should be"
            print(f"Python {cell.python}, pytest {cell.pytest}: {said}", flush=True)
            for name in cell.failed:
                print(f"    {name}", flush=True)
            failures += len(cell.failed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
