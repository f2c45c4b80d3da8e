"""Exit codes, options, colours, and output that cannot be written."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import unittest
from pathlib import Path

from support import BINARY, Workspace


class ExitCodes(Workspace):
    def test_wrong_use(self) -> None:
        cases = {
            ("frob",): "no command frob",
            ("score", "--frob"): "no option --frob",
            ("score", "--format", "xml"): "text|json|sarif",
            ("score", "--fail-under", "abc"): "whole number",
            ("score", "--fail-under"): "--fail-under",
            ("score", "--fail-under", "2000"): "1000",
            ("check", "--fail-on", "boo"): "error|warning|information|hint",
            ("generate",): "SPEC, FILE or FILE::NAME",
            ("runs", "--limit", "0"): "1 to 1000",
            ("schema", "nope"): "no schema nope",
            ("help", "nope"): "no command nope",
            ("config", "create", "{bad"): "1:2",
            ("config", "create", '{"temperature": 9}'): "outside 0 to 2",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments):
                self.fails(2, *arguments, says=message, interpreter=None)

    def test_could_not_complete(self) -> None:
        cases = {
            ("score", "nowhere"): "nowhere",
            ("check", "nowhere.py"): "nowhere.py",
            ("run", "tests/nope.py"): "tests/nope.py",
            ("generate", "missing.spec.json"): "missing.spec.json",
            ("generate", "--task", "nope"): "nope",
            ("runs", "999"): "no run 999",
            ("config", "show", "77"): "config list",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments):
                self.fails(3, *arguments, says=message, interpreter=None)
        self.fails(3, "generate", "calc.py::nope", says="no function, method or class nope")

    def test_a_target_that_does_not_exist_is_said_before_pytest_is_asked_for(self) -> None:
        for arguments in (("generate", "missing.spec.json"), ("generate", "--task", "nope")):
            with self.subTest(arguments):
                self.fails(3, *arguments, says=arguments[-1], interpreter="/bin/false")

    def test_a_test_that_does_not_exist_is_like_a_file_that_does_not(self) -> None:
        for name in ("tests/nope.py", "tests/test_calc.py::nope", "tests/nope.py::test_add"):
            with self.subTest(name):
                self.fails(3, "run", name, says=name if "test_calc" in name else "tests/nope.py")

    def test_fail_under(self) -> None:
        score = self.report("score")["score"]
        self.succeeds("score", "--fail-under", str(score))
        self.succeeds("score", "--fail-under", str(score + 1), code=1)
        self.write("testgen.json", f'{{"failUnder": {score + 1}}}')
        self.succeeds("score", code=1)
        self.succeeds("score", "--fail-under", "0")

    def test_fail_under_of_gaps(self) -> None:
        self.write("c.info", "SF:calc.py\nDA:5,1\nDA:9,0\nend_of_record\n")
        self.succeeds("gaps", "--coverage-file", "c.info", "--fail-under", "50")
        self.succeeds("gaps", "--coverage-file", "c.info", "--fail-under", "51", code=1)

    def test_fail_on(self) -> None:
        self.write("tests/test_weak.py", "from calc import add\n\n\ndef test_weak():\n    add(1, 1)\n")
        for severity, code in {"error": 0, "warning": 1, "information": 1, "hint": 1}.items():
            with self.subTest(severity):
                self.succeeds("check", "--fail-on", severity, code=code)
        self.write("testgen.json", '{"diagnostics": {"no-assertion": "error"}}')
        self.succeeds("check", code=1)

    def test_red_tests_and_no_tests(self) -> None:
        self.succeeds("run")
        self.write("tests/test_red.py", "def test_red():\n    assert 1 == 2\n")
        self.succeeds("run", code=1)
        (self.root / "tests" / "test_red.py").unlink()
        (self.root / "tests" / "test_calc.py").unlink()
        self.succeeds("run", code=1)


class Output(Workspace):
    def test_full_device(self) -> None:
        commands = ["score", "score --format json", "check", "check --format sarif", "check --format json", "runs"]
        commands += ["stats", "doctor", "--version", "help", "help man", "help bash", "schema", "schema score"]
        for command in commands:
            with self.subTest(command), Path("/dev/full").open("w") as full:
                done = self.run_program(*command.split(), interpreter=None, stdout=full)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("standard output cannot be written", done.stderr)

    def test_closed_output(self) -> None:
        for command in ("score", "check --format sarif", "help man", "--version"):
            with self.subTest(command):
                script = f'exec "{BINARY}" {command} >&-'
                done = subprocess.run(["sh", "-c", script], cwd=self.root, capture_output=True, encoding="utf-8")
                self.assertEqual(done.returncode, 3, done.stderr)

    def test_pipe_whose_reader_is_gone(self) -> None:
        for command in (["score"], ["check", "--format", "sarif"], ["help", "man"]):
            with self.subTest(command):
                reader, writer = os.pipe()
                os.close(reader)
                done = subprocess.run([BINARY, *command], cwd=self.root, stdout=writer, stderr=subprocess.PIPE)
                os.close(writer)
                self.assertIn(done.returncode, (3, -13), done.stderr)  # 13: SIGPIPE, as every other tool

    def colours_on_a_terminal(self, environment: dict[str, str]) -> bool:
        main, other = pty.openpty()
        done = subprocess.run(
            [BINARY, "score", "--no-record"],
            cwd=self.root,
            env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **environment},
            stdout=other,
            stderr=subprocess.DEVNULL,
        )
        os.close(other)
        text = b""
        try:
            while chunk := os.read(main, 65536):
                text += chunk
        except OSError:  # the terminal's other end is closed
            pass
        os.close(main)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"Score", text)
        return b"\x1b[" in text

    def test_colours(self) -> None:
        self.assertTrue(self.colours_on_a_terminal({}))
        self.assertFalse(self.colours_on_a_terminal({"NO_COLOR": "1"}))
        self.assertTrue(self.colours_on_a_terminal({"NO_COLOR": ""}))
        self.assertNotIn("\x1b", self.succeeds("score").stdout)

    def test_quiet(self) -> None:
        self.write("tests/test_bin.py", b"\0\1\2")
        self.assertEqual(self.succeeds("check", "--quiet").stderr, "")

    def test_version(self) -> None:
        self.assertRegex(self.succeeds("--version", interpreter=None).stdout, re.compile(r"\btestgen \d+\.\d+\.\d+"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
