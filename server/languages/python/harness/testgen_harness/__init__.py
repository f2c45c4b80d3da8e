"""The Python side of TestGen: runs in the workspace's own interpreter and talks JSON lines with the server.

The server starts it with a socket as descriptor 3. Every line is one JSON object:

    harness -> server   {"event": "hello", "protocol": 1, "python": "3.11.7", ...}       once, at the start
    server -> harness   {"id": 1, "command": "run", ...fields}                           one request
    harness -> server   {"id": 1, "event": "test", ...fields}                            any number of events
    harness -> server   {"id": 1, "event": "answer", "result": {...}}                    exactly one answer, or
                        {"id": 1, "event": "answer", "error": {"code": "...", "message": "..."}}

Each request is carried out in a forked process of its own (see worker.py), so whatever tests do to their process, the
harness itself lives on and can say what happened.
"""

from __future__ import annotations

PROTOCOL_VERSION = 1
