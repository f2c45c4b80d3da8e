"""Coverage by coverage.py, through its public interface; nothing is written into the workspace."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tokenize
from collections import defaultdict
from typing import Any, Optional

import coverage
from coverage.exceptions import ConfigError

from testgen_harness.arcs import Arc, FileArcs
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
    "run:context": None,  # it would stand before the name of each test
}
# `sys.monitoring`, the newest interpreters' default, does not say again what another test has reached.
BY_TEST = {"run:core": "ctrace"}


def _pattern_of(path: str) -> str:
    """The path as a pattern that matches it alone, as good as there is one: brackets cannot be escaped."""
    return re.sub(r"[*?\[\]]", "?", path)


def _make(root: str, files: list[str], by_test: bool, config_file: bool) -> coverage.Coverage:
    tool = coverage.Coverage(
        data_file=None, branch=True, config_file=config_file, include=[_pattern_of(path) for path in files]
    )
    for option, value in {**OVERRIDDEN, **(BY_TEST if by_test else {})}.items():
        try:
            tool.set_option(option, value)
        except (coverage.CoverageException, ConfigError):
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
            measured = self._measure(subjects)
            files = [_file_of(path, facts) for path, facts in measured.items()]
            if self._knows_tests:
                self._add_branches(files, measured)
            return files, None
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

    def _add_branches(self, files: list[dict[str, Any]], measured: dict[str, Any]) -> None:
        """Says of each test of a file which of its branches the test took."""
        data = self._tool.get_data()
        names = {os.path.realpath(name): name for name in data.measured_files()}
        by_test: dict[str, list[tuple[str, dict[str, Any], _Branches]]] = defaultdict(list)
        for file in files:
            name = names.get(os.path.realpath(file["path"]))
            branches = _Branches(file["path"], measured[file["path"]]) if name and file["branches"] else None
            for entry in file["tests"] if branches else []:
                by_test[entry["test"]].append((name, entry, branches))
        for test, entries in by_test.items():
            data.set_query_context(test)
            for name, entry, branches in entries:
                entry["branches"] = branches.places(data.arcs(name) or [])
        data.set_query_contexts(None)


def _arcs(facts: dict[str, Any]) -> list[tuple[Arc, bool]]:
    """The branches of a file and whether they were taken, in the order in which they are told."""
    arcs = [((line, target), True) for line, target in facts.get("executed_branches", [])]
    arcs += [((line, target), False) for line, target in facts.get("missing_branches", [])]
    return sorted(arcs, key=lambda arc: (arc[0][0], max(arc[0][1], 0)))


class _Branches:
    """Those of one file that were taken."""

    def __init__(self, path: str, facts: dict[str, Any]) -> None:
        self._places = {arc: place for place, (arc, taken) in enumerate(_arcs(facts)) if taken}
        self._all = set(self._places)
        with tokenize.open(path) as file:
            self._arcs = FileArcs(file.read())

    def places(self, arcs: list[Arc]) -> list[int]:
        return sorted(self._places[arc] for arc in self._arcs.taken(arcs, self._all))


def _file_of(path: str, facts: dict[str, Any]) -> dict[str, Any]:
    found = {
        "path": path,
        "executed": facts["executed_lines"],
        "missing": facts["missing_lines"],
        "excluded": facts["excluded_lines"],
        "branches": [{"line": arc[0], "target": max(arc[1], 0), "taken": taken} for arc, taken in _arcs(facts)],
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
    return [{"test": test, "lines": found, "branches": []} for test, found in sorted(lines.items())]


def start_coverage_tool(root: str, files: list[str], by_test: bool) -> tuple[Optional[CoverageTool], Optional[str]]:
    """With the workspace's own coverage settings (exclusions, omissions); without them when they cannot be used."""
    note = None
    for config_file in (True, False):
        try:
            tool = _make(root, files, by_test, config_file)
            tool.start()
        except Exception as error:  # plugins that the settings name may raise anything
            note = f"coverage: the workspace's settings for coverage.py cannot be used: {one_line(str(error))}"
            continue
        return CoverageTool(tool, files), note
    return None, note
