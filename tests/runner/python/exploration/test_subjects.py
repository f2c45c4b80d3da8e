"""What is found in a file: functions, methods, their parameters, and why a result cannot be relied on."""

from __future__ import annotations

import sys

import pytest
from sample import Samples
from testgen_harness.errors import HarnessError
from testgen_harness.exploration.subjects import find_subject, prepare_path, snake_case

TEXT = """
import functools
import random
import time

if True:
    def conditional(): ...

class Outer:
    class Inner:
        def deep(self, a): ...
    def method(self, a, b=2, *rest, c, **more): ...
    @staticmethod
    def static(a): ...
    @classmethod
    def of(cls, a): ...
    @property
    def shown(self): return 1
    @functools.cached_property
    def kept(self): return 1

async def wait(a): ...
def count(a):
    yield a

not_a_function = 3
"""


@pytest.mark.parametrize(
    ("name", "kind", "parameters"),
    [
        ("conditional", "function", []),
        ("Outer.method", "method", ["a", "b", "c"]),
        ("Outer.static", "static", ["a"]),
        ("Outer.of", "class_method", ["a"]),
        ("Outer.shown", "property", []),
        ("Outer.kept", "property", []),
        ("Outer.Inner.deep", "method", ["a"]),
    ],
)
def test_kinds_and_parameters(samples: Samples, name: str, kind: str, parameters: list[str]) -> None:
    subject = samples.subject(TEXT, name)
    assert subject.kind == kind
    assert [parameter.name for parameter in subject.parameters] == parameters
    assert subject.root_name == name.partition(".")[0]


def test_parameters_are_described(samples: Samples) -> None:
    _, b, c = samples.subject(TEXT, "Outer.method").parameters
    assert (b.default, b.is_required, b.is_keyword_only) == (2, False, False)
    assert (c.is_required, c.is_keyword_only) == (True, True)


def test_flavours(samples: Samples) -> None:
    assert samples.subject(TEXT, "wait").is_async
    assert samples.subject(TEXT, "count").is_generator


@pytest.mark.parametrize("name", ["nothing", "Outer.nothing", "not_a_function", "Nobody.method"])
def test_what_is_not_there_is_named(samples: Samples, name: str) -> None:
    with pytest.raises(HarnessError, match=name) as caught:
        find_subject(samples.source(TEXT), name)
    assert caught.value.code == "NOT_FOUND"


def test_what_is_gone_after_the_import_is_said(samples: Samples) -> None:
    with pytest.raises(HarnessError, match="f does not exist once exploration_sample_"):
        samples.subject("def f(): ...\n\n\ndel f\n", "f")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("def (:\n", "PARSE", "line 1"),
        ("raise ValueError('no')\n", "NOT_FOUND", "fails with ValueError: no"),
        ("raise SystemExit(1)\n", "NOT_FOUND", "ends the process"),
    ],
)
def test_files_that_cannot_be_used(samples: Samples, text: str, code: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message) as caught:
        samples.source(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "instability"),
    [
        ("import random\ndef f(): return random.random()\n", "chance (random)"),
        ("import datetime\ndef f(): return datetime.datetime.now()\n", "the clock (now)"),
        ("from time import perf_counter\ndef f(): return perf_counter()\n", "the clock (perf_counter)"),
        ("import os\ndef g(): return os.environ['A']\ndef f(): return g()\n", "the environment (os.environ)"),
        ("def f(a): return id(a)\n", "addresses in memory"),
        ("def f(now): return now + 1\n", ""),
        ("def f(a): return a.id\n", ""),
        ("def today(): return 1\ndef f(): return today()\n", ""),
    ],
)
def test_results_that_cannot_be_relied_on(samples: Samples, text: str, instability: str) -> None:
    found = samples.subject(text, "f").instability
    assert instability in found
    assert bool(found) == bool(instability)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("HTTPServer", "http_server"), ("parseJSON2", "parse_json2"), ("snake_case", "snake_case"), ("A", "a")],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_the_copy_stands_for_the_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/usr/lib", "/project/src", "/projects", "/project"])
    prepare_path("/copy", "/project", [".", "lib"])
    assert sys.path == ["/copy/lib", "/usr/lib", "/copy/src", "/projects", "/copy"]
