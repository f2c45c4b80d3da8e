"""The man page, the completions, and an installed tree that was moved."""

from __future__ import annotations

import os
import shutil
import subprocess
import unittest

from support import BUILD, PYTHON, Workspace


class Help(Workspace):
    def test_man_page(self) -> None:
        page = self.succeeds("help", "man", interpreter=None).stdout
        for command in ("serve", "score", "check", "gaps", "run", "generate", "runs", "stats", "config", "doctor"):
            self.assertIn(command, page)
        self.assertIn("\\-\\-fail\\-under", page)
        path = self.write("testgen.1", page)
        checkers = {"mandoc": ["-Tlint", "-Wwarning"], "groff": ["-man", "-ww", "-Tutf8", "-z"]}
        found = [name for name in checkers if shutil.which(name)]
        if not found:
            self.skipTest("neither mandoc nor groff is installed")
        for name in found:
            done = subprocess.run([name, *checkers[name], str(path)], capture_output=True, encoding="utf-8")
            self.assertEqual((done.returncode, done.stdout.strip(), done.stderr.strip()), (0, "", ""), name)

    def test_bash_completion(self) -> None:
        if not shutil.which("bash"):
            self.skipTest("bash is not installed")
        path = self.write("testgen.bash", self.succeeds("help", "bash", interpreter=None).stdout)
        script = f"set -u; source {path}; complete -p testgen >/dev/null; "
        script += 'complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _testgen; }; '
        script += "complete_words testgen chec; echo ${COMPREPLY[@]}; complete_words testgen check --fail; "
        script += "echo ${COMPREPLY[@]}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8")
        self.assertEqual((done.stdout.split(), done.stderr), (["check", "--fail-on"], ""))

    def test_other_shells(self) -> None:
        for shell in ("zsh", "fish"):
            with self.subTest(shell):
                text = self.succeeds("help", shell, interpreter=None).stdout
                self.assertIn("fail-under", text)
                if not shutil.which(shell):
                    self.skipTest(f"{shell} is not installed, so its completion is not loaded")
                path = self.write(f"completion.{shell}", text)
                subprocess.run([shell, "-n", str(path)], check=True)


class Installed(Workspace):
    def setUp(self) -> None:
        super().setUp()
        cmake = shutil.which("cmake")
        if not cmake:
            self.skipTest("cmake is not installed")
        prefix = self.folder / "prefix"
        command = [cmake, "--install", str(BUILD), "--prefix", str(prefix)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.moved = self.folder / "moved ü"
        prefix.rename(self.moved)
        self.binary = str(self.moved / "bin" / "testgen")

    def test_moved_tree_works(self) -> None:
        doctor = self.succeeds("doctor", binary=self.binary).stdout
        self.assertIn(f"{self.moved}/share/testgen/python", doctor)
        self.succeeds("score", binary=self.binary)
        self.assertEqual(self.report("run", binary=self.binary)["passed"], 1)
        page = self.succeeds("mutate", "calc.py::add", "--format", "html", binary=self.binary).stdout
        self.assertIn("customElements", page, "the page has its program in it")
        history = self.folder / "history.html"
        self.succeeds("report", "--html", str(history), binary=self.binary)
        self.assertIn("tablist", history.read_text("utf-8"), "so has that of the history")
        self.assertFalse(list(self.moved.rglob("__pycache__")), "nothing is written into the installed tree")

    def test_nothing_leads_out_of_the_tree(self) -> None:
        self.assertEqual([path for path in self.moved.rglob("*") if path.is_symlink()], [])
        for path in self.moved.rglob("*"):
            if path.is_file() and path != self.moved / "bin" / "testgen":
                self.assertNotIn(str(BUILD), path.read_text("utf-8"))
        for part in ("share/man/man1/testgen.1", "share/bash-completion/completions/testgen"):
            self.assertTrue((self.moved / part).read_text("utf-8"))

    def test_through_a_link(self) -> None:
        link = self.folder / "link"
        link.symlink_to(self.binary)
        self.succeeds("doctor", binary=str(link))
        environment = {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}
        self.succeeds("doctor", binary="link", environment=environment)

    def test_program_alone_says_what_is_missing(self) -> None:
        alone = shutil.copy(self.binary, self.folder)
        self.succeeds("score", binary=alone)
        self.fails(3, "run", says="install TestGen again", binary=alone)
        self.fails(3, "mutate", "--format", "html", says=["page", "install TestGen again"], binary=alone)
        self.assertIn("✗ harness", self.succeeds("doctor", code=1, binary=alone, interpreter=PYTHON).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
