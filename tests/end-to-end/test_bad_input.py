"""Specs, settings, coverage files and sources that are wrong: a clear message, and the rest is used all the same."""

from __future__ import annotations

import os
import unittest

from support import Workspace


class Specs(Workspace):
    def test_malformed(self) -> None:
        cases = {
            "cut.spec.json": (
                b'{"name": "S",\n "requirements": ["pop(): ',
                ["cut.spec.json:2:27: the text ends inside the string that begins at 2:19"],
            ),
            "cut-list.spec.json": (
                b'{"name": "S",\n "requirements": ["pop()"\n',
                ["cut-list.spec.json:3:1: the text ends inside the array that begins at 2:18: a ] is missing"],
            ),
            "cut-value.spec.json": (
                b'{"name": "S", "requirements":',
                ["the text ends inside the object that begins at 1:1: a value and a } is missing"],
            ),
            "list.spec.json": (b"[]", ["list.spec.json:1:1", "object"]),
            "empty.spec.json": (b"", ["empty.spec.json:1:1"]),
            "coded.spec.json": (b'{"name": "S\xff"}', ["coded.spec.json:1:12", "UTF-8"]),
            "deep.spec.json": (b"[" * 100_000, ["deep.spec.json:1:", "nested"]),
            "tail.spec.json": (b'{"name": "S"} x', ["tail.spec.json:1:15"]),
            "binary.spec.json": (b'{"name": "S\0"}', ["binary.spec.json"]),
            "binary.spec.md": (b"# S\n\0", ["binary.spec.md"]),
        }
        for name, (text, says) in cases.items():
            with self.subTest(name):
                self.write(name, text)
                before = self.digest()
                self.fails(3, "generate", name, says=says)
                self.assertEqual(self.digest(), before)

    def test_mistakes_have_their_place_and_the_rest_is_used(self) -> None:
        self.needs_sandbox()
        spec = '{"name": "Stack", "signature": "class Stack", "wrong": 1,\n "difficulty": 5,\n'
        spec += ' "examples": [{"call": "size()"},\n  {"call": "size()", "expected": 0}]}'
        self.write("a.spec.json", spec)
        done = self.succeeds("generate", "a.spec.json")
        for part in (
            "a.spec.json:1:47: wrong: not known",
            "a.spec.json:2:16: difficulty: expected a string",
            "a.spec.json:3:15:",
        ):
            self.assertIn(part, done.stderr)
        self.assertIn("stack.size() == 0", done.stdout)

    def test_two_full_stops_in_a_name_are_no_step_up(self) -> None:
        self.needs_sandbox()
        spec = '{"name": "Stack", "signature": "class Stack", "test_path": "%s",'
        spec += ' "examples": [{"call": "size()", "expected": 0}]}'
        self.write("a.spec.json", spec % "tests/v1..2/test_stack.py")
        self.assertIn("tests/v1..2/test_stack.py", self.run_program("generate", "a.spec.json").stdout)
        self.write("b.spec.json", spec % "tests/../../test_stack.py")
        self.assertIn("test_path", self.run_program("generate", "b.spec.json").stderr)

    def test_unknown_heading(self) -> None:
        self.write("a.spec.md", "# Stack\n\n## Blub\n\nx\n")
        self.assertIn("a.spec.md:3:1", self.run_program("generate", "a.spec.md").stderr)


class Settings(Workspace):
    def test_each_mistake_names_its_key_and_what_is_allowed(self) -> None:
        cases = {
            '{"maxTests": 0}': ["maxTests", "1 to 1000"],
            '{"maxTests": "x"}': ["maxTests", "whole number"],
            '{"maxTests": 1e999}': ["testgen.json: 1:14", "too large"],
            '{"context": "foo"}': ["context", "benchmark, commander, mechacoder or custom"],
            '{"interpreter": "/bin/false"}': ["interpreter", "not taken from the workspace"],
            '{"sandbox": "off"}': ["sandbox", "not taken from the workspace"],
            '{"unknown": 1}': ["unknown", "docs/settings.md"],
            '{"exclude": "x"}': ["exclude", "list of strings"],
            '{"lenses": 1}': ["lenses"],
            '{"diagnostics": {"nope": "off"}}': ["diagnostics", "nope"],
            '{"diagnostics": {"tautology": "boo"}}': ["diagnostics.tautology", "hint or off"],
            "{": ["testgen.json: 1:2"],
            "[]": ["testgen.json", "object"],
        }
        for text, says in cases.items():
            with self.subTest(text):
                self.write("testgen.json", text)
                done = self.succeeds("check")
                self.assertIn("untested-function", done.stdout)
                for part in says:
                    self.assertIn(part, done.stderr)

    def test_good_settings_beside_a_bad_one_hold(self) -> None:
        self.write("testgen.json", '{"maxTests": 0, "diagnostics": {"untested-function": "off"}}')
        self.assertNotIn("untested-function", self.succeeds("check").stdout)

    def test_not_utf8_and_not_a_file(self) -> None:
        self.write("testgen.json", b"\xff\xfe{")
        self.assertIn("UTF-8", self.succeeds("check").stderr)
        (self.root / "testgen.json").unlink()
        (self.root / "testgen.json").mkdir()
        self.assertIn("not a regular file", self.succeeds("check").stderr)


