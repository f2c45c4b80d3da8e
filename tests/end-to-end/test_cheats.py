"""Cheats: what passes in the report passes in a fresh process that has the cheating code on disk, and the reverse."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from typing import Any

from support import PYTHON, Workspace, load_schema, schema_errors

SHOP = '''"""Prices."""

import functools


def register(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords)

    return wrapper


@register
def shipping(total, express=False):
    if total < 0:
        raise ValueError("negative")
    base = 0 if total >= 5000 else 490
    return base + 750 if express else base


def tier(points):
    return "gold" if points > 100 else "silver"


def double(number):
    return 2 * number


def log(text):
    LINES.append(text)


LINES = []


class Basket:
    def __init__(self, items=()):
        self.items = list(items)

    @property
    def size(self):
        return len(self.items)

    @staticmethod
    def label(name):
        return name.title()

    @classmethod
    def of(cls, *items):
        return cls(items)

    def __repr__(self):
        return "Basket"


def generate():
    yield 1


async def wait():
    return 1


def unreached(x):
    return x + 1


def same(value):
    return value
'''
TESTS = """import asyncio

import pytest
import shop


def test_shipping():
    assert shop.shipping(2000) == 490


def test_tier():
    assert shop.tier(101) == "gold"
    assert shop.tier(7) == "silver"


@pytest.mark.parametrize("number", range(5))
def test_double(number):
    assert shop.double(number) == number + number


def test_log():
    shop.log("hello")


def test_basket():
    assert shop.Basket.of(1, 2).size == 2
    assert shop.Basket().size == 0
    assert shop.Basket.label("Food") == "Food"


def test_others():
    assert list(shop.generate()) == [1]
    assert asyncio.run(shop.wait()) == 1
    assert shop.same(3) == 3
