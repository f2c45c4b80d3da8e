"""What tests are worth: who kills what is what fresh processes say, and what is said of each test follows from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support import PYTHON, FakeHarness, Workspace

SHOP = '''"""Prices and labels."""

LIMIT = 10


def price(total, count):
    if count >= LIMIT:
        return total * count - 5
    return total * count


def label(name):
    return name.upper() + "!"


def shout(text):
    return text


def run():
    return 3
'''
TESTS = """import subprocess
import sys

import pytest
from shop import label, price, shout


def test_nothing():
    price(1, 1)


def test_elsewhere():
    assert 1 + 1 == 2


@pytest.mark.parametrize(("total", "count", "expected"), [(2, 3, 6), (2, 10, 15), (2, 9, 18)])
def test_price(total, count, expected):
    assert price(total, count) == expected


def test_label():
    assert label("a") == "A!"


def test_label_again():
    assert label("a") == "A!"


def test_label_kind():
    assert isinstance(label("a"), str)


def test_shout():
    shout("a")


def test_program():
    subprocess.run([sys.executable, "-c", "import shop; shop.run()"], check=True)
"""
FILE = "tests/test_shop.py::"


class Value(Workspace):
    def setUp(self) -> None:
        super().setUp()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n[tool.pytest.ini_options]\npythonpath = ["."]\n')
        self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", TESTS)

    def value(self, *arguments: str, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.report("value", *arguments, **options)
        return found

    def by_name(self, report: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {value["test"].removeprefix(FILE): value for value in report["values"]}

    def test_who_kills_what_is_what_fresh_processes_say(self) -> None:
        report = self.value()
        names = [value["test"] for value in report["values"]]
        self.assertGreater(len(report["mutants"]), 15)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            fresh = list(pool.map(self.fresh, report["mutants"]))
        for mutant, failed in zip(report["mutants"], fresh):
            with self.subTest(f"{mutant['line']}: {mutant['original']} -> {mutant['replacement']}"):
                self.assertEqual(sorted(names[number] for number in mutant["killers"]), failed, mutant)
                self.assertEqual(mutant["status"], "killed" if failed else "survived")

    def fresh(self, mutant: dict[str, Any]) -> list[str]:
        """The tests that fail in a process of their own, with the mutant on disk."""
        lines = SHOP.split("\n")
        at = sum(len(line) + 1 for line in lines[: mutant["line"] - 1]) + mutant["column"] - 1
        self.assertEqual(SHOP[at : at + len(mutant["original"])], mutant["original"])
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "project"
            shutil.copytree(self.root, copy, ignore=shutil.ignore_patterns(".testgen", "__pycache__"))
            text = SHOP[:at] + mutant["replacement"] + SHOP[at + len(mutant["original"]) :]
            (copy / "shop.py").write_text(text, "utf-8")
            done = subprocess.run(
                [PYTHON, "-B", "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider"],
                cwd=copy,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
            return sorted(re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE))

    def test_each_test_is_worth_what_follows_from_it(self) -> None:
        report = self.value()
        values = self.by_name(report)
        self.assertEqual(
            {name: value["worth"] for name, value in values.items()},
            {
                "test_nothing": "kills-nothing",
                "test_elsewhere": "reaches-nothing",
                "test_price[2-3-6]": "shared",
                "test_price[2-10-15]": "sole-killer",
                "test_price[2-9-18]": "equal",
                "test_label": "shared",
                "test_label_again": "equal",
                "test_label_kind": "dominated",
                "test_shout": "kills-nothing",
                "test_program": "unknown",
            },
        )
        self.assertEqual(sum(row["count"] for row in report["worth"]), len(values))
        self.assertEqual(values["test_label_again"]["equals"], FILE + "test_label")
        self.assertEqual(values["test_label_kind"]["dominated_by"], FILE + "test_label")
        self.assertGreater(values["test_nothing"]["reaches"], 5)
        self.assertEqual((values["test_elsewhere"]["reaches"], values["test_elsewhere"]["lines"]), (0, 0))
        self.assertEqual(values["test_shout"]["sole_lines"], values["test_shout"]["lines"])
        self.assertTrue(values["test_program"]["is_blind"])
        sole = values["test_price[2-10-15]"]
        self.assertEqual(len(sole["loses"]), sole["sole_kills"])
        number = [value["test"] for value in report["values"]].index(FILE + "test_price[2-10-15]")
        for lost in sole["loses"]:
            self.assertEqual(report["mutants"][lost]["killers"], [number])

    def test_the_set_that_is_kept_loses_no_kill_and_no_line(self) -> None:
        report = self.value()
        kept = {number for number, value in enumerate(report["values"]) if value["is_kept"]}
        names = {report["values"][number]["test"].removeprefix(FILE) for number in kept}
        self.assertEqual(names, {"test_price[2-3-6]", "test_price[2-10-15]", "test_label", "test_shout"})
        self.assertEqual(report["kept"], len(kept))
        for mutant in report["mutants"]:
            self.assertEqual(bool(kept & set(mutant["killers"])), mutant["status"] == "killed", mutant)
        by_test = {value["test"]: number for number, value in enumerate(report["values"])}
        for number, value in enumerate(report["values"]):
            killed = {at for at, mutant in enumerate(report["mutants"]) if number in mutant["killers"]}
            stand_ins = {by_test[test] for test in value.get("replaced_by", [])}
            covered = {at for at, mutant in enumerate(report["mutants"]) if stand_ins & set(mutant["killers"])}
            self.assertLessEqual(stand_ins, kept)
            if number not in kept:
                self.assertLessEqual(killed, covered, value["test"])
        self.assertAlmostEqual(report["efficiency"], report["kept_seconds"] / report["seconds"])
        self.assertTrue(any("1 test(s) start programs" in note for note in report["notes"]), report["notes"])

    def test_a_part_of_the_code_has_no_efficiency_and_other_tests_reach_nothing(self) -> None:
        report = self.value("shop.py::label")
        self.assertIsNone(report["efficiency"])
        values = self.by_name(report)
        self.assertEqual(values["test_price[2-10-15]"]["worth"], "reaches-nothing")
        self.assertGreater(values["test_price[2-10-15]"]["lines"], 0)
        self.assertEqual(values["test_label_kind"]["worth"], "dominated")

    def test_text_history_and_what_is_kept_from_run_to_run(self) -> None:
        self.report("mutate", "shop.py")
        text = self.succeeds("value", "shop.py").stdout
        self.assertIn("tests/test_shop.py::test_shout\n      reaches 1 mutant, 2 lines that only it runs", text)
        self.assertIn("Kill nothing of what they reach: 2", text)
        self.assertIn("Reach none of this code: 1", text)
        self.assertIn("4 of 10 tests keep all", text)
        self.assertIn("tests/test_shop.py::test_label_kind: tests/test_shop.py::test_label", text)
        (run,) = self.report("runs", "--kind", "value")["runs"]
        self.assertEqual((run["status"], run["test_count"]), ("complete", 10))
        detail = self.report("runs", run["run_id"])
        self.assertEqual(len(detail["report"]["values"]), 10)
        killers = [mutant["killers"] for mutant in detail["report"]["mutants"] if mutant["status"] == "killed"]
        self.assertTrue(all(killers), "nothing was answered from the run before")
        self.assertGreater(max(map(len, killers)), 1)
        again = self.report("mutate", "shop.py")
        self.assertTrue(again["files"])

    def test_tests_that_need_those_before_them_are_named(self) -> None:
        self.write("shop.py", "SEEN = []\n\n\ndef note(x):\n    SEEN.append(x)\n    return len(SEEN)\n")
        self.write(
            "tests/test_shop.py",
            "from shop import note\n\n\ndef test_first():\n    assert note(1) == 1\n\n\n"
            "def test_second():\n    assert note(1) == 2\n",
        )
        report = self.value("shop.py")
        self.assertTrue(self.by_name(report)["test_second"]["is_dependent"])
        self.assertTrue(any("not seen to pass without those before them" in note for note in report["notes"]))

    def test_who_killed_beside_a_test_that_did_not_end_is_known(self) -> None:
        """Quick tests run first. So the one without an end is in turn the first, between others, and the last."""
        self.write("shop.py", "def count(n):\n    while n > 0:\n        n -= 1\n    return n\n")
        for costs in ((0, 60_000, 120_000), (60_000, 0, 120_000), (120_000, 0, 60_000)):
            with self.subTest(costs=costs):
                values = zip((-1, 3, 30), costs)
                tests = [f"    assert count({n}) == min({n}, 0) + sum(range({cost})) * 0" for n, cost in values]
                lines = [f"def test_{number}():\n{test}\n" for number, test in enumerate(tests)]
                self.write("tests/test_shop.py", "\n\n".join(["from shop import count\n", *lines]))
                report = self.value("shop.py")
                (mutant,) = [mutant for mutant in report["mutants"] if mutant["replacement"] == "not (n > 0)"]
                self.assertEqual((mutant["status"], mutant["killers"]), ("killed", [1, 2]), "the first does not end")
                self.assertTrue(mutant["is_cut_short"])
                self.assertTrue(any("were killed, and ended another test" in note for note in report["notes"]))

    def test_tests_without_an_end_are_passed_over_a_few_times(self) -> None:
        self.write("shop.py", "def count(n):\n    while n > 0:\n        n -= 1\n    return n\n")
        for endless, is_known in ((2, True), (3, False)):
            with self.subTest(endless=endless):
                lines = [f"def test_{n}():\n    assert count(-{n}) == -{n}\n" for n in range(1, endless + 1)]
                last = "def test_last():\n    assert count(3) == sum(range(200_000)) * 0\n"
                self.write("tests/test_shop.py", "\n\n".join(["from shop import count\n", *lines, last]))
                report = self.value("shop.py")
                found = [mutant for mutant in report["mutants"] if mutant["replacement"] == "not (n > 0)"]
                killers = [mutant["killers"] for mutant in found]
                self.assertEqual(killers, [[endless]] if is_known else [])

    def test_without_a_change_there_is_nothing_to_say(self) -> None:
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *command], cwd=self.root, check=True)
        text = self.succeeds("value", "--diff", "HEAD").stdout
        self.assertEqual(text, "No mutant was judged, so nothing is said of the tests.\n")
        self.write("shop.py", SHOP.replace('+ "!"', '+ "?"'))
        self.write("tests/test_shop.py", TESTS.replace("A!", "A?"))
        report = self.value("--diff", "HEAD")
        self.assertIsNone(report["efficiency"])
        self.assertEqual({mutant["function"] for mutant in report["mutants"]}, {"label"})
        self.assertEqual(self.by_name(report)["test_price[2-3-6]"]["worth"], "reaches-nothing")

    def test_wrong_use(self) -> None:
        self.fails(3, "value", "missing.py", says="missing.py")
        self.fails(3, "value", "shop.py::missing", says="it has no code called missing")
        self.fails(2, "value", "--fresh", says="value has no option --fresh")
        self.write("tests/test_shop.py", "def test_red():\n    assert False\n")
        self.fails(3, "value", "shop.py", says="no test passes without mutants")


class ValueOfAFake(FakeHarness):
    """What the harness may say, and a run that ends early."""

    def reach(self, test: str, *lines: int, **more: Any) -> dict[str, Any]:
        given = {"seconds": 0.5, "is_blind": False, "is_dependent": False, "files": [{"file": 0, "lines": lines}]}
        return {"event": "reach", "test": test, **given, **more}

    def kill(self, index: int, *killers: str) -> dict[str, Any]:
        given = {"way": "function", "test": killers[0], "message": "assert 1 == 2", "tests_run": 1}
        return {"event": "verdict", "index": index, "status": "killed", "killers": killers, **given}

    def value(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.report(
            "value", "calc.py::add", *arguments, code=code, interpreter=self.interpreter
        )
        return found

    def test_failures_of_unknown_and_of_dependent_tests_are_not_counted(self) -> None:
        self.plan(
            self.reach("t.py::a", 5),
            self.reach("t.py::b", 5, is_dependent=True),
            self.kill(0, "t.py::a", "t.py::b", "t.py::made_by_the_mutant"),
            self.kill(1, "t.py::b", "t.py::a"),
            {"event": "verdict", "index": 2, "status": "survived", "way": "function", "tests_run": 2},
        )
        report = self.value()
        self.assertTrue(self.request()["all_killers"])
        self.assertEqual([mutant["killers"] for mutant in report["mutants"]], [[0], [0, 1], []])
        self.assertTrue(any("2 failure(s) are not counted" in note for note in report["notes"]), report["notes"])

    def test_a_killer_alone_is_said_to_be_the_only_one_that_is_known(self) -> None:
        self.plan(self.reach("tests/test_calc.py::test_add", 5), {"fill": 3})
        report = self.value()
        self.assertEqual(report["values"][0]["sole_kills"], 3)
        self.assertTrue(any("3 mutant(s) had to be judged with all tests" in note for note in report["notes"]))

    def test_mutants_that_ended_the_tests_are_not_judged(self) -> None:
        ended = [{"event": "verdict", "index": index, "status": "timeout", "way": "function"} for index in (1, 2)]
        self.plan(self.reach("t.py::a", 5), self.kill(0, "t.py::a"), *ended)
        report = self.value()
        self.assertEqual((report["timeout"], len(report["mutants"]), report["values"][0]["reaches"]), (2, 1, 1))
        self.assertTrue(any("2 mutant(s) ended the tests before their verdict" in note for note in report["notes"]))

    def test_a_run_that_ends_early_says_what_was_judged(self) -> None:
        self.plan(self.reach("t.py::a", 5), self.kill(0, "t.py::a"), {"sleep": 0.3}, {"end": 1})
        report = self.value(code=3)
        self.assertEqual((report["status"], report["killed"], report["pending"]), ("failed", 1, 2))
        self.assertIsNone(report["efficiency"])
        (run,) = self.report("runs", "--kind", "value")["runs"]
        self.assertEqual(run["status"], "failed")

    def test_lines_of_files_that_nobody_asked_for_are_refused(self) -> None:
        for files in ([{"file": 1, "lines": [5]}], [{"file": 0, "lines": [5, 5]}], [{"file": 0, "lines": [-1]}]):
            with self.subTest(files):
                self.plan(self.reach("t.py::a", files=files), self.kill(0, "t.py::a"), {"fill": 3})
                self.fails(3, "value", "calc.py::add", says="gives lines of file", interpreter=self.interpreter)


if __name__ == "__main__":
    unittest.main()
