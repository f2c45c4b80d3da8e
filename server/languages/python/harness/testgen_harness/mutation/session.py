"""The pytest session in which mutants are judged: it collects once, and judges in the place of running the tests."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Optional

from testgen_harness.mutation.baseline import Watcher
from testgen_harness.mutation.children import Answer
from testgen_harness.mutation.importing import Broken
from testgen_harness.mutation.probes import ImportProbes, Source, make_probes
from testgen_harness.mutation.reached import Before, Inspecting, Started, make_tracer
from testgen_harness.mutation.zygote import Zygote

Work = Callable[[Any, Before], None]
JudgeImport = Callable[[Any, Broken, list[Any], dict[str, Any]], Answer]
PrepareImport = Callable[[dict[str, Any], Any], None]  # what is given, and pytest's configuration


class MutationPlugin:
    """The work is given the session, and what happened before its tests run.

    Before the tests are collected, `zygote` is forked, if none of the files has been imported by then (by a
    conftest.py): in its children pytest is ready, and collects with a change in one of the files. Before that
    `when_ready` is called, which may say with `watch` what the files are."""

    def __init__(
        self, root: str, sources: list[Source], work: Work, judge: JudgeImport, prepare: PrepareImport
    ) -> None:
        self._work, self._judge_import, self._prepare = work, judge, prepare
        self.started = Started(os.path.realpath(root))
        self._set_sources(sources)
        self._inspecting = Inspecting(self._files)
        self.watcher = Watcher()
        self.broken = Broken()
        self.zygote: Optional[Zygote] = None
        self.error: Optional[BaseException] = None
        self.when_ready: Callable[[Any], None] = lambda session: None
        self._tracer.start()

    def _set_sources(self, sources: list[Source]) -> None:
        self._files = [source.path for source in sources]
        self.probes = make_probes(sources)
        self._imported = ImportProbes(self.probes, self.started) if self.probes is not None else None
        self._tracer = self._imported or make_tracer(self._files, self.started)

    def watch(self, sources: list[Source]) -> None:
        """None of them has been imported."""
        self._tracer.stop()
        self._set_sources(sources)
        self._inspecting.watch(self._files)
        self._tracer.start()

    @contextlib.contextmanager
    def unwatched(self) -> Iterator[None]:
        """While nothing of the workspace runs."""
        self._tracer.stop()
        try:
            yield
        finally:
            self._tracer.start()

    def has_imported(self, files: Iterable[str]) -> bool:
        loaded = {os.path.realpath(path) for path in map(_file_of, list(sys.modules.values())) if path}
        return not loaded.isdisjoint(map(os.path.realpath, files))

    def pytest_configure(self, config: Any) -> None:
        config.pluginmanager.register(self.watcher)
        config.pluginmanager.register(self.broken)

    def pytest_collection(self, session: Any) -> None:
        try:
            self.when_ready(session)
        except BaseException as error:
            self.error = error
            raise
        if self.has_imported(self._files):
            return

        def judge(job: dict[str, Any]) -> Answer:
            self._tracer.stop()
            return self._judge_import(session, self.broken, self.watcher.reports, job)

        self.zygote = Zygote(judge, lambda given: self._prepare(given, session.config))

    def pytest_runtestloop(self, session: Any) -> bool:
        before = Before(self._tracer.take(), self._inspecting.take())
        self._tracer.stop()
        if self._imported is not None:
            self._imported.restore()
        try:
            self._work(session, before)
        except BaseException as error:  # pytest would only print it
            self.error = error
        return True


def _file_of(module: Any) -> Optional[str]:
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) else None
