"""Tests and imports that misbehave, and generation that must not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import unittest
from typing import Any

from support import BINARY, PYTHON, ROOT, Workspace

NOISE = """import os
import sys


def test_noise():
    os.write(1, b'{"outcome": "failed"}\\n\\0\\xff')
    sys.stdout.write("noise")
    os.write(2, b"more noise")
    assert os.getpid() > 0
"""


SLOW_ROMAN = """import os
import time


def roman(number):
    if number > 8 and "PYTEST_CURRENT_TEST" in os.environ:
        open(os.path.expanduser("~/slow"), "w").close()
        time.sleep(18)
    signs = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
    return signs[number]
"""


class Misbehaviour(Workspace):
    def test_import_that_hangs(self) -> None:
        self.write("testgen.json", '{"runTimeout": 3}')
        self.write("tests/test_hang.py", "import time\n\ntime.sleep(1000)\n")
        for command in (["run"], ["gaps", "--run"]):
            with self.subTest(command):
                self.fails(3, *command, says=["tests/test_hang.py", "3000 ms"])

    def test_noise_on_the_output(self) -> None:
        self.write("tests/test_noise.py", NOISE)
        report = self.report("run")
        self.assertEqual((report["passed"], report["failed"], report["errors"]), (2, 0, 0))

    def test_killed_process(self) -> None:
        self.write("tests/test_kill.py", "import os\n\n\ndef test_kill():\n    os.kill(os.getpid(), 9)\n")
        self.fails(3, "run", says=["tests/test_kill.py::test_kill", "SIGKILL"])
        self.write("tests/test_kill.py", "import os\n\n\ndef test_exit():\n    os._exit(0)\n")
        self.fails(3, "run", says="tests/test_kill.py::test_exit")

    def test_killed_process_loses_no_outcome(self) -> None:
        """What finished before (test_calc.py::test_add) is known, so it is shown."""
        self.write("tests/test_kill.py", "import os\n\n\ndef test_kill():\n    os.kill(os.getpid(), 9)\n")
        done = self.run_program("run", "--format", "json")
        self.assertIn("tests/test_calc.py::test_add", done.stdout)

    def test_killed_process_is_no_green_run_in_the_history(self) -> None:
        self.write("tests/test_kill.py", "import os\n\n\ndef test_kill():\n    os.kill(os.getpid(), 9)\n")
        self.fails(3, "run", says="SIGKILL")
        (run,) = self.report("runs")["runs"]
        self.assertEqual(run["status"], "failed")
        self.assertNotIn("0 errors", run["title"], "the title shows the run as green")

    def test_collection_error(self) -> None:
        self.write("tests/test_broken.py", "import nothing_of_this_name\n")
        report = self.report("run", code=1)
        self.assertIn("nothing_of_this_name", str(report["collection_errors"]))
        self.assertEqual(report["passed"], 1)


class GapsOfAPart(Workspace):
    def test_code_that_was_not_measured_earns_nothing(self) -> None:
        report = self.report("gaps", "--run", "tests")
        self.assertEqual((report["lines_total"], report["files"]), (0, []))
        done = self.succeeds("gaps", "--run", "tests", "--fail-under", "1", code=1)
        self.assertIn("no line of code under test was measured", done.stdout)
        self.assertNotIn("%", done.stdout)

    def test_the_first_red_test_is_named(self) -> None:
        self.write("tests/test_red.py", "def test_red():\n    assert [1] == [2]\n")
        self.assert_red("tests/test_red.py::test_red")
        self.write("tests/test_broken.py", "import nothing_of_this_name\n")
        self.assert_red("tests/test_broken.py")

    def assert_red(self, first: str) -> None:
        notes = self.report("gaps", "--run")["notes"]
        self.assertTrue(any(f"failed or could not run, {first} first" in note for note in notes), notes)

    def test_only_what_was_asked_for_is_spoken_of(self) -> None:
        self.write("other/data.py", b"x = '\0'\n")
        for scope, count in ([], 1), (["calc.py"], 0):
            with self.subTest(scope):
                notes = self.report("gaps", "--run", *scope)["notes"]
                self.assertEqual(sum("data.py" in note for note in notes), count, notes)
        self.fails(3, "gaps", "--run", "other", says="other/data.py: the file holds NUL bytes")


class SourceLayout(Workspace):
    """A package below src that is not installed: `pytest` alone cannot import it."""

    def setUp(self) -> None:
        super().setUp()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "parcel"\n')
        self.write("src/parcel/__init__.py", "")
        self.write("src/parcel/weight.py", "def is_heavy(grams):\n    return grams >= 5000\n")
        self.write(
            "tests/test_weight.py",
            "from parcel.weight import is_heavy\n\n\ndef test_light():\n    assert is_heavy(1) is False\n",
        )

    def assert_note(self, report: dict[str, Any], count: int = 1) -> None:
        notes = [note for note in report["notes"] if "parcel of src is not installed" in note]
        self.assertEqual(len(notes), count, report["notes"])

    def test_run(self) -> None:
        report = self.report("run", "--coverage")
        self.assertEqual((report["passed"], report["errors"]), (1, 0))
        self.assertEqual(report["line_coverage"], 1.0)
        self.assert_note(report)

    def test_gaps(self) -> None:
        self.assert_note(self.report("gaps", "--run"))

    def test_configured_path_needs_no_note(self) -> None:
        self.write("pytest.ini", "[pytest]\npythonpath = src\n")
        report = self.report("run")
        self.assertEqual(report["passed"], 1)
        self.assert_note(report, 0)

    def test_conftest_may_import_the_package(self) -> None:
        self.write("conftest.py", "import parcel.weight\n")
        self.assertEqual(self.report("run")["passed"], 1)

    def test_generate(self) -> None:
        self.needs_sandbox()
        self.write(
            "weight.spec.json",
            json.dumps({"name": "is_heavy", "examples": [{"call": "is_heavy(5000)", "expected": True}]}),
        )
        for target, origin in (("src/parcel/weight.py", "characterisation"), ("weight.spec.json", "spec")):
            with self.subTest(target):
                report = self.report("generate", target)
                self.assertEqual({test["origin"] for test in report["accepted"]}, {origin}, report)
                self.assertEqual(report["rejected"], [])
                self.assert_note(report)


class Generation(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        shutil.copy(ROOT / "tests" / "fixtures" / "specs" / "stack.spec.json", self.root)

    def test_nothing_is_changed_without_write(self) -> None:
        before = self.digest()
        for target in (["calc.py"], ["calc.py::discount"], ["stack.spec.json"], ["--task", "Stack"]):
            with self.subTest(target):
                report = self.report("generate", *target)
                self.assertTrue(report["accepted"])
                self.assertFalse(report["written"])
                self.assertEqual(self.digest(), before)

    def test_time_limit_before_anything_was_proven(self) -> None:
        self.write("slow.py", "import time\n\n\ndef late(number):\n    time.sleep(60)\n    return number\n")
        self.write("testgen.json", '{"generateTimeout": 1}')
        self.fails(3, "generate", "slow.py", says="time limit of 1 s (generateTimeout) before any test")

    def test_writing_twice_is_writing_once(self) -> None:
        for target in (["calc.py"], ["--task", "Stack"]):
            with self.subTest(target):
                before = self.digest()
                report = self.report("generate", *target, "--write")
                self.assertTrue(report["written"])
                once = self.digest()
                changed = {path for path in once if before.get(path) != once[path]}
                self.assertEqual(changed, {test["path"] for test in report["accepted"]})
                again = self.report("generate", *target, "--write")
                self.assertEqual(again["accepted"], [])
                self.assertTrue(any("of the proposed tests already" in note for note in again["notes"]), again["notes"])
                self.assertEqual(self.digest(), once)
        ids = {test["id"].partition("[")[0] for test in self.report("run")["tests"]}
        self.assertIn("tests/test_calc.py::test_add", ids)

    def test_nothing_to_propose_says_why(self) -> None:
        self.write(
            "lamp.py",
            "class Lamp:\n    def __init__(self):\n        self.on = False\n\n"
            "    def glows(self):\n        return self.on\n",
        )
        self.write(
            "tests/test_lamp.py",
            "from lamp import Lamp\n\n\ndef test_glows():\n    lamp = Lamp()\n    assert lamp.glows() is False\n",
        )
        report = self.report("generate", "lamp.py::Lamp.glows")
        self.assertEqual((report["accepted"], report["rejected"], report["unanswered"]), ([], [], []))
        (note,) = report["notes"]
        self.assertRegex(
            note,
            r"^Lamp\.glows: nothing is proposed, because existing tests notice and reach all that "
            r"(the only call that was tried does|the \d+ calls that were tried do)$",
        )

    def test_same_seed_same_tests(self) -> None:
        reports = [self.report("generate", "calc.py::discount", "--seed", "7") for _ in range(2)]
        self.assertEqual(reports[0]["accepted"], reports[1]["accepted"])

    def test_edit_applied_by_hand_is_what_write_does(self) -> None:
        report = self.report("generate", "calc.py::discount")
        (path,) = {edit["path"] for edit in report["edits"]}
        text = (self.root / path).read_bytes()
        for edit in sorted(report["edits"], key=lambda edit: -edit["start"]):
            text = text[: edit["start"]] + edit["text"].encode() + text[edit["end"] :]
        self.succeeds("generate", "calc.py::discount", "--write")
        self.assertEqual((self.root / path).read_bytes(), text)

    def test_time_limit_keeps_what_was_proven(self) -> None:
        self.write_slow_roman()
        self.write("testgen.json", '{"generateTimeout": 60}')
        done = self.run_program("generate", "roman.spec.json", "--write", "--format", "json")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("time limit of 60 s", done.stderr)
        report = json.loads(done.stdout)
        self.assert_partial(report, "timeout")
        self.assertTrue(report["written"])
        text = (self.root / "tests" / "test_roman.py").read_text()
        self.assertEqual(text.count("def test_"), len(report["accepted"]))

    def test_interruption_keeps_what_was_proven_and_writes_nothing(self) -> None:
        self.write_slow_roman()
        temporary = self.folder / "temporary"
        temporary.mkdir()
        command = [BINARY, "generate", "roman.spec.json", "--write", "--format", "json", "--interpreter", PYTHON]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        before = self.digest()
        with subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as program:
            deadline = time.monotonic() + 100
            while not list(temporary.glob("*/scratch/slow")) and time.monotonic() < deadline:
                time.sleep(0.05)
            program.send_signal(signal.SIGINT)
            output, errors = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 3, errors)
        self.assertIn("cancelled", errors)
        report = json.loads(output)
        self.assert_partial(report, "cancelled")
        self.assertFalse(report["written"])
        self.assertEqual(self.digest(), before)
        self.assertEqual(list(temporary.iterdir()), [])

    def write_slow_roman(self) -> None:
        """The first batch of tests is quick, and every test of the second one takes longer than the time limit."""
        shutil.copy(ROOT / "tests" / "fixtures" / "generator" / "many" / "roman.spec.json", self.root)
        self.write("roman.py", SLOW_ROMAN)

    def assert_partial(self, report: dict[str, Any], status: str) -> None:
        self.assertEqual(report["status"], status)
        self.assertEqual(len(report["accepted"]), 8)
        self.assertEqual({(test["guard"], test["reason"]) for test in report["rejected"]}, {("unfinished", status)})
        (run,) = self.report("runs")["runs"]
        self.assertEqual((run["status"], run["passed"], run["failed"]), (status, 8, 4))

    def test_answer_of_a_model(self) -> None:
        """What a model says is tried, not believed."""
        tests = [
            {"name": "adds", "category": "correctness", "call": "discount(80, 50)", "expected": 40.0},
            {"name": "wrong", "call": "add(2, 2)", "expected": 5},
            {"name": "weak", "setup": "add(1, 1)", "call": "len([1])", "expected": 1},
            {"name": "invented", "call": "subtract(2, 1)", "expected": 1},
            {"name": "nothing", "call": "add(1, 1)"},
            {"name": "deletes", "setup": "import shutil; shutil.rmtree('/')", "call": "add(1, 2)", "expected": 3},
            {"name": "push", "setup": ["stack = Stack()", "stack.push(1)"], "call": "stack.pop()", "expected": 1},
        ]
        answer = f"Of course!\n```json\n{json.dumps({'tests': tests})}\n```\n"
        (self.folder / "answer.txt").write_text(answer)
        report = self.report("generate", "calc.py", "--answer", str(self.folder / "answer.txt"))
        self.assertEqual({test["name"] for test in report["accepted"]}, {"test_adds", "test_push"}, report)
        self.assertEqual({test["origin"] for test in report["accepted"]}, {"model"})
        self.assertEqual(report["provider"], "answer")
        guards = {test["id"].rpartition("::")[2]: test["guard"] for test in report["rejected"]}
        self.assertEqual(guards, {"test_wrong": "green", "test_weak": "oracle", "test_deletes": "policy"}, report)
        notes = [note for note in report["notes"] if note.startswith("the answer: ")]
        self.assertEqual(len(notes), 2, notes)
        self.assertIn("the answer: invented uses nothing of calc.py", notes)
        self.assertTrue(any("test 5: expected is missing" in note for note in notes), notes)

    def test_answer_with_a_test_that_never_ends(self) -> None:
        """It is the only one that is lost, and does not use up the time of all others."""
        endless = {"name": "endless", "setup": ["while True: pass"], "call": "add(1, 2)", "expected": "3"}
        tests = [endless, {"name": "half", "call": "discount(80, 50)", "expected": "40.0"}]
        path = self.write("answer.json", json.dumps({"tests": tests}))
        report = self.report("generate", "calc.py", "--answer", str(path))
        self.assertEqual([test["name"] for test in report["accepted"]], ["test_half"])
        (rejected,) = report["rejected"]
        self.assertEqual((rejected["guard"], rejected["reason"]), ("green", "fails"))
        self.assertIn("it did not end within 20 s", rejected["message"])

    def test_answer_that_is_none(self) -> None:
        for text, says in (("I cannot do that.", "the answer holds no test"), ("", "the answer holds no test")):
            (self.folder / "answer.txt").write_text(text)
            report = self.report("generate", "calc.py", "--answer", str(self.folder / "answer.txt"))
            self.assertEqual((report["accepted"], report["rejected"]), ([], []))
            self.assertTrue(any(says in note for note in report["notes"]), report["notes"])
        self.fails(3, "generate", "calc.py", "--answer", "nowhere.txt", says="nowhere.txt")
        self.fails(
            2, "generate", "tests/test_calc.py::test_add", "--answer", str(self.folder / "answer.txt"), says="is a test"
        )

    def test_max_tests(self) -> None:
        self.assertEqual(len(self.report("generate", "calc.py", "--max-tests", "1")["accepted"]), 1)
        self.write("testgen.json", '{"maxTests": 1}')
        self.assertEqual(len(self.report("generate", "calc.py", "--max-tests", "2")["accepted"]), 2)  # it wins
        self.fails(2, "generate", "calc.py", "--max-tests", "1001", says="1 to 1000 are possible")

    def test_project_without_a_marker(self) -> None:
        """Without pyproject.toml or the like, the project is where the command is typed."""
        (self.root / "pyproject.toml").unlink()
        self.write("shop/__init__.py", "")
        self.write("shop/price.py", "def half(price):\n    return price / 2\n")
        self.write(
            "tests/test_price.py", "from shop.price import half\n\n\ndef test_half():\n    assert half(4) == 2\n"
        )
        self.succeeds("generate", "shop/price.py", "--write")
        self.assertEqual(
            [path.name for path in (self.root / "shop").iterdir() if path.name in ("tests", ".testgen")], []
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
