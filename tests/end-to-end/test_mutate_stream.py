"""What `mutate` makes of a harness that says too little, too much, nothing more, or is ended."""

from __future__ import annotations

import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time
import unittest
from typing import Any, Callable

from support import BINARY, FakeHarness

SURVIVOR = {"event": "verdict", "index": 0, "status": "survived", "way": "function", "tests_run": 1}


class Stream(FakeHarness):
    def start(self, *options: str, **more: Any) -> subprocess.Popen[str]:
        command = [BINARY, "mutate", *options, "--interpreter", str(self.interpreter)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        process = subprocess.Popen(command, cwd=self.root, stdin=subprocess.DEVNULL, encoding="utf-8", **pipes)
        self.addCleanup(process.kill)
        return process

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(1200):
            if is_so():
                return
            time.sleep(0.05)
        self.fail("it did not happen")

    def last_run(self) -> Any:
        (run,) = self.report("runs", "--kind", "mutation", "--limit", "1")["runs"]
        return run

    # ---- Ends ----

    def test_harness_that_dies(self) -> None:
        self.plan({"fill": 3}, {"end": 7})
        report = self.mutate(code=3)
        self.assertEqual((report["status"], report["killed"]), ("failed", 3))
        self.assertGreater(report["pending"], 3)
        self.assertIn("the end of the fake", " ".join(report["notes"]))
        run = self.last_run()
        self.assertEqual((run["run_id"], run["status"]), (report["run_id"], "failed"))
        self.assertIn("until it failed", run["title"])

    def test_harness_that_dies_at_once(self) -> None:
        self.plan({"end": 7})
        self.assertIsNone(self.mutate(code=3))
        self.assertIn("the end of the fake", self.stderr)
        self.assertEqual(self.report("runs")["runs"], [])

    def test_time_limit(self) -> None:
        self.write("testgen.json", '{"mutateTimeout": 2, "runTimeout": 1}')
        self.plan({"fill": 2}, {"sleep": 1000})
        report = self.mutate(code=3)
        self.assertEqual((report["status"], report["killed"]), ("timeout", 2))
        self.assertIn("mutateTimeout", " ".join(report["notes"]))

    def test_cancelled(self) -> None:
        self.plan({"fill": 2}, {"sleep": 1000}, keys=True)
        process = self.start("--format", "json")
        self.wait_until(lambda: (self.bench / "request.json").exists())
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        report = json.loads(output)["testgen"]
        self.assertEqual((process.returncode, report["status"], report["killed"]), (3, "cancelled", 2), errors)
        self.assertIn("cancelled", " ".join(report["notes"]))
        self.assertEqual(self.last_run()["status"], "cancelled")

    def test_verdicts_that_are_none(self) -> None:
        wrong = [
            {"event": "verdict", "index": 100000, "status": "killed"},
            {"event": "verdict", "index": -1, "status": "killed"},
            {"event": "verdict", "index": 1, "status": "fine"},
            {"event": "verdict", "index": 1, "status": "pending"},
        ]
        for event in wrong:
            with self.subTest(event):
                self.plan({"fill": 1}, event, {"fill": 100000})
                report = self.mutate(code=3)
                self.assertEqual((report["status"], report["killed"]), ("failed", 1))

    def test_reach_that_is_none(self) -> None:
        self.plan({"fill": 100000})
        count = len(self.mutate()["functions"])
        baseline = {"event": "baseline", "tests": 1, "names": ["test_a"]}
        for reach, said in (
            ([{"tests": [0]}], f"the test harness says what reaches 1 functions, of {count}"),
            ([{"tests": [1]}] * count, "the test harness speaks of test 1, of 1"),
        ):
            self.plan({**baseline, "reach": reach}, {"fill": 3})
            self.assertIsNone(self.mutate(code=3))
            self.assertIn(said, self.stderr)

    def test_too_few_verdicts(self) -> None:
        self.plan({"fill": 2})
        report = self.mutate(code=3)
        self.assertEqual((report["status"], report["killed"]), ("failed", 2))
        self.assertIn("judged 2 of", " ".join(report["notes"]))

    # ---- Size ----

    def test_memory_of_many_mutants(self) -> None:
        """10,000 verdicts, each of the greatest length that the harness sends."""
        lines = "".join(f"    a = a + {number}\n" for number in range(100))
        functions = "".join(f"def add_{number}(a, b):\n{lines}    return a + b\n\n\n" for number in range(50))
        self.write("calc.py", functions)
        verdict = {"test": "tests/test_calc.py::test_add" + "x" * 60, "message": "m" * 300}
        self.plan({"fill": 100000}, keys=True, verdict=verdict)
        for known in (0, 10150):  # the second run is given what the first one found
            process = self.start("--quiet", "--format", "json", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            self.assertEqual(len(self.request().get("known", [])), known)
            judged = int(self.last_run()["title"].split(" of ")[1].split()[0])
            self.assertEqual(judged, 10150)
            print(f"{judged} mutants, {known} known: {usage.ru_maxrss // 1024} MB")
            self.assertLess(usage.ru_maxrss, 60 * 1024)

    # ---- Progress ----

    def test_progress_on_a_terminal(self) -> None:
        self.plan(SURVIVOR, {"sleep": 1.5}, {"event": "none"}, {"fill": 100000})
        reader, writer = pty.openpty()
        process = self.start("--format", "json", stderr=writer)
        os.close(writer)
        shown = b""
        while select.select([reader], [], [], 30)[0]:
            try:
                piece = os.read(reader, 65536)
            except OSError:
                break
            shown += piece
        process.communicate(timeout=60)
        text = shown.decode()
        self.assertRegex(text, r"survived  calc\.py:\d+:\d+  .* → ")
        self.assertRegex(text, r"  \d+%  1/\d+ mutants  1 survived")
        self.assertRegex(text, r"100%  (\d+)/\1 mutants  1 survived")

    def test_no_progress_elsewhere(self) -> None:
        self.plan(SURVIVOR, {"fill": 100000})
        self.mutate()
        self.assertEqual(self.stderr, "")

    def test_where_the_time_went(self) -> None:
        timings = {"collection": 1500, "function mutants": 2040.4}
        self.plan({"fill": 100000}, answer={"timings": timings})
        self.assertEqual(self.mutate()["timings"], timings)
        text = self.run_program("mutate", interpreter=str(self.interpreter)).stdout
        self.assertIn("collection 1.5 s, function mutants 2.0 s", text)

    # ---- Evidence ----

    def test_verdicts_outlive_a_killed_process(self) -> None:
        self.plan({"fill": 5}, {"sleep": 1000}, keys=True)
        process = self.start()
        self.wait_until(lambda: (self.bench / "request.json").exists())
        time.sleep(2)  # twice as long as a verdict may wait for being saved
        process.kill()
        process.wait()
        self.plan({"fill": 100000})
        self.mutate()
        known = self.request()["known"]
        self.assertEqual(sorted(row["key"] for row in known), [f"{index:064x}" for index in range(5)])
        self.assertEqual({row["status"] for row in known}, {"killed"})
        self.assertEqual({row["test"] for row in known}, {"tests/test_calc.py::test_add"})
        self.assertEqual(set(known[0]), {"key", "status", "way", "test", "message", "tests_run"})

    def test_kept_verdicts_are_counted(self) -> None:
        kept = {**SURVIVOR, "key": "ab" * 32, "kept": True}
        self.plan(kept, {"fill": 100000})
        report = self.mutate()
        self.assertEqual((report["kept"], report["survived"]), (1, 1))
        text = self.run_program("mutate", interpreter=str(self.interpreter)).stdout
        self.assertIn("1 known from earlier runs", text)

    def test_fresh_and_unrecorded_runs(self) -> None:
        self.plan({"fill": 100000}, keys=True)
        self.mutate("--no-record")
        self.mutate()
        self.assertNotIn("known", self.request(), "the run before was not to be recorded")
        self.mutate("--fresh")
        self.assertNotIn("known", self.request())
        self.mutate("--no-record")
        self.assertTrue(self.request()["known"])
        self.write("other.py", "def half(number):\n    return number / 2\n")
        self.mutate("other.py")
        self.assertNotIn("known", self.request(), "of other files")

    def test_history_that_cannot_be_written(self) -> None:
        self.write("dump", "")
        self.plan({"fill": 100000}, keys=True)
        report = self.mutate("--database", str(self.root / "dump" / "testgen.db"))
        self.assertEqual(report["status"], "complete")
        self.assertIn("verdicts", " ".join(report["notes"]))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(argv=sys.argv)
