"""The differential run finds wrong verdicts, and reads both forms of the report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support import BINARY, PYTHON, Workspace

DIFFERENTIAL = Path(__file__).resolve().parent.parent / "differential"
sys.path.insert(0, str(DIFFERENTIAL))

from mutants import judge, judge_in_server, read_report  # noqa: E402

SHOP = '''"""Prïces."""


def double(x):
    return x * 2


def half(x):
    return x // 2
'''
TESTS = "from shop import double, half\n\n\ndef test_double():\n    half(4)\n    assert double(3) == 6\n"


# Defaults that act by the call alone, and some that someone has looked at before; what needs free variables.
DEFAULTS = """import functools
import inspect
import types


def remembers(function):
    known = {name: each.default for name, each in inspect.signature(function).parameters.items()}

    @functools.wraps(function)
    def wrapper(**named):
        return function(**{**known, **named})

    return wrapper


def copied(function):
    return types.FunctionType(
        function.__code__, globals(), function.__name__, function.__defaults__, function.__closure__
    )


@remembers
def remembered(a=1):
    return a


@copied
def second(a=1):
    return a


def early(a=1):
    return a


EARLY = early()


def plain(a, b=2, *, c=3, d=None):
    return a + b + c if d is None else d


def uncalled(a=1):
    return a


def shown(a=1):
    return None


class Parent:
    def __init__(self, size=1):
        self.size = size


class Child(Parent):
    count = 2

    def __init__(self, size=4, name="x"):
        super().__init__(size)
        self.name = name

    @staticmethod
    def make(factor=2):
        return Child(factor)

    @classmethod
    def empty(cls, size=0):
        return cls(size)


def outer(number):
    def inner(step=1):
        return number + step

    return inner
"""
DEFAULT_TESTS = """import inspect

import defaults


def test_early():
    assert defaults.EARLY == 1


def test_remembered():
    assert defaults.remembered() == 1


def test_second():
    assert defaults.second() == 1


def test_plain():
    assert defaults.plain(1) == 6
    assert defaults.plain(1, d=5) == 5


def test_shown():
    assert inspect.signature(defaults.shown).parameters["a"].default == 1
    defaults.shown()


def test_child():
    assert defaults.Child().size == 4
    assert defaults.Child.make().size == 2
    defaults.Child.empty()


def test_outer():
    assert defaults.outer(1)() == 2
"""


class Differential(Workspace):
    def setUp(self) -> None:
        super().setUp()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n')
        self.write("pytest.ini", "[pytest]\npythonpath = .\n")
        self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", TESTS)

    def compare(self, *options: str, code: int) -> str:
        command = [sys.executable, str(DIFFERENTIAL / "compare.py"), str(self.root), "--target", "shop.py", *options]
        environment = {**os.environ, "TESTGEN_BINARY": BINARY, "TESTGEN_PYTHON": PYTHON}
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def official(self, statuses: dict[str, str]) -> Path:
        """What we say of double and half, in the form of mutation-testing-elements."""
        mutants = [self.official_mutant(name, *place, statuses[name]) for name, place in PLACES.items()]
        files = {"shop.py": {"language": "python", "source": SHOP, "mutants": mutants}}
        report = {"schemaVersion": "2", "thresholds": {"high": 80, "low": 60}, "files": files}
        return self.write("report.json", json.dumps(report))

    def official_mutant(self, name: str, line: int, first: int, last: int, text: str, status: str) -> dict[str, Any]:
        location = {"start": {"line": line, "column": first}, "end": {"line": line, "column": last}}
        return {"id": name, "mutatorName": "test", "replacement": text, "location": location, "status": status}

    def test_agreement(self) -> None:
        said = self.compare("--server", code=0)
        self.assertIn("wrong: 0", said)
        self.assertRegex(said, "killed +failed +3")
        self.assertRegex(said, "survived +passed +3")

    def test_wrong_verdicts_are_found(self) -> None:
        right = self.official({"double": "Killed", "half": "Survived"})
        self.assertIn("2 mutants, wrong: 0", self.compare("--report", str(right), code=0))
        wrong = self.official({"double": "Survived", "half": "Killed"})
        said = self.compare("--report", str(wrong), "--count", "1", code=1)
        self.assertIn("different: shop.py", said)

    def test_defaults_and_free_variables(self) -> None:
        self.write("defaults.py", DEFAULTS)
        self.write("tests/test_defaults.py", DEFAULT_TESTS)
        said = self.compare("--target", "defaults.py", "--count", "48", code=0)
        self.assertIn("wrong: 0", said)
        lines = DEFAULTS.splitlines()
        ways = {
            (lines[mutant.line - 1].strip().partition("(")[0], mutant.operator): mutant.way
            for mutant in judge_in_server(BINARY, self.root, PYTHON, "defaults.py", 2).mutants
        }
        for name in ("plain", "shown", "empty", "make"):
            self.assertEqual(ways[f"def {name}", "default"], "function", name)
        for name in ("remembered", "second", "early"):
            self.assertNotEqual(ways[f"def {name}", "default"], "function", name)
        self.assertEqual(ways["super", "removed-statement"], "function")

    def test_both_reports_say_the_same(self) -> None:
        found = [ask(BINARY, self.root, PYTHON, "shop.py", 2) for ask in (judge, judge_in_server)]
        keys = [{(mutant.path, mutant.start, mutant.end, mutant.status) for mutant in each.mutants} for each in found]
        self.assertEqual(keys[0], keys[1])
        for mutant in found[1].mutants:
            if mutant.replacement == "pass":
                self.assertRegex(SHOP[mutant.start : mutant.end], "^return x .* 2$")

    def test_what_the_report_cuts_off_is_found(self) -> None:
        body = "\n".join(f'    print("line {number} of a long function")' for number in range(20))
        source = f"def long():\n{body}\n\n\ndef next():\n    pass\n"
        self.write("long.py", source)
        original = source[source.index("print") :].encode()[:200].decode()
        row = {"path": "long.py", "line": 2, "column": 5, "function": "long", "operator": "removed-body"}
        row.update(original=original, replacement="pass", status="survived")
        document = {"mutants": [row], "red_tests": [], "tests": 1, "duration_ms": 1.0, "notes": []}
        (mutant,) = read_report(document, self.root).mutants
        self.assertEqual(mutant.change(source), "def long():\n    pass\n\n\ndef next():\n    pass\n")


PLACES = {"double": (5, 14, 15, "+"), "half": (9, 14, 16, "+")}


if __name__ == "__main__":
    import unittest

    unittest.main(argv=sys.argv)
