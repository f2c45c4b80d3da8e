"""Which lines code runs, and what of the workspace: by what the interpreter of these tests has to tell it."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testgen_harness.mutation.reached import Ran, make_tracer

SOURCE = """def both(flag):
    if flag:
        return 1
    return 2

double = lambda x: x * 2
def triple(x): return x * 3

def count():
    yield 1
    yield 2
"""
HELPER = """def help(function):
    return function()
"""


def _load(path: Path, text: str) -> types.ModuleType:
    path.write_text(text)
    module = types.ModuleType(path.stem)
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Any, Any, Any, Ran]]:
    root = os.path.realpath(tmp_path)
    subject, helper = _load(Path(root, "subject.py"), SOURCE), _load(Path(root, "helper.py"), HELPER)
    ran = Ran(root)
    tracer = make_tracer([str(Path(root, "subject.py"))], ran=ran)
    before = sys.gettrace()
    tracer.start()
    yield subject, helper, tracer, ran
    tracer.stop()
    sys.settrace(before)


def _inner(lines: Any, definitions: frozenset[int] = frozenset({1, 9})) -> list[int]:
    """Whether the line of a `def` with a body of its own counts differs between releases of Python."""
    return sorted(line for _, line in lines if line not in definitions)


def test_every_time_tells_all_of_its_lines(watched: Any) -> None:
    subject, helper, tracer, ran = watched
    calls = [
        (lambda: subject.both(True), [2, 3], {"both"}),
        (lambda: subject.both(False), [2, 4], {"both"}),
        (lambda: subject.double(1), [6], {"<lambda>"}),
        (lambda: subject.triple(1), [7], {"triple"}),
        (lambda: helper.help(lambda: subject.both(True)), [2, 3], {"both", "help"}),
        (lambda: None, [], set()),
    ]
    for _ in range(3):
        for call, lines, names in calls:
            call()
            assert _inner(tracer.take()) == lines
            assert {code.co_name for code in ran.take()} == names


def test_a_generator_goes_on_the_next_time(watched: Any) -> None:
    subject, _, tracer, _ = watched
    generator = subject.count()
    next(generator)
    assert _inner(tracer.take()) == [10]
    next(generator)
    assert 11 in {line for _, line in tracer.take()}  # some say that it goes on where it was


def test_who_takes_the_tracer_away_is_seen_and_the_next_time_is_watched(watched: Any) -> None:
    subject, _, tracer, _ = watched
    if sys.version_info >= (3, 12):
        for tool in range(6):
            if sys.monitoring.get_tool(tool) == "testgen":
                sys.monitoring.free_tool_id(tool)
    else:
        sys.settrace(None)
    assert tracer.is_blind()
    tracer.take()
    assert not tracer.is_blind()
    for _ in range(2):
        subject.double(1)
        assert _inner(tracer.take()) == [6]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with Python 3.12")
def test_the_tools_of_others_are_left_alone(tmp_path: Path) -> None:
    monitoring = sys.monitoring
    free = [tool for tool in (0, 1, 2, 3) if monitoring.get_tool(tool) is None]
    for tool in free:
        monitoring.use_tool_id(tool, f"other {tool}")
    try:
        with pytest.raises(Exception, match="too many"):
            make_tracer([]).start()
        assert [monitoring.get_tool(tool) for tool in free] == [f"other {tool}" for tool in free]
    finally:
        for tool in free:
            monitoring.free_tool_id(tool)
