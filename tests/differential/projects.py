#!/usr/bin/env python3
"""Projects of others with tests of their own, for the differential run and the benchmark of mutants: pinned releases,
each with a pytest.ini that says the same to every tool. They go to .deps/mutation-projects, or to the folder that
TESTGEN_MUTATION_PROJECTS names, with an environment in which their suites and the peers run.

    python3 tests/differential/projects.py          prepares what is missing
    python3 tests/differential/projects.py --json   and says where everything is
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDER = Path(os.environ.get("TESTGEN_MUTATION_PROJECTS", ROOT / ".deps" / "mutation-projects"))
REQUIREMENTS = HERE / "requirements.txt"
GENERATORS = HERE.parent / "bench" / "generators.txt"  # asks for another pytest than the suites


@dataclass(frozen=True)
class Project:
    name: str
    version: str
    sha256: str  # of the source distribution
    source: str  # what is mutated
    tests: str
    python_path: str = "."
    archive: str = ""  # how the archive's name begins, where the release is called otherwise


PROJECTS = (
    Project(
        "inflection",
        "0.5.1",
        "1a29730d366e996aaacffb2f1f1cb9593dc38e2ddd30c91250c6dde09ea9b417",
        "inflection",
        "test_inflection.py",
    ),
    # Nothing is built, so markupsafe takes its functions in Python.
    Project(
        "markupsafe",
        "3.0.4",
        "2e9ad7dd851bf45fab9f75cbff4cb493fee9979e8d8c7c9c3ee119022518edd6",
        "src/markupsafe",
        "tests",
        "src",
    ),
    Project(
        "cachetools",
        "8.0.0",
        "5ed01bd676800d51f0025605e4fd8ad0891550513e7b0a4c3da478463764e5c3",
        "src/cachetools",
        "tests",
        "src",
    ),
    Project(
        "semver",
        "3.1.1",
        "149b26cabada6f63212f97e94505d21578cb1d280cf714827f328d5e70765fea",
        "src/semver",
        "tests",
        "src tests",
    ),
    Project(
        "pathspec",
        "1.1.1",
        "17db5ecd524104a120e173814c90367a96a98d07c45b2e10c2f3919fff91bf5a",
        "pathspec",
        "tests",
    ),
    Project(
        "toolz",
        "1.2.0",
        "9667a038e9d6ecba37995e26cb2f59ec6420b6ad8dd9677de59db9b956b08490",
        "toolz",
        "toolz/tests",
    ),
    Project(
        "idna",
        "3.20",
        "a7db850025b95ded1eae8a46181a1a6c56c92c96f0e2b005d9ff8dc0210cab44",
        "idna",
        "tests",
    ),
    Project(
        "python-slugify",
        "9.2.0",
        "cee32948083476013804de1667724fb1362dacb71e47b1d5d92adf8db6ee3298",
        "slugify",
        "tests",
        archive="python_slugify",
    ),
    Project(
        "sqlparse",
        "0.6.1",
        "ca722573f848ff2d30e40ea30f53a104b7dea7635ea9285891263eb2c58fb6e7",
        "sqlparse",
        "tests",
    ),
)


def python_of(folder: Path) -> Path:
    return folder / "venv" / "bin" / "python"


def generator_python_of(folder: Path) -> Path:
    return folder / "generators" / "bin" / "python"


def prepare_generators(folder: Path = FOLDER) -> None:
    """The environment of the peers that write tests, which only the benchmark of generated tests needs."""
    _prepare_environment(folder / "generators", GENERATORS, "the environment of the generators")


def prepare(folder: Path = FOLDER) -> None:
    """Makes what is missing, or is of other versions than those that stand here."""
    folder.mkdir(parents=True, exist_ok=True)
    _prepare_environment(folder / "venv", REQUIREMENTS, "the environment of the projects")
    for project in PROJECTS:
        _prepare_project(folder, project)


def _is_done(target: Path, mark: str) -> bool:
    marker = target / ".prepared"
    return marker.exists() and marker.read_text() == mark


def _prepare_environment(target: Path, requirements: Path, what: str) -> None:
    mark = requirements.read_text()
    if _is_done(target, mark):
        return
    _say(what)
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
    _pip(target / "bin" / "python", "install", "-r", str(requirements))
    (target / ".prepared").write_text(mark)


def _prepare_project(folder: Path, project: Project) -> None:
    target, mark = folder / project.name, repr(project)
    if _is_done(target, mark):
        return
    _say(f"{project.name} {project.version}")
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = f"{project.name}=={project.version}"
        _pip(python_of(folder), "download", "--no-deps", "--no-binary", project.name, "-d", scratch, wanted)
        (archive,) = Path(scratch).glob("*.tar.gz")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        if digest != project.sha256:
            raise SystemExit(f"{archive.name} is not the release that was measured before: SHA-256 {digest}")
        with tarfile.open(archive) as tar:
            tar.extractall(scratch)  # of the digest above
        shutil.move(f"{scratch}/{project.archive or project.name}-{project.version}", target)
    settings = f"[pytest]\ntestpaths = {project.tests}\npythonpath = {project.python_path}\n"
    (target / "pytest.ini").write_text(settings)
    (target / ".prepared").write_text(mark)


def _pip(python: Path, command: str, *arguments: str) -> None:
    pip = [str(python), "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(pip, check=True)


def _say(what: str) -> None:
    print(f"preparing {what}", file=sys.stderr, flush=True)


def places(folder: Path = FOLDER) -> dict[str, Any]:
    found = [{**asdict(project), "root": str(folder / project.name)} for project in PROJECTS]
    return {"python": str(python_of(folder)), "projects": found}


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepares the projects whose mutants are compared and measured.")
    parser.add_argument("--json", action="store_true", help="say where everything is")
    options = parser.parse_args()
    prepare()
    if options.json:
        print(json.dumps(places(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
