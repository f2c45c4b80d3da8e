"""A place that cannot be read or written, a history that cannot be used, an interpreter that does not do."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import unittest
from typing import Callable

from support import BINARY, NOBODY, PYTHON, Workspace


class History(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.succeeds("score")
        self.database = self.root / ".testgen" / "testgen.db"

    def test_damaged(self) -> None:
        broken: dict[str, Callable[[bytes], bytes]] = {
            "noise": lambda old: os.urandom(8192),
            "cut": lambda old: old[:5000],
            "text": lambda old: b"this is no database, it is a letter" * 100,
        }
        whole = self.database.read_bytes()
        for name, damage in broken.items():
            with self.subTest(name):
                content = damage(whole)
                self.database.write_bytes(content)
                done = self.succeeds("score")
                self.assertIn("damaged", done.stderr)
                kept = [path for path in self.database.parent.iterdir() if path.read_bytes() == content]
                self.assertEqual(len(kept), 1, "the damaged file is kept, byte by byte")
                self.assertIn(str(kept[0]), done.stderr)
                self.assertEqual(len(self.report("runs")["runs"]), 1)
                kept[0].unlink()

    def test_newer(self) -> None:
        with sqlite3.connect(self.database) as connection:
            connection.execute("PRAGMA user_version = 999")
        connection.close()
        before = self.database.read_bytes()
        self.assertIn("newer testgen", self.succeeds("score").stderr)
        self.fails(3, "runs", says=["newer testgen", "--database"])
        self.assertEqual(self.database.read_bytes(), before)

    def test_locked(self) -> None:
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        done = self.succeeds("score")
        connection.execute("ROLLBACK")
        connection.close()
        self.assertIn("not in the history", done.stderr)
        self.assertIn("Score", done.stdout)
        self.assertEqual(len(self.report("runs")["runs"]), 1)

    def test_no_place(self) -> None:
        (self.root / "file").write_text("x")
        for place in ("file/x.db", "/", "/proc/nope/x.db"):
            with self.subTest(place):
                done = self.succeeds("score", "--database", place)
                self.assertIn("not in the history", done.stderr)
                if place != "/proc/nope/x.db":  # where nothing is and nothing needs to be made, there are no runs
                    self.fails(3, "runs", "--database", place, says=place.rstrip("/").split("/x.db")[0])
        self.assertEqual(self.report("runs", "--database", "/proc/nope/x.db")["runs"], [])

    def test_two_at_once(self) -> None:
        commands = [
            subprocess.Popen([BINARY, "score", "--quiet"], cwd=self.root, stdout=subprocess.DEVNULL) for _ in range(8)
        ]
        self.assertEqual([command.wait(120) for command in commands], [0] * 8)
        self.assertEqual(len(self.report("runs")["runs"]), 9)


class Places(Workspace):
    def test_file_in_place_of_the_folder(self) -> None:
        (self.root / ".testgen").write_text("mine")
        self.assertIn("not in the history", self.succeeds("score").stderr)
        self.fails(3, "runs", says=".testgen")
        self.assertEqual((self.root / ".testgen").read_text(), "mine")

    def test_read_only_workspace(self) -> None:
        self.needs_root()
        self.needs_sandbox()
        script = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"'
        wrapper = ("unshare", "-m", "sh", "-c", script, "sh")
        probe = subprocess.run([*wrapper, "true"], cwd=self.root, stderr=subprocess.PIPE)
        if probe.returncode != 0:
            self.skipTest(f"no mount namespace here: {probe.stderr!r}")
        for command in (["score"], ["run"], ["gaps", "--run"], ["generate", "calc.py::discount"]):
            with self.subTest(command):
                done = self.succeeds(*command, wrapper=wrapper)
                self.assertIn("Read-only file system", done.stderr)
                self.assertTrue(done.stdout)
        before = self.digest()
        self.fails(3, "generate", "calc.py::discount", "--write", says=["test_calc.py", "Read-only"], wrapper=wrapper)
        self.assertEqual(self.digest(), before)

    def test_full_disk(self) -> None:
        self.needs_root()
        self.needs_sandbox()
        script = (
            'cp -r . ../copy && mount -t tmpfs -o size=64k none . && cd "$PWD" && cp -r ../copy/. . &&'
            ' { dd if=/dev/zero of=fill bs=4k 2>/dev/null; "$@"; code=$?; cat tests/test_calc.py >&2; exit $code; }'
        )
        wrapper = ("unshare", "-m", "sh", "-c", script, "sh")
        probe = subprocess.run([*wrapper, "true"], cwd=self.root, capture_output=True)
        if probe.returncode != 0:
            self.skipTest(f"no mount namespace here: {probe.stderr!r}")
        done = self.succeeds("score", wrapper=wrapper)
        self.assertIn("No space left on device", done.stderr)
        self.assertIn("Score", done.stdout)
        said = self.fails(3, "generate", "calc.py::discount", "--write", says="No space left", wrapper=wrapper)
        self.assertTrue(said.endswith((self.root / "tests" / "test_calc.py").read_text()), "the test file is as it was")

    def test_limited_file_size(self) -> None:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        self.succeeds("score", preexec_fn=limit)

    def test_unreadable(self) -> None:
        self.write("private/a.py", "def f():\n    pass\n")
        self.write("secret.py", "def g():\n    pass\n")
        (self.root / "private").chmod(0)
        (self.root / "secret.py").chmod(0)
        self.addCleanup((self.root / "private").chmod, 0o700)
        preexec_fn = None
        if os.geteuid() == 0:  # root reads everything
            self.folder.chmod(0o755)

            def preexec_fn() -> None:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)

            probe = subprocess.run(["test", "-x", BINARY], preexec_fn=preexec_fn, cwd="/")
            if probe.returncode != 0:
                self.skipTest("nobody cannot reach the program")
        report = self.report("check", preexec_fn=preexec_fn)
        self.assertEqual(report["file_count"], 2)
        self.assertEqual(len([note for note in report["notes"] if "private" in note or "secret.py" in note]), 2)
        for name in ("secret.py", "private"):
            self.fails(3, "check", name, says=name, preexec_fn=preexec_fn)


class Interpreters(Workspace):
    def test_missing_or_something_else(self) -> None:
        for name in ("/nope/python", "/bin/false", "/bin/cat", "/tmp"):
            for command in (["run"], ["gaps", "--run"], ["generate", "calc.py::add"]):
                with self.subTest(name=name, command=command):
                    self.fails(3, *command, says=name, interpreter=name)
        self.succeeds("score", interpreter="/nope/python")
        self.assertIn("✗ python", self.succeeds("doctor", code=1, interpreter="/nope/python").stdout)

    def test_no_pytest(self) -> None:
        bare = self.folder / "bare"
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", bare], check=True, stdout=subprocess.DEVNULL)
        python = str(bare / "bin" / "python")
        # Said before anything of the workspace is looked for, so a task that is not there does not matter.
        for command in (["run"], ["generate", "calc.py::add"], ["generate", "calc.py::nothing"]):
            says = ["pytest is not installed", f"{python} -m pip install pytest"]
            self.fails(3, *command, says=says, interpreter=python)
        doctor = self.succeeds("doctor", code=1, interpreter=python).stdout
        self.assertIn(f"{python} -m pip install pytest", doctor)

    def test_nothing_in_the_path(self) -> None:
        environment = {"PATH": "/nowhere", "VIRTUAL_ENV": ""}
        self.fails(3, "run", says="Python", interpreter=None, environment=environment)
        self.succeeds("score", interpreter=None, environment=environment)


if __name__ == "__main__":
    print(f"as user {os.geteuid()}", file=sys.stderr)
    unittest.main(verbosity=2)
