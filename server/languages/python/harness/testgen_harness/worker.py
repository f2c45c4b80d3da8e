"""One request, one forked process. The fork costs a millisecond; in return the harness stays as it was started, and
survives tests that end, kill or corrupt their process."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import Any, Callable, NoReturn

from testgen_harness.channel import Channel, ChannelLost
from testgen_harness.commands import Context, find_command
from testgen_harness.errors import HarnessError
from testgen_harness.text import one_line

# How the worker ends. Codes of its own, so that a test that calls os._exit(0) is not taken for a finished run.
EXIT_ANSWERED = 83
EXIT_CHANNEL_LOST = 84


def _describe(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"the test process was ended by signal {number} ({signal.Signals(number).name})"
    if os.WEXITSTATUS(status) == EXIT_CHANNEL_LOST:
        return "the control channel was closed by code that runs in the test process"
    return f"the test process ended itself with exit code {os.WEXITSTATUS(status)} (os._exit)"


def _answer(channel: Channel, identifier: Any, **fields: Any) -> None:
    channel.send({"id": identifier, "event": "answer", **fields})


@dataclass
class Turn:
    """Who answers which request."""

    owner: int  # the process
    identifier: Any


@dataclass
class Worker:
    channel: Channel
    identifier: Any
    process: int
    has_answered: bool = False  # once it has ended

    @classmethod
    def start(cls, channel: Channel, request: dict[str, Any]) -> Worker:
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            carry_out(channel, Turn(os.getpid(), request.get("id")), lambda: _execute(channel, request))
        return cls(channel, request.get("id"), process)

    def has_ended(self, options: int = os.WNOHANG) -> bool:
        ended, status = os.waitpid(self.process, options)
        if ended == 0:
            return False
        self.has_answered = os.WIFEXITED(status) and os.WEXITSTATUS(status) == EXIT_ANSWERED
        if not self.has_answered:
            error = {"code": "CHILD", "message": _describe(status)}
            _answer(self.channel, self.identifier, error=error)
        return True


def carry_out(channel: Channel, turn: Turn, work: Callable[[], dict[str, Any]]) -> NoReturn:
    """`work` returns the answer's "result"; whose turn it is counts when it has. The worker must not fall back into the
    loop of the harness."""
    code = EXIT_CHANNEL_LOST
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        fields = _result_of(work)
        if os.getpid() == turn.owner:  # a test may have forked, and its child come back here
            _answer(channel, turn.identifier, **fields)
            code = EXIT_ANSWERED
    except ChannelLost:
        pass
    finally:
        os._exit(code)


def emitter(channel: Channel, request: dict[str, Any]) -> Callable[..., None]:
    def emit(event: str, **fields: Any) -> None:
        channel.send({"id": request.get("id"), "event": event, **fields})

    return emit


def _execute(channel: Channel, request: dict[str, Any]) -> dict[str, Any]:
    command = find_command(request.get("command"))
    return command.execute(command.check(request), Context(emitter(channel, request)))


def _result_of(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        result = work()
        _finish_process()
    except HarnessError as error:
        return {"error": {"code": error.code, "message": one_line(error.message)}}
    except ChannelLost:
        raise
    except BaseException as error:
        traceback.print_exc()
        message = one_line(f"{type(error).__name__}: {error}")
        return {"error": {"code": "INTERNAL", "message": f"the harness failed: {message}"}}
    return {"result": result}


def _finish_process() -> None:
    """What the interpreter would do at its end, before the answer is sent: afterwards the server may kill the group."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
