"""The language server over stdio, as far as it takes to run one command."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Optional


class Server:
    def __init__(self, binary: str, root: Path, interpreter: str) -> None:
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            [binary, "serve"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet
        )
        self._next = 1
        options = {"trusted": True, "runEvents": True, "settings": {"interpreter": interpreter}}
        folder = {"rootUri": root.resolve().as_uri(), "capabilities": {}, "processId": os.getpid()}
        self.request("initialize", {**folder, "initializationOptions": options})
        self.send({"method": "initialized", "params": {}})

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()  # it ends with its input
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if length == 0:
            raise RuntimeError("the server is gone")
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message

    def request(self, method: str, params: Any) -> Any:
        """The result. What the server asks meanwhile gets null, and what it tells is passed over."""
        number, self._next = self._next, self._next + 1
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            elif message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    def command(self, name: str, **parameters: Any) -> Any:
        return self.request("workspace/executeCommand", {"command": name, "arguments": [parameters]})
