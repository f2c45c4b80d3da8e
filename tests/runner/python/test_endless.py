"""Calls that do not come back, children that wait for nothing, and what is imported before they are forked."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest
from testgen_harness.mutation.children import Ended, Task, limit_cpu, run_children
from testgen_harness.mutation.endless import Watch
from testgen_harness.mutation.preloading import is_inside, modules_outside, preload

LONG = 60.0  # seconds that nothing here may take
SUBJECT = """
def endless():
    while True:
        pass


def work(seconds, clock):
    end = clock() + seconds
    while clock() < end:
        pass


def calls(function, times):
    for _ in range(times):
        yield function()
"""


def load(path: Path, text: str) -> ModuleType:
    path.write_text(text)
    module = ModuleType(path.stem)
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


@pytest.fixture
def subject(tmp_path: Path) -> ModuleType:
    module = load(tmp_path / "subject.py", SUBJECT)
    module.__dict__["path"] = str(tmp_path / "subject.py")
    return module


def judged(work: Callable[[], Any], idle_seconds: float = 0.0, cpu_seconds: float = LONG) -> Ended:
    def answer() -> dict[str, Any]:
        work()
        return {"done": True}

    return next(run_children(iter([Task("", answer, cpu_seconds, LONG, 0, idle_seconds)]), 1))


def watched(subject: ModuleType, seconds: float, work: Callable[[], Any]) -> Ended:
    """`seconds` is what no call takes that comes back."""

    def begin() -> None:
        watch = Watch([subject.path])
        watch.start()
        watch.expect(seconds)
        work()

    return judged(begin)


class TestWatch:
    def test_an_endless_call_of_the_subject(self, subject: ModuleType) -> None:
        ended = watched(subject, 0.05, subject.endless)
        assert ended.is_timeout and not ended.is_complete

    def test_an_endless_call_in_another_thread_has_the_tests_time(self, subject: ModuleType) -> None:
        def work() -> None:
            limit_cpu(0.3)
            thread = threading.Thread(target=subject.endless)
            thread.start()
            thread.join()

        assert watched(subject, 0.05, work).is_timeout

    def test_many_short_calls_are_none(self, subject: ModuleType) -> None:
        def work() -> None:
            for _ in range(200):
                subject.work(0.002, time.process_time)

        assert watched(subject, 0.1, work).is_complete

    def test_what_others_do_does_not_count(self, subject: ModuleType, tmp_path: Path) -> None:
        other = load(tmp_path / "other.py", SUBJECT)
        assert watched(subject, 0.05, lambda: other.work(0.5, time.process_time)).is_complete

    def test_an_import_within_a_call_does_not_count(self, subject: ModuleType, tmp_path: Path) -> None:
        (tmp_path / "slow_to_import.py").write_text(
            "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass\n"
        )

        def work() -> None:
            sys.path.insert(0, str(tmp_path))
            list(subject.calls(lambda: __import__("slow_to_import"), 1))

        assert watched(subject, 0.05, work).is_complete

    def test_a_call_that_waits_does_not_count(self, subject: ModuleType) -> None:
        assert watched(subject, 0.05, lambda: list(subject.calls(lambda: time.sleep(0.3), 1))).is_complete

    def test_nothing_is_kept_alive(self, subject: ModuleType) -> None:
        """What a call held is gone with the call, although the call was seen."""

        class Thing:
            pass

        gone: list[bool] = []

        def use() -> None:
            import weakref

            thing = Thing()
            weakref.finalize(thing, gone.append, True)
            subject.work(0.1, time.process_time)

        def work() -> None:
            list(subject.calls(use, 1))
            assert gone == [True]

        assert watched(subject, LONG, work).is_complete


class TestWaiting:
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what threads wait for")
    def test_a_deadlock_is_seen_at_once(self) -> None:
        def work() -> None:
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()

        ended = judged(work, idle_seconds=LONG)
        assert ended.is_timeout

    def test_a_sleep_is_no_deadlock(self) -> None:
        assert judged(lambda: time.sleep(0.8), idle_seconds=LONG).is_complete

    def test_a_lock_with_an_end_is_no_deadlock(self) -> None:
        def work() -> None:
            lock = threading.Lock()
            lock.acquire()
            assert not lock.acquire(timeout=0.8)

        assert judged(work, idle_seconds=LONG).is_complete

    def test_who_handles_alarms_is_in_no_deadlock(self) -> None:
        def work() -> None:
            class Rang(Exception):
                pass

            def ring(*_: Any) -> None:
                raise Rang

            signal.signal(signal.SIGALRM, ring)
            signal.setitimer(signal.ITIMER_REAL, 0.8)
            lock = threading.Lock()
            lock.acquire()
            with pytest.raises(Rang):
                lock.acquire()

        assert judged(work, idle_seconds=LONG).is_complete

    def test_a_sleeper_leaves_its_place(self) -> None:
        """Those that wait are let go by the one behind them, for which there is no worker left."""
        reader, writer = os.pipe()

        def tasks() -> Iterator[Task]:
            for name in ("waits", "waits too"):
                yield Task(name, lambda: {"read": os.read(reader, 1).decode()}, 0, LONG, 0, LONG)
            yield Task("wakes", lambda: {"written": os.write(writer, b"xx")}, 0, LONG, 0, LONG)

        ended = {each.key: each.answer for each in run_children(tasks(), 2)}
        assert ended == {"waits": {"read": "x"}, "waits too": {"read": "x"}, "wakes": {"written": 2}}

    def test_one_worker_is_one_child_also_when_it_sleeps(self, tmp_path: Path) -> None:
        """Each makes a file that nobody else may have made, sleeps, and takes it away."""
        held = tmp_path / "held"

        def hold() -> dict[str, bool]:
            descriptor = os.open(held, os.O_CREAT | os.O_EXCL)
            time.sleep(0.5)
            os.close(descriptor)
            held.unlink()
            return {"held": True}

        ended = run_children((Task(number, hold, 0, LONG, 0, LONG) for number in range(3)), 1)
        assert [each.answer for each in ended] == [{"held": True}] * 3

    def test_the_limit_on_the_processor_stays(self) -> None:
        def work() -> None:
            limit_cpu(0.05)
            while True:
                pass

        assert judged(work).is_timeout


class TestPreloading:
    @pytest.fixture
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        outside, root = tmp_path / "outside", tmp_path / "root"
        for folder in (outside, root):
            folder.mkdir()
            monkeypatch.syspath_prepend(str(folder))
        (outside / "tg_plain.py").write_text("LOADED = True\n")
        (outside / "tg_user.py").write_text("try:\n    import tg_ours\nexcept ImportError:\n    tg_ours = None\n")
        (outside / "tg_broken.py").write_text("raise RuntimeError('no')\n")
        (root / "tg_ours.py").write_text("LOADED = True\n")
        yield root
        for name in ("tg_plain", "tg_user", "tg_broken", "tg_ours"):
            sys.modules.pop(name, None)

    def test_nothing_of_the_workspace_is_imported(self, root: Path) -> None:
        preload(str(root), ["tg_user", "tg_broken", "tg_plain", "tg_ours"])
        assert "tg_plain" in sys.modules
        assert not {"tg_ours", "tg_user", "tg_broken"} & sys.modules.keys()

    def test_what_is_outside(self, root: Path) -> None:
        import tg_ours  # type: ignore[import-not-found]
        import tg_plain  # type: ignore[import-not-found]

        assert tg_plain.LOADED and tg_ours.LOADED
        names = modules_outside(str(root))
        assert "tg_plain" in names and "pytest" in names
        assert not {"tg_ours", "__main__", "testgen_harness.mutation.preloading"} & set(names)

    def test_an_environment_in_the_workspace_is_outside(self, root: Path) -> None:
        assert is_inside(str(root), str(root / "src" / "a.py"))
        assert not is_inside(str(root), str(root / ".venv" / "lib" / "python3.12" / "site-packages" / "a.py"))
        assert not is_inside(str(root), "frozen")
        assert not is_inside(str(root), None)
