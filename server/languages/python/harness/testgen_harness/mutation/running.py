"""Runs one collected test again and again, as cheaply as its kind allows.

- A test whose arguments are all its own parameters is *called*.
- A test with fixtures gets them from pytest, without hooks and reports (*set up*).
- Everything else, and every test of a session where a plugin or conftest.py has a say in how tests run, goes through
  pytest's *whole* protocol.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import sys
import unittest
import warnings
from typing import Any, Callable, NamedTuple, Optional

from testgen_harness.text import one_line

CALLED, SET_UP, WHOLE = "called", "set up", "whole"

# pytest's own marks that change how a test runs.
ACTING_MARKS = frozenset({"skip", "skipif", "xfail", "filterwarnings"})
RUN_HOOKS = (
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_runtest_teardown",
    "pytest_runtest_makereport",
    "pytest_pyfunc_call",
)
# Plugins whose hooks leave alone the tests that are not theirs: coroutines, and functions made by hypothesis.
HARMLESS_PLUGINS = (
    "_pytest.",
    "_hypothesis_pytestplugin.",
    "anyio.",
    "pytest_asyncio.",
    "pytest_cov.",
    "pytest_timeout.",  # limits of time are set here
    "xdist.",
)
OWN_FIXTURES = ("_unittest_", "_xunit_")  # of pytest, for the methods of classes and modules that are looked at here
MESSAGE_LENGTH = 300


class Failure(NamedTuple):
    message: str
    is_out_of_memory: bool = False


class TestRunner:
    """Of one session, in the process that runs the tests. `prepare()` once there, then `run()`. Some plugin puts the
    reports of each test into the list."""

    def __init__(self, session: Any, reports: list[Any]) -> None:
        self._session, self._reports = session, reports
        self._is_clean = _has_only_known_hooks(session.config)
        self._results_key = _find_results_key()
        self._kinds: dict[str, str] = {}
        self._calls: dict[str, Callable[[], None]] = {}

    def prepare(self) -> None:
        """What pytest does around each test and is the same for all that go without its protocol."""
        from _pytest.warnings import catch_warnings_for_item

        config = self._session.config
        config.option.tbstyle = "native"  # of a failure the last line is read; the others cost more than the test
        self._context = catch_warnings_for_item(config=config, ihook=config.hook, when="runtest", item=None)
        self._context.__enter__()  # for good: the process ends before it is left
        self._filters = list(warnings.filters)
        warnings.showwarning = lambda *arguments, **named: None  # nobody reads them, and keeping them takes memory
        with contextlib.suppress(ImportError):
            from _pytest.logging import LogCaptureHandler

            logging.getLogger().addHandler(LogCaptureHandler())  # raises when a record cannot be formatted

    @property
    def warnings_fail(self) -> bool:
        """Some warning is an error here. Then those that nobody can catch count, too, and only pytest sees them."""
        return any(action == "error" for action, *_ in self._filters)

    def kind(self, item: Any) -> str:
        kind = self._kinds.get(item.nodeid)
        if kind is None:
            kind = self._kinds[item.nodeid] = _kind_of(item) if self._is_clean else WHOLE
        return kind

    def names_of(self, kind: str) -> list[str]:
        """The tests found to be of that kind so far."""
        return [name for name, found in self._kinds.items() if found == kind]

    def demand_whole(self, name: str) -> None:
        """This test goes through pytest's protocol from now on."""
        self._kinds[name] = WHOLE

    def run(self, item: Any, following: Any = None, is_whole: bool = False) -> Optional[Failure]:
        """How the test failed; None when it passed or was skipped. What it shares with `following` stays set up."""
        kind = WHOLE if is_whole else self.kind(item)
        if kind == WHOLE:
            return self._run_whole(item, following)
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
            warnings.simplefilter("default", append=True)  # tells the module that they changed
            warnings.filters[:] = self._filters  # type: ignore[index]
        try:
            if kind == CALLED:
                self._call(item)
            else:
                self._set_up_and_call(item)
        except BaseException as error:
            return _failure_of(error)
        return None

    def _call(self, item: Any) -> None:
        call = self._calls.get(item.nodeid)
        if call is None:
            call = self._calls[item.nodeid] = _direct_call(item)
        call()

    def _set_up_and_call(self, item: Any) -> None:
        state = self._session._setupstate
        state.teardown_exact(item)  # what the test before left, and this one does not share
        try:
            item._initrequest()
            self._note_no_reports(item)
            state.setup(item)
            item.runtest()
        finally:
            # Fixtures of modules and classes stay for the next test, as in a session that runs them in a row.
            state.teardown_exact(item.parent)
            item._request, item.funcargs = False, None

    def _note_no_reports(self, item: Any) -> None:
        """`tmp_path` asks what the reports said when it is torn down, and takes it for granted that there were some."""
        if self._results_key is not None:
            item.stash[self._results_key] = {}

    def _run_whole(self, item: Any, following: Any) -> Optional[Failure]:
        """Through the hook, so that what plugins wrap around a test acts; its reports come back through another one."""
        try:
            self._session._setupstate.teardown_exact(item)
        except BaseException as error:
            return _failure_of(error)
        self._reports.clear()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        for report in self._reports:
            if report.failed:
                crash = getattr(report.longrepr, "reprcrash", None)
                message = one_line(getattr(crash, "message", None) or str(report.longrepr))
                return Failure(message[:MESSAGE_LENGTH], message.startswith("MemoryError"))
        return None


