"""A model that is asked about a spec: requirements that its tests are for, and tests that the code contradicts."""

from __future__ import annotations

import json
import unittest
from typing import Any

from model_server import ModelServer, Reply
from support import Workspace

SPEC = {
    "name": "Port",
    "signature": "def parse_port(text)",
    "requirements": [
        "parse_port(text) returns the number of the port",
        "Ports and services must be printed and sorted",
        "Negative ports must be refused",
    ],
}
CODE = """def parse_port(text):
    number = int(text)
    if number > 65535:
        raise ValueError("no port")
    return number
"""


def test(name: str, call: str, requirement: str = "", **members: Any) -> dict[str, Any]:
    return {"name": name, "reasoning": "as the spec says", "call": call, "requirement": requirement, **members}


def answer(*tests: dict[str, Any]) -> Reply:
    return Reply(json.dumps({"tests": tests}))


REFUSED = test("negative", "parse_port('-1')", "Negative ports must be refused", raises="ValueError")
NUMBER = test("number", "parse_port('80')", SPEC["requirements"][0], expected="80")


class ModelSpecs(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        self.write("ports.py", CODE)
        self.write("port.spec.json", json.dumps(SPEC))
        self.write("testgen.json", json.dumps({"modelRounds": 2}))

    def ask(self, server: ModelServer, *arguments: str) -> Any:
        options = ["--provider", "openai", "--model", "tiny", "--model-url", server.url]
        return self.report("generate", "port.spec.json", *options, *arguments)

    def test_what_the_code_does_not_do_is_a_disagreement(self) -> None:
        unfounded = test("wrong", "parse_port('81')", "as everybody knows", expected="82")
        with ModelServer(answer(NUMBER, REFUSED, unfounded)) as server:
            report = self.ask(server)
        (disagreement,) = report["disagreements"]
        self.assertEqual(disagreement["specification"], "Negative ports must be refused")
        self.assertEqual(disagreement["origin"], "model")
        self.assertIn("DID NOT RAISE", disagreement["observed"])
        self.assertIn("parse_port('-1')".replace("'", '"'), disagreement["code"])
        self.assertEqual([item["id"].rpartition("::")[2] for item in report["rejected"]], ["test_wrong"])
        self.assertNotIn("test_negative", "".join(edit["text"] for edit in report["edits"]))
        told = server.asked[1].question.partition("## What became of your answer")[2]
        self.assertRegex(told, "test_negative: rejected .green, fails.: the code does not do what the specification")
        self.assertNotIn("-1", told)  # what the code gives

    def test_it_is_shown(self) -> None:
        file = self.write("answer.json", json.dumps({"tests": [REFUSED]}))
        shown = self.succeeds("generate", "port.spec.json", "--answer", str(file)).stdout
        self.assertIn("The code does not do what the spec says", shown)
        self.assertIn("as the model reads the spec, which may be wrong:", shown)

    def test_requirements_count_for_tests_that_pass(self) -> None:
        large = test("large", "parse_port('65536')", raises="ValueError", match="no port")
        last = test("last", "parse_port('65535')", expected="65535")
        again = test("again", "parse_port('79')", "Ports and services must be printed and sorted", expected="79")
        again["reasoning"] = "ports are printed"
        with ModelServer(answer(large, last, NUMBER, again, REFUSED), answer()) as server:
            report = self.ask(server)
        accepted = {item["name"]: item for item in report["accepted"]}
        self.assertEqual(accepted["test_number"]["new_requirements"], 1)
        self.assertEqual((accepted["test_again"]["kills"], accepted["test_again"]["new_requirements"]), (0, 1))
        requirements = report["comprehensiveness"]["parts"][2]
        self.assertEqual((requirements["before"], requirements["after"], requirements["total"]), (0, 2, 6))
        told = server.asked[1].question
        for cell in ("Ports: sorted", "services: printed", "services: sorted"):
            self.assertIn(
                f"- no test is for the requirement: Ports and services must be printed and sorted ({cell})", told
            )
        self.assertNotIn("(Ports: printed)", told)


if __name__ == "__main__":
    unittest.main()
