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
from testgen_harness.worker import Worker

# Asked for in the handshake: what runs and measures tests.
TOOLS = ("pytest", "coverage", "hypothesis")


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
    wakeup = _make_wakeup()
    requests: list[dict[str, Any]] = []
    worker: Optional[Worker] = None
    channel.send(_hello())
    while True:
        if worker is None and requests:
            worker = Worker.start(channel, requests.pop(0))
        readable, _, _ = select.select([channel.descriptor, wakeup], [], [])
        if wakeup in readable:
            _clear(wakeup)
            if worker is not None and worker.has_ended():
                worker = None
        if channel.descriptor in readable:
            received = channel.read_lines()
            if received is None:
                _end_group()
                return 0
            requests.extend(received)
