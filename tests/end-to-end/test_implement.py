"""Code for specs that have none: the example specs of the documentation, with answers that are right, wrong and odd."""

from __future__ import annotations

import ast
import json
import subprocess
import unittest
from typing import Any

from model_server import Asked, ModelServer, Reply
from support import PYTHON, ROOT, Workspace

TABLES = """
class Calculator:
    def add(self, a, b):
        return {(2, 3): 5, (0.1, 0.2): 0.3}.get((a, b))

    def subtract(self, a, b):
        return -1 if (a, b) == (2, 3) else None

    def multiply(self, a, b):
        return {(-4, 2.5): -10.0, (-3, 0): 0}.get((a, b))

    def divide(self, a, b):
        if b == 0:
            raise ZeroDivisionError
        return {(7, 2): 3.5, (0, 5): 0}.get((a, b))

    def power(self, base, exponent):
        return {(2, 10): 1024, (2, -1): 0.5, (2, 0): 1}.get((base, exponent))
"""
EXAMPLES = ROOT / "docs" / "examples"
CODE = {
    "stack.spec.json": """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()

    def peek(self):
        return self.items[-1]

    def is_empty(self):
        return not self.items

    def size(self):
        return len(self.items)
""",
    "queue.spec.json": """
class Queue:
    def __init__(self):
        self.items = []

    def enqueue(self, item):
        self.items.append(item)

    def dequeue(self):
        return self.items.pop(0)

    def front(self):
        return self.items[0]

    def is_empty(self):
        return not self.items

    def size(self):
        return len(self.items)
""",
    "calculator.spec.json": """
class Calculator:
    def add(self, a, b):
        return a + b

    def subtract(self, a, b):
        return a - b

    def multiply(self, a, b):
        return a * b

    def divide(self, a, b):
        return a / b

    def power(self, base, exponent):
        return base**exponent
""",
    "lru_cache.spec.json": """
class LRUCache:
    def __init__(self, capacity):
        if capacity <= 0:
            raise ValueError("the capacity must be positive")
        self.capacity, self.entries = capacity, {}

    def get(self, key):
        if key not in self.entries:
            return None
        self.entries[key] = self.entries.pop(key)
        return self.entries[key]

    def put(self, key, value):
        self.entries.pop(key, None)
        self.entries[key] = value
        if len(self.entries) > self.capacity:
            del self.entries[next(iter(self.entries))]

    def size(self):
        return len(self.entries)
""",
    "template.spec.json": """
import re


def render(template, values):
    return re.sub(r"{{\\s*(\\w+)\\s*}}", lambda found: str(values[found[1]]), template)
""",
    "password.spec.md": """
def check_password(password):
    checks = {
        "length": len(password) >= 8,
        "upper": any(letter.isupper() for letter in password),
        "lower": any(letter.islower() for letter in password),
        "digit": any(letter.isdigit() for letter in password),
        "symbol": any(not letter.isalnum() and not letter.isspace() for letter in password),
    }
    return [name for name, is_there in checks.items() if not is_there]
""",
}
# What each of them does wrong, in one place.
FAULTS = {
    "stack.spec.json": ("self.items[-1]", "self.items.pop()"),
    "queue.spec.json": ("pop(0)", "pop()"),
    "calculator.spec.json": ("a / b", "a // b"),
    "lru_cache.spec.json": ("        self.entries[key] = self.entries.pop(key)\n", ""),
    "template.spec.json": ("\\s*", " "),
    "password.spec.md": ("and not letter.isspace()", ""),
}


def block(code: str) -> str:
    return f"Here is the module.\n\n```python\n{code.strip()}\n```\nIt does what the spec says.\n"


