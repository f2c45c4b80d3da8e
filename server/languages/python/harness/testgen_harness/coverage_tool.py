"""Coverage by coverage.py, through its public interface; nothing is written into the workspace."""

from __future__ import annotations

import json
import os
import re
import tempfile
from typing import Any, Optional

import coverage

from testgen_harness.measure import IsTestFile, Report
from testgen_harness.text import one_line

# Settings of the workspace that would write data files or start other measurements.
OVERRIDDEN = {
    "run:parallel": False,
    "run:patch": [],
    "run:debug": [],
    "run:source": None,
    "run:source_pkgs": [],
    "run:dynamic_context": "none",  # which test runs is said here
}


def _pattern_of(path: str) -> str:
    """The path as a pattern that matches it alone, as good as there is one: brackets cannot be escaped."""
    return re.sub(r"[*?\[\]]", "?", path)


def _make(root: str, files: list[str], config_file: bool) -> coverage.Coverage:
    tool = coverage.Coverage(
        data_file=None, branch=True, config_file=config_file, include=[_pattern_of(path) for path in files]
    )
    for option, value in OVERRIDDEN.items():
        try:
            tool.set_option(option, value)
        except coverage.CoverageException:
            continue  # an option that this version does not have, so the workspace cannot have set it either
    concurrency = tool.get_option("run:concurrency") or []
    kept = [kind for kind in concurrency if kind != "multiprocessing"]  # it would write one data file per process
    tool.set_option("run:concurrency", kept or ["thread"])
    return tool


class CoverageTool:
    def __init__(self, tool: coverage.Coverage, files: list[str]) -> None:
        self._tool = tool
        self._files = files
        self._knows_tests = False

    def begin_test(self, test: str) -> None:
        self._knows_tests = True
        self._tool.switch_context(test)

    def stop(self) -> None:
        self._tool.stop()

    def report(self, is_test_file: IsTestFile) -> Report:
        subjects = [path for path in self._files if not is_test_file(path)]
        if not subjects:
            return [], "coverage: there are no source files beside the tests"
        try:
            return [_file_of(path, facts) for path, facts in self._measure(subjects).items()], None
        except coverage.CoverageException as error:
            return None, f"coverage was not measured: coverage.py says: {one_line(str(error))}"

    def _measure(self, subjects: list[str]) -> dict[str, Any]:
        data = self._tool.get_data()
        data.add_arcs({})  # says that branches were measured, also when nothing ran
        data.touch_files(subjects)  # files that were never imported count as well
        omitted: Any = self._tool.get_option("run:omit")
        descriptor, path = tempfile.mkstemp(prefix="testgen-", suffix=".json")
        os.close(descriptor)
        try:
            self._tool.json_report(
                morfs=[_pattern_of(path) for path in subjects],
                outfile=path,
                ignore_errors=True,
                omit=omitted,
                show_contexts=self._knows_tests,
            )
            with open(path, encoding="utf-8") as file:
                report = json.load(file)
        finally:
            os.unlink(path)
        wanted = {os.path.realpath(path): path for path in subjects}
        found = {os.path.realpath(path): facts for path, facts in report["files"].items()}
        return {wanted[real]: facts for real, facts in found.items() if real in wanted}


def _branch(pair: list[int], taken: bool) -> dict[str, Any]:
    return {"line": pair[0], "target": max(pair[1], 0), "taken": taken}


def _file_of(path: str, facts: dict[str, Any]) -> dict[str, Any]:
    branches = [_branch(pair, True) for pair in facts.get("executed_branches", [])]
    branches += [_branch(pair, False) for pair in facts.get("missing_branches", [])]
    branches.sort(key=lambda branch: (branch["line"], branch["target"]))
    found = {
        "path": path,
        "executed": facts["executed_lines"],
        "missing": facts["missing_lines"],
        "excluded": facts["excluded_lines"],
        "branches": branches,
        "has_branches": "executed_branches" in facts,
    }
    if "contexts" in facts:
        found["tests"] = _tests_of(facts["contexts"], set(facts["executed_lines"]))
    return found


def _tests_of(contexts: dict[str, list[str]], executed: set[int]) -> list[dict[str, Any]]:
    lines: dict[str, list[int]] = {}
    for line in sorted(map(int, contexts)):
        for test in contexts[str(line)] if line in executed else []:
            lines.setdefault(test, []).append(line)
    lines.pop("", None)  # what ran while no test did
    return [{"test": test, "lines": found} for test, found in sorted(lines.items())]


def start_coverage_tool(root: str, files: list[str]) -> tuple[Optional[CoverageTool], Optional[str]]:
    """With the workspace's own coverage settings (exclusions, omissions); without them when they cannot be used."""
    note = None
    for config_file in (True, False):
        try:
            tool = _make(root, files, config_file)
            tool.start()
        except Exception as error:  # plugins that the settings name may raise anything
            note = f"coverage: the workspace's settings for coverage.py cannot be used: {one_line(str(error))}"
            continue
        return CoverageTool(tool, files), note
    return None, note
