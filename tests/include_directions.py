"""Checks that includes run one way: each folder may only include folders below it (docs/architecture.md)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# From the bottom to the top. A folder may include itself and everything that comes before it, except its equals.
LAYERS: list[list[str]] = [
    ["protocol/memory"],
    ["protocol/json"],
    ["protocol/rpc"],
    ["protocol/lsp", "protocol/msp"],
    ["protocol/testgen"],
    ["server/base"],
    ["server/loop"],
    ["server/syntax"],
    ["server/analyzer", "server/models", "server/mutation", "server/runner", "server/store"],
    ["server/generator"],
    ["server/services"],
    ["server/editor", "server/mutation_server"],
    ["server/cli"],
    ["server"],
]
RANK = {folder: rank for rank, layer in enumerate(LAYERS) for folder in layer}
INCLUDE = re.compile(r'^#include "((?:protocol|server)/[^"]+)"', re.MULTILINE)


def folder_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def violations(root: Path) -> list[str]:
    found = []
    for source in sorted([*root.glob("protocol/**/*.[ch]"), *root.glob("server/**/*.[ch]")]):
        path = source.relative_to(root).as_posix()
        own = folder_of(path)
        if own not in RANK:
            found.append(f"{path}: the folder {own} stands in no layer")
            continue
        for target in INCLUDE.findall(source.read_text(encoding="utf-8")):
            other = folder_of(target)
            is_equal = other != own and RANK.get(other) == RANK[own]
            if RANK.get(other, len(LAYERS)) > RANK[own] or is_equal:
                found.append(f"{path}: must not include {target}")
    return found


def main() -> int:
    found = violations(Path(__file__).resolve().parent.parent)
    print("\n".join(found) or "includes run one way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
