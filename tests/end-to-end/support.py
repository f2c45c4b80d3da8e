"""A workspace in a temporary folder, the program run in it, and what its reports must look like."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Optional, Union

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("TESTGEN_BUILD", ROOT / "build" / "dev"))
BINARY = os.environ.get("TESTGEN_BINARY", str(BUILD / "bin" / "testgen"))
PYTHON = os.environ.get("TESTGEN_PYTHON", str(ROOT / ".deps" / "venv" / "bin" / "python"))
NOBODY = 65534

CALC = '''"""Arithmetic."""


def add(a, b):
    return a + b


def discount(price, percent):
    if percent < 0 or percent > 100:
        raise ValueError("percent out of range")
    return price * (100 - percent) / 100


class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise IndexError("empty")
        return self.items.pop()

    def size(self):
        return len(self.items)
'''
TEST_CALC = """from calc import add


def test_add():
    assert add(2, 3) == 5
"""

Text = Union[str, bytes]


def share_of(tests: unittest.TestSuite) -> unittest.TestSuite:
    """Of a long file: where TESTGEN_SHARE is "1/2", every second test, and the others where it is "2/2"."""
    number, count = map(int, (os.environ.get("TESTGEN_SHARE") or "1/1").split("/"))

    def flat(suite: Any) -> Iterator[unittest.TestCase]:
        for each in suite:
            if isinstance(each, unittest.TestSuite):
                yield from flat(each)
            else:
                yield each

    return unittest.TestSuite(list(flat(tests))[number - 1 :: count])


class Workspace(unittest.TestCase):
    """Each test gets a project of its own: calc.py and one test of it."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="testgen-end-to-end-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.root = self.folder / "project"
        self.write("pyproject.toml", '[project]\nname = "calc"\n')
        self.write("calc.py", CALC)
        self.write("tests/test_calc.py", TEST_CALC)

    def write(self, path: str, text: Text) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def run_program(
        self,
        *arguments: str,
        environment: Optional[dict[str, str]] = None,
        binary: str = BINARY,
        interpreter: Optional[str] = PYTHON,
        wrapper: tuple[str, ...] = (),
        preexec_fn: Optional[Callable[[], None]] = None,
        stdout: Any = subprocess.PIPE,
    ) -> subprocess.CompletedProcess[str]:
        command = [*wrapper, binary, *arguments]
        if interpreter:
            command += ["--interpreter", interpreter]
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=300,
            preexec_fn=preexec_fn,
        )
        self.assertIn(done.returncode, (0, 1, 2, 3), f"{command} ended with {done.returncode}: {done.stderr}")
        return done

    def fails(self, code: int, *arguments: str, says: Union[str, list[str]], **options: Any) -> str:
        """The program ends with this code, says all of this on standard error, and prints no result."""
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, done.stderr)
        return done.stderr

    def succeeds(self, *arguments: str, code: int = 0, **options: Any) -> subprocess.CompletedProcess[str]:
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, code, (done.stdout or "") + done.stderr)
        return done

    def report(self, *arguments: str, code: int = 0, **options: Any) -> Any:
        return json.loads(self.succeeds(*arguments, "--format", "json", code=code, **options).stdout)

    def digest(self) -> dict[str, str]:
        """Every path of the workspace with its content, the history left out."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if ".testgen" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
                found[str(path.relative_to(self.root))] = content
        return found

    def needs_sandbox(self) -> None:
        if shutil.which("bwrap") is None:
            self.skipTest("bubblewrap is not installed, and generated code runs in it only")

    def needs_root(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root may mount file systems and become somebody else")


class FakeHarness(Workspace):
    """`mutate` with a harness that does as it is told: fake_harness.py says how."""

    def setUp(self) -> None:
        super().setUp()
        self.bench = self.folder / "bench"
        self.bench.mkdir()
        self.interpreter = self.bench / "python"
        program = (Path(__file__).resolve().parent / "fake_harness.py").read_text("utf-8")
        self.interpreter.write_text(f"#!{PYTHON} -B\n{program}", "utf-8")
        self.interpreter.chmod(0o755)

    def plan(self, *steps: dict[str, Any], **more: Any) -> None:
        (self.bench / "plan.json").write_text(json.dumps({"steps": steps, **more}), "utf-8")

    def request(self) -> dict[str, Any]:
        request: dict[str, Any] = json.loads((self.bench / "request.json").read_text("utf-8"))
        return request

    def mutate(self, *options: str, code: int = 0) -> Any:
        """What the report has beside the mutants."""
        done = self.run_program("mutate", "--format", "json", *options, interpreter=str(self.interpreter))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.stderr = done.stderr
        return json.loads(done.stdout)["testgen"] if done.stdout else None


TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def is_of_type(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def schema_errors(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """The subset of JSON Schema that docs/schemas uses."""
    if "$ref" in schema:
        return schema_errors(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    errors = []
    if "anyOf" in schema and all(schema_errors(value, option, root, at) for option in schema["anyOf"]):
        errors.append(f"{at}: {value!r} fits none of anyOf")
    if "type" in schema and not is_of_type(value, schema["type"]):
        return [f"{at}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        errors.append(f"{at}: {value!r} is none of {schema['enum']}")
    if is_of_type(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        errors.append(f"{at}: {value} is out of range")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        errors += [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            if name in properties:
                errors += schema_errors(member, properties[name], root, f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                errors.append(f"{at}: {name} is not in the schema")
    if isinstance(value, list):
        for index, item in enumerate(value):
            errors += schema_errors(item, schema.get("items", {}), root, f"{at}[{index}]")
    return errors


def load_schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text("utf-8"))
    return schema
