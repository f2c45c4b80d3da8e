"""Boundary evidence: what the report says of a comparison is what the tests did with it."""

from __future__ import annotations

import sys
import unittest
from typing import Any

from support import Workspace, load_schema, schema_errors

SHOP = '''"""Prices."""

LIMIT = 100


def discount(total):
    """Ümläute before the comparison."""
    return 10 if total >= LIMIT else 0


def tier(points):
    if points < 10: return "ä" if points == 3 else "b"
    return "c"


def unreached(x):
    return x > 1


class Basket:
    def __init__(self, kind):
        self.kind = kind

    def is_gift(self):
        return "gift" == self.kind


if LIMIT > 3:
    BIG = True
'''
TESTS = """import pytest
from shop import Basket, discount, tier


@pytest.mark.parametrize("total", [3, 97, 250])
def test_discount(total):
    assert discount(total) in (0, 10)


def test_tier():
    assert [tier(points) for points in (3, 9, 10)] == ["ä", "b", "c"]


def test_gift():
    assert Basket("gift").is_gift()
"""


class Boundary(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", TESTS)

    def comparisons(self, target: str = "shop.py") -> dict[str, dict[str, Any]]:
        report = self.report("boundary", target)
        self.assertEqual(schema_errors(report, load_schema("boundary"), load_schema("boundary")), [])
        return {item["text"]: item for item in report["comparisons"]}

    def test_what_tests_did(self) -> None:
        found = self.comparisons()
        total = found["total >= LIMIT"]
        self.assertEqual((total["line"], total["column"], total["end_column"]), (8, 18, 32))
        self.assertEqual((total["function"], total["verdict"]), ("discount", "not on the boundary"))
        self.assertEqual((total["evaluated"], total["tests"]), (3, 3))
        self.assertEqual((total["closest"], total["closest_boundary"], total["distance"]), ("97", "100", -3))
        self.assertEqual(total["test"], "tests/test_shop.py::test_discount[97]")
        self.assertEqual(found["points < 10"]["verdict"], "tested")
        three = found["points == 3"]
        self.assertEqual((three["verdict"], three["column"], three["below"], three["on"]), ("tested", 35, 0, 1))
        self.assertEqual(found["x > 1"]["verdict"], "never evaluated")
        self.assertEqual(found['"gift" == self.kind']["verdict"], "only on the boundary")
        self.assertEqual((found["LIMIT > 3"]["verdict"], found["LIMIT > 3"]["function"]), ("only at import", None))
        self.assertEqual(list(found)[0], "total >= LIMIT", "worst first")

    def test_scripts_that_nobody_imports(self) -> None:
        self.write("conf.py", "import os\n\nFAST = os.environ.get('X') == '1'\n\n\ndef f(x):\n    return x > 1\n")
        found = self.comparisons("conf.py")
        self.assertEqual(
            {text: item["verdict"] for text, item in found.items()},
            {
                "os.environ.get('X') == '1'": "only at import",
                "x > 1": "never evaluated",
            },
        )

    def test_read_aloud(self) -> None:
        text = self.succeeds("boundary", "shop.py").stdout
        self.assertIn(
            "discount: `total >= LIMIT` (shop.py:8): no test on the boundary; closest 97, boundary 100 in "
            "tests/test_shop.py::test_discount[97]\n",
            text,
        )
        self.assertIn("2 tested, 1 only on the boundary, 1 not on it, 1 never evaluated, 1 only at import", text)
        self.assertIn('`"gift" == self.kind` (shop.py:25): both sides are equal in every test', text)

    def test_one_function(self) -> None:
        self.assertEqual(set(self.comparisons("shop.py::Basket")), {'"gift" == self.kind'})
        self.fails(3, "boundary", "shop.py::nothing", says="shop.py::nothing")
        self.fails(3, "boundary", "nowhere.py", says="nowhere.py")
        self.fails(3, "boundary", "tests/test_shop.py", says="no source file")
        self.fails(2, "boundary", "--fail-under", "101", says="at most 100")

    def test_threshold_and_history(self) -> None:
        self.succeeds("boundary", "shop.py", "--fail-under", "41", code=1)
        self.succeeds("boundary", "shop.py", "--fail-under", "40")
        runs = self.report("runs", "--kind", "boundary")["runs"]
        self.assertEqual(len(runs), 2)
        self.assertIn("Boundaries of shop.py: 2 tested, 1 not on the boundary", runs[0]["title"])

    def test_nothing_on_disk_is_changed(self) -> None:
        self.report("boundary", "--no-record")
        before = self.digest()
        self.report("boundary", "--no-record")
        self.assertEqual({path: text for path, text in self.digest().items() if "__pycache__" not in path}, before)

    def test_red_tests_are_named(self) -> None:
        self.write(
            "tests/test_red.py", "from shop import discount\n\n\ndef test_red():\n    assert discount(100) == 7\n"
        )
        report = self.report("boundary", "shop.py")
        self.assertEqual([item["test"] for item in report["red_tests"]], ["tests/test_red.py::test_red"])

    def test_what_was_imported_too_early(self) -> None:
        """By pytest's own start-up, before there is a recording: nothing is claimed of it."""
        self.write("early.py", "def f(x):\n    return x > 3\n")
        self.write("tests/test_early.py", "from early import f\n\n\ndef test_f():\n    assert f(4)\n")
        plugin = "import pytest\n\npytest.register_assert_rewrite('early')\n"
        self.write("conftest.py", plugin)
        done = self.succeeds("boundary", "early.py")
        self.assertIn("early.py: imported before the recording began, or rewritten by pytest", done.stderr)
        self.assertNotIn("x > 3", done.stdout)

    def test_suite_that_cannot_be_collected(self) -> None:
        self.write("tests/test_shop.py", "import nothing_of_this_name\n")
        (self.root / "tests/test_calc.py").unlink()
        self.fails(3, "boundary", "shop.py", says="nothing_of_this_name")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
