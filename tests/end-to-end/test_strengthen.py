"""Making the weak assertions of a test exact: seen in runs, proven by a run, and left alone where that cannot be."""

from __future__ import annotations

import unittest

from support import Workspace

WEAK = """import random
import unittest

import pytest
from calc import Stack, add, discount


def test_numbers():
    assert add(2, 3) is not None
    assert discount(10, 25), "a quarter"
    assert add(2, 3) == 5


@pytest.mark.parametrize("n", [1, 2])
def test_parameters(n):
    assert add(n, 1)


def test_others():
    assert Stack()
    assert random.random()
    if add(1, 1) == 3:
        assert add(1, 1)


class TestStack(unittest.TestCase):
    def test_size(self):
        stack = Stack()
        stack.push("ä")
        self.assertTrue(stack.items)
        self.assertIsNotNone(
            stack.size(),
        )
        self.assertFalse(len(stack.items) == 3)
"""


class Strengthen(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        self.file = self.write("tests/test_weak.py", WEAK)

    def test_exact_values(self) -> None:
        report = self.report("generate", "tests/test_weak.py::test_numbers")
        (accepted,) = report["accepted"]
        self.assertEqual(accepted["id"], "tests/test_weak.py::test_numbers")
        self.assertEqual(accepted["origin"], "characterisation")
        self.assertIn("    assert add(2, 3) == 5\n", accepted["code"])
        self.assertIn('assert discount(10, 25) == pytest.approx(7.5), "a quarter"', accepted["code"])
        self.assertGreater(accepted["strength"], 50)
        self.assertEqual(self.file.read_text(), WEAK, "nothing is changed without --write")

    def test_written_and_green(self) -> None:
        report = self.report("generate", "tests/test_weak.py::TestStack::test_size", "--write")
        self.assertTrue(report["written"])
        text = self.file.read_text()
        self.assertIn("        self.assertEqual(stack.items, ['ä'])\n        self.assertEqual(stack.size(), 1)\n", text)
        self.assertIn("self.assertFalse(len(stack.items) == 3)", text, "a comparison says what it says")
        run = self.report("run", "tests/test_weak.py::TestStack::test_size")
        self.assertEqual((run["passed"], run["failed"]), (1, 0))

    def test_what_has_no_one_value_stays(self) -> None:
        report = self.report("generate", "tests/test_weak.py::test_parameters")
        self.assertEqual([item["reason"] for item in report["rejected"]], ["unstable"])
        self.assertIn("2 and 3", report["rejected"][0]["message"])
        report = self.report("generate", "tests/test_weak.py::test_others")
        self.assertEqual([item["reason"] for item in report["rejected"]], ["unwritable", "unstable", "not-reached"])
        self.assertEqual((report["accepted"], report["edits"]), ([], []))

    def test_a_break_shows(self) -> None:
        """What the test did not notice before, it notices now."""
        broken = (self.root / "calc.py").read_text().replace("(100 - percent) / 100", "(100 - percent) / 99")
        self.report("generate", "tests/test_weak.py::test_numbers", "--write")
        self.write("calc.py", broken)
        self.assertEqual(self.report("run", "tests/test_weak.py::test_numbers", code=1)["failed"], 1)
        self.file.write_text(WEAK)
        self.assertEqual(self.report("run", "tests/test_weak.py::test_numbers")["failed"], 0)

    def test_no_such_test(self) -> None:
        self.fails(3, "generate", "tests/test_weak.py::test_nothing", says="has no test test_nothing")
        self.fails(2, "generate", "tests/test_weak.py", says="is a test file")


if __name__ == "__main__":
    unittest.main()
