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


class Zygote:
    """`work` takes a job in a child of its own and returns an answer; both are JSON. A job has cpu_seconds,
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

    def call_all(
        self, make_job: Callable[[int], Job], count: int, workers: int, given: dict[str, Any]
    ) -> Iterator[tuple[int, Answer]]:
        """The number of each job and its answer, as they come; "ended" in the place of one that its process did not
        give. A job is made when a worker is free for it; `given` is for what is prepared."""
        if count == 0:
            return
        send_line(self._writer, {"workers": workers, "count": count, "given": given})
        for number in range(min(workers, count)):
            send_line(self._writer, make_job(number))
        for answered in range(count):
            line = self._reader.readline()
            if not line:
                raise HarnessError("CHILD", "the process that forks for what runs at import time is gone")
            number, answer = json.loads(line)
            yield number, answer
            if answered + workers < count:
                send_line(self._writer, make_job(answered + workers))

    def close(self) -> None:
        os.close(self._writer)
        self._reader.close()
        os.waitpid(self._process, 0)


def _serve(reader: int, writer: int, work: Callable[[Job], Answer], prepare: Callable[[dict[str, Any]], None]) -> None:
    try:
        with os.fdopen(reader, "rb") as requests:
            for line in requests:
                call = json.loads(line)
                prepare(call["given"])
                gc.collect()
                gc.freeze()  # a collection in a child would touch, and so copy, every page
                for ended in run_while(_make_source(requests, call["count"], work), call["workers"]):
                    answer = ended.answer or {"ended": ended.reason, "is_timeout": ended.is_timeout}
                    send_line(writer, [ended.key, answer])
    finally:
        os._exit(0)


def _make_source(requests: Any, count: int, work: Callable[[Job], Answer]) -> Callable[[], Optional[Task]]:
    """A worker is free when this is asked, and then a job is on its way."""
    numbers = iter(range(count))

    def next_task() -> Optional[Task]:
        number = next(numbers, None)
        if number is None:
            return None
        job = json.loads(requests.readline())
        limits = (job["cpu_seconds"], job["wall_seconds"], MEMORY_BYTES, job["idle_seconds"])
        return Task(number, lambda: work(job), *limits)

    return next_task
