"""What clients/vscode/package.json must say of commands and settings: the program's tables, and the extension's own."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "clients" / "vscode"


def command_entries(tables: dict, own: dict) -> list[dict]:
    entries = [{"command": row["name"], "title": row["title"]} for row in tables["commands"]] + own["commands"]
    for entry in entries:
        if icon := own["icons"].get(entry["command"]):
            entry["icon"] = icon
    return [{**entry, "category": "TestGen"} for entry in entries]


def setting_entries(tables: dict, own: dict) -> dict[str, dict]:
    rows = {f"testgen.{name}": row for name, row in tables["settings"].items()}
    return {name: {**row, "order": order} for order, (name, row) in enumerate({**rows, **own["settings"]}.items())}


def wanted_manifest(editor_reference: str) -> str:
    """package.json with its generated members renewed; everything else stays as it is."""
    tables = json.loads(editor_reference)
    own = json.loads((FOLDER / "contributions.json").read_text(encoding="utf-8"))
    manifest = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    contributes = manifest["contributes"]
    contributes["commands"] = command_entries(tables, own)
    contributes["menus"]["commandPalette"] = [{"command": name, "when": "false"} for name in own["hidden"]]
    contributes["configuration"] = {"title": "TestGen", "properties": setting_entries(tables, own)}
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