class CoverageFiles(Workspace):
    def test_malformed(self) -> None:
        cases = {
            "a.json": (b"{", ["a.json:1:2"]),
            "b.json": (b'{"meta": {"format": 3}, "files": 5, "totals": {}}', ["b.json:1:34", "files"]),
            "c.json": (b"\0\1\2\xff", ["c.json", "lcov"]),
            "d.json": (b"", ["d.json", "lcov"]),
            "a.xml": (b"<coverage><", ["a.xml:1:11"]),
            "b.xml": (b"<foo/>", ["b.xml:1:1", "Cobertura"]),
            "c.xml": (b'<!DOCTYPE a [<!ENTITY b "c">]><coverage>&b;</coverage>', ["c.xml:1:", "entity"]),
            "a.info": (b"SF:calc.py\nDA:x,y\nend_of_record\n", ["a.info:2:1", "DA"]),
            "b.info": (b"SF:calc.py\nDA:99999999999999999999,1\nend_of_record\n", ["b.info:2:1"]),
            "c.info": (b"garbage\n", ["c.info:1:1", "lcov"]),
        }
        for name, (text, says) in cases.items():
            with self.subTest(name):
                self.write(name, text)
                self.fails(3, "gaps", "--coverage-file", name, says=says)

    def test_no_file(self) -> None:
        for name in ("nope.json", ".", "/dev/zero"):
            with self.subTest(name):
                self.fails(3, "gaps", "--coverage-file", name, says=name.rstrip("."))

    def test_lines_behind_the_end(self) -> None:
        self.write(
            "c.info", "SF:calc.py\nDA:5000,1\nDA:2000000000,0\nend_of_record\nSF:gone.py\nDA:1,0\nend_of_record\n"
        )
        self.run_program("gaps", "--coverage-file", "c.info")


