"""A model that proposes good, careless and hostile tests, drawn from the labelled corpus with a seed of its own."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from candidates import PROJECT, Labelled, read_candidates
from model_server import Asked, Reply

GOOD_SHARE = 0.28
MODULE = "shop"
BYTES_PER_TOKEN = 4
CATEGORIES = ("existence", "correctness", "boundary", "anti_cheat", "integration")


class SimulatedModel:
    """Answers with as many tests as it is asked for."""

    def __init__(self, seed: int, good_share: float = GOOD_SHARE) -> None:
        self._random = random.Random(seed)
        self._good_share = good_share
        everything = list(read_candidates(MODULE))
        self.good = [candidate for candidate in everything if candidate.is_good]
        self.bad = [candidate for candidate in everything if not candidate.is_good]
        self.proposed = {"good": 0, "bad": 0}

    def __call__(self, asked: Asked) -> Reply:
        wanted = re.search(r", at most (\d+), with Python", asked.question)
        assert wanted is not None, asked.question
        text = "Here you are:\n```json\n" + json.dumps({"tests": list(self._draw(int(wanted[1])))}) + "\n```\n"
        asked_bytes = sum(len(message["content"]) for message in asked.body["messages"])
        return Reply(text, tokens=(asked_bytes // BYTES_PER_TOKEN, len(text) // BYTES_PER_TOKEN))

    def _draw(self, count: int) -> Iterator[dict[str, Any]]:
        for _ in range(count):
            kind = "good" if self._random.random() < self._good_share else "bad"
            self.proposed[kind] += 1
            candidate: Labelled = self._random.choice(self.good if kind == "good" else self.bad)
            number = sum(self.proposed.values())
            name = f"{kind}_{number}_{candidate.name.removeprefix('test_')}"
            yield {"name": name, "category": self._random.choice(CATEGORIES), "reasoning": "drawn", **candidate.test}

    def write_all_good(self, folder: Path) -> list[Path]:
        """One file each, for what they notice together."""
        files = [folder / f"test_good_{number}.py" for number in range(len(self.good))]
        for file, candidate in zip(files, self.good):
            file.write_text(candidate.source, "utf-8")
        return files


def make_project(root: Path, settings: dict[str, Any]) -> None:
    shutil.copytree(PROJECT, root, dirs_exist_ok=True)
    (root / "testgen.json").write_text(json.dumps(settings), "utf-8")


def kills_of(report: dict[str, Any]) -> set[tuple[int, int, str]]:
    """Of the report of `mutate`: place and replacement of what is noticed."""
    noticed = (each for each in report["files"][f"{MODULE}.py"]["mutants"] if each["status"] in ("Killed", "Timeout"))
    places = ((each["location"]["start"], each["replacement"]) for each in noticed)
    return {(start["line"], start["column"], replacement) for start, replacement in places}
