"""Coverage by `sys.monitoring` (PEP 669), for interpreters without coverage.py.

Every code object of a measured file gets line and branch events when it first starts; a line's event is switched off
after its first hit, and a branch's once both ways were taken, so that a long run costs next to nothing. Where each test
is measured alone, all of them are switched on again when one begins.
"""

from __future__ import annotations

import sys
import tokenize
from collections import defaultdict
from types import CodeType
from typing import Any, Optional

from testgen_harness.branches import CodeBranches
from testgen_harness.measure import IsTestFile, Report
from testgen_harness.source_lines import SourceLines, code_objects
from testgen_harness.text import one_line

monitoring = sys.monitoring
TOOL = monitoring.COVERAGE_ID

# Python 3.14 has an event for each way of a branch, which then can be switched off alone.
SPLIT_EVENTS = [getattr(monitoring.events, name, 0) for name in ("BRANCH_LEFT", "BRANCH_RIGHT")]
HAS_SPLIT_EVENTS = all(SPLIT_EVENTS)
BRANCH_EVENTS = SPLIT_EVENTS if HAS_SPLIT_EVENTS else [monitoring.events.BRANCH]


Pair = tuple[int, int]  # lines
Way = tuple[int, int, int]  # the number of the code object, where in it the branch is, where it goes


class _Reached:
    """By one test, or while none ran."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = defaultdict(set)  # by path
        self.branches: dict[int, dict[int, set[int]]] = {}  # by the number of the code object, and where in it


class Monitor:
    def __init__(self, files: list[str]) -> None:
        self._files = files
        self._measured = frozenset(files)
        # Code of two files that is the same is equal, too; that of a module that was imported again is one.
        self._codes: dict[tuple[str, CodeType], int] = {}  # their numbers, which are their places
        self._numbers: dict[int, int] = {}  # by id: comparing code takes long
        self._now = _Reached()
        self._by_test = {"": self._now}

    def start(self) -> None:
        monitoring.use_tool_id(TOOL, "testgen")
        events = monitoring.events
        monitoring.register_callback(TOOL, events.PY_START, self._on_start)
        monitoring.register_callback(TOOL, events.LINE, self._on_line)
        for event in BRANCH_EVENTS:
            monitoring.register_callback(TOOL, event, self._on_branch)
        monitoring.set_events(TOOL, events.PY_START)
        monitoring.restart_events()

    def begin_test(self, test: str) -> None:
        self._now = self._by_test.setdefault(test, _Reached())
        if test and monitoring.get_tool(TOOL) == "testgen":
            monitoring.restart_events()  # lines that another test has reached are events again

    def stop(self) -> None:
        """Test code may have taken or freed the tool, then there is nothing left to switch off."""
        if monitoring.get_tool(TOOL) == "testgen":
            monitoring.set_events(TOOL, monitoring.events.NO_EVENTS)
            monitoring.free_tool_id(TOOL)

    # ---- Events --------------------------------------------------------------------------------------------

    def _on_start(self, code: CodeType, offset: int) -> Any:
        if code.co_filename in self._measured:
            self._numbers[id(code)] = self._codes.setdefault((code.co_filename, code), len(self._codes))
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE | sum(BRANCH_EVENTS))
        return monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        self._now.lines[code.co_filename].add(line)
        return monitoring.DISABLE

    def _on_branch(self, code: CodeType, source: int, destination: int) -> Any:
        ways = self._now.branches.setdefault(self._numbers[id(code)], {}).setdefault(source, set())
        ways.add(destination)
        return monitoring.DISABLE if HAS_SPLIT_EVENTS or len(ways) > 1 else None

    # ---- The report ----------------------------------------------------------------------------------------

    def report(self, is_test_file: IsTestFile) -> Report:
        files = []
        unreadable = []
        ways = self._ways()
        for path in self._files:
            if is_test_file(path):
                continue
            try:
                with tokenize.open(path) as file:
                    source = SourceLines(file.read(), path)
            except (OSError, SyntaxError, ValueError, tokenize.TokenError) as error:
                unreadable.append(f"{path}: {one_line(str(error))}")
                continue
            files.append(self._file_of(path, source, ways.get(path, {})))
        note = f"coverage leaves out what cannot be parsed: {one_line('; '.join(unreadable))}" if unreadable else None
        return files, note

    def _ways(self) -> dict[str, dict[str, set[Way]]]:
        """By path and test."""
        found: dict[str, dict[str, set[Way]]] = defaultdict(lambda: defaultdict(set))
        paths = [path for path, _ in self._codes]
        for test, reached in self._by_test.items():
            for code, branches in reached.branches.items():
                ways = {(code, source, target) for source, targets in branches.items() for target in targets}
                found[paths[code]][test] |= ways
        return found

    def _file_of(self, path: str, source: SourceLines, ways: dict[str, set[Way]]) -> dict[str, Any]:
        reached = set().union(*(found.lines[path] for found in self._by_test.values() if path in found.lines))
        executed = source.first_lines(reached) & source.statements
        pairs = self._pairs(source, set().union(*ways.values()))
        branches = self._branches(source, set(pairs.values()))
        found = {
            "path": path,
            "executed": sorted(executed),
            "missing": sorted(source.statements - executed),
            "excluded": sorted(source.excluded),
            "branches": [{"line": line, "target": target, "taken": taken} for line, target, taken in branches],
            "has_branches": True,
        }
        if len(self._by_test) > 1:
            taken = {test: {pairs[way] for way in its if way in pairs} for test, its in ways.items()}
            places = {(line, target): place for place, (line, target, _) in enumerate(branches)}
            found["tests"] = self._tests(path, source, taken, places)
        return found

    def _tests(
        self, path: str, source: SourceLines, taken: dict[str, set[Pair]], places: dict[Pair, int]
    ) -> list[dict[str, Any]]:
        """`places`: of branches in the file's list; others do not count."""
        tests = []
        for test, reached in sorted(self._by_test.items()):
            lines = source.first_lines(reached.lines.get(path, ())) & source.statements
            if test and lines:
                branches = sorted(places[pair] for pair in taken.get(test, ()) if pair in places)
                tests.append({"test": test, "lines": sorted(lines), "branches": branches})
        return tests

    def _branches(self, source: SourceLines, taken_pairs: set[Pair]) -> list[tuple[int, int, bool]]:
        branches = []
        for code in code_objects(source.code):
            parsed = CodeBranches(code, source.first_line)
            if not parsed.has_statements:
                continue
            for line, targets in parsed.possible().items():
                counted = targets - source.excluded
                if line in source.statements and len(counted) > 1:
                    branches += [(line, target, (line, target) in taken_pairs) for target in counted]
        # `# pragma: no branch` forgives what is missing, and keeps what was taken.
        return sorted({branch for branch in branches if branch[2] or branch[0] not in source.no_branch})

    def _pairs(self, source: SourceLines, ways: set[Way]) -> dict[Way, Pair]:
        """The lines of each way, of those that count."""
        pairs = {}
        codes = list(self._codes)
        parsed = {number: CodeBranches(codes[number][1], source.first_line) for number in {way[0] for way in ways}}
        for code, origin, destination in ways:
            pair = parsed[code].taken(origin, destination)
            if pair is not None:
                pairs[code, origin, destination] = pair
        return pairs


def start_monitor(files: list[str]) -> tuple[Optional[Monitor], Optional[str]]:
    holder = monitoring.get_tool(TOOL)
    if holder is not None:
        return None, f"coverage was not measured: {holder} already uses sys.monitoring's coverage tool"
    monitor = Monitor(files)
    monitor.start()
    return monitor, None
