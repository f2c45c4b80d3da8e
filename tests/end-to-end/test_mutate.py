"""Mutants: what the tests notice is what a fresh process says that has the changed source on disk."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support import PYTHON, Workspace

SHOP = '''"""Prices."""

import functools

RATE = 10
LIMITS = {"small": 5, "large": 100}


def register(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@register
def price(total, count=1):
    """The price of some items."""
    if total < 0:
        raise ValueError("negative")
    if count >= LIMITS["large"]:
        return total * count - RATE
    return total * count


class Basket:
    kinds = ("a", "b")

    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)
        return len(self.items)

    def __repr__(self):
        return "Basket(" + str(len(self.items)) + ")"


def wait(number):
    while number > 0:
        number -= 1
    return number


def leave(flag):
    if flag:
        return 1
    return 2


def unreached(x):
    return x + 1
'''
TESTS = """import os

import pytest
from shop import LIMITS, Basket, leave, price, wait


@pytest.mark.parametrize(("total", "expected"), [(0, 0), (7, 7)])
def test_price(total, expected):
    assert price(total) == expected


def test_many():
    assert price(2, LIMITS["large"]) == 190


def test_negative():
    with pytest.raises(ValueError):
        price(-1)


def test_basket():
    assert Basket().add("x")


def test_wait():
    assert wait(3) == 0


def test_leave():
    os.environ["SHOP"] = str(leave(True))
    assert leave(False) == 2
