"""The harness as the server runs it: JSON lines over descriptor 3 (server/runner/harness.c)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional

ROOT = Path(__file__).resolve().parent.parent.parent
HARNESS = Path(os.environ.get("TESTGEN_HARNESS", ROOT / "server" / "languages" / "python" / "harness"))
LAUNCHER = (
    "import sys\n"
    "sys.path[:] = [sys.argv[1]] + [entry for entry in sys.path if entry]\n"
    "from testgen_harness.server import serve\n"
    "sys.exit(serve(int(sys.argv[2])))\n"
)
CONTROL = 3


class Harness:
    def __init__(self, python: str, root: Path, folder: Path = HARNESS) -> None:
        self.root = root.resolve()
        self.scratch = tempfile.TemporaryDirectory(prefix="testgen-harness-")
        ours, theirs = socket.socketpair()
        descriptor = theirs.fileno()
        self.process = subprocess.Popen(
            [python, "-c", LAUNCHER, str(folder), "0"],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: os.dup2(descriptor, CONTROL) and None,
            pass_fds=(CONTROL,),
        )
        theirs.close()
        self._socket = ours
        self._stream = ours.makefile("r", encoding="utf-8")
        self.hello = self._receive()
        self._next = 1

    def __enter__(self) -> Harness:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._stream.close()
        self._socket.close()  # it ends with all that it started
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.scratch.cleanup()

    def _receive(self) -> dict[str, Any]:
        line = self._stream.readline()
        if not line:
            raise RuntimeError("the harness is gone")
        message: dict[str, Any] = json.loads(line)
        return message

    def call(self, command: str, on_event: Callable[[dict[str, Any]], None], **request: Any) -> dict[str, Any]:
        number, self._next = self._next, self._next + 1
        envelope = {"id": number, "command": command, "root": str(self.root), "scratch": self.scratch.name}
        self._socket.sendall(json.dumps({**envelope, **request}).encode() + b"\n")
        while True:
            message = self._receive()
            if message.get("id") != number:
                continue
            if message["event"] != "answer":
                on_event(message)
            elif message.get("error"):
                raise RuntimeError(f"{command}: {message['error']['message']}")
            else:
                result: dict[str, Any] = message["result"]
                return result
