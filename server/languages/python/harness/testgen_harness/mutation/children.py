"""Forked processes that judge: as many at a time as there are workers, with limits of time and memory.

A child answers with JSON lines as it goes on and ends with an empty one; what it had answered before it died counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Callable, Optional, Union

CPU_SIGNAL = signal.SIGPROF  # sent by the interval timer when the time on the processor is over
LOOK_SECONDS = 0.1  # between two looks at children that say nothing
SLEEPERS = 4  # for each worker, of several: children that sleep leave the processor to others

# futex(2): the number of the call, its operations that wait, and the flag of one that no other process can wake.
FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98}
FUTEX_PRIVATE, FUTEX_COMMAND = 128, 127
FUTEX_WAITS = (0, 9)  # FUTEX_WAIT, FUTEX_WAIT_BITSET

# Tests may replace what modules hold, and what the tests leave behind runs on here.
_getpid, _write, _exit, _dumps, _setitimer = os.getpid, os.write, os._exit, json.dumps, signal.setitimer

Answer = dict[str, Any]
Work = Callable[[], Union[Answer, Iterable[Answer]]]
Meanwhile = Callable[[], bool]  # does a little of what else is to be done; False when there is nothing


@dataclass
class Task:
    key: Any
    work: Work  # in the child; what it returns, or yields, is sent back
    cpu_seconds: float  # 0: the work sets its own limits with `limit_cpu`
    wall_seconds: float  # since the last answer
    memory_bytes: int = 0  # more than there is now; 0: no limit
    idle_seconds: float = 0  # all its threads may sleep for so long; 0: as long as they like


@dataclass
class Ended:
    """How a child ended: with its answers, over its time, or in some other way that `reason` tells."""

    key: Any
    answers: list[Answer] = field(default_factory=list)
    is_complete: bool = False
    is_timeout: bool = False
    reason: str = ""

    @property
    def answer(self) -> Optional[Answer]:
        """Of work that gives one."""
        return self.answers[0] if self.is_complete and self.answers else None


@dataclass
class _Child:
    task: Task
    process: int
    reader: int
    deadline: float
    ended: Ended
    data: bytearray = field(default_factory=bytearray)
    is_over_time: bool = False
    next_look: float = 0.0
    cpu_ticks: int = -1
    asleep_since: float = 0.0
    is_asleep: bool = False  # at two looks, one after the other, and did nothing between them


def run_children(tasks: Iterator[Task], workers: int, meanwhile: Meanwhile = lambda: False) -> Iterator[Ended]:
    """The ends, in the order in which they come. A task is asked for when a worker is free, not before."""
    return run_while(lambda: next(tasks, None), workers, meanwhile)


def run_while(
    next_task: Callable[[], Optional[Task]], workers: int, meanwhile: Meanwhile = lambda: False
) -> Iterator[Ended]:
    """As above, and None means that there is no task now: it is asked again after each end, until no child is left."""
    running: dict[int, _Child] = {}
    try:
        while True:
            while _has_room(running, workers) and (task := next_task()) is not None:
                child = _start(task)
                running[child.reader] = child
            if not running:
                return
            yield from _wait(running, meanwhile)
    finally:
        for child in running.values():
            _end_group(child.process)
            os.waitpid(child.process, 0)


def limit_cpu(seconds: float) -> None:
    """From now on; the process dies when it has used that much. 0: no limit."""
    _setitimer(signal.ITIMER_PROF, seconds)


def send_line(descriptor: int, value: Any) -> None:
    data = memoryview(_dumps(value).encode("ascii") + b"\n")
    while data:
        data = data[_write(descriptor, data) :]


def _start(task: Task) -> _Child:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _carry_out(task, reader, writer)
    os.close(writer)
    with contextlib.suppress(OSError):  # it was quicker to do so itself
        os.setpgid(process, process)
    return _Child(task, process, reader, monotonic() + task.wall_seconds, Ended(task.key))


_ending: list[Callable[[Iterable[Answer]], None]] = []  # in a child: how it answers and ends


def answer_and_end(answer: Answer) -> None:
    """In a child, in the place of returning the answer from its work. Never returns."""
    _ending[-1]([answer])


def _carry_out(task: Task, reader: int, writer: int) -> None:
    """Never returns. The owner is checked, because a test may fork and its child come back here."""
    owner = _getpid()

    def end(answers: Iterable[Answer]) -> None:
        try:
            for answer in answers:
                if _getpid() != owner:
                    return
                send_line(writer, answer)
            limit_cpu(0)
            if _getpid() == owner:
                _write(writer, b"\n")
        finally:
            _exit(0)

    try:
        os.close(reader)
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        _limit_memory(task.memory_bytes)
        signal.signal(CPU_SIGNAL, signal.SIG_DFL)
        limit_cpu(task.cpu_seconds)
        _ending.append(end)
        answers = task.work()
        end([answers] if isinstance(answers, dict) else answers)
    finally:
        _exit(0)


def _limit_memory(more: int) -> None:
    """Private memory; what a file or another process shares does not count."""
    if not more or not hasattr(resource, "RLIMIT_DATA"):
        return
    with contextlib.suppress(OSError, ValueError, StopIteration):  # not Linux: then there is no limit
        with open("/proc/self/status", encoding="ascii") as status:
            used = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = used + more
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if most < 0 else min(wanted, most), most))


# ---- Waiting ----


def _has_room(running: dict[int, _Child], workers: int) -> bool:
    """One worker is one child, also when that sleeps: there may be tests that bear nobody beside them."""
    if workers == 1:
        return not running
    awake = sum(1 for child in running.values() if not child.is_asleep)
    return awake < workers and len(running) < workers * (1 + SLEEPERS)


def _wait(running: dict[int, _Child], meanwhile: Meanwhile) -> Iterator[Ended]:
    left = min(child.deadline for child in running.values()) - monotonic()
    seconds = 0.0 if meanwhile() else max(0.0, min(left, LOOK_SECONDS))
    readable, _, _ = select.select(list(running), [], [], seconds)
    for reader in readable:
        if _has_ended(running[reader], os.read(reader, 65_536)):
            yield _reap(running.pop(reader))
    now = monotonic()
    for child in running.values():
        if child.task.idle_seconds and child.next_look <= now and _waits_in_vain(child, now):
            child.deadline = now
        if child.deadline <= now:
            child.is_over_time = True
            _end_group(child.process)
            child.deadline = now + 3600  # its pipe closes now, which ends it above


def _has_ended(child: _Child, chunk: bytes) -> bool:
    """The empty line says so, not the end of the pipe alone: a process that a test started may hold it open."""
    child.data += chunk
    *lines, rest = child.data.split(b"\n")
    child.data = bytearray(rest)
    for line in lines:
        if not line:
            child.ended.is_complete = True
            return True
        child.ended.answers.append(json.loads(line))
        child.deadline = monotonic() + child.task.wall_seconds
        child.cpu_ticks = -1
    return not chunk


def _waits_in_vain(child: _Child, now: float) -> bool:
    """A process that is kept from the processor by others is ready to run; one that waits for itself sleeps. So this
    says nothing about how busy the machine is."""
    child.next_look = now + LOOK_SECONDS
    ticks = _ticks_if_asleep(child.process)
    child.is_asleep = ticks is not None and ticks == child.cpu_ticks
    if not child.is_asleep:
        child.cpu_ticks, child.asleep_since = -1 if ticks is None else ticks, now
        return False
    return now - child.asleep_since > child.task.idle_seconds or _is_deadlocked(child.process)


def _ticks_if_asleep(process: int) -> Optional[int]:
    """Of all threads of a process and of those it started; None when one of them runs, is ready to, or cannot be
    asked."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            if fields[0] != b"S":
                return None
            total += int(fields[11]) + int(fields[12])
            with open(f"/proc/{process}/task/{thread}/children", "rb") as file:
                for child in file.read().split():
                    ticks = _ticks_if_asleep(int(child))
                    if ticks is None:
                        return None
                    total += ticks
    except OSError:
        return None
    return total


