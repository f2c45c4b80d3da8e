"""A process that was forked before anything of the workspace was imported. For each piece of work it forks a child,
which imports the workspace's modules with a change in one of them, and runs tests from the beginning."""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Callable

from testgen_harness.errors import HarnessError
from testgen_harness.mutation.children import Task, run_children


class Zygote:
    """`work` takes a JSON request in a child of its own and returns a JSON answer."""

    def __init__(self, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        ours, theirs = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(ours[1])
            os.close(theirs[0])
            _serve(ours[0], theirs[1], work)
        os.close(ours[0])
        os.close(theirs[1])
        self._writer, self._reader = os.fdopen(ours[1], "wb", buffering=0), os.fdopen(theirs[0], "rb")

    def call_all(self, jobs: list[dict[str, Any]], workers: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """The number of each job and its answer, as they come; "ended" in the place of one that its process did not
        give. A job has cpu_seconds and wall_seconds."""
        if not jobs:
            return
        data = memoryview(json.dumps({"jobs": jobs, "workers": workers}).encode("ascii") + b"\n")
        while data:
            data = data[self._writer.write(data) :]
        for _ in jobs:
            line = self._reader.readline()
            if not line:
                raise HarnessError("CHILD", "the process that forks for what runs at import time is gone")
            number, answer = json.loads(line)
            yield number, answer

    def close(self) -> None:
        self._writer.close()
        self._reader.close()
        os.waitpid(self._process, 0)


def _serve(reader: int, writer: int, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    try:
        with os.fdopen(reader, "rb") as requests:
            for line in requests:
                request = json.loads(line)
                for ended in run_children(_tasks(request["jobs"], work), request["workers"]):
                    answer = ended.answer or {"ended": ended.reason, "is_timeout": ended.is_timeout}
                    data = json.dumps([ended.key, answer]).encode("ascii") + b"\n"
                    while data:
                        data = data[os.write(writer, data) :]
    finally:
        os._exit(0)


def _tasks(jobs: list[dict[str, Any]], work: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[Task]:
    for number, job in enumerate(jobs):
        yield Task(number, lambda job=job: work(job), job["cpu_seconds"], job["wall_seconds"])


def import_from(path: str, source: str) -> None:
    """From now on the module of that file is made of this text, whatever is on disk or in a cache of byte code."""
    loader = importlib.machinery.SourceFileLoader
    original = loader.get_code
    real = os.path.realpath(path)

    def get_code(self: Any, name: str) -> Any:
        if os.path.realpath(self.path) == real:
            return compile(source, self.path, "exec", dont_inherit=True)
        return original(self, name)

    loader.get_code = get_code  # type: ignore[method-assign]
    sys.dont_write_bytecode = True
