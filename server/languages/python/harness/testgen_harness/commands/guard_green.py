"""`guard_green`: runs proposed tests, in place in the copy of the workspace, as often as it takes to trust them.

Steps (`plan`): `collect` (what pytest finds in the files), `alone` (each in a process of its own, `repeats` times with
other random numbers), `together` (in reverse order, another hash seed), `shuffled` (in another order, a third one),
`suite` (everything, a fourth one), `before` (everything as it is before they are written, for coverage). What did not
pass alone takes no part in the later steps: it may never end.
Events: step (message). Result: collected (how often pytest finds each), results (test, step, outcome, message; `again`
is the step of what passes alone only sometimes), notes (why a step did not end), and of `before`: coverage (of the
measured files, see measure.py), passed (how many tests), remarks (what is worth saying of the suite). Of other tests
than the proposed ones, `before` and `suite` tell those that fail, the latter without those of `failing`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
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
from testgen_harness.orphans import children, end_children
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.pytest_session import SessionOptions, run_pytest
from testgen_harness.variation import VARIATIONS, Variation

SECONDS_PER_TEST = 20.0
LOOK_SECONDS = 0.05  # between two looks at a test that says nothing
MEMORY_MAX = 8 << 30  # bytes of a test
PLAIN_REPEATS = 2  # of a test that draws no random numbers: with the other steps it runs five times


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
    repeats: int = 1
    failing: list[str] = field(default_factory=list)  # tests of the suite that fail without the proposed ones
    left_out: list[str] = field(default_factory=list)  # of the tests: those that did not pass alone


HASH_SEEDS = {"collect": 0, "alone": 0, "together": 1, "shuffled": 3, "suite": 2, "before": 2}


def execute(request: Request, context: Context) -> dict[str, Any]:
    answer: dict[str, Any] = {"notes": [], "passed": 0}
    answer.update({key: [] for key in ("collected", "results", "coverage", "remarks")})
    fields = asdict(request)
    for steps in _processes(request.plan):
        context.emit("step", message=" and ".join(steps))
        fields["plan"] = steps
        seconds = request.suite_ms / 1000 if steps[0] in ("suite", "before") else None
        try:
            found = call_isolated(
                __name__, "run_steps", fields, request.scratch, HASH_SEEDS[steps[0]], request.root, seconds
            )
        except HarnessError as error:
            answer["notes"].append(f"{steps[0]}: {error.message}")
            continue
        for key, items in found.items():
            answer[key] += items
        if "alone" in steps:
            failed = {row["test"] for row in found["results"] if row["outcome"] != "passed"}
            fields["left_out"] = [test for test in request.tests if test in failed]
    return answer


def _processes(plan: list[str]) -> list[list[str]]:
    """What runs alone is forked from a process that has collected, so that both need only one start of pytest."""
    steps = [[step] for step in plan]
    if plan[:2] == ["collect", "alone"]:
        steps[:2] = [plan[:2]]
    return steps


def run_steps(fields: dict[str, Any]) -> dict[str, Any]:
    request = Request(**fields)
    prepare_path(request.root, request.original_root, [])
    found: dict[str, Any] = {}
    for step in request.plan:
        for key, value in _STEPS[step](request).items():
            found[key] = found[key] + value if key in found else value
    return found


class _Log:
    """Collects what a Reporter emits."""

    def __init__(self, step: str, request: Request, takes_failures: bool = False) -> None:
        self._step = step
        self._wanted = set(request.tests)
        self._takes_failures = takes_failures  # also of other tests than the proposed ones
        self.results: list[dict[str, str]] = []
        self.items: list[str] = []
        self.passed = 0

    def __call__(self, event: str, **data: Any) -> None:
        if event == "item":
            self.items.append(data["test"])
        elif event == "collection_error":
            self._add(data["path"], "error", data.get("message") or "")
        elif event == "test":
            test, outcome = data["test"].partition("[")[0], data["outcome"]
            self.passed += outcome == "passed"
            if test in self._wanted or (self._takes_failures and outcome in ("failed", "error")):
                self._add(test, outcome, data.get("message") or "")

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
    if "collect" not in request.plan:
        _run(request, _Log("alone", request), request.files, ["--collect-only", "-q"])
    results: list[dict[str, str]] = []
    for test in request.alone:
        results += _repeat(request, test)
    return {"results": results}


def _repeat(request: Request, test: str) -> list[dict[str, str]]:
    """What fails twice fails; what passes and fails says so, however often it is tried."""
    passed, failed = [], []
    wanted = min(request.repeats, PLAIN_REPEATS)
    while len(passed) + len(failed) < wanted:
        number = len(passed) + len(failed)
        run = _in_fork(lambda number=number: _run_alone(request, test, number), test)
        is_fine = bool(run.results) and all(row["outcome"] == "passed" for row in run.results)
        (passed if is_fine else failed).append(run.results)
        if len(failed) == 2 or (passed and failed) or run.is_endless:
            break
        if run.draws:
            wanted = min(request.repeats, VARIATIONS)
    if passed and failed:
        return [{**row, "step": "again"} for row in failed[0]]
    return (passed or failed)[0]


@dataclass
class _Run:
    results: list[dict[str, str]]
    draws: bool = False  # random numbers
    is_endless: bool = False


def _run_alone(request: Request, test: str, number: int) -> _Run:
    variation = Variation(number)
    log = _Log("alone", request)
    _run(request, log, [test], [])
    return _Run(log.results, variation.is_noticed())


def _in_fork(work: Callable[[], _Run], test: str) -> _Run:
    """Processes that it leaves behind end with it, and are not waited for."""
    reader, writer = os.pipe()
    before = children()
    process = os.fork()
    if process == 0:
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MAX, MEMORY_MAX))
            own = os.getpid()
            payload = json.dumps(asdict(work())).encode("ascii")
            while payload and os.getpid() == own:  # a test may fork, and its child come here, too
                payload = payload[os.write(writer, payload) :]
        finally:
            os._exit(0)
    os.close(writer)
    data, is_endless = _read_while_it_runs(process, reader)
    os.close(reader)
    with contextlib.suppress(OSError):
        os.killpg(process, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)
    end_children(before)
    if data:
        return _Run(**json.loads(data))
    why = f"it did not end within {SECONDS_PER_TEST:.0f} s" if is_endless else "it ended the test process"
    return _Run([{"test": test, "step": "alone", "outcome": "error", "message": why}], is_endless=is_endless)


def _read_while_it_runs(process: int, reader: int) -> tuple[bytes, bool]:
    """What it writes, and whether its time was over. Its children may hold the pipe open when it has ended."""
    data = b""
    deadline = time.monotonic() + SECONDS_PER_TEST
    has_ended = False
    while time.monotonic() < deadline:
        if select.select([reader], [], [], 0 if has_ended else LOOK_SECONDS)[0]:
            chunk = os.read(reader, 65_536)
            if not chunk:
                return data, False
            data += chunk
        elif has_ended:
            return data, False
        else:
            has_ended = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return data, True


def _together(request: Request) -> dict[str, Any]:
    log = _Log("together", request)
    _run_selection(request, log, list(reversed(_those_left(request))))
    return {"results": log.results}


def _shuffled(request: Request) -> dict[str, Any]:
    log = _Log("shuffled", request)
    selection = _those_left(request)
    random.Random(len(selection)).shuffle(selection)
    _run_selection(request, log, selection)
    return {"results": log.results}


def _those_left(request: Request) -> list[str]:
    return [test for test in request.tests if test not in request.left_out]


def _run_selection(request: Request, log: _Log, selection: list[str]) -> None:
    if selection:  # none would be everything
        _run(request, log, selection, [])


def _suite(request: Request) -> dict[str, Any]:
    log = _Log("suite", request, takes_failures=True)
    # pytest takes beginnings of names; another test that is left out like that is met in the next round.
    _run(request, log, [], [f"--deselect={test}" for test in request.left_out])
    failing = set(request.failing)
    return {"results": [result for result in log.results if result["test"] not in failing]}


def _before(request: Request) -> dict[str, Any]:
    measurement = start_measurement(request.root, request.measured)[0] if request.measured else None
    log = _Log("before", request, takes_failures=True)
    remarks = _run(request, log, [], [])
    return {"coverage": _coverage(measurement), "passed": log.passed, "remarks": remarks, "results": log.results}


def _coverage(measurement: Any) -> list[dict[str, Any]]:
    if measurement is None:
        return []
    measurement.stop()
    return measurement.report(lambda path: False)[0] or []


_STEPS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "collect": _collect,
    "alone": _alone,
    "together": _together,
    "shuffled": _shuffled,
    "suite": _suite,
    "before": _before,
}
