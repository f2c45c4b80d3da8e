"""The forms in which `mutate` reports, checked against what they are read by."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Optional

from support import ROOT, FakeHarness

SCHEMA = "mutation-testing-report-schema/src/mutation-testing-report-schema.json"
SARIF_SCHEMA = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
MODULES = os.environ.get("TESTGEN_NODE_MODULES", str(ROOT / ".deps" / "clients" / "node_modules"))
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# What a source may hold: the end of the page's script, characters of two UTF-16 units, control characters, CDATA's end.
HOSTILE = """def greet(name):
    \"\"\"Says hello.\"\"\"
    end = "</script><script>document.title = 'broken'</script><!--"
    face = "\\U0001F600" if name < "\U0001f600" else "\U0001f600\x0b]]>&"
    return end + face + name


def wait():
    return 1
"""
STATUSES = {
    "killed": "Killed",
    "survived": "Survived",
    "no-coverage": "NoCoverage",
    "timeout": "Timeout",
    "inconclusive": "RuntimeError",
    "equivalent": "Ignored",
    "duplicate": "Ignored",
    "invalid": "CompileError",
    "pending": "Pending",
}
# Jenkins' schema of JUnit XML: which attributes an element may have, and which it needs.
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, set()),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp"},
        {"name", "tests"},
    ),
    "testcase": ({"name", "classname", "assertions", "time", "status"}, {"name", "classname"}),
    "failure": ({"type", "message"}, {"type"}),
    "error": ({"type", "message"}, {"type"}),
    "skipped": ({"type", "message"}, set()),
}


class Reports(FakeHarness):
    def setUp(self) -> None:
        super().setUp()
        (self.root / "calc.py").unlink()
        self.write("hostile é.py", HOSTILE)
        events: list[dict[str, Any]] = []
        for index, status in enumerate(name for name in STATUSES if name != "pending"):
            events.append({"event": "verdict", "index": index, "status": status})
            if status == "killed":
                events[-1] |= {
                    "test": "tests/test_calc.py::test_add[</script>\x1b\ufffe]",
                    "message": "1\x00\x0c<\ud800",
                }
            if status in ("killed", "survived", "inconclusive"):
                events[-1] |= {"way": "function", "tests_run": index + 1}
        self.events = events
        self.plan(*events, {"end": 7})

    def print(self, form: str, *options: str, code: int = 3) -> str:
        done = self.run_program("mutate", "--format", form, *options, interpreter=str(self.interpreter))
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def schema_errors(self, report: str, schema: str = SCHEMA) -> str:
        node = shutil.which("node")
        if node is None or not (Path(MODULES) / schema).exists():
            self.skipTest("Node or the schema's package is missing: run ./dev setup")
        command = [node, str(Path(__file__).resolve().parent / "validate_schema.js"), schema]
        environment = {**os.environ, "TESTGEN_NODE_MODULES": MODULES}
        done = subprocess.run(command, input=report, capture_output=True, encoding="utf-8", env=environment)
        self.assertEqual(done.stderr, "")
        return done.stdout

    # ---- JSON ----

    def test_json_is_as_the_official_schema_says(self) -> None:
        report = self.print("json")
        self.assertEqual(self.schema_errors(report), "")
        broken = json.loads(report)
        del broken["files"]["hostile é.py"]["mutants"][0]["status"]
        self.assertIn("status", self.schema_errors(json.dumps(broken)), "the validator looks")

    def test_json_says_what_was_found(self) -> None:
        report = json.loads(self.print("json"))
        file = report["files"]["hostile é.py"]
        self.assertEqual(file["source"], HOSTILE)
        found = [mutant["status"] for mutant in file["mutants"]]
        wanted = list(STATUSES.values())
        self.assertEqual(found, wanted[:-1] + ["Pending"] * (len(found) - len(wanted) + 1))
        reasons = {mutant["status"]: mutant.get("statusReason") for mutant in file["mutants"]}
        self.assertIn("duplicate", str(reasons["Ignored"]))
        killed = file["mutants"][0]
        (tests,) = report["testFiles"].values()
        self.assertEqual(killed["killedBy"], [test["id"] for test in tests["tests"]])
        self.assertEqual(killed["testsCompleted"], 1)
        self.assertEqual(len({mutant["id"] for mutant in file["mutants"]}), len(found))
        summary = report["testgen"]
        self.assertEqual((summary["killed"], summary["survived"], summary["not_run"]), (1, 1, 3))
        self.assertNotIn("mutants", summary)
        self.assertEqual(report["framework"]["dependencies"], {"python": "3.11.0", "pytest": "8.0.0"})

    def test_columns_are_those_of_a_browser(self) -> None:
        """In JavaScript's strings a face takes two places."""
        report = json.loads(self.print("json"))
        file = report["files"]["hostile é.py"]
        lines = HOSTILE.split("\n")
        checked = 0
        for mutant in file["mutants"]:
            start, end = mutant["location"]["start"], mutant["location"]["end"]
            if start["line"] != 4 or end["line"] != 4:
                continue
            units = lines[3].encode("utf-16-le")[2 * start["column"] - 2 : 2 * end["column"] - 2]
            text = units.decode("utf-16-le")
            if mutant["mutatorName"] == "string":
                self.assertRegex(text, '^".*"$')
                checked += 1
        self.assertGreater(checked, 1)

    # ---- HTML ----

    def test_page_holds_the_report_and_loads_nothing(self) -> None:
        page = self.print("html")
        found = re.search(r'<script id="report" type="application/json">(.*?)</script>', page, re.DOTALL)
        assert found is not None
        self.assertNotIn("<", found.group(1), "nothing in a source can end the element")
        self.assertEqual(json.loads(found.group(1))["files"]["hostile é.py"]["source"], HOSTILE)
        self.assertEqual(page.count("</script>"), 3)
        self.assertIsNone(
            re.search(r'\b(src|href)="', page.partition('<script id="report"')[0].partition("<script>")[0])
        )
        self.assertIn("default-src 'none'", page)

    def test_page_in_a_browser(self) -> None:
        if BROWSER is None:
            self.skipTest("there is no Chromium here")
        self.print("html", "--output", str(self.bench / "page.html"))
        title = self.title_in_browser(BROWSER, (self.bench / "page.html").as_uri())
        self.assertEqual(title, "All files - TestGen")
        file = self.title_in_browser(BROWSER, (self.bench / "page.html").as_uri() + "#mutant/hostile%20%C3%A9.py")
        self.assertEqual(file, "hostile é.py - TestGen")

    def title_in_browser(self, browser: str, address: str) -> Optional[str]:
        with tempfile.TemporaryDirectory() as profile:
            command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
            command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000", "--dump-dom", address]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
        found = re.search(r"<title>(.*?)</title>", done.stdout)
        return found.group(1) if found else None

    # ---- JUnit ----

    def test_junit(self) -> None:
        root = ElementTree.fromstring(self.print("junit").encode())
        for element in root.iter():
            allowed, needed = JUNIT[element.tag]
            self.assertLessEqual(set(element.attrib), allowed, element.tag)
            self.assertGreaterEqual(set(element.attrib), needed, element.tag)
        (suite,) = root.findall("testsuite")
        self.assertEqual(suite.get("name"), "hostile é.py")
        for element in (root, suite):
            self.assertEqual(int(element.get("tests", "")), len(root.findall(".//testcase")))
            self.assertEqual(int(element.get("failures", "")), len(root.findall(".//failure")), "survived, no-coverage")
            self.assertEqual(int(element.get("errors", "")), len(root.findall(".//error")))
        self.assertEqual(int(suite.get("skipped", "")), len(root.findall(".//skipped")))
        cases = root.findall(".//testcase")
        outcome = [case[0].tag if len(case) else "passed" for case in cases]
        self.assertEqual(outcome[:8], ["passed", "failure", "failure", "passed", "error"] + ["skipped"] * 3)
        failure = cases[1].find("failure")
        assert failure is not None and failure.text is not None
        self.assertRegex(failure.text, r"^hostile é\.py:\d+\n- .*\n\+ .*\n$")

    def test_junit_of_control_characters(self) -> None:
        face = [mutant for mutant in self.mutants() if "]]>" in mutant["original"]]
        index = self.mutants().index(face[0])
        self.plan({"event": "verdict", "index": index, "status": "survived", "way": "function"}, {"end": 7})
        root = ElementTree.fromstring(self.print("junit").encode())
        (failure,) = root.findall(".//failure")
        self.assertIn("\\x0b]]>&", failure.text or "")

    def mutants(self) -> list[dict[str, Any]]:
        run = json.loads(self.print("json"))["testgen"]["run_id"]
        return list(self.report("runs", run)["report"]["mutants"])

    # ---- SARIF ----

    def test_sarif(self) -> None:
        report = json.loads(self.print("sarif"))
        (run,) = report["runs"]
        (result,) = run["results"]
        (survivor,) = [mutant for mutant in self.mutants() if mutant["status"] == "survived"]
        self.assertEqual((result["ruleId"], result["level"]), ("mutant-survived", "warning"))
        self.assertIn("mutant-survived", [rule["id"] for rule in run["tool"]["driver"]["rules"]])
        self.assertIn(survivor["original"], result["message"]["text"])
        self.assertIn(survivor["replacement"], result["message"]["text"])
        place = result["locations"][0]["physicalLocation"]
        self.assertEqual(place["artifactLocation"]["uri"], "hostile%20%C3%A9.py")
        names = ("line", "column", "end_line", "end_column")
        wanted = dict(zip(("startLine", "startColumn", "endLine", "endColumn"), (survivor[name] for name in names)))
        self.assertEqual(place["region"], wanted)

    def test_sarif_is_as_the_official_schema_says(self) -> None:
        mutants = self.print("sarif")
        self.write("tests/test_weak.py", "def test_nothing():\n    pass\n")
        findings = self.succeeds("check", "--format", "sarif").stdout
        for report in (mutants, findings):
            self.assertTrue(json.loads(report)["runs"][0]["results"])
            self.assertEqual(self.schema_errors(report, SARIF_SCHEMA), "")
        broken = json.loads(mutants)
        broken["runs"][0]["results"][0]["level"] = "loud"
        del broken["runs"][0]["tool"]
        errors = self.schema_errors(json.dumps(broken), SARIF_SCHEMA)
        self.assertIn("/runs/0/results/0/level", errors, "the validator looks")
        self.assertIn("tool", errors)

    # ---- Text, files ----

    def test_text_shows_lines(self) -> None:
        text = self.print("text")
        self.assertIn("hostile é.py  1 of 5 killed", text)
        self.assertRegex(text, r"survived .*\n      - .*\n      \+ .*\n")

    def test_report_of_a_source_that_has_changed_since(self) -> None:
        """While mutants are judged an editor may save."""
        change = f"import pathlib; pathlib.Path({str(self.root / 'hostile é.py')!r}).write_text('x = 1\\n')\n"
        program = self.interpreter.read_text("utf-8").replace("    answer = {", f"    {change}    answer = {{")
        self.interpreter.write_text(program, "utf-8")
        self.plan({"event": "verdict", "index": 0, "status": "survived"}, {"fill": 100000})
        text = self.print("text", code=0)
        self.assertIn("      - ", text)

    def test_output_file(self) -> None:
        target = self.root / "report.txt"
        for form in ("text", "json", "html", "junit", "sarif"):
            with self.subTest(form):
                target.write_text("old", "utf-8")
                self.assertEqual(self.print(form, "--output", str(target)), "")
                wanted = self.print(form)
                self.assertEqual(target.read_text("utf-8")[:40], wanted[:40])
                self.assertGreater(len(target.read_text("utf-8")), len(wanted) // 2)
        self.assertEqual([path.name for path in self.root.glob("report*")], ["report.txt"])
        (self.bench / "request.json").unlink()
        target = self.root / "no" / "such" / "folder"
        done = self.run_program("mutate", "--output", str(target), interpreter=str(self.interpreter))
        self.assertEqual(done.returncode, 3)
        self.assertIn("no/such/folder", done.stderr)
        self.assertFalse((self.bench / "request.json").exists(), "nothing is judged for nothing")

    def test_formats_are_of_their_commands(self) -> None:
        self.fails(2, "score", "--format", "html", says="text, json")
        self.fails(2, "check", "--format", "junit", says="sarif")
        self.fails(2, "mutate", "--format", "xml", says="junit")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
