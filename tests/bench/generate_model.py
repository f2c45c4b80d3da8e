"""How far a generation comes with a model that is right only now and then: ./dev bench generate-model

Each line is one `testgen generate` on a copy of a small project, with the settings that the program has by itself. The
model is simulated: it draws from the labelled corpus of the guards, good tests at the given share.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "end-to-end"))

from model_server import ModelServer  # noqa: E402
from simulated_model import MODULE, SimulatedModel, kills_of, make_project  # noqa: E402
from support import BINARY, PYTHON  # noqa: E402

PRICES = {"modelInputPrice": 300, "modelOutputPrice": 1500}  # cents for a million tokens
COLUMNS = ("good", "seed", "proposed", "rounds", "accepted", "bad", "kills found", "tokens", "cents", "seconds")


def run(root: Path, *arguments: str) -> dict[str, Any]:
    command = [BINARY, *arguments, "--interpreter", PYTHON, "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def measure(share: float, seed: int, timeout: int, root: Path) -> dict[str, Any]:
    make_project(root, {**PRICES, "generateTimeout": timeout})
    model = SimulatedModel(seed, share)
    files = model.write_all_good(root / "tests")
    reachable = kills_of(run(root, "mutate", f"{MODULE}.py", "--no-record"))
    for file in files:
        file.unlink()
    before = kills_of(run(root, "mutate", f"{MODULE}.py", "--no-record")) & reachable
    options = ("--provider", "openai", "--model", "simulated", "--write", "--no-record")
    began = time.monotonic()
    with ModelServer(model) as server:
        report = run(root, "generate", f"{MODULE}.py", *options, "--model-url", server.url)
    seconds = time.monotonic() - began
    found = kills_of(run(root, "mutate", f"{MODULE}.py", "--no-record")) & reachable
    accepted = [test["name"] for test in report["accepted"]]
    bad = [test["code"] for test in report["accepted"] if not test["name"].startswith("test_good")]
    return {
        "good": share,
        "seed": seed,
        "proposed": sum(model.proposed.values()),
        "proposed_good": model.proposed["good"],
        "rounds": report["rounds"],
        "accepted": len(accepted),
        "bad": len(bad),
        "bad_tests": bad,
        "before": len(before),
        "found": len(found),
        "reachable": len(reachable),
        "tokens": report["tokens"],
        "cents": report.get("cost_cents"),
        "seconds": round(seconds, 1),
        "notes": report["notes"],
    }


def show(row: dict[str, Any]) -> str:
    kills = f"{row['found']} of {row['reachable']} (before: {row['before']})"
    shown = {**row, "good": f"{row['good']:.0%}", "kills found": kills, "cents": f"{row['cents']:.1f}"}
    return "| " + " | ".join(str(shown[name]) for name in COLUMNS) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, nargs="*", default=[0.28, 0.1])
    parser.add_argument("--seed", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--timeout", type=int, default=180, help="seconds of a generation (generateTimeout)")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args()
    rows = []
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for share in options.share:
        for seed in options.seed:
            with tempfile.TemporaryDirectory(prefix="testgen-bench-") as folder:
                rows.append(measure(share, seed, options.timeout, Path(folder)))
            print(show(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"cores": os.cpu_count(), "runs": rows}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
