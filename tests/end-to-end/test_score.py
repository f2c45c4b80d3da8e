"""What a score rests on: what runs measured, as long as the files are what they were measured on."""

from __future__ import annotations

import unittest
from typing import Any

from support import Workspace, load_schema, schema_errors

SHADOWED = """from calc import add


def test_same():
    assert add(1, 1) == 2


def test_same():
    assert add(2, 2) == 4
"""


class Score(Workspace):
    def components(self) -> dict[str, Any]:
        report = self.report("score")
        schema = load_schema("score")
        self.assertEqual(schema_errors(report, schema, schema), [])
        return report["components"]

    def mutate(self, *options: str) -> Any:
        """The report as it is in the history: the program itself prints the exchange format of mutants."""
        self.report("mutate", *options)
        newest = self.report("runs")["runs"][0]
        self.assertEqual(newest["kind"], "mutation")
        return self.report("runs", newest["run_id"])["report"]

    def bases(self) -> dict[str, str]:
        return {name: component["basis"] for name, component in self.components().items()}

    def test_mutants_are_measured_until_a_file_changes(self) -> None:
        self.assertEqual(self.bases()["comprehensiveness"], "estimated")
        mutation = self.mutate()
        judged = sum(mutation[name] for name in ("killed", "survived", "no_coverage", "timeout", "inconclusive"))
        self.assertTrue(0 < mutation["killed"] < judged)
        measured = self.components()["comprehensiveness"]
        self.assertEqual(measured["basis"], "measured")
        self.assertAlmostEqual(measured["value"], 10 * mutation["killed"] / judged)
        self.assertEqual(
            measured["source"], f"run {mutation['run_id']}: {mutation['killed']} of {judged} mutants killed"
        )
        subject = self.root / "calc.py"
        text = subject.read_text()
        subject.write_text(text + "\n\ndef more(a):\n    return a\n")
        stale = self.components()["comprehensiveness"]
        self.assertEqual(stale["basis"], "estimated")
        self.assertIn(f"calc.py changed since run {mutation['run_id']}", stale["source"])
        subject.write_text(text)
        self.assertEqual(self.components()["comprehensiveness"], measured)
        new = self.write("tests/test_new.py", "def test_new():\n    assert 1 + 1 == 2\n")
        self.assertIn("tests/test_new.py changed", self.components()["comprehensiveness"]["source"])
        new.unlink()
        self.assertEqual(self.bases()["comprehensiveness"], "measured")

    def test_part_of_the_mutants_measures_nothing(self) -> None:
        self.assertFalse(self.mutate("calc.py::add")["whole"])
        self.assertEqual(self.bases()["comprehensiveness"], "estimated")

    def test_sample_is_said(self) -> None:
        mutation = self.mutate("--sample", "3")
        self.assertGreater(mutation["not_sampled"], 0)
        measured = self.components()["comprehensiveness"]
        self.assertEqual(measured["basis"], "measured")
        self.assertIn(f"a sample of {3 + mutation['not_sampled']}", measured["source"])

    def test_cheats_are_measured_until_a_file_changes(self) -> None:
        self.assertEqual(self.bases()["anti_cheat"], "not measured")
        cheats = self.report("cheats")
        applicable = sum(cheats[name] for name in ("rejected", "passed", "timeout", "inconclusive"))
        self.assertGreater(applicable, 0)
        measured = self.components()["anti_cheat"]
        self.assertEqual(measured["basis"], "measured")
        self.assertAlmostEqual(measured["value"], cheats["rejected"] / applicable)
        self.assertIn(f"{cheats['rejected']} of {applicable} cheats", measured["source"])
        test = self.root / "tests" / "test_calc.py"
        test.write_text(test.read_text() + "\n\ndef test_more():\n    assert add(5, 5) == 10\n")
        self.assertEqual(self.bases()["anti_cheat"], "not measured")

    def test_value_measures_efficiency_and_mutants(self) -> None:
        value = self.report("value")
        components = self.components()
        self.assertEqual(components["efficiency"]["basis"], "measured")
        self.assertAlmostEqual(components["efficiency"]["value"], value["kept_seconds"] / value["seconds"])
        self.assertIn(f"run {value['run_id']}: {value['kept']} tests", components["efficiency"]["source"])
        self.assertEqual(components["comprehensiveness"]["basis"], "measured")
        subject = self.root / "calc.py"
        subject.write_text(subject.read_text() + "\nLIMIT = 3\n")
        self.assertEqual(self.bases()["efficiency"], "not measured")

    def test_shadowed_test_is_none(self) -> None:
        before = self.report("score")
        self.write("tests/test_shadowed.py", SHADOWED)
        report = self.report("score")
        self.assertEqual(report["test_count"], before["test_count"] + 1)
        self.assertEqual(
            [(test["id"], test["line"]) for test in report["tests"] if test["path"] == "tests/test_shadowed.py"],
            [("tests/test_shadowed.py::test_same", 8)],
        )
        check = self.report("check")
        self.assertEqual(check["test_count"], report["test_count"])
        codes = {finding["code"] for finding in check["findings"] if finding["path"] == "tests/test_shadowed.py"}
        self.assertIn("duplicate-test-name", codes)

    def test_doctor_makes_no_history(self) -> None:
        before = sorted(path.name for path in self.root.iterdir())
        self.succeeds("doctor")
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), before)

    def history_check(self, *options: str, code: int = 0) -> dict[str, Any]:
        report = self.report("doctor", *options, code=code)
        (check,) = [check for check in report["checks"] if check["name"] == "history"]
        return check

    def test_doctor_says_whether_a_history_could_be_written(self) -> None:
        path = self.root / ".testgen" / "testgen.db"
        self.assertEqual(self.history_check()["detail"], f"no run yet; the first makes {path}")
        self.report("score")
        self.assertEqual(self.history_check()["detail"], f"1 run in {path}")
        for place in ("calc.py", "calc.py/deeper"):
            check = self.history_check("--database", f"{place}/history.db", code=1)
            self.assertEqual(check["status"], "missing")
            self.assertIn(f"{self.root}/calc.py", check["detail"])
            self.assertIn("--database", check["advice"])


if __name__ == "__main__":
    unittest.main()