class Sources(Workspace):
    def test_syntax_error_is_gone_around(self) -> None:
        text = "def test_before():\n    assert 1 == 1\n\ndef broken(:\n    x = (\n\ndef test_after():\n    pass\n"
        self.write("tests/test_broken.py", text)
        self.write("tests/test_fine.py", "def test_fine():\n    pass\n")
        found = {(f["path"], f["line"], f["code"]) for f in self.report("check")["findings"]}
        self.assertIn(("tests/test_broken.py", 2, "tautology"), found)
        self.assertIn(("tests/test_broken.py", 4, "syntax-error"), found)
        self.assertIn(("tests/test_fine.py", 1, "no-assertion"), found)

    def test_generation_for_a_file_with_a_syntax_error(self) -> None:
        self.needs_sandbox()
        self.write("bad.py", "x = 1\ndef f(:\n")
        said = self.fails(3, "generate", "bad.py", says=["bad.py", "line 2"])
        self.assertNotIn("/tmp/testgen-generate", said, "the name of a scratch copy says nothing to the user")

    def test_files_that_are_left_alone_are_named(self) -> None:
        self.write("tests/test_binary.py", b"\0\xff" * 1000)
        self.write("tests/test_big.py", b"x = 1\n" * 700_000)
        self.write("tests/test_long.py", 'x = "' + "a" * 100_001 + '"\n')
        report = self.report("check")
        self.assertEqual(report["file_count"], 2)
        for name, why in {"test_binary": "binary", "test_big": "4194304", "test_long": "100000"}.items():
            (note,) = [note for note in report["notes"] if name in note]
            self.assertIn(why, note)

    def test_encodings_that_python_does_not_read_are_named(self) -> None:
        self.write("tests/test_nonsense.py", "# -*- coding: nonsense -*-\ndef test_a():\n    pass\n")
        self.write("tests/test_wide.py", "# coding: utf_16\ndef test_b():\n    pass\n")
        self.write("tests/test_dos.py", "# -*- coding: utf-8-dos -*-\ndef test_c():\n    pass\n")
        self.write("tests/test_u16.py", "def test_d():\n    pass\n".encode("utf-16"))
        report = self.report("check")
        found = {finding["path"] for finding in report["findings"]}
        self.assertIn("tests/test_dos.py", found)
        for name, why in {"test_nonsense": '"nonsense" is not known', "test_wide": "utf-16", "test_u16": "NUL"}.items():
            (note,) = [note for note in report["notes"] if name in note]
            self.assertIn(why, note)
            self.assertNotIn(f"tests/{name}.py", found)

    def test_notes_are_about_the_path_that_is_asked_for(self) -> None:
        self.write("tests/test_binary.py", b"\0\xff" * 1000)
        self.write("tests/test_binary.py.d/test_fine.py", "def test_fine():\n    assert 1 + 1 == 2\n")
        self.write("other/test_binary.py", b"\0\xff" * 1000)
        self.assertEqual(len(self.report("check")["notes"]), 2)
        self.assertEqual(self.report("check", "tests/test_calc.py")["notes"], [])
        self.assertEqual(self.report("score", "tests/test_binary.py.d")["notes"], [])
        (note,) = self.report("check", "tests")["notes"]
        self.assertIn("tests/test_binary.py", note)

    def test_limits_themselves_are_allowed(self) -> None:
        self.write("tests/test_big.py", b"#" * 79 + b"\n" + (b"#" * 79 + b"\n") * (4 * 1024 * 1024 // 80 - 1))
        self.write("tests/test_long.py", 'x = "' + "a" * (100_000 - 6) + '"\n')
        self.assertEqual(self.report("check")["notes"], [])

    def test_a_named_file_that_cannot_be_analysed_is_no_success(self) -> None:
        self.write("tests/test_binary.py", b"\0\xff" * 1000)
        self.write("tests/test_big.py", b"x = 1\n" * 700_000)
        for name in ("tests/test_binary.py", "tests/test_big.py"):
            with self.subTest(name):
                self.fails(3, "check", name, says=name)

    def test_coding_line(self) -> None:
        text = "# -*- coding: latin-1 -*-\n\ndef test_café():\n    assert 'é' == 'é'\n"
        self.write("tests/test_latin.py", text.encode("latin-1"))
        (finding,) = self.report("check", "tests/test_latin.py")["findings"]
        self.assertEqual((finding["line"], finding["column"], finding["end_column"]), (4, 12, 22))
        self.assertIn("é", finding["message"])
        self.assertIn("tests/test_latin.py::test_café", [test["id"] for test in self.report("score")["tests"]])

    def test_nesting(self) -> None:
        sources = {
            "parentheses": "(" * 20_000,
            "minus": "x = " + "-" * 90_000 + "1",
            "blocks": "\n".join(" " * i + "if x:" for i in range(500)) + "\n" + " " * 500 + "pass",
            "sum": "def test_a():\n    assert " + "+".join(["1"] * 20_000) + " == 2",
            "not": "def test_a():\n    assert " + "not " * 20_000 + "x",
            "elif": "if x:\n    pass\n" + "elif x:\n    pass\n" * 6000,
            "decorators": "@a\n" * 20_000 + "def test_a():\n    assert a",
            "brackets": "def test_a():\n    assert f(" + "[" * 30_000 + "]" * 30_000 + ")",
            "calls": "def test_a():\n    assert a" + "()" * 40_000,
            "attributes": "def test_a():\n    assert a" + ".b" * 40_000,
            "comparison": "def test_a():\n    assert a" + " == a" * 15_000,
        }
        for name, text in sources.items():
            with self.subTest(name):
                self.write(f"tests/test_{name}.py", text + "\n")
                self.run_program("score", f"tests/test_{name}.py")
                self.run_program("check", f"tests/test_{name}.py")

    def test_odd_files(self) -> None:
        (self.root / "tests" / "again").symlink_to(self.root)
        (self.root / "tests" / "one").symlink_to("two")
        (self.root / "tests" / "two").symlink_to("one")
        (self.root / "tests" / "test_nowhere.py").symlink_to("nowhere")
        (self.root / "tests" / "test_folder.py").mkdir()
        os.mkfifo(self.root / "tests" / "test_fifo.py")
        report = self.report("check")
        self.assertEqual(report["file_count"], 2)
        self.assertEqual(report["notes"], ["tests/test_fifo.py: is a pipe, socket or device and is left alone"])
        self.assertEqual(self.report("score")["test_count"], 1)
        self.fails(3, "check", "tests/test_nowhere.py", says="tests/test_nowhere.py")
        self.fails(3, "check", "tests/one", says="tests/one")


if __name__ == "__main__":
    unittest.main(verbosity=2)
