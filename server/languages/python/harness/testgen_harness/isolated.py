"""Runs a function of the harness in a fresh interpreter with a hash seed of its own."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Optional

import testgen_harness
from testgen_harness.errors import HarnessError
from testgen_harness.orphans import adopt_orphans, end_children
from testgen_harness.text import one_line

# argv: the harness's folder, module, function, file of the request, file of the answer.
_LAUNCHER = (
    "import sys; sys.path[:] = [sys.argv[1]] + [entry for entry in sys.path if entry]; "
    "from testgen_harness.isolated import main; main()"
)


OUTPUT_MAX = 16_000  # bytes that are looked at for a reason


def call_isolated(
    module: str,
    function: str,
    request: dict[str, Any],
    scratch: str,
    hash_seed: int,
    root: str,
    seconds: Optional[float] = None,
) -> Any:
    """What `module.function(request)` returns there. Both are JSON."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(testgen_harness.__file__)))
    with tempfile.TemporaryDirectory(prefix="call-", dir=scratch) as place:
        asked, answered = os.path.join(place, "request.json"), os.path.join(place, "answer.json")
        with open(asked, "w", encoding="utf-8") as file:
            json.dump(request, file)
        environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", _LAUNCHER, folder, module, function, asked, answered]
        said = os.path.join(place, "output.txt")  # a pipe would stay open as long as a process that tests left behind
        try:
            with open(said, "wb") as output:
                process = subprocess.run(
                    command,
                    cwd=root,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=seconds,
                )
        except subprocess.TimeoutExpired:
            raise HarnessError("TIMEOUT", f"it did not end within {seconds:.0f} s") from None
        try:
            with open(answered, encoding="utf-8") as file:
                answer = json.load(file)
        except (OSError, ValueError):
            lines = _end_of(said).strip().splitlines()
            reason = one_line(lines[-1]) if lines else f"status {process.returncode}"
            raise HarnessError("CHILD", f"the process ended before it could answer: {reason}") from None
    if "error" in answer:
        raise HarnessError(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def _end_of(path: str) -> str:
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - OUTPUT_MAX))
        return file.read().decode("utf-8", "replace")


def main() -> None:
    _, folder, module, function, asked, answered = sys.argv
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    with open(asked, encoding="utf-8") as file:
        request = json.load(file)
    adopt_orphans()
    try:
        answer = {"result": getattr(importlib.import_module(module), function)(request)}
    except HarnessError as error:
        answer = {"error": {"code": error.code, "message": error.message}}
    partial = answered + ".part"  # never half an answer
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(partial, answered)
    end_children(set())
    sys.stdout.flush()
    os._exit(0)
