"""JSON against docs/schemas, the fields that tools rely on, and SARIF."""

from __future__ import annotations

import json
import unittest
from typing import Any

from support import Workspace, load_schema, schema_errors

WEAK = "from calc import add\n\n\ndef test_weak():\n    add(1, 1)\n\n\ndef test_same():\n    assert 1 == 1\n"


class Reports(Workspace):
    def valid(self, name: str, *arguments: str, code: int = 0) -> Any:
        report = self.report(*arguments, code=code)
        schema = load_schema(name)
        self.assertEqual(schema_errors(report, schema, schema), [])
        return report

    def test_score(self) -> None:
        self.write("tests/test_weak.py", WEAK)
        report = self.valid("score", "score")
        components = report["components"]
        self.assertEqual(set(components), {"comprehensiveness", "balance", "anti_cheat", "efficiency"})
        for component in components.values():
            self.assertIn(component["basis"], ("measured", "estimated", "not measured", "not applicable"))
            if component["basis"].startswith("not"):
                self.assertEqual(component["points"], 0)
            self.assertLessEqual(component["points"], component["maximum"])
        self.assertEqual(report["score"], sum(component["points"] for component in components.values()))
        self.assertEqual(
            report["of"], sum(c["maximum"] for c in components.values() if not c["basis"].startswith("not"))
        )
        self.assertEqual(
            [test["id"] for test in report["tests"]],
            ["tests/test_calc.py::test_add", "tests/test_weak.py::test_weak", "tests/test_weak.py::test_same"],
        )
        for test in report["tests"]:
            self.assertTrue(0 <= test["strength"] <= 100 and test["band"] and test["category"], test)

    def test_empty_workspace(self) -> None:
        (self.root / "tests" / "test_calc.py").unlink()
        (self.root / "calc.py").unlink()
        report = self.valid("score", "score")
        self.assertEqual((report["score"], report["of"], report["tests"]), (0, 0, []))
        self.valid("check", "check")

    def test_check(self) -> None:
        self.write("tests/test_weak.py", WEAK)
        report = self.valid("check", "check")
        found = {(finding["path"], finding["line"], finding["code"]) for finding in report["findings"]}
        self.assertIn(("tests/test_weak.py", 4, "no-assertion"), found)
        self.assertIn(("tests/test_weak.py", 9, "tautology"), found)

    def test_run(self) -> None:
        self.write("tests/test_red.py", "def test_red():\n    assert [1] == [2]\n")
        report = self.valid("run", "run", "--coverage", code=1)
        self.assertEqual((report["passed"], report["failed"]), (1, 1))
        self.assertGreater(report["line_coverage"], 0)

    def test_gaps(self) -> None:
        self.valid("gaps", "gaps", "--run")
        self.write("c.info", "SF:calc.py\nDA:5,1\nDA:9,0\nend_of_record\n")
        report = self.valid("gaps", "gaps", "--coverage-file", "c.info")
        self.assertEqual((report["lines_total"], report["lines_missing"]), (2, 1))

    def test_generate(self) -> None:
        self.needs_sandbox()
        report = self.valid("generate", "generate", "calc.py::discount")
        self.assertTrue(report["accepted"])
        for test in report["accepted"]:
            self.assertTrue(all(test[name] for name in ("id", "category", "origin", "path")), test)
        for test in report["rejected"]:
            self.assertTrue(all(test[name] for name in ("id", "guard", "reason")), test)

    def test_history(self) -> None:
        for command in ("score", "run"):
            self.succeeds(command)
        runs = self.valid("runs", "runs")["runs"]
        self.assertEqual([run["kind"] for run in runs], ["test", "scoring"])
        detail = self.valid("run-detail", "runs", runs[1]["run_id"])
        self.assertIn("calc.py", [file["path"] for file in detail["files"]])
        schema = load_schema("score")
        self.assertEqual(schema_errors(detail["report"], schema, schema), [])
        self.assertEqual(self.valid("stats", "stats")["total_runs"], 2)
        self.valid("config", "config", "list")

    def test_reading_a_history_that_is_not_there_makes_nothing(self) -> None:
        before = sorted(self.root.rglob("*"))
        for arguments in (("runs",), ("stats",), ("config", "list"), ("runs", "--database", "new/folder/x.db")):
            with self.subTest(arguments):
                self.succeeds(*arguments)
                self.assertEqual(sorted(self.root.rglob("*")), before)
        self.fails(3, "runs", "nope", says="no run nope")
        self.succeeds("score")
        self.assertEqual(len(self.report("runs")["runs"]), 1)

    def test_sarif(self) -> None:
        self.write("tests/test_weak.py", WEAK)
        self.write("tests/test_é x.py", WEAK)
        done = self.succeeds("check", "--format", "sarif")
        log = json.loads(done.stdout)
        self.assertEqual(log["version"], "2.1.0")
        (run,) = log["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        self.assertTrue(run["results"])
        for result in run["results"]:
            self.assertIn(result["level"], ("none", "note", "warning", "error"))
            self.assertTrue(result["message"]["text"])
            self.assertIn(result["ruleId"], rules)
            if "ruleIndex" in result:
                self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            (location,) = result["locations"]
            place = location["physicalLocation"]
            uri, region = place["artifactLocation"]["uri"], place["region"]
            self.assertRegex(uri, r"^[A-Za-z0-9._~%/+-]+$", "a URI has no spaces and no letters beyond ASCII")
            self.assertGreaterEqual(region["startLine"], 1)
            self.assertGreaterEqual(region["startColumn"], 1)
            start = (region["startLine"], region["startColumn"])
            self.assertGreaterEqual((region["endLine"], region["endColumn"]), start)
        findings = self.report("check")["findings"]
        self.assertEqual(len(findings), len(run["results"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