def _is_deadlocked(process: int) -> bool:
    """All its threads wait for a lock of the process, without end: nobody is left to release it. False where the kernel
    does not say so, and when there are other processes or a handler of alarms, which could still act."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as status:
            caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))
        if caught & 1 << (signal.SIGALRM - 1):
            return False
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/syscall", encoding="ascii") as file:
                call = file.read().split()
            with open(f"/proc/{process}/task/{thread}/children", "rb") as children:
                if not _waits_for_lock(call) or children.read():
                    return False
    except (OSError, StopIteration):
        return False
    return True


def _waits_for_lock(call: list[str]) -> bool:
    """As the kernel tells it: the number, then the arguments. futex(address, operation, value, timeout)."""
    if len(call) < 5 or int(call[0]) != FUTEX_NUMBERS.get(os.uname().machine):
        return False
    operation, timeout = int(call[2], 16), int(call[4], 16)
    return bool(operation & FUTEX_PRIVATE) and operation & FUTEX_COMMAND in FUTEX_WAITS and timeout == 0


def _end_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it is gone, and so is all that it started
        os.killpg(process, signal.SIGKILL)


def _reap(child: _Child) -> Ended:
    _end_group(child.process)  # whatever a test left running
    os.close(child.reader)
    _, status = os.waitpid(child.process, 0)
    ended = child.ended
    if ended.is_complete:
        return ended
    if child.is_over_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == CPU_SIGNAL):
        ended.is_timeout = True
    elif os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        ended.reason = f"the process was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    else:
        ended.reason = "the process ended before the tests did"
    return ended
