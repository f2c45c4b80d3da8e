"""Coverage by `sys.monitoring` (PEP 669), for interpreters without coverage.py.

Every code object of a measured file gets line and branch events when it first starts; a line's event is switched off
after its first hit, and a branch's once both ways were taken, so that a long run costs next to nothing.
"""

from __future__ import annotations

import sys
import tokenize
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


class Monitor:
    def __init__(self, files: list[str]) -> None:
        self._files = files
        self._measured = frozenset(files)
        self._lines: dict[str, set[int]] = {path: set() for path in files}
        self._ways: dict[CodeType, dict[int, set[int]]] = {}
        self._test = ""
        self._by_test: dict[str, dict[str, set[int]]] = {}  # test, path

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
        self._test = test
        self._by_test.setdefault(test, {})
        if monitoring.get_tool(TOOL) == "testgen":
            monitoring.restart_events()  # lines that another test has reached are events again

    def stop(self) -> None:
        """Test code may have taken or freed the tool, then there is nothing left to switch off."""
        if monitoring.get_tool(TOOL) == "testgen":
            monitoring.set_events(TOOL, monitoring.events.NO_EVENTS)
            monitoring.free_tool_id(TOOL)

    # ---- Events --------------------------------------------------------------------------------------------

    def _on_start(self, code: CodeType, offset: int) -> Any:
        if code.co_filename in self._measured:
            self._ways.setdefault(code, {})
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE | sum(BRANCH_EVENTS))
        return monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        self._lines[code.co_filename].add(line)
        if self._test:
            self._by_test[self._test].setdefault(code.co_filename, set()).add(line)
        return monitoring.DISABLE

    def _on_branch(self, code: CodeType, source: int, destination: int) -> Any:
        ways = self._ways[code].setdefault(source, set())
        ways.add(destination)
        return monitoring.DISABLE if HAS_SPLIT_EVENTS or len(ways) > 1 else None

    # ---- The report ----------------------------------------------------------------------------------------

    def report(self, is_test_file: IsTestFile) -> Report:
        files = []
        unreadable = []
        for path in self._files:
            if is_test_file(path):
                continue
            try:
                with tokenize.open(path) as file:
                    source = SourceLines(file.read(), path)
            except (OSError, SyntaxError, ValueError, tokenize.TokenError) as error:
                unreadable.append(f"{path}: {one_line(str(error))}")
                continue
            files.append(self._file_of(path, source))
        note = f"coverage leaves out what cannot be parsed: {one_line('; '.join(unreadable))}" if unreadable else None
        return files, note

    def _file_of(self, path: str, source: SourceLines) -> dict[str, Any]:
        executed = source.first_lines(self._lines[path]) & source.statements
        found = {
            "path": path,
            "executed": sorted(executed),
            "missing": sorted(source.statements - executed),
            "excluded": sorted(source.excluded),
            "branches": self._branches(path, source),
            "has_branches": True,
        }
        if self._by_test:
            found["tests"] = self._tests(path, source)
        return found

    def _tests(self, path: str, source: SourceLines) -> list[dict[str, Any]]:
        reached = {test: files[path] for test, files in sorted(self._by_test.items()) if path in files}
        lines = {test: source.first_lines(found) & source.statements for test, found in reached.items()}
        return [{"test": test, "lines": sorted(found)} for test, found in lines.items() if found]

    def _branches(self, path: str, source: SourceLines) -> list[dict[str, Any]]:
        taken = self._taken_branches(path, source)
        branches = []
        for code in code_objects(source.code):
            parsed = CodeBranches(code, source.first_line)
            if not parsed.has_statements:
                continue
            for line, targets in parsed.possible().items():
                counted = targets - source.excluded
                if line in source.statements and len(counted) > 1:
                    branches += [(line, target, (line, target) in taken) for target in counted]
        # `# pragma: no branch` forgives what is missing, and keeps what was taken.
        branches = [branch for branch in branches if branch[2] or branch[0] not in source.no_branch]
        return [{"line": line, "target": target, "taken": taken} for line, target, taken in sorted(set(branches))]

    def _taken_branches(self, path: str, source: SourceLines) -> set[tuple[int, int]]:
        pairs: set[Optional[tuple[int, int]]] = set()
        for code, ways in self._ways.items():
            if code.co_filename != path or not ways:
                continue
            parsed = CodeBranches(code, source.first_line)
            for origin, destinations in ways.items():
                pairs.update(parsed.taken(origin, destination) for destination in destinations)
        return {pair for pair in pairs if pair is not None}


def start_monitor(files: list[str]) -> tuple[Optional[Monitor], Optional[str]]:
    holder = monitoring.get_tool(TOOL)
    if holder is not None:
        return None, f"coverage was not measured: {holder} already uses sys.monitoring's coverage tool"
    monitor = Monitor(files)
    monitor.start()
    return monitor, None
