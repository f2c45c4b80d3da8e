"""What ./dev bench generate runs and measures with: the programs that write tests, and the judges of their tests."""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "differential"))

from projects import PROJECTS, Project  # noqa: E402

from server import Server  # noqa: E402

BINARY = os.environ.get("TESTGEN_BINARY", str(ROOT / "build" / "release" / "bin" / "testgen"))
NOTICED = {"Killed", "Timeout"}
TIMES_OURS = 10  # the time of the peer
SLACK_SECONDS = 600  # more that the peer may take for its assertions, after its search
NO_TEST_PASSES = "no test passes without mutants"
OUR_MOST_TESTS = 200  # the peer has no limit either

Mutant = tuple[Any, ...]


@dataclass
class Written:
    """A project whose tests are those that were written for one module, and nothing else."""

    seconds: float
    problem: str = ""
    tests: int = 0
    lines: int = 0  # that are not empty
    kills: set[Mutant] = field(default_factory=set)
    mutants: int = 0
    line_percent: float = 0.0
    branch_percent: float = 0.0

    def as_json(self) -> dict[str, Any]:
        fields = {**self.__dict__, "kills": len(self.kills), "seconds": round(self.seconds, 1)}
        return {**fields, "lines_per_kill": round(self.lines / len(self.kills), 3) if self.kills else None}


def project_named(name: str) -> Project:
    return next(project for project in PROJECTS if project.name == name)


def run(command: list[str], root: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **options.pop("environment", {})}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment, check=False, **options)


# ---- Projects ----


