"""Forked processes that judge one thing each: as many at a time as there are workers, with limits of time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

END = b"\n"  # of an answer
CPU_SIGNAL = signal.SIGPROF  # sent by the interval timer when the time on the processor is over


@dataclass
class Task:
    key: Any
    work: Callable[[], dict[str, Any]]  # in the child; what it returns is sent back
    cpu_seconds: float
    wall_seconds: float


@dataclass
class Ended:
    """How a child ended: with an answer, over its time, or in some other way that `reason` tells."""

    key: Any
    answer: Optional[dict[str, Any]] = None
    is_timeout: bool = False
    reason: str = ""


@dataclass
class _Child:
    task: Task
    process: int
    reader: int
    deadline: float
    data: bytearray = field(default_factory=bytearray)
    is_over_time: bool = False


def run_children(tasks: Iterator[Task], workers: int) -> Iterator[Ended]:
    """The ends, in the order in which they come. A task is asked for when a worker is free, not before."""
    running: dict[int, _Child] = {}
    try:
        while True:
            while len(running) < workers and (task := next(tasks, None)) is not None:
                child = _start(task)
                running[child.reader] = child
            if not running:
                return
            yield from _wait(running)
    finally:
        for child in running.values():
            _end_group(child.process)
            os.waitpid(child.process, 0)


def _start(task: Task) -> _Child:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _carry_out(task, reader, writer)
    os.close(writer)
    return _Child(task, process, reader, time.monotonic() + task.wall_seconds)


def _carry_out(task: Task, reader: int, writer: int) -> None:
    """Never returns. The owner is checked, because a test may fork and its child come back here."""
    owner = os.getpid()
    try:
        os.close(reader)
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.signal(CPU_SIGNAL, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, task.cpu_seconds)
        answer = task.work()
        signal.setitimer(signal.ITIMER_PROF, 0)
        if os.getpid() == owner:
            data = json.dumps(answer).encode("ascii") + END
            while data:
                data = data[os.write(writer, data) :]
    finally:
        os._exit(0)


def _wait(running: dict[int, _Child]) -> Iterator[Ended]:
    left = min(child.deadline for child in running.values()) - time.monotonic()
    readable, _, _ = select.select(list(running), [], [], max(0.0, left))
    for reader in readable:
        chunk = os.read(reader, 65_536)
        running[reader].data += chunk
        # Not the end of the pipe alone: a process that a test started may hold it open.
        if not chunk or chunk.endswith(END):
            yield _reap(running.pop(reader))
    now = time.monotonic()
    for child in [child for child in running.values() if child.deadline <= now]:
        child.is_over_time = True
        _end_group(child.process)
        child.deadline = now + 3600  # its pipe closes now, which ends it above


def _end_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it is gone, and so is all that it started
        os.killpg(process, signal.SIGKILL)


def _reap(child: _Child) -> Ended:
    _end_group(child.process)  # whatever a test left running
    os.close(child.reader)
    _, status = os.waitpid(child.process, 0)
    key = child.task.key
    if child.data and not child.is_over_time:
        try:
            return Ended(key, json.loads(child.data))
        except ValueError:
            return Ended(key, reason="its answer was cut off")
    if child.is_over_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == CPU_SIGNAL):
        return Ended(key, is_timeout=True)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        return Ended(key, reason=f"the process was ended by {signal.Signals(os.WTERMSIG(status)).name}")
    return Ended(key, reason="the process ended before the tests did")