def _find_results_key() -> Any:
    """Where pytest keeps what the reports of a test said, from 7.3 on."""
    try:
        from _pytest.tmpdir import tmppath_result_key
    except ImportError:
        return None
    return tmppath_result_key


def _failure_of(error: BaseException) -> Optional[Failure]:
    from _pytest.outcomes import Exit, OutcomeException, Skipped

    if isinstance(error, (Skipped, unittest.SkipTest)) or type(error).__name__ == "XFailed":
        return None
    if isinstance(error, (KeyboardInterrupt, Exit)):
        raise error  # ends the session under pytest, too
    text = str(error)
    name = "" if isinstance(error, OutcomeException) else type(error).__name__
    message = one_line(f"{name}: {text}" if name and text else name or text)
    return Failure(message[:MESSAGE_LENGTH], isinstance(error, MemoryError))


# ---- Kinds ----


def _has_only_known_hooks(config: Any) -> bool:
    manager = config.pluginmanager
    for name in RUN_HOOKS:
        for implementation in getattr(manager.hook, name).get_hookimpls():
            plugin = implementation.plugin
            owner = plugin if inspect.ismodule(plugin) else type(plugin)
            module = owner.__name__ if inspect.ismodule(plugin) else owner.__module__
            if not f"{module}.".startswith(HARMLESS_PLUGINS) and not module.startswith("testgen_harness."):
                return False
    return True


def _kind_of(item: Any) -> str:
    import pytest
    from _pytest.unittest import TestCaseFunction

    if type(item) not in (pytest.Function, TestCaseFunction) or any(
        m.name in ACTING_MARKS for m in item.iter_markers()
    ):
        return WHOLE
    function = getattr(item.obj, "__func__", item.obj)
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) or shrinks(item):
        return WHOLE
    if type(item) is TestCaseFunction:
        return CALLED if _is_plain_case(item) else WHOLE
    arguments = _own_arguments(item)
    return SET_UP if arguments is None else CALLED


def shrinks(item: Any) -> bool:
    """A test of hypothesis: when it fails it is run again and again, for the simplest input with which it does."""
    function = getattr(item, "obj", None)
    return hasattr(getattr(function, "__func__", function), "hypothesis")


def _is_plain_case(item: Any) -> bool:
    """A TestCase whose class and module prepare nothing that outlives one test."""
    case, module = item.cls, item.getparent(_module_type()).obj
    own = [getattr(case, name).__func__ for name in ("setUpClass", "tearDownClass")]
    plain = [getattr(unittest.TestCase, name).__func__ for name in ("setUpClass", "tearDownClass")]
    others = ("setup_method", "teardown_method", "setup_class", "teardown_class")
    in_module = ("setUpModule", "tearDownModule", "setup_module", "teardown_module")
    return (
        own == plain
        and issubclass(case, unittest.TestCase)
        and not _is_async(case)
        and case.run is unittest.TestCase.run
        and not any(hasattr(case, name) for name in others)
        and not any(hasattr(module, name) for name in in_module)
        and all(name == "request" or name.startswith(OWN_FIXTURES) for name in item._fixtureinfo.names_closure)
        and not getattr(getattr(case, item.originalname), "__unittest_expecting_failure__", False)
    )


def _is_async(case: type) -> bool:
    """Asked of the module where there is one: to ask `unittest` for the class would import all of asyncio."""
    module = sys.modules.get("unittest.async_case")
    return module is not None and issubclass(case, module.IsolatedAsyncioTestCase)


def _module_type() -> Any:
    import pytest

    return pytest.Module


def _own_arguments(item: Any) -> Optional[dict[str, Any]]:
    """The arguments of a test that its own parametrisation gives; None when some come from elsewhere."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        arguments = {}
    elif hasattr(callspec, "funcargs"):  # before pytest 8; the others are for fixtures
        if callspec.params:
            return None
        arguments = dict(callspec.funcargs)
    else:
        arguments = dict(callspec.params)
        definitions = item._fixtureinfo.name2fixturedefs
        for name in arguments:
            if definitions[name][-1].func.__name__ != "get_direct_param_fixture_func":
                return None
    is_all = set(item._fixtureinfo.names_closure) <= arguments.keys()
    return arguments if is_all and arguments.keys() <= set(inspect.signature(item.obj).parameters) else None


def _direct_call(item: Any) -> Callable[[], None]:
    if item.cls is not None and issubclass(item.cls, unittest.TestCase):
        return lambda: _run_case(item.cls(item.originalname))
    arguments = _own_arguments(item) or {}
    if item.cls is None:
        return lambda: item.obj(**arguments)
    return lambda: getattr(item.cls(), item.originalname)(**arguments)


class _FirstError(unittest.TestResult):
    """Keeps the exception of the first failure, of a subtest, too."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Optional[BaseException] = None

    def _note(self, error: Any) -> None:
        if self.error is None:
            self.error = error[1]

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self._note(err)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._note(err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._note(err)


def _run_case(case: unittest.TestCase) -> None:
    result = _FirstError()
    case.run(result)
    if result.error is not None:
        raise result.error
