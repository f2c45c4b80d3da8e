"""Which mutants are judged: by target, by what changed, by sample."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unittest
from collections import Counter
from typing import Any

from support import CALC, FakeHarness

GIT = shutil.which("git")
IDENTITY = {
    **{f"GIT_{role}_{what}": "somebody@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


class Selection(FakeHarness):
    def setUp(self) -> None:
        super().setUp()
        self.write(
            "shop/prices.py", "def double(price):\n    return price * 2\n\n\ndef half(price):\n    return price / 2\n"
        )
        self.plan({"fill": 100000})

    def judged(self, *options: str) -> list[dict[str, Any]]:
        self.summary = self.mutate(*options)
        report = self.report("runs", self.summary["run_id"])["report"]
        return list(report["mutants"])

    def places(self, *options: str) -> set[tuple[str, int]]:
        return {(mutant["path"], mutant["line"]) for mutant in self.judged(*options)}

    # ---- Targets ----

    def test_several_targets(self) -> None:
        found = {
            (m["path"], m["function"])
            for m in self.judged("calc.py::Stack.pop", "shop/prices.py::half", "calc.py::add")
        }
        self.assertEqual(found, {("calc.py", "Stack.pop"), ("calc.py", "add"), ("shop/prices.py", "half")})
        self.assertEqual(self.summary["target"], "calc.py::Stack.pop, shop/prices.py::half, calc.py::add")
        self.assertEqual({m["path"] for m in self.judged("shop", "calc.py")}, {"calc.py", "shop/prices.py"})
        self.assertEqual([file["path"] for file in self.request()["files"]].count(str(self.root / "calc.py")), 1)

    def test_many_targets_are_counted(self) -> None:
        names = ["add", "discount", "Stack.push", "Stack.pop", "Stack.size", "Stack.__init__", "Stack"]
        self.judged(*(f"calc.py::{name}" for name in names))
        self.assertTrue(self.summary["target"].endswith("calc.py::Stack.size and 2 more"), self.summary["target"])

    def test_every_target_must_be_there(self) -> None:
        fake = {"interpreter": str(self.interpreter)}
        self.fails(3, "mutate", "calc.py", "nowhere.py", says="nowhere.py", **fake)
        self.fails(3, "mutate", "calc.py", "shop/prices.py::third", says="no code called third", **fake)
        outside = self.folder / "outside.py"
        outside.write_text("x = 1\n")
        self.fails(2, "mutate", "calc.py", str(outside), says="outside the workspace", **fake)

    def test_what_is_no_product_must_be_named(self) -> None:
        others = {
            "setup.py",
            "noxfile.py",
            "docs/conf.py",
            "docs/source/conf.py",
            "tests/__init__.py",
            "tests/lib/help.py",
        }
        product = {"shop/setup.py", "shop/conf.py", "shop/prices.py", "calc.py"}
        for name in others | {"shop/setup.py", "shop/conf.py", "conftest.py"}:
            self.write(name, "ONE = 1\n")
        self.assertEqual({path for path, _ in self.places()}, product)
        for name in others:
            self.assertEqual({path for path, _ in self.places(name)}, {name})
        self.assertEqual({path for path, _ in self.places("tests")}, {"tests/__init__.py", "tests/lib/help.py"})
        self.assertEqual(
            {path for path, _ in self.places("docs/conf.py", "shop")}, {"docs/conf.py", *product} - {"calc.py"}
        )
        fake = {"interpreter": str(self.interpreter)}
        self.fails(3, "mutate", "docs", says="there is nothing to mutate in docs", **fake)
        self.fails(3, "mutate", "conftest.py", says="there is nothing to mutate in conftest.py", **fake)

    def test_what_cannot_be_parsed_is_said(self) -> None:
        self.write("broken/one.py", "ONE = 1\n")
        self.write("broken/two.py", "é = 1; = 2\n")
        fake = {"interpreter": str(self.interpreter)}
        self.assertEqual(self.places("broken/one.py"), {("broken/one.py", 1)})
        said = "broken/two.py cannot be parsed: there is a syntax error in line 1, column 8"
        self.fails(3, "mutate", "broken/two.py::f", says=f"it has no code called f; {said}", **fake)
        self.write("broken/two.py", "\n\n   ) 1 (\n")
        said = "broken/two.py cannot be parsed: there is a syntax error in line 3, column 4"
        self.fails(3, "mutate", "broken/two.py", says=f"there is nothing to mutate in broken/two.py; {said}", **fake)

    # ---- Changes ----

    def git(self, *arguments: str) -> None:
        command = ["git", "-C", str(self.root), *arguments]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **IDENTITY})

    def commit_all(self) -> None:
        if GIT is None:
            self.skipTest("git is not installed")
        self.write(".gitignore", ".testgen/\nignored.py\n")
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "one")

    def test_changed_lines(self) -> None:
        self.commit_all()
        self.assertEqual(self.places("--diff", "HEAD"), set())
        self.assertEqual((self.summary["status"], self.summary["kill_rate"]), ("complete", None))
        self.assertIn("0 of", " ".join(self.summary["notes"]))
        text = CALC.replace("return a + b", "return a + b + 0").replace("self.items = []", 'self.items = list("++ a")')
        self.write("calc.py", '"""More."""\n' + text)
        self.write("with space é.py", "ONE = 1\nTWO = 2\n")
        self.write("ignored.py", "ONE = 1\n")
        lines = ('"""More."""\n' + text).split("\n")
        wanted = {("calc.py", number + 1) for number, line in enumerate(lines) if "+ 0" in line or "list(" in line}
        new = {("with space é.py", 1), ("with space é.py", 2)}
        found = self.places("--diff", "HEAD")
        self.assertEqual({place for place in found if place[0] != "calc.py"}, new)
        self.assertLessEqual(wanted, found)
        # A change of a body also touches what replaces the body as a whole.
        self.assertEqual(
            {m["operator"] for m in self.judged("--diff", "HEAD") if (m["path"], m["line"]) not in wanted | new}
            - {"removed-body"},
            set(),
        )

    def test_names_that_git_quotes(self) -> None:
        name = 'quo"te\\back\ttab é.py'
        self.write(name, "ONE = 1\n\n\nTWO = 2\n")
        self.commit_all()
        self.write(name, "ONE = 1\n\n\nTWO = 3\n")
        self.assertEqual(self.places("--diff", "HEAD"), {(name, 4)})
        self.assertEqual(self.places("--since", "HEAD"), {(name, 1), (name, 4)})

    def test_lines_that_look_like_the_diffs_own(self) -> None:
        self.write("odd.py", 'A = """\n"""\nB = 1\n')
        self.commit_all()
        self.write("odd.py", 'A = """\n++ b/calc.py\n@@ -1,9 +1,9 @@\n-- a\n\\ No\n"""\nB = 1\n')
        self.assertEqual(self.places("--diff", "HEAD"), {("odd.py", 1)})

    def test_changed_files_since_the_merge_base(self) -> None:
        self.commit_all()
        self.git("checkout", "-q", "-b", "work")
        self.write("shop/prices.py", "def triple(price):\n    return price * 3\n")
        self.git("commit", "-q", "-a", "-m", "two")
        self.git("checkout", "-q", "main")
        self.write("calc.py", CALC + "\n\nONE = 1\n")
        self.git("commit", "-q", "-a", "-m", "three")
        self.git("checkout", "-q", "work")
        self.assertEqual({path for path, _ in self.places("--since", "main")}, {"shop/prices.py"})
        self.assertEqual(
            {path for path, _ in self.places("--diff", "main")}, {"shop/prices.py"}, "calc.py lost lines only"
        )

    def test_workspace_below_the_repository(self) -> None:
        self.commit_all()
        self.write("shop/pyproject.toml", "[project]\nname = 'shop'\n")
        self.write(
            "shop/prices.py", "def double(price):\n    return price * 2\n\n\ndef half(price):\n    return price / 3\n"
        )
        self.write("calc.py", CALC.replace("a + b", "b + a"))
        done = self.run_program(
            "mutate", "--diff", "HEAD", "--format", "json", "--workspace", "shop", interpreter=str(self.interpreter)
        )
        self.assertEqual(list(json.loads(done.stdout)["files"]), ["prices.py"])

    def test_what_git_cannot_tell(self) -> None:
        fake = {"interpreter": str(self.interpreter)}
        self.fails(3, "mutate", "--diff", "HEAD", says="not a git repository", **fake)
        self.commit_all()
        self.fails(3, "mutate", "--diff", "no-such-branch", says=["no-such-branch", "commit, branch or tag"], **fake)
        self.fails(3, "mutate", "--since", "no-such-branch", says="no-such-branch", **fake)
        self.fails(2, "mutate", "--diff=--output=calc.py", says="no git revision", **fake)
        self.git("checkout", "-q", "--orphan", "other")
        self.git("commit", "-q", "-m", "another beginning")
        self.fails(3, "mutate", "--since", "main", says="no common ancestor", **fake)
        empty = self.folder / "empty"
        empty.mkdir()
        without = {"PATH": str(empty)}
        self.fails(3, "mutate", "--diff", "HEAD", says=["git", "PATH"], environment=without, **fake)

    # ---- Samples ----

    def many(self) -> None:
        for number in range(4):
            lines = "".join(f"    if a < {line}:\n        a = a + {line}\n" for line in range(30))
            self.write(f"many_{number}.py", f"def many(a):\n{lines}    return a\n")

    def test_sample_is_even_and_repeatable(self) -> None:
        self.many()
        everything = self.judged()
        first = self.judged("--sample", "100", "--seed", "7")
        self.assertEqual(len(first), 100)
        self.assertEqual(self.summary["not_sampled"], len(everything) - 100)
        self.assertEqual(first, self.judged("--sample", "100", "--seed", "7"))
        other = self.judged("--sample", "100", "--seed", "8")
        self.assertNotEqual(first, other)
        for found in (first, other):
            strata = Counter((mutant["path"], mutant["operator"]) for mutant in found)
            for stratum, count in Counter((mutant["path"], mutant["operator"]) for mutant in everything).items():
                expected = count * 100 / len(everything)
                self.assertLess(abs(strata[stratum] - expected), 1, stratum)
        place = [(mutant["path"], mutant["line"], mutant["column"]) for mutant in first]
        self.assertEqual(place, sorted(place), "still by place")

    def test_sample_as_a_share(self) -> None:
        self.many()
        total = len(self.judged())
        self.assertEqual(len(self.judged("--sample", "10%")), -(-total // 10))
        self.assertEqual(len(self.judged("--sample", "100%")), total)
        self.assertEqual(len(self.judged("--sample", "1000000")), total)
        self.assertEqual(self.summary["not_sampled"], 0)
        self.assertNotIn("kill_rate_low", self.summary)
        for wrong in ("0", "-1", "0%", "101%", "some", "", "%", "5 %%"):
            self.fails(2, "mutate", f"--sample={wrong}", says="10%", interpreter=str(self.interpreter))

    def test_interval(self) -> None:
        """Wilson's interval of 40 hits out of 50, 95 %: 0.6696 to 0.8876 (Newcombe 1998 gives the formula)."""
        self.many()
        survivors = [{"event": "verdict", "index": index, "status": "survived"} for index in range(10)]
        self.plan(*survivors, {"fill": 100000})
        self.mutate("--sample", "50")
        self.assertEqual((self.summary_of()["killed"], self.summary_of()["survived"]), (40, 10))
        self.assertAlmostEqual(self.summary_of()["kill_rate_low"], 0.6696, 3)
        self.assertAlmostEqual(self.summary_of()["kill_rate_high"], 0.8876, 3)
        text = self.run_program("mutate", "--sample", "50", interpreter=str(self.interpreter)).stdout
        self.assertIn("80.0 % killed of a sample; of all mutants 67.0 % to 88.8 %", text)

    def summary_of(self) -> dict[str, Any]:
        (run,) = self.report("runs", "--kind", "mutation", "--limit", "1")["runs"]
        report: dict[str, Any] = self.report("runs", run["run_id"])["report"]
        return report

    def test_interval_of_a_sample_that_was_not_finished(self) -> None:
        self.many()
        self.plan({"fill": 20}, {"end": 1})
        self.assertNotIn("kill_rate_low", self.mutate("--sample", "50", code=3))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