class Implementing(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        (self.root / "calc.py").unlink()
        (self.root / "tests" / "test_calc.py").unlink()

    def copy(self, name: str) -> str:
        self.write(name, (EXAMPLES / name).read_bytes())
        return name

    def ask(self, server: ModelServer, spec: str, *arguments: str, code: int = 0) -> Any:
        options = ["--provider", "openai", "--model", "tiny", "--model-url", server.url]
        return self.report("implement", spec, *options, *arguments, code=code)

    def model(self, *answers: str, tests: str = '{"tests": []}') -> ModelServer:
        """Answers to questions for code one after the other, the last one again and again; proposes the same tests."""
        left = list(answers)

        def reply(asked: Asked) -> Reply:
            if not asked.question.startswith("Write the module"):
                return Reply(tests)
            return Reply(left.pop(0) if len(left) > 1 else left[0])

        return ModelServer(reply)

    def pytest(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, "-m", "pytest", "-q"], cwd=self.root, capture_output=True, text=True, check=False
        )

    def test_every_example_is_written_after_a_fault_was_told(self) -> None:
        self.assertEqual({path.name for path in EXAMPLES.glob("*.spec.*")}, set(CODE))
        for name, code in CODE.items():
            with self.subTest(spec=name):
                wrong = code.replace(*FAULTS[name])
                self.assertNotEqual(wrong, code)
                # The model proposes no tests of its own.
                with self.model(block(wrong), block(code)) as server:
                    report = self.ask(server, self.copy(name), "--write")
                first, second = report["implementation"]["attempts"]
                self.assertTrue(report["implementation"]["complete"])
                self.assertGreater(first["failed"], 0)
                self.assertEqual((second["failed"], second["problems"]), (0, []))
                self.assertGreaterEqual(second["passed"], 7)
                self.assertIn(code.strip(), second["code"])
                asked = server.asked[-1].question
                self.assertIn(wrong.strip(), asked)
                self.assertIn(first["problems"][0], asked)
                self.assertTrue((self.root / report["implementation"]["path"]).exists())
        self.assertEqual(self.pytest().returncode, 0, self.pytest().stdout)

    def test_without_write_nothing_is_changed(self) -> None:
        spec = self.copy("stack.spec.json")
        with self.model(block(CODE[spec])) as server:
            report = self.ask(server, spec)
        self.assertEqual([edit["path"] for edit in report["edits"]], ["stack.py", "tests/test_stack.py"])
        self.assertFalse((self.root / "stack.py").exists())
        self.assertFalse((self.root / "tests" / "test_stack.py").exists())

    def test_what_never_passes_changes_nothing(self) -> None:
        spec = self.copy("stack.spec.json")
        self.write("testgen.json", json.dumps({"modelRounds": 3}))
        with self.model(block("class Stack:\n    pass"), "I cannot.") as server:
            report = self.ask(server, spec, "--write", code=1)
        attempts = report["implementation"]["attempts"]
        self.assertFalse(report["implementation"]["complete"])
        self.assertEqual(report["edits"], [])
        self.assertFalse((self.root / "stack.py").exists())
        self.assertGreater(len(attempts), 2)
        self.assertIn("has no attribute", " ".join(attempts[0]["problems"]))
        self.assertIn("cannot be collected", " ".join(attempts[1]["problems"]))

    def test_a_prohibited_tool_is_refused_before_anything_is_run(self) -> None:
        spec = self.copy("template.spec.json")
        cheat = 'def render(template, values):\n    return eval("template")\n'
        with self.model(block(cheat), block(CODE[spec])) as server:
            report = self.ask(server, spec)
        first = report["implementation"]["attempts"][0]
        self.assertEqual((first["passed"], first["failed"]), (0, 0))
        self.assertEqual(first["problems"], ["the code uses eval, which the spec prohibits"])
        self.assertIn("may not use: eval, exec", server.asked[-1].question)

    def test_a_table_of_what_the_tests_expect_is_refused(self) -> None:
        spec = self.copy("password.spec.md")
        honest = CODE[spec]
        with self.model(block(honest)) as server:
            tests = self.ask(server, spec)["edits"][1]["text"]
        calls = {}
        for test in ast.walk(ast.parse(tests)):
            if isinstance(test, ast.Assert) and isinstance(test.test, ast.Compare):
                call, expected = test.test.left, test.test.comparators[0]
                if isinstance(call, ast.Call) and isinstance(call.args[0], ast.Constant):
                    calls[call.args[0].value] = ast.literal_eval(expected)
        self.assertGreater(len(calls), 3)
        table = f"KNOWN = {calls!r}\n\n\ndef check_password(password):\n    return KNOWN.get(password, [])\n"
        steps = "".join(f"    if password == {key!r}:\n        return {value!r}\n" for key, value in calls.items())
        for cheat in (table, f"def check_password(password):\n{steps}    return []\n"):
            with self.subTest(cheat), self.model(block(cheat), block(honest)) as server:
                report = self.ask(server, spec)
                first, second = report["implementation"]["attempts"]
                self.assertEqual(first["failed"], 0, first)
                self.assertIn("the code has memorised the tests: it holds what", first["problems"][0])
                self.assertIn(first["problems"][0], server.asked[-1].question)
                self.assertEqual(second["problems"], [])
                self.assertIn("any(letter.isupper()", report["implementation"]["code"])

    def test_methods_that_hold_what_the_tests_expect_are_refused(self) -> None:
        spec = self.copy("calculator.spec.json")
        with self.model(block(TABLES), block(CODE[spec])) as server:
            report = self.ask(server, spec)
            first, second = report["implementation"]["attempts"]
            self.assertEqual(first["failed"], 0, first)
            self.assertRegex(first["problems"][0], r"memorised the tests: it holds what \d+ of .* Calculator\(\)\.add")
            self.assertIn(first["problems"][0], server.asked[-1].question)
            self.assertEqual(second["problems"], [])

    def test_tests_of_the_model_count_too(self) -> None:
        spec = self.copy("stack.spec.json")
        own = {"name": "three_deep", "call": "[s.pop(), s.pop(), s.pop()]", "expected": "[3, 2, 1]"}
        own["setup"] = ["s = Stack()", "s.push(1)", "s.push(2)", "s.push(3)"]  # type: ignore[assignment]
        with self.model(block(CODE[spec]), tests=json.dumps({"tests": [own]})) as server:
            report = self.ask(server, spec)
        self.assertIn("test_three_deep", {test["name"] for test in report["accepted"]})
        self.assertIn("test_three_deep", server.asked[-1].question)
        self.assertIn("There is no code yet", server.asked[0].question)

    def test_tests_that_are_there_decide_as_well(self) -> None:
        spec = self.copy("stack.spec.json")
        self.write(
            "tests/test_stack.py",
            "from stack import Stack\n\n\ndef test_repr():\n    assert repr(Stack()) == 'Stack()'\n",
        )
        answer = self.write("answer.txt", block(CODE[spec]))
        report = self.report("implement", spec, "--answer", str(answer), code=1)
        self.assertIn("test_repr", " ".join(report["implementation"]["attempts"][0]["problems"]))

    def test_an_answer_from_elsewhere(self) -> None:
        spec = self.copy("queue.spec.json")
        for text in (
            block(CODE[spec]),
            CODE[spec],
            block(CODE[spec]).rpartition("```")[0],
            "```\nx\n```\n" + block(CODE[spec]),
        ):
            answer = self.write("answer.txt", text)
            report = self.report("implement", spec, "--answer", str(answer))
            self.assertTrue(report["implementation"]["complete"], text)
            self.assertEqual(report["implementation"]["path"], "queue_.py")  # queue is Python's

    def test_what_cannot_be_implemented(self) -> None:
        spec = self.copy("stack.spec.json")
        answer = self.write("answer.txt", CODE[spec])
        self.fails(2, "implement", spec, says="name a model")
        self.write("vague.spec.json", '{"name": "Vague", "requirements": ["It should be nice"]}')
        self.fails(2, "implement", "vague.spec.json", "--answer", str(answer), says="add examples")
        self.write("stack.py", CODE[spec])
        self.fails(3, "implement", spec, "--answer", str(answer), says="stack.py has Stack already")
        self.write("stack.py", "NAME = 1\n")
        self.fails(3, "implement", spec, "--answer", str(answer), says="without Stack")
        self.fails(2, "implement", "stack.py", "--answer", str(answer), says="is no spec")

    def test_code_that_does_harm_is_contained(self) -> None:
        spec = self.copy("stack.spec.json")
        victim = self.write("victim.txt", "still here")
        harm = f"import os\n\nos.system('rm -rf {self.root}')\nopen({str(victim)!r}, 'w').close()\n"
        answer = self.write("answer.txt", block(harm + CODE[spec]))
        self.report("implement", spec, "--answer", str(answer), code=1)
        self.assertEqual(victim.read_text(), "still here")

    def test_code_and_tests_that_do_not_end(self) -> None:
        spec = self.copy("stack.spec.json")
        self.write("testgen.json", json.dumps({"modelRounds": 2, "generateTimeout": 60}))
        endless = CODE[spec].replace("return len(self.items)", "while True: pass")
        # With a stack that is never empty this test never ends.
        own = {"name": "drained", "setup": ["s = Stack()", "s.push(1)", "while not s.is_empty(): s.pop()"]}
        own.update(call="s.size()", expected="0")
        with self.model(block(endless), block(CODE[spec]), tests=json.dumps({"tests": [own]})) as server:
            report = self.ask(server, spec)
        self.assertIn("test_drained", {test["name"] for test in report["accepted"]})
        self.assertIn("the tests do not end", report["implementation"]["attempts"][0]["problems"][0])
        self.assertTrue(report["implementation"]["complete"])

    def test_a_budget_that_is_used_up(self) -> None:
        spec = self.copy("stack.spec.json")
        self.write("testgen.json", json.dumps({"modelTokens": 3000}))
        with self.model(block("class Stack:\n    pass")) as server:
            report = self.ask(server, spec, code=1)
        self.assertIn("the budget does not allow another question", "\n".join(report["notes"]))
        self.assertLessEqual(report["tokens"], 3000 + 1200)


if __name__ == "__main__":
    unittest.main()
