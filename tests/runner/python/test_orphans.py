"""What tests leave behind ends with them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import os, signal
from testgen_harness.orphans import adopt_orphans, children, end_children

adopt_orphans()
kept = os.fork()
if kept == 0:
    signal.pause()
before = children()
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    if os.fork() == 0:
        os.setsid()
        os.write(writer, str(os.getpid()).encode())
        signal.pause()
    os._exit(0)
orphan = int(os.read(reader, 100))
os.waitpid(child, 0)
assert before == {kept}, before
end_children(before)
assert children() == {kept}
os.kill(kept, signal.SIGKILL)
print(orphan)
"""


def test_orphans_are_ended_and_other_children_are_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    orphan = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{orphan}").exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{orphan} is still there")
