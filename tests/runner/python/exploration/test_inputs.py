"""Values to try: from comparisons, annotations, defaults, names and uses."""

from __future__ import annotations

import enum
import typing
from typing import Any, Optional

import pytest
from sample import Samples
from testgen_harness.exploration.inputs import Builder, Inputs, find_inputs, values_of_type
from testgen_harness.exploration.literals import Writer


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


def inputs_of(samples: Samples, text: str, name: str = "f") -> Inputs:
    subject = samples.subject(text, name)
    writer = Writer(subject.module.__name__)
    return find_inputs(subject, writer, Builder(subject.module, writer).expressions)


def test_a_comparison_gives_values_below_on_and_above_it(samples: Samples) -> None:
    inputs = inputs_of(samples, "def f(a):\n    return 10 <= a\n")
    (boundary,) = inputs.boundaries
    assert (boundary.parameter, boundary.text, boundary.constant) == ("a", "10 <= a", "10")
    assert boundary.values == ["9", "10", "11"]
    assert not boundary.is_length
    assert inputs.values["a"][:3] == ["9", "10", "11"]


def test_constants_of_the_module_are_known(samples: Samples) -> None:
    inputs = inputs_of(samples, "LIMIT = 5\n\n\ndef f(a):\n    return a > LIMIT\n")
    assert inputs.boundaries[0].values == ["4", "5", "6"]


def test_a_length_is_compared_with_texts_of_that_length(samples: Samples) -> None:
    (boundary,) = inputs_of(samples, "def f(a):\n    return len(a) > 1\n").boundaries
    assert boundary.is_length
    assert boundary.values == ["''", "'x'", "'xx'"]


def test_the_same_boundary_is_listed_once(samples: Samples) -> None:
    inputs = inputs_of(samples, "def f(a):\n    if a > 3:\n        return 1\n    return a < 3\n")
    assert len(inputs.boundaries) == 1


def test_members_and_compared_texts_come_first(samples: Samples) -> None:
    inputs = inputs_of(samples, "def f(a):\n    return a in ('x', 'y') or a == 'z'\n")
    assert inputs.values["a"][:3] == ["'x'", "'y'", "'z'"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("def f(a):\n    return a.upper()\n", "'hello'"),
        ("def f(a):\n    return a * 2\n", "2"),
        ("def f(items):\n    return items\n", "[3, 1, 2]"),
        ("def f(is_open):\n    return is_open\n", "True"),
        ("def f(a=7):\n    return a\n", "7"),
        ("def f(a: float):\n    return a > 0\n", "-1.0"),
    ],
)
def test_uses_names_and_defaults(samples: Samples, text: str, first: str) -> None:
    (values,) = inputs_of(samples, text).values.values()
    assert values[0] == first


def _no_objects(owner: type) -> list[str]:
    return []


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (typing.Literal["a", 1], ["'a'", "1"]),
        (Size, ["Size.SMALL", "Size.LARGE"]),
        (Optional[bool], ["True", "None", "False"]),
        (set[bool], ["{True, False}", "set()"]),
        (tuple[int, str], ["(2, 'hello',)"]),
        (dict[str, int], ["{'hello': 2}", "{}", "{'hello': 2, 'Hello World': 0, '': 1}"]),
        ("not evaluated", []),
        (Any, []),
        (None, ["None"]),
    ],
)
def test_annotations(annotation: Any, expected: list[str]) -> None:
    assert values_of_type(annotation, Writer(__name__), _no_objects) == expected


def test_objects_are_built_by_their_constructors(samples: Samples) -> None:
    source = samples.source(
        """
        import abc

        class Point:
            def __init__(self, x: int, *, name: str = "p"):
                self.x = x

        class Line:
            def __init__(self, start: Point):
                self.start = start

        class Loop:
            def __init__(self, inner: "Loop"):
                self.inner = inner

        class Shape(abc.ABC):
            @abc.abstractmethod
            def area(self): ...
        """
    )
    module = source.module
    builder = Builder(module, Writer(module.__name__))
    assert builder.expressions(module.Point)[0] == "Point(2)"
    assert builder.expressions(module.Line)[0] == "Line(Point(2))"
    assert builder.expressions(module.Shape) == []
    assert builder.expressions(dict) == []
