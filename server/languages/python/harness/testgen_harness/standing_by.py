"""A process that has everything ready for the next run of mutants but the workspace's own code: pytest is configured,
what is imported from elsewhere is imported. For each request it forks a child, which goes on from there.

Where something has changed of what is ready, or a request needs something else, it says so by ending.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Callable

from testgen_harness.channel import Channel
from testgen_harness.commands import Context, find_command
from testgen_harness.worker import Turn, Worker, carry_out, emitter

STAYS_READY = "stays_ready"  # the field of a request after which a process stands by for those like it
DONE = b"done\n"  # what it says


@dataclass
class StandBy:
    """In the harness."""

    process: int
    requests: int
    answers: int

    @classmethod
    def start(cls, channel: Channel, request: dict[str, Any]) -> StandBy:
        """`request` is the one that was carried out last."""
        sys.stdout.flush()
        sys.stderr.flush()
        ours, theirs = os.pipe(), os.pipe()
        process = os.fork()
        if process == 0:
            os.close(ours[1])
            os.close(theirs[0])
            _stand_by(Waiting(channel, os.fdopen(ours[0], "rb"), theirs[1]), request)
        os.close(ours[0])
        os.close(theirs[1])
        return cls(process, ours[1], theirs[0])

    @property
    def descriptor(self) -> int:
        """Readable when there is something to hear."""
        return self.answers

    def give(self, request: dict[str, Any]) -> bool:
        """False when it is gone."""
        line = memoryview(json.dumps(request).encode("ascii") + b"\n")
        try:
            while line:
                line = line[os.write(self.requests, line) :]
        except OSError:
            return False
        return True

    def has_done(self) -> bool:
        """What it was given; False when it has ended without."""
        return os.read(self.answers, len(DONE)) == DONE

    def close(self) -> None:
        os.close(self.requests)
        os.close(self.answers)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


@dataclass
class Waiting:
    """In the process that stands by."""

    channel: Channel
    requests: BinaryIO
    answers: int
    turn: Turn = field(default_factory=lambda: Turn(0, None))  # of nobody, before there is a request

    def receive(self, check: Callable[[dict[str, Any]], Any], fits: Callable[[Any], bool]) -> tuple[Any, Context]:
        """Returns in the children only, each with a request that fits; ends the process for one that does not."""
        for line in self.requests:
            fields = json.loads(line)
            request = check(fields)
            if not fits(request):
                break
            process = os.fork()
            if process == 0:
                self.requests.close()
                os.close(self.answers)
                self.turn.owner, self.turn.identifier = os.getpid(), fields.get("id")
                return request, Context(emitter(self.channel, fields))
            Worker(self.channel, fields.get("id"), process).has_ended(0)
            os.write(self.answers, DONE)
        os._exit(0)


def _stand_by(waiting: Waiting, last: dict[str, Any]) -> None:
    def work() -> dict[str, Any]:
        command = find_command(last["command"])
        assert command.stand_by is not None
        return command.stand_by(command.check(last), lambda fits: waiting.receive(command.check, fits))

    carry_out(waiting.channel, waiting.turn, work)
