"""A stand-in for models: a real HTTP server that speaks both interfaces, with streams, usage and faults.

What it does with each request comes from a list of replies, or of functions that make one, one after the other; the
last one is repeated. It keeps what it was sent.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Callable, Optional, Union

CHUNK = 24  # characters of an answer in one event


@dataclass
class Reply:
    text: str = ""
    status: int = 200
    problem: Any = None  # the body of an error, as JSON unless it is text
    headers: dict[str, str] = field(default_factory=dict)
    is_stream: bool = True
    has_usage: bool = True
    tokens: tuple[int, int] = (1000, 200)  # of the question and of the answer
    finish: str = "stop"  # "length": cut short by its limit; "": the stream ends without an end
    fault: str = ""  # see Handler._fault
    refuses: str = ""  # a member of the question that this server does not know: 400 while it is there


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def question(self) -> str:
        messages = self.body["messages"]
        return str(messages[-1]["content"])


class ModelServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *replies: Union[Reply, Callable[[Asked], Reply]], certificate: Optional[Path] = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies, self.asked = list(replies), list[Asked]()
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self.is_over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or that does not trust the certificate, is part of the tests."""

    def take(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
            return reply if isinstance(reply, Reply) else reply(asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def log_message(self, format: str, *arguments: Any) -> None: ...

    def do_POST(self) -> None:  # noqa: N802
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        reply = self.server.take(Asked(self.path, dict(self.headers), body))
        if reply.refuses and (reply.refuses in body or reply.refuses in json.dumps(body)):
            self._answer(400, {"error": {"message": f"Unknown parameter: '{reply.refuses}'"}})
        elif reply.status != 200:
            self._answer(reply.status, reply.problem, reply.headers)
        elif reply.fault:
            self._fault(reply)
        elif reply.is_stream:
            self._stream(self._events(reply))
        else:
            self._answer(200, self._whole(reply))

    @property
    def _is_anthropic(self) -> bool:
        return self.path.endswith("/messages")

    # ---- Answers ----

    def _answer(self, status: int, body: Any, headers: Optional[dict[str, str]] = None) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _stream(self, events: list[str], is_whole: bool = True) -> None:
        self._begin_stream()
        for event in events:
            self._send_chunk(event.encode())
        if is_whole:
            self.wfile.write(b"0\r\n\r\n")

    def _events(self, reply: Reply) -> list[str]:
        parts = [reply.text[at : at + CHUNK] for at in range(0, len(reply.text), CHUNK)]
        return self._anthropic_events(reply, parts) if self._is_anthropic else self._openai_events(reply, parts)

    def _openai_events(self, reply: Reply, parts: list[str]) -> list[str]:
        choices = [{"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]} for part in parts]
        data: list[Any] = [{"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]}, *choices]
        if reply.finish:
            data.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish}]})
        if reply.has_usage:
            data.append({"choices": [], "usage": self._usage(reply)})
        end = ["data: [DONE]\n\n"] if reply.finish else []
        return [f"data: {json.dumps(item)}\n\n" for item in data] + end

    def _anthropic_events(self, reply: Reply, parts: list[str]) -> list[str]:
        usage = self._usage(reply)
        start = {"input_tokens": usage["prompt_tokens"], "output_tokens": 1} if reply.has_usage else None
        events: list[tuple[str, Any]] = [("message_start", {"message": {"usage": start}}), ("ping", {})]
        events += [("content_block_delta", {"delta": {"type": "text_delta", "text": part}}) for part in parts]
        if reply.finish:
            reason = "max_tokens" if reply.finish == "length" else "end_turn"
            end = {"output_tokens": usage["completion_tokens"]} if reply.has_usage else None
            events += [("message_delta", {"delta": {"stop_reason": reason}, "usage": end}), ("message_stop", {})]
        return [f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n" for name, data in events]

    def _whole(self, reply: Reply) -> dict[str, Any]:
        usage = self._usage(reply) if reply.has_usage else None
        if self._is_anthropic:
            own = {"input_tokens": reply.tokens[0], "output_tokens": reply.tokens[1]} if usage else None
            return {"content": [{"type": "text", "text": reply.text}], "stop_reason": "end_turn", "usage": own}
        message = {"role": "assistant", "content": reply.text}
        return {"choices": [{"message": message, "finish_reason": reply.finish}], "usage": usage}

    def _usage(self, reply: Reply) -> dict[str, int]:
        return {"prompt_tokens": reply.tokens[0], "completion_tokens": reply.tokens[1]}

    # ---- Faults ----

    def _fault(self, reply: Reply) -> None:
        faults: dict[str, Callable[[Reply], None]] = {
            "silence": lambda _: self._wait(),
            "stall": self._stall,
            "cut": lambda _: self._stream(self._events(reply)[:4], is_whole=False),
            "wrong chunk": self._wrong_chunk,
            "no json": lambda _: self._stream(["data: {nothing\n\n"]),
            "no event": lambda _: self._answer(200, "{this is no JSON"),
            "endless": self._endless,
            "drip": self._drip,
            "reset": self._reset,
            "overloaded": self._overloaded,
        }
        faults[reply.fault](reply)
        self.close_connection = True

    def _wait(self) -> None:
        self.server.is_over.wait(600)

    def _stall(self, reply: Reply) -> None:
        self._stream(self._events(reply)[:3], is_whole=False)
        self._wait()

    def _wrong_chunk(self, reply: Reply) -> None:
        self._begin_stream()
        self.wfile.write(b"zz\r\nno chunk\r\n")

    def _endless(self, reply: Reply) -> None:
        self._begin_stream()
        event = self._events(Reply("x" * CHUNK))[1].encode() * 400
        while not self.server.is_over.is_set():
            self._send_chunk(event)

    def _drip(self, reply: Reply) -> None:
        self._begin_stream()
        for byte in "".join(self._events(reply)):
            self._send_chunk(byte.encode())
            if self.server.is_over.wait(0.2):
                return

    def _reset(self, reply: Reply) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _overloaded(self, reply: Reply) -> None:
        error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        self._stream([f"event: error\ndata: {json.dumps(error)}\n\n"])


def in_a_while(seconds: float) -> str:
    """As the header Retry-After has it, when it is a date."""
    return formatdate(time.time() + seconds, usegmt=True)
