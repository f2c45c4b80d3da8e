"""A pytest plugin that says how the run ended, in a file: the exit code alone does not tell a suite that passed from a
test that left the process with code 0."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

TARGET = os.environ.get("DIFFERENTIAL_OUTCOME", "")  # at import: tests may clear the environment
OWNER = os.getpid()  # a test may fork, and its child come to the end of the session as well
OPEN, WRITE, CLOSE, GETPID, DUMPS = os.open, os.write, os.close, os.getpid, json.dumps  # tests may replace them
RESERVED = OPEN(os.devnull, os.O_RDONLY)  # given back at the end, when tests may have used up all the others

failed: list[dict[str, str]] = []
broken: list[str] = []


def _last_line(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = getattr(crash, "message", None) or str(report.longrepr)
    return (text.strip().splitlines() or [""])[0][:300]


def pytest_runtest_logreport(report: Any) -> None:
    if report.failed:
        failed.append({"test": report.nodeid, "message": _last_line(report)})


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        broken.append(report.nodeid)


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    if not TARGET or GETPID() != OWNER:
        return
    answer = DUMPS({"exit": int(exitstatus), "tests": session.testscollected, "failed": failed, "broken": broken})
    with contextlib.suppress(OSError):  # a test closed it
        CLOSE(RESERVED)
    target = OPEN(TARGET, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    WRITE(target, answer.encode())
    CLOSE(target)