def copy_of(project: Project, source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache", ".testgen"))
    return target


def without_tests(project: Project, root: Path) -> Path:
    """Its own tests are gone, wherever they are, and a new folder is where new ones go."""
    for folder in [path for path in root.rglob("tests") if path.is_dir()]:
        shutil.rmtree(folder, ignore_errors=True)
    for file in root.rglob("test_*.py"):
        file.unlink()
    (root / "tests").mkdir(exist_ok=True)
    (root / "pytest.ini").write_text(f"[pytest]\ntestpaths = tests\npythonpath = {project.python_path}\n")
    return root


def halve_tests(project: Project, root: Path, seed: int) -> tuple[int, int]:
    """Takes a random half of the test functions out of the files. How many there were, and how many are left."""
    tests = root / project.tests
    files = sorted(tests.rglob("*.py")) if tests.is_dir() else [tests]
    found = [(file, lines) for file in files for lines in _test_functions(file)]
    dropped = random.Random(seed).sample(found, len(found) // 2)
    for file in files:
        ranges = [lines for place, lines in dropped if place == file]
        if ranges:
            _drop(file, ranges)
    return len(found), len(found) - len(dropped)


def _test_functions(file: Path) -> list[tuple[int, int]]:
    found = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found.append((first, node.end_lineno or first))
    return sorted(found)


def _drop(file: Path, ranges: list[tuple[int, int]]) -> None:
    """`pass` stays in the place, for it may have been all that a class had."""
    lines = file.read_text("utf-8").split("\n")
    for first, last in sorted(ranges, reverse=True):
        text = lines[first - 1]
        lines[first - 1 : last] = [text[: len(text) - len(text.lstrip())] + "pass"]
    file.write_text("\n".join(lines), "utf-8")


# ---- Those who write tests ----


def run_testgen(module: str, root: Path, python: str, most: int = OUR_MOST_TESTS) -> tuple[float, dict[str, Any]]:
    options = ["--interpreter", python, "--workspace", str(root), "--no-record", "--quiet", "--format", "json"]
    (root / "testgen.json").write_text(json.dumps({"maxTests": most}), "utf-8")  # the option can only ask for fewer
    began = time.monotonic()
    done = run([BINARY, "generate", module, "--write", "--seed", "1", *options], root)
    seconds = time.monotonic() - began
    if done.returncode not in (0, 1):
        raise SystemExit(f"testgen generate {module} ended with {done.returncode}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return seconds, report


def dotted(project: Project, module: str) -> str:
    folder = project.python_path.split()[0]
    path = Path(module).relative_to(folder) if folder != "." else Path(module)
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def run_pynguin(project: Project, module: str, root: Path, python: str, seconds: int) -> tuple[float, str]:
    """With its defaults (DYNAMOSA, assertions by mutation analysis), and `no_xfail`, which its help advises for better
    mutation scores. `seconds` are for its search alone. The time, and why there is nothing."""
    folder = root / project.python_path.split()[0]
    command = [python, "-m", "pynguin", "--project-path", str(folder), "--module-name", dotted(project, module)]
    command += ["--output-path", str(root / "tests"), "--seed", "1", "--maximum-search-time", str(seconds)]
    command += ["--no-xfail", "True"]
    began = time.monotonic()
    try:
        limit = seconds + SLACK_SECONDS
        done = run(command, root, timeout=limit, environment={"PYNGUIN_DANGER_AWARE": "1"})
    except subprocess.TimeoutExpired:
        return time.monotonic() - began, f"it was not ready {SLACK_SECONDS} s after its search"
    problem = "" if done.returncode == 0 else f"exit code {done.returncode}: {(done.stderr or done.stdout)[-300:]}"
    return time.monotonic() - began, problem


# ---- The judges ----


def mutants_of(module: str, root: Path, python: str) -> tuple[set[Mutant], int]:
    """Those that the tests of a project notice, and how many there are."""
    options = ["--interpreter", python, "--workspace", str(root), "--no-record", "--quiet", "--format", "json"]
    done = run([BINARY, "mutate", module, *options], root)
    if NO_TEST_PASSES in done.stderr:
        return set(), 0
    if done.returncode not in (0, 1):
        raise SystemExit(f"testgen mutate {module} in {root} ended with {done.returncode}: {done.stderr}")
    found = [mutant for file in json.loads(done.stdout)["files"].values() for mutant in file["mutants"]]
    judged = [mutant for mutant in found if mutant["status"] in NOTICED | {"Survived", "NoCoverage"}]
    return {_identity(mutant) for mutant in judged if mutant["status"] in NOTICED}, len(judged)


def _identity(mutant: dict[str, Any]) -> Mutant:
    start, end = mutant["location"]["start"], mutant["location"]["end"]
    place = (start["line"], start["column"], end["line"], end["column"])
    return (*place, mutant["mutatorName"], mutant["replacement"])


def coverage_of(module: str, root: Path, python: str) -> tuple[float, float]:
    """Percent of the module's lines and of its branches, by coverage.py."""
    shutil.rmtree(root / ".coverage", ignore_errors=True)
    settings = f"--rcfile={os.devnull}"  # not the project's own
    run(
        [python, "-m", "coverage", "run", settings, "--branch", f"--include={root / module}", "-m", "pytest", "-q"],
        root,
    )
    done = run([python, "-m", "coverage", "json", settings, "-o", "-", "-q"], root)
    files = json.loads(done.stdout)["files"] if done.returncode == 0 else {}
    for name, facts in files.items():
        if Path(root, name).resolve() == (root / module).resolve():
            summary = facts["summary"]
            lines = 100 * summary["covered_lines"] / max(1, summary["num_statements"])
            branches = 100 * summary["covered_branches"] / max(1, summary["num_branches"])
            return round(lines, 1), round(branches, 1)
    return 0.0, 0.0


def judge(written: Written, module: str, root: Path, python: str) -> Written:
    files = [file for file in sorted((root / "tests").rglob("*.py")) if file.stem != "__init__"]
    written.tests = sum(len(_test_functions(file)) for file in files)
    written.lines = sum(bool(line.strip()) for file in files for line in file.read_text("utf-8").splitlines())
    written.kills, written.mutants = mutants_of(module, root, python)
    written.line_percent, written.branch_percent = coverage_of(module, root, python)
    return written


# ---- The time to the first test ----


class _Listener:
    """Notices when the server tells of the first test."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._receive = server._receive
        self.first: Optional[float] = None
        server._receive = self._note

    def _note(self) -> dict[str, Any]:
        message: dict[str, Any] = self._receive()
        parameters = message.get("params") or {}
        if message.get("method") == "testgen/runEvent" and parameters.get("test") and self.first is None:
            self.first = time.monotonic()
        return message


def first_test(module: str, root: Path, python: str) -> tuple[Optional[float], float]:
    """Seconds from the request in the editor to the first accepted test, None without one, and to the end."""
    with Server(BINARY, root, python) as server:
        listener = _Listener(server)
        began = time.monotonic()
        server.command("testgen.generate", target=module)
        ended = time.monotonic() - began
    return (listener.first - began if listener.first is not None else None), ended
