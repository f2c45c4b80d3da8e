"""Stands where an interpreter would, and speaks like the harness: says of mutants what a plan says.

The plan is `plan.json` beside this program: {"steps": [...], "answer": {...}}. A step is one of
    {"event": ...}      it is sent as it stands
    {"fill": count}     the next mutants are killed, until `count` are judged; `verdict` of the plan says how, if any
    {"sleep": seconds}
    {"end": exit code}
What was asked is written to `request.json` beside the plan.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

CONTROL = 3


def send(message: dict[str, Any]) -> None:
    os.write(CONTROL, json.dumps(message).encode() + b"\n")


def receive() -> dict[str, Any]:
    data = b""
    while not data.endswith(b"\n"):
        piece = os.read(CONTROL, 1 << 20)
        if not piece:
            sys.exit(0)
        data += piece
    return json.loads(data)


def verdict(index: int, **more: Any) -> dict[str, Any]:
    given = {"way": "function", "test": "tests/test_calc.py::test_add", "message": "assert 1 == 2", "tests_run": 1}
    return {"event": "verdict", "index": index, "status": "killed", **given, **more}


def main() -> None:
    folder = Path(sys.argv[0]).parent
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    send({"event": "hello", "protocol": 1, "python": "3.11.0", "pytest": "8.0.0", "coverage": None, "hypothesis": None})
    request = receive()
    (folder / "request.json").write_text(json.dumps(request), "utf-8")
    count, next_index = sum(len(file["mutants"]) for file in request["files"]), 0
    for step in plan["steps"]:
        if "event" in step:
            send({"id": request["id"], **step})
        if "sleep" in step:
            time.sleep(step["sleep"])
        if "fill" in step:
            while next_index < min(step["fill"], count):
                key = {"key": f"{next_index:064x}"} if plan.get("keys") else {}
                send({"id": request["id"], **verdict(next_index, **key, **plan.get("verdict", {}))})
                next_index += 1
        if "end" in step:
            sys.stderr.write("the end of the fake\n")
            os._exit(step["end"])
    answer = {"tests": 1, "failed": [], "baseline_ms": 1.0, "notes": [], **plan.get("answer", {})}
    send({"id": request["id"], "event": "answer", "result": answer})
    receive()


main()
