"""A process that was forked before anything of the workspace was imported. For each job it forks a child, which starts
from there."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Answer, Task, run_while, send_line
from testgen_harness.mutation.judging import MEMORY_BYTES

Job = dict[str, Any]
NEXT, END = "next", "end"  # what it says besides answers


class Zygote:
    """`work` takes a job in a child of its own and returns an answer; both are JSON. A job has key, cpu_seconds,
    wall_seconds and idle_seconds. `prepare` runs once before, in the process that the children are forked from."""

    def __init__(self, work: Callable[[Job], Answer], prepare: Callable[[dict[str, Any]], None]) -> None:
        ours, theirs = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(ours[1])
            os.close(theirs[0])
            _serve(ours[0], theirs[1], work, prepare)
        os.close(ours[0])
        os.close(theirs[1])
        self._writer, self._reader = ours[1], os.fdopen(theirs[0], "rb")

    def prepare(self, given: dict[str, Any]) -> None:
        """It does so while here something else is done."""
        send_line(self._writer, {"given": given})

    def call_all(self, next_job: Callable[[], Optional[Job]], workers: int) -> Iterator[tuple[Any, Answer]]:
        """The key of each job and its answer, as they come; "ended" in the place of one that its process did not give.
        A job is asked for when a worker is free for it; None: not now, until the next answer."""
        send_line(self._writer, {"workers": workers})
        while True:
            line = self._reader.readline()
            if not line:
                raise HarnessError("CHILD", "the process that forks for what runs at import time is gone")
            message = json.loads(line)
            if message == NEXT:
                send_line(self._writer, next_job())
            elif message == END:
                return
            else:
                yield message

    def close(self) -> None:
        os.close(self._writer)
        self._reader.close()
        os.waitpid(self._process, 0)


def _serve(reader: int, writer: int, work: Callable[[Job], Answer], prepare: Callable[[dict[str, Any]], None]) -> None:
    try:
        with os.fdopen(reader, "rb") as requests:
            for line in requests:
                call = json.loads(line)
                if "given" in call:
                    prepare(call["given"])
                    gc.collect()
                    gc.freeze()  # a collection in a child would touch, and so copy, every page
                    continue
                for ended in run_while(_make_source(requests, writer, work), call["workers"]):
                    answer = ended.answer or {"ended": ended.reason, "is_timeout": ended.is_timeout}
                    send_line(writer, [ended.key, answer])
                send_line(writer, END)
    finally:
        os._exit(0)


def _make_source(requests: Any, writer: int, work: Callable[[Job], Answer]) -> Callable[[], Optional[Task]]:
    def next_task() -> Optional[Task]:
        send_line(writer, NEXT)
        job = json.loads(requests.readline())
        if job is None:
            return None
        limits = (job["cpu_seconds"], job["wall_seconds"], MEMORY_BYTES, job["idle_seconds"])
        return Task(job["key"], lambda: work(job), *limits)

    return next_task
