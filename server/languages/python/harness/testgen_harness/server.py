"""The harness process: shakes hands, takes requests, and has each carried out by a forked worker."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import select
import signal
import sys
from typing import Any, Optional

from testgen_harness import PROTOCOL_VERSION
from testgen_harness.channel import Channel
from testgen_harness.limits import limit_processes
from testgen_harness.standing_by import STAYS_READY, StandBy
from testgen_harness.worker import Worker

# Asked for in the handshake: what runs and measures tests.
TOOLS = ("pytest", "coverage", "hypothesis")
IDLE_SECONDS = 900.0  # how long a harness stays ready for somebody who does not come


def _version_of(distribution: str) -> Optional[str]:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _hello() -> dict[str, Any]:
    return {
        "event": "hello",
        "protocol": PROTOCOL_VERSION,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        **{tool: _version_of(tool) for tool in TOOLS},
    }


def _make_wakeup() -> int:
    """A descriptor that becomes readable when a worker ends."""
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _clear(wakeup: int) -> None:
    try:
        while os.read(wakeup, 512):
            pass
    except BlockingIOError:
        return


def _end_group() -> None:
    """The server is gone: nothing that was started here may outlive it."""
    os.killpg(0, signal.SIGKILL)


def _isolate_path() -> None:
    """The harness needs its folder no longer: its modules are found through the package. So `sys.path` is what a
    `pytest` program of this interpreter would see."""
    harness = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [entry for entry in sys.path if entry != harness]


def serve(most_processes: int = 0) -> int:
    """Until the server is gone. `most_processes` is for the sandbox; 0: no limit."""
    channel = Channel()
    if most_processes > 0:
        limit_processes(most_processes)
    _isolate_path()
    harness = _Harness(channel, _make_wakeup())
    channel.send(_hello())
    while harness.turn():
        pass
    _end_group()
    return 0


class _Harness:
    """One request after the other: by a worker, or by the process that stands by for requests of its kind."""

    def __init__(self, channel: Channel, wakeup: int) -> None:
        self._channel, self._wakeup = channel, wakeup
        self._requests: list[dict[str, Any]] = []
        self._worker: Optional[Worker] = None
        self._current: Optional[dict[str, Any]] = None  # what the worker, or who stands by, does
        self._stand_by: Optional[StandBy] = None

    def turn(self) -> bool:
        """Waits for something to happen, and does what follows. Not once nobody wants anything any more."""
        if self._current is None and self._requests:
            self._begin(self._requests.pop(0))
        readable = self._wait()
        if not readable:
            return False
        if self._wakeup in readable:
            _clear(self._wakeup)
            if self._worker is not None and self._worker.has_ended():
                self._end_worker(self._worker)
        if self._stand_by is not None and self._stand_by.descriptor in readable:
            self._hear(self._stand_by)
        if self._channel.descriptor in readable:
            received = self._channel.read_lines()
            if received is None:
                return False
            self._requests.extend(received)
        return True

    def _wait(self) -> list[int]:
        descriptors = [self._channel.descriptor, self._wakeup]
        if self._stand_by is not None:
            descriptors.append(self._stand_by.descriptor)
        is_idle = self._stand_by is not None and self._current is None
        return select.select(descriptors, [], [], IDLE_SECONDS if is_idle else None)[0]

    def _begin(self, request: dict[str, Any]) -> None:
        self._current = request
        if self._stand_by is None or not request.get(STAYS_READY) or not self._stand_by.give(request):
            self._worker = Worker.start(self._channel, request)

    def _end_worker(self, worker: Worker) -> None:
        request, self._worker, self._current = self._current, None, None
        if worker.has_answered and request is not None and request.get(STAYS_READY):
            if self._stand_by is not None:
                self._stand_by.close()
            self._stand_by = StandBy.start(self._channel, request)

    def _hear(self, stand_by: StandBy) -> None:
        """It has done what it was given, or does not fit it, or is gone."""
        has_done = stand_by.has_done()
        if not has_done:
            stand_by.close()
            self._stand_by = None
        if self._current is None or self._worker is not None:
            return
        if has_done:
            self._current = None
        else:
            self._worker = Worker.start(self._channel, self._current)
