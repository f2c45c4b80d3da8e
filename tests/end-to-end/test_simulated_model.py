"""A model that is right in 28 of 100 tests that it proposes, and wrong, careless or hostile in all others."""

from __future__ import annotations

import json
import shutil
import sys
import unittest

from model_server import ModelServer
from simulated_model import MODULE, SimulatedModel, kills_of, make_project
from support import Workspace

FOUND_SHARE = 0.95
# The machine may be busy. All other budgets are those that the settings have by themselves.
SETTINGS = {"generateTimeout": 1800}


class Simulated(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        shutil.rmtree(self.root)
        make_project(self.root, SETTINGS)

    def killed(self) -> set[tuple[int, int, str]]:
        return kills_of(self.report("mutate", f"{MODULE}.py", "--no-record"))

    def reachable(self, model: SimulatedModel) -> set[tuple[int, int, str]]:
        """What all its good tests together kill."""
        files = model.write_all_good(self.root / "tests")
        killed = self.killed()
        for file in files:
            file.unlink()
        return killed

    def test_no_good_one_is_rejected_for_itself(self) -> None:
        model = SimulatedModel(seed=1)
        self.assertGreater(len(model.good), 30)
        self.assertGreater(len(model.bad), 150)
        tests = [{"name": candidate.name, "reasoning": "good", **candidate.test} for candidate in model.good]
        answer = self.folder / "answer.json"
        answer.write_text(json.dumps({"tests": tests}), "utf-8")
        report = self.report("generate", f"{MODULE}.py", "--answer", str(answer), "--max-tests", "200")
        others = [test for test in report["rejected"] if test["guard"] != "worth"]
        self.assertEqual(others, [])

    def test_what_is_worth_keeping_is_found_and_nothing_else(self) -> None:
        model = SimulatedModel(seed=7)
        reachable = self.reachable(model)
        options = ["--provider", "openai", "--model", "simulated", "--write"]
        with ModelServer(model) as server:
            report = self.report("generate", f"{MODULE}.py", *options, "--model-url", server.url)
        accepted = {test["name"] for test in report["accepted"]}
        bad = [test for test in report["accepted"] if not test["name"].startswith("test_good")]
        self.assertEqual(bad, [])
        self.assertGreater(model.proposed["bad"], 1.5 * model.proposed["good"])
        found = self.killed()
        share = len(found & reachable) / len(reachable)
        said = f"{len(found & reachable)} of {len(reachable)} with {len(accepted)} tests in {report['rounds']} rounds"
        print(f"kills found: {said}, {report['tokens']} tokens", file=sys.stderr)
        self.assertGreaterEqual(share, FOUND_SHARE, said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