"""


def limit_processor() -> None:
    """A mutant without end ends; one that has to wait for a busy machine does not."""
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


class Mutate(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.source = self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", TESTS)

    def report(self, *arguments: str, code: int = 0, **options: Any) -> Any:
        """Of a mutation: by TestGen's own schema, as the history has it."""
        found = super().report(*arguments, code=code, **options)
        if arguments[0] != "mutate":
            return found
        return super().report("runs", found["testgen"]["run_id"])["report"]

    def mutants(self, target: str = "shop.py", *options: str) -> list[dict[str, Any]]:
        return list(self.report("mutate", target, *options)["mutants"])

    def test_a_plugin_of_pytest_comes_with_its_change_although_pytest_rewrites_its_assertions(self) -> None:
        self.write("conftest.py", 'pytest_plugins = ["plug"]\n')
        plugin = "def make(n):\n    assert n\n\n    class Held:\n        limit = n\n\n    return Held\n\n\n"
        self.write("plug.py", plugin + "HELD = make(5)\n\n\ndef get():\n    return HELD().limit\n")
        self.write("tests/test_plug.py", "from plug import get\n\n\ndef test_get():\n    assert get() == 5\n")
        found = {(m["operator"], m["original"]): m["status"] for m in self.mutants("plug.py")}
        self.assertEqual(found["return", "Held"], "killed", "what acts while the module is imported")
        self.assertEqual(found["number", "5"], "killed")
        self.assertEqual(found["removed-body", "return HELD().limit"], "killed")

    def test_every_verdict_is_that_of_a_fresh_process(self) -> None:
        found = self.mutants()
        judged = [mutant for mutant in found if mutant["status"] in ("killed", "survived", "no-coverage", "timeout")]
        self.assertGreater(len(judged), 40)
        self.assertGreater(len({mutant["way"] for mutant in judged} & {"function", "import"}), 1, "both ways are used")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            verdicts = list(pool.map(self.fresh, judged))
        for mutant, verdict in zip(judged, verdicts):
            with self.subTest(f"{mutant['line']}: {mutant['original']} -> {mutant['replacement']}"):
                self.assertEqual(verdict, "killed" if mutant["status"] in ("killed", "timeout") else "lives", mutant)

    def fresh(self, mutant: dict[str, Any]) -> str:
        lines = SHOP.split("\n")
        at = sum(len(line) + 1 for line in lines[: mutant["line"] - 1]) + mutant["column"] - 1
        original = mutant["original"]
        self.assertEqual(SHOP[at : at + len(original)], original)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "project"
            shutil.copytree(self.root, copy)
            (copy / "shop.py").write_text(SHOP[:at] + mutant["replacement"] + SHOP[at + len(original) :])
            command = [PYTHON, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            environment = {**os.environ, "PYTHONPATH": str(copy)}
            done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, preexec_fn=limit_processor)
        return "lives" if done.returncode == 0 else "killed"

    def test_statuses(self) -> None:
        found = self.mutants()
        self.assertEqual(self.source.read_text(), SHOP, "nothing on disk is changed")
        boundary = next(mutant for mutant in found if (mutant["original"], mutant["replacement"]) == (">=", ">"))
        self.assertEqual((boundary["status"], boundary["killed_by"]), ("killed", "tests/test_shop.py::test_many"))
        self.assertEqual({m["status"] for m in found if m["function"] == "unreached"}, {"no-coverage", "duplicate"})
        self.assertTrue(any(m["status"] == "timeout" for m in found if m["function"] == "wait"), found)
        self.assertFalse([m for m in found if m["function"] == "Basket.__repr__"], "made for people")
        rate = [m for m in found if m["original"] == "10" and m["function"] is None]
        self.assertEqual([(m["status"], m["way"]) for m in rate], [("killed", "data")])

    def test_one_function(self) -> None:
        self.assertEqual({mutant["function"] for mutant in self.mutants("shop.py::Basket.add")}, {"Basket.add"})
        self.assertEqual({mutant["function"] for mutant in self.mutants("shop.py::leave")}, {"leave"})
        self.fails(3, "mutate", "shop.py::nothing", says="nothing")
        self.fails(3, "mutate", "nowhere.py", says="nowhere.py")
        self.fails(3, "mutate", "tests/test_shop.py", says="nothing to mutate")

    def test_red_tests_say_nothing_of_mutants(self) -> None:
        self.write("tests/test_red.py", "from shop import leave\n\n\ndef test_red():\n    assert leave(True) == 7\n")
        report = self.report("mutate", "shop.py::leave")
        self.assertEqual([item["test"] for item in report["red_tests"]], ["tests/test_red.py::test_red"])
        self.assertNotIn("tests/test_red.py::test_red", json.dumps(report["mutants"]))

    def test_folders_of_tests_are_no_reason_to_judge_one_at_a_time(self) -> None:
        """pytest makes them for every run anew, and tears them down by what its reports have said."""
        self.write(
            "tests/test_shop.py",
            "from shop import leave\n\n\n"
            "def test_new(tmp_path):\n    (tmp_path / 'a').write_text(str(leave(True)))\n"
            "    assert (tmp_path / 'a').read_text() == '1'\n\n\n"
            "def test_old(tmpdir):\n    tmpdir.join('a').write(str(leave(False)))\n"
            "    assert tmpdir.join('a').read() == '2'\n",
        )
        report = self.report("mutate", "shop.py::leave", "--workers", "2")
        self.assertEqual(report["notes"], [])
        self.assertEqual({m["status"] for m in report["mutants"] if m["original"] in ("1", "2")}, {"killed"})

    def test_tests_that_leave_the_process(self) -> None:
        self.write(
            "tests/test_shop.py",
            "import os\n\nfrom shop import leave\n\n\n"
            "def test_leave():\n    if leave(False) != 2:\n        os._exit(0)\n",
        )
        found = self.mutants("shop.py::leave")
        self.assertIn("inconclusive", {mutant["status"] for mutant in found})
        self.assertNotIn("survived", {m["status"] for m in found if m["original"] == "2"})

    def test_modules_of_constants(self) -> None:
        """No line of them runs in a test, and yet tests rest on them. What breaks the import proves nothing."""
        self.write("limits.py", 'LIMIT = 3\nNAME = ["a"][0]\nUNUSED = 7\n')
        test = "from limits import LIMIT\n\n\ndef test_limit():\n    assert LIMIT == 3\n"
        self.write("tests/test_limits.py", test)
        for conftest in ("", "import limits\n"):  # imported by the tests, or before they are collected
            self.write("tests/conftest.py", conftest)
            found = {(m["line"], m["original"]): (m["status"], m["way"]) for m in self.mutants("limits.py")}
            self.assertEqual(found[1, "3"], ("killed", "import"))
            self.assertEqual(found[2, '["a"]'], ("inconclusive", "data"))
            self.assertEqual(found[2, "0"], ("inconclusive", "data"))
            self.assertEqual(found[3, "7"], ("survived", "import"))

    def test_what_breaks_one_file_of_tests_may_be_noticed_by_another(self) -> None:
        """Whichever of them is asked first."""
        self.write("limits.py", "SIZE = 3\n")
        raising = "from limits import SIZE\n\nif SIZE != 3:\n    raise RuntimeError(SIZE)\n\n\n"
        raising += "def test_nothing():\n    pass\n"
        test = "from limits import SIZE\n\n\ndef test_size():\n    assert SIZE == 3\n"
        for first, second in ((raising, test), (test, raising)):
            self.write("tests/test_a.py", first)
            self.write("tests/test_b.py", second)
            self.assertEqual({m["status"] for m in self.mutants("limits.py")}, {"killed"})
        self.write("tests/test_a.py", raising)
        self.write("tests/test_b.py", "def test_other():\n    pass\n")
        found = self.mutants("limits.py")
        self.assertEqual({m["status"] for m in found}, {"inconclusive"})
        self.assertIn("RuntimeError: ", found[0]["message"])

    def test_threshold_and_history(self) -> None:
        self.succeeds("mutate", "shop.py::price", "--fail-under", "100", code=1)
        self.succeeds("mutate", "shop.py::price", "--fail-under", "10")
        runs = self.report("runs", "--kind", "mutation")["runs"]
        self.assertEqual(len(runs), 2)
        self.assertIn("Mutated shop.py", runs[0]["title"])

    def test_suite_that_cannot_be_collected(self) -> None:
        self.write("tests/test_shop.py", "import nothing_of_this_name\n")
        (self.root / "tests/test_calc.py").unlink()
        self.fails(3, "mutate", "shop.py", says="nothing_of_this_name")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
