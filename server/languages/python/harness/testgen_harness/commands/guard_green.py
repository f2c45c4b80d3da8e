"""`guard_green`: runs proposed tests, in place in the copy of the workspace, as often as it takes to trust them.

Steps (`plan`): `collect` (what pytest finds in the files), `alone` (each in a process of its own), `together` (in
reverse order, another hash seed), `suite` (everything, a third one), `before` (everything as it is before they are
written, for coverage). What did not pass alone takes no part in the later steps: it may never end.
Events: step (message). Result: collected (how often pytest finds each), results (test, step, outcome, message),
lines_before and lines_after (executed lines of the measured files, "path:line"), notes (why a step did not end), and
remarks of `before` (what is worth saying of the suite).
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Callable

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.exploration.subjects import prepare_path
from testgen_harness.isolated import call_isolated
from testgen_harness.measure import start_measurement
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest

SECONDS_PER_TEST = 20.0


@dataclass
class Request:
    root: str
    scratch: str
    tests: list[str]  # node ids
    alone: list[str]  # those that are also run alone: the others were, in an earlier batch
    files: list[str]  # test files that hold them, relative
    plan: list[str]
    measured: list[str] = field(default_factory=list)  # absolute paths of subjects
    original_root: str = ""
    arguments: list[str] = field(default_factory=list)  # of pytest
    suite_ms: int = 60_000
    left_out: list[str] = field(default_factory=list)  # of the tests: those that did not pass alone


HASH_SEEDS = {"collect": 0, "alone": 0, "together": 1, "suite": 2, "before": 2}


def execute(request: Request, context: Context) -> dict[str, Any]:
    answer: dict[str, Any] = {"notes": []}
    answer.update({key: [] for key in ("collected", "results", "lines_before", "lines_after", "remarks")})
    fields = asdict(request)
    for step in request.plan:
        context.emit("step", message=step)
        fields["plan"] = [step]
        seconds = request.suite_ms / 1000 if step in ("suite", "before") else None
        try:
            found = call_isolated(
                __name__, "run_step", fields, request.scratch, HASH_SEEDS[step], request.root, seconds
            )
        except HarnessError as error:
            answer["notes"].append(f"{step}: {error.message}")
            continue
        for key, items in found.items():
            answer[key] += items
        if step == "alone":
            failed = {row["test"] for row in found["results"] if row["outcome"] != "passed"}
            fields["left_out"] = [test for test in request.tests if test in failed]
    return answer


def run_step(fields: dict[str, Any]) -> dict[str, Any]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, [])
    return _STEPS[request.plan[0]](request)


class _Log:
    """Collects what a Reporter emits."""

    def __init__(self, step: str, request: Request) -> None:
        self._step = step
        self._wanted = set(request.tests)
        self.results: list[dict[str, str]] = []
        self.items: list[str] = []

    def __call__(self, event: str, **data: Any) -> None:
        if event == "item":
            self.items.append(data["test"])
        elif event == "collection_error":
            self._add(data["path"], "error", data.get("message") or "")
        elif event == "test" and data["test"].partition("[")[0] in self._wanted:
            self._add(data["test"].partition("[")[0], data["outcome"], data.get("message") or "")

    def _add(self, test: str, outcome: str, message: str) -> None:
        self.results.append({"test": test, "step": self._step, "outcome": outcome, "message": message})


def _run(request: Request, log: _Log, selection: list[str], extra: list[str], lists_items: bool = False) -> list[str]:
    reporter = Reporter(log, request.root, lists_items=lists_items)
    arguments = [*request.arguments, "-p", "no:randomly", *extra]
    run_pytest(SessionOptions(request.root, request.scratch, arguments, selection), reporter)
    return reporter.notes


def _collect(request: Request) -> dict[str, Any]:
    log = _Log("collect", request)
    _run(request, log, request.files, ["--collect-only", "-q"], lists_items=True)
    names = [item.partition("[")[0] for item in dict.fromkeys(log.items)]
    rows = [
        {
            "test": test,
            "count": sum(name == test for name in names),
            "parametrised": any(item.startswith(test + "[") for item in log.items),
        }
        for test in request.tests
    ]
    return {"collected": rows, "results": log.results}


def _alone(request: Request) -> dict[str, Any]:
    """Each test runs in a fork of a process that has collected: what costs time was imported by then."""
    _run(request, _Log("alone", request), request.files, ["--collect-only", "-q"])
    results: list[dict[str, str]] = []
    for test in request.alone:
        results += _in_fork(lambda test=test: _run_alone(request, test), test)
    return {"results": results}


def _run_alone(request: Request, test: str) -> list[dict[str, str]]:
    log = _Log("alone", request)
    _run(request, log, [test], [])
    return log.results


def _in_fork(work: Callable[[], list[dict[str, str]]], test: str) -> list[dict[str, str]]:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            payload = json.dumps(work()).encode("ascii")
            while payload:
                payload = payload[os.write(writer, payload) :]
        finally:
            os._exit(0)
    os.close(writer)
    data = b""
    deadline = time.monotonic() + SECONDS_PER_TEST
    while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = os.read(reader, 65_536)
        if not chunk:
            break
        data += chunk
    else:
        os.kill(process, signal.SIGKILL)
    os.close(reader)
    _, status = os.waitpid(process, 0)
    if not data:
        is_endless = os.WIFSIGNALED(status)
        why = f"it did not end within {SECONDS_PER_TEST:.0f} s" if is_endless else "it ended the test process"
        return [{"test": test, "step": "alone", "outcome": "error", "message": why}]
    return list(json.loads(data))


def _together(request: Request) -> dict[str, Any]:
    log = _Log("together", request)
    measurement = start_measurement(request.root, request.measured)[0] if request.measured else None
    selection = [test for test in reversed(request.tests) if test not in request.left_out]
    if selection:  # none would be everything
        _run(request, log, selection, [])
    return {"results": log.results, "lines_after": _lines(measurement)}


def _suite(request: Request) -> dict[str, Any]:
    log = _Log("suite", request)
    # pytest takes beginnings of names; another test that is left out like that is met in the next round.
    _run(request, log, [], [f"--deselect={test}" for test in request.left_out])
    # Failures of the project's own tests are not ours.
    ours = set(request.tests) | set(request.files)
    return {"results": [result for result in log.results if result["test"] in ours]}


def _before(request: Request) -> dict[str, Any]:
    measurement = start_measurement(request.root, request.measured)[0] if request.measured else None
    remarks = _run(request, _Log("before", request), [], [])
    return {"lines_before": _lines(measurement), "remarks": remarks}


def _lines(measurement: Any) -> list[str]:
    if measurement is None:
        return []
    measurement.stop()
    files, _ = measurement.report(lambda path: False)
    return [f"{file['path']}:{line}" for file in files or [] for line in file["executed"]]


_STEPS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "collect": _collect,
    "alone": _alone,
    "together": _together,
    "suite": _suite,
    "before": _before,
}
