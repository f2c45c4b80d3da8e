"""Notices calls of the subjects that do not come back, long before the test's time on the processor is over.

That time has to be generous: a test may be the first to import something, and pytest may take long to say how it
failed. None of this happens inside a call of the code under test. So a timer looks, now and then, whether one and the
same call of it has been going on for much longer than the whole test takes without a mutant; what it imports does not
count. The timer counts the process's own time on the processor, so that a busy machine changes nothing. Python lets the
main thread alone look: calls in other threads have the test's time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Optional

from testgen_harness.mutation.children import CPU_SIGNAL

TICK = 0.01  # seconds between two looks
SIGNAL, TIMER = signal.SIGVTALRM, signal.ITIMER_VIRTUAL

# Tests may replace what modules hold.
_kill, _getpid, _setitimer, _signal = os.kill, os.getpid, signal.setitimer, signal.signal
_gettrace = sys.gettrace


class Watch:
    """In the process that runs the tests. Ends it as `limit_cpu` does when a call of a function of one of the files
    does not come back."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._looks = self._needed = 0

    def start(self) -> None:
        _signal(SIGNAL, self._look)
        _setitimer(TIMER, TICK, TICK)

    def expect(self, seconds: float) -> None:
        """A test begins in which no call takes so long."""
        self._looks, self._needed = 0, int(seconds / TICK) + 1

    def _look(self, number: int, frame: Optional[FrameType]) -> None:
        try:
            self._count(self._outermost_call(frame))
        except RecursionError:  # the tests are about to have it as well
            return

    def _count(self, call: Optional[FrameType]) -> None:
        if call is None or _gettrace() is not None:
            self._looks = 0
        elif call.f_trace_lines:
            # The mark of a call that has been seen. To keep the frame instead would keep alive what it holds.
            call.f_trace_lines = False
            self._looks = 1
        else:
            self._looks += 1
        if self._looks > self._needed:
            _signal(CPU_SIGNAL, signal.SIG_DFL)
            _kill(_getpid(), CPU_SIGNAL)

    def _outermost_call(self, frame: Optional[FrameType]) -> Optional[FrameType]:
        """None as well while it imports something."""
        found, is_importing = None, False
        for each in _outwards(frame):
            if each.f_code.co_filename in self._files:
                found = each
            elif found is None and each.f_code.co_filename.startswith("<frozen importlib"):
                is_importing = True
        return None if is_importing else found


def _outwards(frame: Optional[FrameType]) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
