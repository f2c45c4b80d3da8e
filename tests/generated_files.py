"""Checks, or with --write renews, the files that the program's own tables give: under docs/, and VS Code's manifest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from vscode_manifest import wanted_manifest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = {
    "cli.md": ["help", "reference-cli"],
    "settings.md": ["help", "reference-settings"],
    "commands.md": ["help", "reference-commands"],
    "diagnostics/README.md": ["help", "reference-diagnostics"],
}


def output_of(program: str, arguments: list[str]) -> str:
    return subprocess.run([program, *arguments], check=True, capture_output=True, encoding="utf-8").stdout


def wanted_files(program: str) -> dict[str, str]:
    files = {f"docs/{path}": output_of(program, arguments) for path, arguments in PAGES.items()}
    for name in output_of(program, ["schema"]).split():
        files[f"docs/schemas/{name}.schema.json"] = output_of(program, ["schema", name])
    files["clients/vscode/package.json"] = wanted_manifest(output_of(program, ["help", "reference-editor"]))
    return files


def main() -> int:
    write, program = sys.argv[1] == "--write", sys.argv[-1]
    stale = []
    for path, text in wanted_files(program).items():
        target = ROOT / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if write:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    table = output_of(program, PAGES["diagnostics/README.md"]).splitlines()
    codes = {line.split("]")[0][3:] for line in table if line.startswith("| [")}
    missing = sorted(code for code in codes if not (DOCS / "diagnostics" / f"{code}.md").exists())
    for path in stale:
        print(f"{path}: {'renewed' if write else 'out of date: run tests/generated_files.py --write PROGRAM'}")
    for code in missing:
        print(f"docs/diagnostics/{code}.md: missing")
    return 1 if missing or (stale and not write) else 0


if __name__ == "__main__":
    sys.exit(main())
