"""Takes the place of pytest's loop over the tests: collects once, and leaves the rest to a piece of work."""

from __future__ import annotations

from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, import_pytest, run_pytest
from testgen_harness.text import one_line


class LoopPlugin:
    def __init__(self, work: Callable[[list[Any]], None]) -> None:
        self._work = work
        self.error: Optional[BaseException] = None
        self.has_run = False

    def pytest_runtestloop(self, session: Any) -> bool:
        self.has_run = True
        try:
            self._work(list(session.items))
        except BaseException as error:  # pytest would only print it
            self.error = error
        return True


def run_with(options: SessionOptions, work: Callable[[list[Any]], None]) -> list[str]:
    """What is worth saying of the session. The work gets pytest's items."""
    import_pytest()
    problems: list[str] = []

    def note(event: str, **data: Any) -> None:
        if event == "collection_error":
            problems.append(f"{data['path']}: {data.get('message') or ''}")

    plugin, reporter = LoopPlugin(work), Reporter(note, options.root)
    options.arguments += ["-p", "no:randomly", "-s", "--tb=line"]  # long tracebacks cost as much as the tests
    run_pytest(options, reporter, [plugin])
    if plugin.error is not None:
        raise plugin.error
    if not plugin.has_run:
        why = one_line("; ".join(problems)) or "pytest does not say why"
        raise HarnessError("CHILD", f"the tests cannot be collected: {why}")
    return [*reporter.notes, *(f"not collected: {problem}" for problem in problems)]


def run_test(item: Any, following: Any) -> Optional[str]:
    """Why the test failed; None when it passed or was skipped."""
    from _pytest.runner import runtestprotocol

    for report in runtestprotocol(item, log=False, nextitem=following):
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            return one_line(getattr(crash, "message", None) or str(report.longrepr))[:300]
    return None


def next_of(items: list[Any], index: int) -> Any:
    return items[index + 1] if index + 1 < len(items) else None