"""


class Cheats(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.source = self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", TESTS)

    def functions(self, target: str = "shop.py") -> dict[str, dict[str, Any]]:
        report = self.report("cheats", target)
        self.assertEqual(schema_errors(report, load_schema("cheats"), load_schema("cheats")), [])
        found = {item["function"]: item for item in report["functions"]}
        for item in found.values():
            item["by_name"] = {cheat["cheat"]: cheat for cheat in item["cheats"]}
        return found

    def statuses(self, function: dict[str, Any]) -> dict[str, str]:
        return {cheat["cheat"]: cheat["status"] for cheat in function["cheats"]}

    def gaps(self, function: dict[str, Any]) -> list[str]:
        return [cheat["cheat"] for cheat in function["cheats"] if cheat["gap"]]

    def test_what_passes_and_what_does_not(self) -> None:
        found = self.functions()
        self.assertEqual(self.gaps(found["shipping"]), ["constant", "swallowed-errors"])
        self.assertEqual(found["shipping"]["by_name"]["constant"]["code"].splitlines()[1], "    return 490")
        self.assertEqual(self.gaps(found["tier"]), ["equal-object", "lookup-table"])
        self.assertEqual((found["tier"]["memorisation_index"], found["tier"]["complexity"]), (2, 2))
        self.assertEqual(self.gaps(found["double"]), ["equal-object"])
        self.assertEqual((found["double"]["memorisation_index"], found["double"]["complexity"]), (5, 1))
        self.assertEqual(self.gaps(found["log"]), ["removed-body"])
        self.assertEqual(self.statuses(found["log"])["lookup-table"], "not-applicable")
        rejected = found["tier"]["by_name"]["constant"]
        self.assertEqual((rejected["status"], rejected["killed_by"]), ("rejected", "tests/test_shop.py::test_tier"))
        self.assertIn(
            "assert 'gold' == 'silver'", rejected["message"].replace("'silver' == 'gold'", "'gold' == 'silver'")
        )
        self.assertEqual(self.source.read_text(), SHOP, "nothing on disk is changed")

    def test_kinds_of_methods(self) -> None:
        found = self.functions()
        self.assertEqual(self.statuses(found["Basket.size"])["constant"], "rejected")
        label = found["Basket.label"]
        self.assertEqual(label["by_name"]["first-argument"]["status"], "passed")
        self.assertIn("return name", label["by_name"]["first-argument"]["code"])
        self.assertEqual(self.statuses(found["Basket.of"])["removed-body"], "rejected")
        self.assertEqual(self.statuses(found["Basket.__init__"])["removed-body"], "rejected")

    def test_what_cannot_be_cheated_says_why(self) -> None:
        found = self.functions()
        reasons = {name: item["reason"] for name, item in found.items() if "reason" in item}
        self.assertEqual(
            {name: reasons[name] for name in ("generate", "wait", "unreached", "Basket.__repr__")},
            {
                "generate": "a generator",
                "wait": "a coroutine",
                "unreached": "no test calls it",
                "Basket.__repr__": "made for people",
            },
        )
        self.assertEqual(found["same"]["by_name"]["first-argument"]["reason"], "that is what it does")

    def test_every_verdict_is_that_of_a_fresh_process(self) -> None:
        names = ("shipping", "tier", "double", "log", "same", "Basket.label")
        kinds = ("removed-body", "constant", "first-argument")
        judged = [
            (item, cheat)
            for name, item in self.functions().items()
            for cheat in item["cheats"]
            if name in names and cheat["cheat"] in kinds and cheat["status"] in ("passed", "rejected")
        ]
        self.assertGreater(len(judged), 10)
        for item, cheat in judged:
            with self.subTest(f"{item['function']}: {cheat['cheat']}"):
                self.write("shop.py", cheating(item, cheat))
                command = [PYTHON, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "tests/test_shop.py"]
                environment = {**os.environ, "PYTHONPATH": str(self.root)}
                done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True)
                self.assertEqual("passed" if done.returncode == 0 else "rejected", cheat["status"], cheat)

    def test_inputs_that_would_show_it(self) -> None:
        constant = self.functions("shop.py::shipping")["shipping"]["by_name"]["constant"]
        names: dict[str, Any] = {}
        exec(SHOP, names)
        self.assertNotEqual(constant["gives"], "490")
        outcome = re.fullmatch(r"raises (\w+)", constant["gives"])
        if outcome is None:
            self.assertEqual(repr(eval(constant["input"], names)), constant["gives"])
        table = self.functions("shop.py::tier")["tier"]["by_name"]["lookup-table"]
        self.assertEqual(repr(eval(table["input"], names)), table["gives"])
        self.assertNotIn(table["input"], ("tier(101)", "tier(7)"))

    def test_inputs_are_tried_without_harm(self) -> None:
        self.write(
            "disk.py", "import os\n\n\ndef clear(path):\n    if os.path.exists(path):\n        os.remove(path)\n"
        )
        self.write("precious", "x")
        test = "from disk import clear\n\n\ndef test_clear():\n    clear('preciousp')\n    clear('preciou')\n"
        self.write("tests/test_disk.py", test)
        found = self.functions("disk.py")["clear"]
        self.assertEqual(self.gaps(found), ["removed-body"])
        self.assertEqual((self.root / "precious").read_text(), "x")
        self.assertNotIn("input", found["by_name"]["removed-body"])

    def test_read_aloud(self) -> None:
        text = self.succeeds("cheats", "shop.py").stdout
        self.assertIn("log (shop.py:30): an empty body passes the only test that calls it", text)
        self.assertIn("shipping (shop.py:15): `return 490` passes the only test that calls it; `shipping(", text)
        self.assertIn("An object that equals everything passes every test of ", text)

    def test_tests_that_fail_without_cheats(self) -> None:
        self.write("tests/test_red.py", "import shop\n\n\ndef test_red():\n    assert shop.double(1) == 7\n")
        report = self.report("cheats", "shop.py::double")
        self.assertEqual([item["test"] for item in report["red_tests"]], ["tests/test_red.py::test_red"])
        self.assertEqual(report["functions"][0]["tests"], 5)

    def test_tests_that_look_at_the_stack(self) -> None:
        self.write("stack.py", "import sys\n\n\ndef caller():\n    return sys._getframe(1).f_code.co_name\n")
        self.write(
            "tests/test_stack.py", "from stack import caller\n\n\ndef test_it():\n    assert caller() == 'test_it'\n"
        )
        done = self.succeeds("cheats", "stack.py")
        self.assertIn("they fail while calls are recorded", done.stderr)
        self.assertIn("the first is tests/test_stack.py::test_it", done.stderr)

    def test_without_end(self) -> None:
        self.write(
            "loop.py",
            "def step(n):\n    return n - 1\n\n\ndef run(n):\n    while n > 0:\n        n = step(n)\n    return n\n",
        )
        self.write("tests/test_loop.py", "from loop import run\n\n\ndef test_run():\n    assert run(3) == 0\n")
        found = self.functions("loop.py::step")["step"]
        self.assertEqual(self.statuses(found)["first-argument"], "timeout")
        self.assertFalse(found["by_name"]["first-argument"]["gap"])

    def test_threshold_history_and_targets(self) -> None:
        self.succeeds("cheats", "shop.py::log", "--fail-under", "100", code=1)
        self.succeeds("cheats", "shop.py::log", "--fail-under", "10")
        runs = self.report("runs", "--kind", "cheats")["runs"]
        self.assertEqual([run["title"] for run in runs], ["Cheats of shop.py::log: 1 rejected, 1 gap"] * 2)
        self.fails(3, "cheats", "shop.py::nothing", says="nothing")
        self.fails(3, "cheats", "nowhere.py", says="nowhere.py")
        self.write("tests/helpers.py", "def help_out():\n    return 1\n")
        self.fails(3, "cheats", "tests/helpers.py", says="no function")


def cheating(item: dict[str, Any], cheat: dict[str, Any]) -> str:
    """The module with the cheat in it, as a person would write it."""
    lines = SHOP.splitlines()
    start = item["line"] - 1
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    code = [" " * indent + line for line in cheat["code"].splitlines()]
    return "\n".join([*lines[:start], *code, *lines[end:]]) + "\n"


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
