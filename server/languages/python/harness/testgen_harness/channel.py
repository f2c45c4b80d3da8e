"""The control channel: JSON lines over an inherited socket, kept out of reach of the tests as far as possible."""

from __future__ import annotations

import fcntl
import json
import os
import resource
from typing import Any, Optional

CONTROL_DESCRIPTOR = 3
HIGH_DESCRIPTOR = 900  # above what programs use, below the usual limit of 1,024
READ_SIZE = 65_536


class ChannelLost(Exception):
    """A test closed the channel's descriptor, or the server is gone."""


def _move_up(descriptor: int) -> int:
    """Tests that write to descriptor 3, or that let children inherit theirs, must not reach the channel."""
    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    floor = HIGH_DESCRIPTOR if soft_limit == resource.RLIM_INFINITY else min(HIGH_DESCRIPTOR, max(4, soft_limit - 16))
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, floor)
    os.close(descriptor)
    return moved


class Channel:
    def __init__(self, descriptor: int = CONTROL_DESCRIPTOR) -> None:
        self.descriptor = _move_up(descriptor)
        self._identity = self._identify()
        self._pending = b""

    def _identify(self) -> Optional[tuple[int, int]]:
        try:
            status = os.fstat(self.descriptor)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def send(self, message: dict[str, Any]) -> None:
        """Writes one line. The descriptor may by now be closed, or be some file that a test opened: then nothing is
        written."""
        if self._identify() != self._identity:
            raise ChannelLost
        line = memoryview(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError as error:
            raise ChannelLost from error

    def read_lines(self) -> Optional[list[dict[str, Any]]]:
        """The requests that arrived; None when the server closed its end. Blocks when there is nothing to read."""
        try:
            data = os.read(self.descriptor, READ_SIZE)
        except OSError:
            return None
        if not data:
            return None
        *lines, self._pending = (self._pending + data).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]
