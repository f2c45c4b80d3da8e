"""One pytest session in this process, with the workspace's own configuration, plugins and conftest.py files."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from testgen_harness.errors import HarnessError
from testgen_harness.pytest_reporter import Reporter
from testgen_harness.source_root import SourceRoot
from testgen_harness.text import bounded, one_line

# Plugins that would take over what is done here, and the option that keeps each quiet. They stay loaded, because the
# workspace's own options may name theirs.
QUIETING = (
    ("pytest_cov", "--no-cov"),  # would measure a second time, and write a data file
    ("xdist", "-n0"),  # would run the tests in processes that report to another one
)

EXIT_INTERNAL_ERROR = 3
# By whom pytest is taught options that projects have in their configuration; "--cov" stands for "--cov-report", too.
PLUGIN_OPTIONS = {
    "--asyncio": "pytest-asyncio",
    "--benchmark": "pytest-benchmark",
    "--cov": "pytest-cov",
    "--dist": "pytest-xdist",
    "--django": "pytest-django",
    "--ds": "pytest-django",
    "--html": "pytest-html",
    "--mpl": "pytest-mpl",
    "--mypy": "pytest-mypy",
    "--numprocesses": "pytest-xdist",
    "--randomly": "pytest-randomly",
    "--reruns": "pytest-rerunfailures",
    "--ruff": "pytest-ruff",
    "--timeout": "pytest-timeout",
    "-n": "pytest-xdist",
}
EXIT_USAGE_ERROR = 4

CONFTEST_FAILURE = re.compile(r"while loading conftest '(?P<path>[^']+)'")


@dataclass
class SessionOptions:
    root: str
    scratch: str
    arguments: list[str]
    selection: list[str]


class _IdleHypothesis:
    """Lets the summary of hypothesis's plugin go where no test used hypothesis.

    It imports the whole package to find nothing to say, and pytest rewrites the assertions of each module on the way,
    again in every process that may not store byte code: longer than most suites run.
    """

    PLUGIN = "hypothesispytest"

    def pytest_sessionfinish(self, session: Any) -> None:  # the summary comes after
        plugin = session.config.pluginmanager.get_plugin(self.PLUGIN)
        if plugin is not None and "hypothesis" not in sys.modules:
            session.config.pluginmanager.unregister(plugin)


class _Tee:
    """Standard error that also remembers its beginning: there pytest says why it did not start."""

    LIMIT = 64_000

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        if self._size < self.LIMIT:
            self._kept.append(text)
            self._size += len(text)
        return self._stream.write(text)

    def text(self) -> str:
        return "".join(self._kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _command_line(options: SessionOptions) -> list[str]:
    quieting = [option for module, option in QUIETING if importlib.util.find_spec(module) is not None]
    return [
        *options.arguments,
        *quieting,
        f"--rootdir={options.root}",
        # Not `-p no:cacheprovider`: tests may use the `cache` fixture, and the configuration options like --lf.
        "-o",
        f"cache_dir={os.path.join(options.scratch, 'pytest_cache')}",
        "--continue-on-collection-errors",
        *options.selection,
    ]


def _prepare_process(options: SessionOptions) -> None:
    os.chdir(options.root)
    sys.argv = ["pytest"]
    # Behind everything else: what `pytest` alone finds stays what it finds, and what only `python -m pytest` finds, is
    # found as well.
    if options.root not in sys.path:
        sys.path.append(options.root)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(options.scratch, "hypothesis")


def _explain_refusal(text: str, reporter: Reporter) -> None:
    """A conftest.py that cannot be imported is an error of that file; everything else is one of the command line."""
    conftest = CONFTEST_FAILURE.search(text)
    if conftest:
        reasons = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
        message = one_line(reasons[-1]) if reasons else one_line(text)
        reporter.report_collection_error(conftest["path"], 0, message, bounded(text))
        return
    complaints = [line.partition("error: ")[2] for line in text.splitlines() if "error: " in line]
    reason = one_line(complaints[0] if complaints else text.replace("ERROR: ", "", 1)) or "no reason given"
    # A test that does not exist is like a file that does not: nothing is wrong with how the program was called.
    is_missing = reason.startswith("not found: ") or "file or directory not found" in reason
    message = f"pytest did not start: {reason}{_advice(reason)}"
    raise HarnessError("NOT_FOUND" if is_missing else "INVALID_ARGUMENT", message)


def _advice(reason: str) -> str:
    """A project's configuration asks for plugins that nobody has installed: often those that only its own CI needs."""
    _, found, arguments = reason.partition("unrecognized arguments: ")
    names = [word.partition("=")[0] for word in arguments.split()] if found else []
    packages = [package for name in names for option, package in PLUGIN_OPTIONS.items() if _belongs(name, option)]
    if not packages:
        return ""
    missing = " ".join(dict.fromkeys(packages))
    return f"; run {sys.executable} -m pip install {missing}, or take the options out of the project's configuration"


def _belongs(name: str, option: str) -> bool:
    return name == option or (option.startswith("--") and name.startswith(f"{option}-"))


def import_pytest() -> Any:
    try:
        import pytest
    except ImportError as error:
        reason = one_line(f"{sys.executable}: pytest cannot be imported: {error}")
        how = f"run {sys.executable} -m pip install --force-reinstall pytest"
        raise HarnessError("UNAVAILABLE", f"{reason}; {how}") from error
    return pytest


def run_pytest(options: SessionOptions, reporter: Reporter, plugins: Sequence[Any] = ()) -> int:
    pytest = import_pytest()
    _prepare_process(options)
    real_stderr = sys.stderr
    tee = _Tee(real_stderr)
    sys.stderr = tee  # type: ignore[assignment]
    try:
        source_root = SourceRoot(options.root, reporter.notes)
        own = [reporter, source_root, _IdleHypothesis()]
        exit_code = int(pytest.main(_command_line(options), plugins=[*own, *plugins]))
    finally:
        sys.stderr = real_stderr
    if exit_code == EXIT_USAGE_ERROR:
        _explain_refusal(tee.text(), reporter)
    if exit_code == EXIT_INTERNAL_ERROR:
        reason = reporter.internal_error or "no reason given"
        raise HarnessError("CHILD", f"pytest failed internally: {reason}")
    if reporter.interruption is not None:
        raise HarnessError("CHILD", f"the run was interrupted: {reporter.interruption}")
    return exit_code
