"""Evolving the generator's configuration: what is adopted, what is rejected, and the way back."""

from __future__ import annotations

import json
import unittest
from typing import Any, Callable

from model_server import Asked, ModelServer, Reply
from support import Workspace

# One category of tests, boundaries, and more of them than two: a limit that is too low loses kills.
GRADES = """def grade(points):
    if points >= 90:
        return "A"
    if points >= 75:
        return "B"
    if points >= 60:
        return "C"
    if points >= 50:
        return "D"
    return "F"
"""


class Evolving(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        self.write("grades.py", GRADES)

    def start_from(self, **knobs: Any) -> int:
        created = self.report("config", "create", json.dumps(knobs))["configs"][0]
        self.succeeds("config", "set-current", str(created["id"]))
        return int(created["id"])

    def current(self) -> dict[str, Any]:
        return dict(self.report("config", "show")["configs"][0])

    def test_a_change_that_is_better_is_adopted_and_can_be_undone(self) -> None:
        first = self.start_from(max_tests_per_category=2, max_rounds_per_category=1)
        before = self.digest()
        report = self.report("evolve", "grades.py", "--steps", "1", "--trials", "2", "--seed", "0")
        (step,) = report["steps"]
        self.assertEqual(step["changes"], {"max_tests_per_category": [2, 3]})
        self.assertEqual(step["verdict"], "adopted", step)
        self.assertGreater(step["improvement"], step["noise"])
        self.assertEqual([trial["seed"] for trial in step["trials"]], [0, 1])
        self.assertTrue(all(trial["candidate"] > trial["current"] for trial in step["trials"]))
        self.assertEqual((step["from_id"], step["to_id"]), (first, self.current()["id"]))
        self.assertEqual(self.current()["version"], "1.0.1")
        self.assertEqual(report["config"]["id"], self.current()["id"])
        self.assertEqual(self.digest(), before)
        self.assertEqual(self.report("runs")["runs"][0]["kind"], "evolution")

        back = self.report("config", "rollback")
        self.assertEqual(back["steps"][0]["verdict"], "rolled-back")
        self.assertEqual(self.current()["id"], first)
        history = self.report("config", "history")["steps"]
        self.assertEqual([step["verdict"] for step in history], ["rolled-back", "adopted"])
        self.fails(3, "config", "rollback", says="nothing to roll back")

    def test_a_change_without_effect_is_rejected_and_not_tried_again(self) -> None:
        options = ("evolve", "calc.py::add", "--steps", "1", "--trials", "2", "--seed", "0")
        (first,) = self.report(*options)["steps"]
        (second,) = self.report(*options)["steps"]
        for step in (first, second):
            self.assertEqual((step["verdict"], step["improvement"]), ("rejected", 0))
        self.assertNotEqual(first["changes"], second["changes"])
        self.assertEqual(self.current()["id"], first["from_id"])

    def propose(self, **proposal: Any) -> Callable[[Asked], Reply]:
        """A model that proposes this change, and that has a test for each limit."""
        limits = (("90", "A"), ("75", "B"), ("60", "C"), ("50", "D"))
        tests = [
            {"name": f"at_{points}", "category": "boundary", "reasoning": "a limit", "call": f"grade({points})"}
            for points, _ in limits
        ]
        for test, (_, grade) in zip(tests, limits):
            test["expected"] = repr(grade)

        def reply(asked: Asked) -> Reply:
            is_proposal = asked.question.startswith("Propose one change")
            text = json.dumps(proposal if is_proposal else {"tests": tests})
            return Reply(f"Here it is:\n```json\n{text}\n```" if is_proposal else text)

        return reply

    def evolve(self, server: ModelServer) -> Any:
        self.write("testgen.json", json.dumps({"modelRounds": 1, "context": "custom", "categories": ["boundary"]}))
        options = ["--provider", "openai", "--model", "tiny", "--model-url", server.url]
        return self.report("evolve", "grades.py", "--steps", "1", "--trials", "2", "--seed", "0", *options)

    def test_what_a_model_proposes_is_tried(self) -> None:
        self.start_from(max_tests_per_category=2, max_rounds_per_category=1)
        proposal = {
            "reasoning": "more limits",
            "expected_improvement": 40,
            "changes": {"max_tests_per_category": 3, "category_prompts": {"boundary": "Each limit."}},
        }
        with ModelServer(self.propose(**proposal)) as server:
            report = self.evolve(server)
        (step,) = report["steps"]
        self.assertEqual(step["verdict"], "adopted", step)
        self.assertEqual((step["reasoning"], step["expected"]), ("the model: more limits", 40))
        self.assertEqual(step["changes"]["max_tests_per_category"], [2, 3])
        self.assertEqual(step["changes"]["category_prompts"][1], {"boundary": "Each limit."})
        questions = [asked.question for asked in server.asked]
        self.assertTrue(any("Each limit." in question for question in questions[1:]))
        self.assertEqual(report["tokens"], 1200 * len(questions))
        self.assertEqual(self.current()["max_tests_per_category"], 3)

    def test_what_is_no_small_step_is_not_tried(self) -> None:
        with ModelServer(self.propose(changes={"temperature": 0.9})) as server:
            report = self.evolve(server)
        self.assertIn("temperature: from 0.3 to 0.9 is more than one step", "\n".join(report["notes"]))
        self.assertEqual(report["steps"][0]["reasoning"], "a neighbour of the current configuration")

    def test_what_cannot_be_tried(self) -> None:
        self.fails(2, "evolve", says="this workspace has no spec")
        self.fails(2, "evolve", "grades.py", "--trials", "1", says="cannot tell an improvement from chance")
        self.fails(2, "evolve", "grades.py", "--steps", "0", says="outside 1 to 100")
        self.fails(2, "evolve", "grades.py", "--trials", "101", says="outside 1 to 100")
        self.assertNotIn("steps", self.report("config", "history"))


if __name__ == "__main__":
    unittest.main()
