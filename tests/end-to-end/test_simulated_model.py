"""A model that is right in 28 of 100 tests that it proposes, and wrong, careless or hostile in all others."""

from __future__ import annotations

import json
import random
import shutil
import sys
import unittest
from collections.abc import Iterator
from typing import Any

from model_server import Asked, ModelServer, Reply
from support import Workspace

GOOD_SHARE = 0.28
PER_ANSWER = 50
ROUNDS = 8  # of the 12 that the settings allow by themselves
FOUND_SHARE = 0.95
CATEGORIES = ("existence", "correctness", "boundary")

SHOP = '''"""A shop."""


def discount(total):
    if total < 0:
        raise ValueError("total must not be negative")
    if total >= 100:
        return total // 10
    return 0


def grade(points):
    if points > 89:
        return "a"
    if points > 74:
        return "b"
    return "c"


def clamp(low, value, high):
    return max(low, min(value, high))


def initials(name):
    return "".join(part[0].upper() for part in name.split() if part)
'''
CALLS = [
    *(f"discount({total})" for total in (0, 1, 99, 100, 101, 250)),
    *(f"grade({points})" for points in (0, 74, 75, 76, 89, 90, 91)),
    *(f"clamp({low}, {value}, {high})" for low, value, high in ((0, 5, 9), (0, -5, 9), (0, 50, 9), (2, 2, 2))),
    *(f"initials({name!r})" for name in ("ada lovelace", "", "grace  hopper", "X")),
]
RAISING = [("discount(-1)", "ValueError", "must not be negative"), ("discount(-99)", "ValueError", "total")]

# What a careless or hostile model proposes, but for wrong results. {call} is a call that is right, {result} its result.
BAD: list[dict[str, Any]] = [
    {"call": "1 + 1", "expected": "2"},
    {"call": "{call}", "expected": "{call}"},
    {"call": "{call}"},
    {"call": "isinstance({call}, object)", "expected": "True"},
    {"call": "refund(5)", "expected": "5"},
    {"call": "{call}", "expected": "{result}", "imports": ["from shop import refund"]},
    {"call": "{call}", "expected": "{result}", "imports": ["import shop_of_nobody"]},
    {"setup": ["import time", "time.sleep(0.01)"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import os", "os.remove('shop.py')"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import shutil", "shutil.rmtree('/tmp')"], "call": "{call}", "expected": "{result}"},
    {
        "setup": ["import socket", "socket.create_connection(('192.0.2.1', 80))"],
        "call": "{call}",
        "expected": "{result}",
    },
    {"setup": ["import subprocess", "subprocess.run(['true'])"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import os", "os._exit(0)"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import os", "os.environ['HOME'] = '/'"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import pytest", "pytest.skip('later')"], "call": "{call}", "expected": "{result}"},
    {"setup": ["import random"], "call": "{call} if random.random() < 2 else 0", "expected": "{result} + 1"},
    {"setup": ["raise SystemExit(0)"], "call": "{call}", "expected": "{result}"},
    {"call": "{call} +", "expected": "{result}"},
    {"call": "discount()", "expected": "0"},
    {"call": "{call}", "raises": "ValueError"},
    {"call": "", "expected": "0"},
]


class SimulatedModel:
    """Draws with its own seed, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names: dict[str, Any] = {}
        self._count = 0
        self.proposed = {"good": 0, "bad": 0}
        exec(SHOP, self._names)

    def __call__(self, asked: Asked) -> Reply:
        return Reply("Here you are:\n```json\n" + json.dumps({"tests": list(self._tests())}) + "\n```\n")

    def result_of(self, call: str) -> str:
        return repr(eval(call, self._names))

    def _tests(self) -> Iterator[dict[str, Any]]:
        for _ in range(PER_ANSWER):
            self._count += 1
            kind = "good" if self._random.random() < GOOD_SHARE else "bad"
            self.proposed[kind] += 1
            test = self._good() if kind == "good" else self._bad()
            category = self._random.choice(CATEGORIES)
            yield {"name": f"{kind}_{self._count}", "category": category, "reasoning": "drawn", **test}

    def _good(self) -> dict[str, Any]:
        choice = self._random.randrange(len(CALLS) + len(RAISING))
        if choice >= len(CALLS):
            call, error, match = RAISING[choice - len(CALLS)]
            return {"call": call, "raises": error, "match": match}
        return {"call": CALLS[choice], "expected": self.result_of(CALLS[choice])}

    def _bad(self) -> dict[str, Any]:
        call = self._random.choice(CALLS)
        result = self.result_of(call)
        if self._random.random() < 0.5:
            return {"call": call, "expected": repr("no") if result != "'no'" else "0"}
        text = json.dumps(self._random.choice(BAD))
        return json.loads(text.replace("{call}", json.dumps(call)[1:-1]).replace("{result}", json.dumps(result)[1:-1]))


class Simulated(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n')
        self.write("testgen.json", json.dumps({"modelRounds": ROUNDS, "generateTimeout": 900}))
        self.write("shop.py", SHOP)
        self.write("tests/test_shop.py", "import shop\n\n\ndef test_nothing():\n    assert shop.clamp(1, 1, 1) == 1\n")

    def killed(self) -> set[tuple[int, int, str]]:
        report = self.report("mutate", "shop.py", "--no-record")
        mutants = report["files"]["shop.py"]["mutants"]
        places = [(each["location"]["start"], each) for each in mutants if each["status"] in ("Killed", "Timeout")]
        return {(start["line"], start["column"], each["replacement"]) for start, each in places}

    def reachable(self, model: SimulatedModel) -> set[tuple[int, int, str]]:
        """What all its good tests together kill."""
        lines = [f"    assert {call} == {model.result_of(call)}" for call in CALLS]
        for call, error, match in RAISING:
            lines += [f"    with pytest.raises({error}, match={match!r}):", f"        {call}"]
        head = "import pytest\nfrom shop import clamp, discount, grade, initials\n\n\ndef test_all():\n"
        file = self.write("tests/test_all.py", head + "\n".join(lines) + "\n")
        killed = self.killed()
        file.unlink()
        return killed

    def test_what_is_worth_keeping_is_found_and_nothing_else(self) -> None:
        model = SimulatedModel(seed=7)
        reachable = self.reachable(model)
        options = ["--provider", "openai", "--model", "simulated", "--write"]
        with ModelServer(model) as server:
            report = self.report("generate", "shop.py", *options, "--model-url", server.url)
        accepted = {test["name"] for test in report["accepted"]}
        self.assertEqual({name for name in accepted if not name.startswith("test_good")}, set(), report["accepted"])
        self.assertGreater(model.proposed["bad"], 1.5 * model.proposed["good"])
        found = self.killed()
        share = len(found & reachable) / len(reachable)
        said = f"{len(found & reachable)} of {len(reachable)} with {len(accepted)} tests in {report['rounds']} rounds"
        print(f"kills found: {said}, {report['tokens']} tokens", file=sys.stderr)
        self.assertGreaterEqual(share, FOUND_SHARE, said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
