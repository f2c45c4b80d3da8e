"""What a fresh process says of a change: the whole suite, from nothing, on a copy with the changed source on disk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

PLUGIN = Path(__file__).resolve().parent / "plugin"
LEFT_OUT = (".git", ".testgen", "__pycache__", "*.pyc", ".pytest_cache", ".hypothesis")
MEMORY = 4 << 30  # bytes of address space of each process
CPU_FACTOR, CPU_MIN = 10.0, 4.0
WALL_FACTOR, WALL_MIN = 20.0, 60.0
EXIT_PASSED, EXIT_NO_TESTS = 0, 5

# The limits are set by a shell, because a function between fork and exec is not safe beside threads.
LIMITED = 'ulimit -S -t "$1" && ulimit -v "$2" && shift 2 && exec "$@"'


@dataclass
class Outcome:
    kind: str  # passed, failed, broken (not collected), ended (before the tests did), after (they passed), timeout
    detail: str = ""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    tests: int = 0


class Suite:
    """The tests of a project. `in_place`: the project itself gets the change for that time, because an installation
    points to it; then one run at a time."""

    def __init__(self, root: Path, python: str, in_place: bool = False) -> None:
        self.root, self.python, self._in_place = root.resolve(), python, in_place
        self._deselected: list[str] = []
        self._cpu, self._wall = 600.0, 1800.0

    def measure(self) -> Outcome:
        """Without a change: the time, and the tests that fail anyway, which say nothing from now on. The outcome is
        that of the others."""
        first = self.run(None, stop_early=False)
        if first.kind == "failed":
            self._deselected = first.failed
            again = self.run(None, stop_early=False)
            again.failed = [*first.failed, *again.failed]
            first = again
        self._cpu = CPU_MIN + CPU_FACTOR * first.cpu_seconds
        self._wall = WALL_MIN + WALL_FACTOR * first.wall_seconds
        return first

    def run(self, change: Optional[tuple[str, str]], stop_early: bool = True) -> Outcome:
        """`change` is a path in the project and the text that the file has then."""
        folder = Path(tempfile.mkdtemp(prefix="testgen-differential-"))
        try:
            with self._changed(folder / self.root.name, change) as project:
                return self._run(project, folder / "outcome.json", ["-x"] if stop_early else [])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _changed(self, copy: Path, change: Optional[tuple[str, str]]) -> Iterator[Path]:
        project = self.root if self._in_place else copy
        if not self._in_place:
            shutil.copytree(self.root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        target = project / change[0] if change else None
        kept = target.read_bytes() if target else b""
        try:
            if target and change:
                target.write_bytes(change[1].encode("utf-8", "surrogatepass"))
            yield project
        finally:
            if self._in_place and target:
                target.write_bytes(kept)

    def _run(self, project: Path, answer: Path, options: Sequence[str]) -> Outcome:
        command = [self.python, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *options]
        command += ["-p", "differential_outcome", *(f"--deselect={test}" for test in self._deselected)]
        limits = [str(int(self._cpu) + 1), str(MEMORY >> 10)]
        environment = {
            **os.environ,
            "DIFFERENTIAL_OUTCOME": str(answer),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join([str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        process = subprocess.Popen(
            ["/bin/sh", "-c", LIMITED, "sh", *limits, *command],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._wait(process, answer)

    def _wait(self, process: subprocess.Popen[bytes], answer: Path) -> Outcome:
        late = threading.Event()

        def end() -> None:
            late.set()
            _end_group(process.pid)

        timer = threading.Timer(self._wall, end)
        timer.start()
        started = os.times().elapsed
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        _end_group(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        outcome = _outcome(process.returncode, answer, late.is_set())
        outcome.cpu_seconds = usage.ru_utime + usage.ru_stime
        outcome.wall_seconds = os.times().elapsed - started
        return outcome


def _end_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def _outcome(code: int, path: Path, is_late: bool) -> Outcome:
    if is_late or code == -signal.SIGXCPU:
        return Outcome("timeout", "by the clock" if is_late else "on the processor")
    if not path.exists():
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Outcome("ended", f"{how}, and pytest did not come to its end")
    answer: dict[str, Any] = json.loads(path.read_text())
    failed = [item["test"] for item in answer["failed"]]
    first = answer["failed"][0] if failed else {"test": "", "message": ""}
    detail = f"{first['test']}: {first['message']}" if failed else ", ".join(answer["broken"])
    tests = answer["tests"]
    if answer["broken"]:
        return Outcome("broken", f"not collected: {detail}", failed=failed, tests=tests)
    if failed:
        return Outcome("failed", detail, failed=failed, tests=tests)
    if answer["exit"] not in (EXIT_PASSED, EXIT_NO_TESTS):
        return Outcome("ended", f"pytest was interrupted: exit code {answer['exit']}", tests=tests)
    if code != answer["exit"]:
        return Outcome("after", f"all passed, then the process ended with {code}", tests=tests)
    return Outcome("passed", tests=tests)
