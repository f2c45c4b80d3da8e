"""Calls that exist are found with their arguments, and calls that are made read as people write them."""

from __future__ import annotations

import pytest
from sample import Samples
from testgen_harness.exploration.calls import (
    CallMaker,
    constructions_of,
    documented_calls,
    existing_calls,
    plan,
    sibling_values,
)
from testgen_harness.exploration.inputs import Inputs

DOCUMENTED = '''
    def half(value, *, digits=2):
        """Half of it.

        >>> half(5)
        2.5
        >>> half(5, digits=0)
        2.0
        >>> half(None)
        Traceback (most recent call last):
            ...
        TypeError: not a number
        >>> half(half(8))
        2.0
        """
'''


def test_documentation_gives_calls_with_what_they_must_give(samples: Samples) -> None:
    found = documented_calls(samples.subject(DOCUMENTED, "half"))
    assert [(item.arguments, item.expected, item.expected_error) for item in found] == [
        ({"value": "5"}, "2.5", None),
        ({"value": "5", "digits": "0"}, "2.0", None),
        ({"value": "None"}, None, "TypeError"),
    ]


def test_a_documented_method_needs_the_object_it_is_called_on(samples: Samples) -> None:
    text = '''
    class Version:
        """A version."""
        def __init__(self, major):
            self.major = major
        def is_after(self, other):
            """
            >>> module.Version(2).is_after(1)
            True
            >>> version.is_after(1)
            True
            """
    '''
    (found,) = documented_calls(samples.subject(text, "Version.is_after"))
    assert (found.arguments, found.construction) == ({"other": "1"}, "Version(2)")


def test_calls_of_other_files_count_with_literal_arguments_only(samples: Samples) -> None:
    subject = samples.subject("def area(width, height=1):\n    return width * height\n", "area")
    path = samples.file(
        "caller.py",
        '''
        import pytest

        @pytest.mark.parametrize("width, height", [(1, 2), (3, 4)])
        def test_area(width, height):
            assert area(width, height) == width * height

        def test_ours():
            """On (correctness, characterisation)."""
            area(5)

        area(6, height=7)
        area(unknown)
        area(*items)
        area(1, 2, 3)
        area(1, depth=2)
        ''',
    )
    broken = samples.file("broken.py", "def (:\n")
    found = existing_calls(subject, [path, broken, str(samples.folder / "missing.py")])
    assert [(item.arguments, item.is_ours) for item in found] == [
        ({"width": "1", "height": "2"}, False),
        ({"width": "3", "height": "4"}, False),
        ({"width": "5"}, True),
        ({"width": "6", "height": "7"}, False),
    ]


OWNERS = """
class Cart:
    def __init__(self, limit=0): ...
    def add(self, item, count=1, *, gift=False): ...
    def __len__(self): return 0
    def __setitem__(self, item, count): ...
    def __contains__(self, item): return False
    def __delitem__(self, item): ...
    @property
    def total(self): return 0
    @staticmethod
    def empty(): ...
    @classmethod
    def of(cls, items): ...

def plain(a, b=2, c=3): ...
async def fetch(a): ...
def count(a):
    yield a
"""


@pytest.mark.parametrize(
    ("name", "arguments", "expression"),
    [
        ("plain", {"a": "1", "b": "2"}, "plain(1, 2)"),
        ("plain", {"a": "1", "c": "5"}, "plain(1, c=5)"),
        ("fetch", {"a": "1"}, "asyncio.run(fetch(1))"),
        ("count", {"a": "1"}, "list(count(1))"),
        ("Cart.add", {"item": "'x'", "gift": "True"}, "cart.add('x', gift=True)"),
        ("Cart.__len__", {}, "len(cart)"),
        ("Cart.__contains__", {"item": "1"}, "1 in cart"),
        ("Cart.total", {}, "cart.total"),
        ("Cart.empty", {}, "Cart.empty()"),
        ("Cart.__init__", {"limit": "-1"}, "Cart(-1)"),
        ("Cart.__setitem__", {"item": "'x'", "count": "2"}, "cart['x'] = 2"),
        ("Cart.__delitem__", {"item": "'x'"}, "del cart['x']"),
        ("Cart.of", {"items": "[1]"}, "Cart.of([1])"),
    ],
)
def test_calls_are_written_as_people_do(
    samples: Samples, name: str, arguments: dict[str, str], expression: str
) -> None:
    attempt = CallMaker(samples.subject(OWNERS, name), []).make(arguments, ["cart = Cart()"], "plain")
    assert attempt.call.expression == expression
    assert attempt.call.setup == ["cart = Cart()"]


def test_arguments_in_variables_can_be_watched(samples: Samples) -> None:
    maker = CallMaker(samples.subject("def fill(items, value): ...\n", "fill"), [])
    changed = maker.with_variables(maker.make({"items": "[1]", "value": "2"}, [], "plain"), ["items"])
    assert changed.call.setup == ["items = [1]"]
    assert changed.call.expression == "fill(items, 2)"
    assert changed.call.watched == ["items"]
    assert changed.arguments == {"items": "[1]", "value": "2"}


def test_a_plan_has_no_call_twice_and_is_the_same_for_a_seed(samples: Samples) -> None:
    subject = samples.subject("def f(a, b): ...\n", "f")
    inputs = Inputs(values={"a": ["1", "2", "3"], "b": ["4", "5", "6"]})
    planned = plan(subject, inputs, {"a": "1", "b": "4"}, seed=3)
    keys = [tuple(sorted(arguments.items())) for arguments, _, _ in planned]
    assert len(keys) == len(set(keys)) == 9
    assert planned[0] == ({"a": "1", "b": "4"}, "plain", "")
    assert planned == plan(subject, inputs, {"a": "1", "b": "4"}, seed=3)
    assert planned != plan(subject, inputs, {"a": "1", "b": "4"}, seed=4)


VERSION = '''
class Version:
    """A version.

    >>> Version.parse("1.2.3")
    Version(1, 2, 3)
    >>> Version.parse(text)
    """

    def __init__(self, major, minor=0, patch=0):
        self.parts = (major, minor, patch)

    @classmethod
    def parse(cls, version):
        return cls(*map(int, version.split(".")))

    def compare(self, other):
        """
        >>> Version(2).compare("2.0.1")
        -1
        """

    def match(self, other):
        return other
'''


def test_objects_are_made_as_documentation_and_other_code_make_them(samples: Samples) -> None:
    subject = samples.subject(VERSION, "Version.match")
    assert subject.owner is not None
    used = samples.file("app.py", "import v\n\ncurrent = v.Version(1, patch=4)\nother = v.Version(current)\n")
    assert constructions_of(subject.owner, [used]) == ["Version.parse('1.2.3')", "Version(2)", "Version(1, patch=4)"]


def test_parameters_of_one_name_take_what_is_documented_for_any_of_them(samples: Samples) -> None:
    assert sibling_values(samples.subject(VERSION, "Version.match")) == {"other": ["'2.0.1'"]}
