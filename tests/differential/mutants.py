"""Mutants with their verdicts, as TestGen reports them: in its own report, or in that of mutation-testing-elements.

The latter says where each mutant ends, the former how it was judged and which tests fail without mutants."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from server import Server

SHOWN = 200  # bytes of what is replaced that our own report shows; the rest is found in the source
JUDGED = ("killed", "survived", "no-coverage", "timeout", "inconclusive")
OFFICIAL_STATUSES = {
    "Killed": "killed",
    "Survived": "survived",
    "NoCoverage": "no-coverage",
    "Timeout": "timeout",
    "RuntimeError": "inconclusive",
    "CompileError": "invalid",
    "Pending": "pending",
}


def status_of(mutant: dict[str, Any]) -> str:
    """Two of ours are one of theirs; the reason begins with ours."""
    if mutant["status"] == "Ignored":
        return mutant["statusReason"].partition(":")[0]
    return OFFICIAL_STATUSES[mutant["status"]]


@dataclass(frozen=True)
class Mutant:
    path: str  # relative to the workspace
    line: int  # 1-based, as the column, which counts characters
    column: int
    start: int  # characters from the beginning of the file
    end: Optional[int]  # exclusive; None: the report does not say
    replacement: str
    status: str
    operator: str = ""
    function: Optional[str] = None  # our own report only, as what follows
    way: str = ""
    killed_by: str = ""
    message: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for the same mutant in another run."""
        return (self.path, self.start, self.end, self.operator, self.replacement)

    def change(self, source: str) -> str:
        assert self.end is not None
        return source[: self.start] + self.replacement + source[self.end :]

    def shown(self, source: str) -> str:
        original = " ".join(source[self.start : self.end].split())
        replacement = " ".join(self.replacement.split())
        return f"{self.path}:{self.line}:{self.column} {self.operator}: {original[:60]} -> {replacement[:60]}"


@dataclass
class Report:
    mutants: list[Mutant]
    red: list[str] = field(default_factory=list)  # tests that fail without mutants; our own report only
    tests: Optional[int] = None
    duration_ms: Optional[float] = None
    notes: list[str] = field(default_factory=list)


def read_source(path: Path) -> str:
    """As it is on disk, line ends included."""
    return path.read_bytes().decode("utf-8")


def read_report(document: dict[str, Any], root: Path) -> Report:
    return _read_official(document, root) if "files" in document else _read_own(document, root)


class _Lines:
    """Where lines begin. Only a line feed ends one, or a carriage return with one: as the server counts."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        for index, character in enumerate(text):
            if character == "\n":
                self._starts.append(index + 1)

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1


# ---- The report of mutation-testing-elements ----


def _read_official(document: dict[str, Any], root: Path) -> Report:
    tests = {
        test["id"]: test["name"] for file in document.get("testFiles", {}).values() for test in file.get("tests", [])
    }
    base = Path(document.get("projectRoot") or root)
    found = []
    for name, file in document["files"].items():
        path = Path(name)
        relative = str(path.relative_to(base)) if path.is_absolute() else name
        source = read_source(root / relative)
        lines = _Lines(source)
        for mutant in file["mutants"]:
            start, end = mutant["location"]["start"], mutant["location"]["end"]
            killers = [tests.get(killer, killer) for killer in mutant.get("killedBy", [])]
            found.append(
                Mutant(
                    path=relative,
                    line=start["line"],
                    column=start["column"],
                    start=lines.offset(start["line"], start["column"]),
                    end=lines.offset(end["line"], end["column"]),
                    replacement=mutant.get("replacement", ""),
                    status=status_of(mutant),
                    operator=mutant["mutatorName"],
                    killed_by=killers[0] if killers else "",
                    message=mutant.get("statusReason", ""),
                )
            )
    return Report(found)


# ---- Our own report ----


def _read_own(document: dict[str, Any], root: Path) -> Report:
    sources: dict[str, str] = {}
    found = []
    for row in document["mutants"]:
        path = row["path"]
        source = sources.setdefault(path, read_source(root / path))
        start = _Lines(source).offset(row["line"], row["column"])
        found.append(
            Mutant(
                path=path,
                line=row["line"],
                column=row["column"],
                start=start,
                end=_end(source, start, row),
                replacement=row["replacement"],
                status=row["status"],
                operator=row["operator"],
                function=row["function"],
                way=row.get("way", ""),
                killed_by=row.get("killed_by", ""),
                message=row.get("message", ""),
            )
        )
    return Report(
        found,
        [item["test"] for item in document["red_tests"]],
        document["tests"],
        document["duration_ms"],
        document["notes"],
    )


def _end(source: str, start: int, row: dict[str, Any]) -> Optional[int]:
    """What the report shows may be cut off: then the syntax tells where it ends, if only one thing begins there."""
    original = row["original"]
    if not source.startswith(original, start):
        return None
    if len(original.encode()) < SHOWN - 3:
        return start + len(original)
    ends = {end for end, kind in _things_at(source, start) if end - start >= len(original) and _fits(row, kind)}
    return ends.pop() if len(ends) == 1 else None


def _fits(row: dict[str, Any], kind: str) -> bool:
    wanted = {"removed-body": ("body",), "removed-statement": ("Expr", "Assign", "AugAssign", "Raise", "Assert")}
    values = ("List", "Dict", "Set", "JoinedStr", "Constant", "Call")
    return kind in wanted.get(row["operator"], values)


def _things_at(source: str, start: int) -> Iterator[tuple[int, str]]:
    """The ends and kinds of nodes, and of the bodies of functions, that begin there."""
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return len(source.encode()[: starts[line - 1] + column].decode())

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.expr, ast.stmt)) and offset(node.lineno, node.col_offset) == start:
            yield offset(node.end_lineno or 0, node.end_col_offset or 0), type(node).__name__
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first, last = node.body[0], node.body[-1]
            if offset(first.lineno, first.col_offset) == start:
                yield offset(last.end_lineno or 0, last.end_col_offset or 0), "body"


# ---- The program ----


def judge(binary: str, root: Path, interpreter: str, target: Optional[str] = None, workers: int = 0) -> Report:
    """What `testgen mutate` says of the mutants of a folder, a file, or a function as FILE::NAME."""
    command = [binary, "mutate", *([target] if target else []), "--format", "json", "--no-record", "--quiet"]
    command += ["--workspace", str(root), "--interpreter", interpreter]
    if workers:
        command += ["--workers", str(workers)]
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        raise RuntimeError(f"testgen mutate ended with {done.returncode}: {done.stderr.strip()}")
    return read_report(json.loads(done.stdout), root)


def judge_in_server(
    binary: str, root: Path, interpreter: str, target: Optional[str] = None, workers: int = 0
) -> Report:
    """The same through the language server, which always answers with our own report."""
    asked: dict[str, Any] = {"target": target} if target else {}
    if workers:
        asked["workers"] = workers
    with Server(binary, root, interpreter) as server:
        return read_report(server.command("testgen.mutate", **asked), root)
