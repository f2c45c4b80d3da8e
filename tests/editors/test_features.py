"""The table of docs/other-editors.md against what real editors announce when they start the server."""

import json
import re
import subprocess
import time
import unittest
from pathlib import Path

from support import BINARY, EDITORS, HERE, PAGE, EditorTest, write_helix_settings
from terminal import DEADLINE, Terminal


def member(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def document(*names: str):
    return lambda start: member(start, "capabilities", "textDocument", *names)


def workspace(*names: str):
    return lambda start: member(start, "capabilities", "workspace", *names)


# A row of the table, and how an editor says that it can do it.
ROWS = {
    "findings beside the code, as you type": document("publishDiagnostics"),
    "other places that a finding is about": document("publishDiagnostics", "relatedInformation"),
    "a link from a finding to its page": document("publishDiagnostics", "codeDescriptionSupport"),
    "quick fixes and other actions": document("codeAction", "codeActionLiteralSupport"),
    "hovers": document("hover"),
    "generated tests as an edit of the editor": workspace("applyEdit"),
    "a preview of them, to be confirmed": workspace("workspaceEdit", "changeAnnotationSupport"),
    "the progress of what runs": lambda start: member(start, "capabilities", "window", "workDoneProgress"),
    "news of files that change outside": workspace("didChangeWatchedFiles", "dynamicRegistration"),
    "settings of the editor": workspace("configuration"),
    "runs as they go on, in views": lambda start: member(start, "initializationOptions", "runEvents"),
}

# What a client of ours does where its editor announces nothing; tests/nvim/test_diagnostics.lua has the test.
INSTEAD = {("news of files that change outside", "Neovim"): "on focus"}


def table() -> dict[str, list[str]]:
    """The cells of each row, by the first one."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells if len(row) == 5}


class Features(EditorTest):
    def announced(self, mirror: Path) -> dict:
        """The parameters of `initialize`, which is the first message that the server mirrors."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            text = mirror.read_text(errors="ignore") if mirror.exists() else ""
            if start := re.search(r'\{.*"method"', text, re.DOTALL):
                try:
                    return json.JSONDecoder().raw_decode(text[start.start() :])[0]["params"]
                except json.JSONDecodeError:
                    pass  # the rest of it comes
            time.sleep(0.05)
        raise AssertionError(f"{mirror}: the editor never sent initialize")

    def check(self, column: str, start: dict) -> None:
        documented_table = table()
        index = documented_table[""].index(column)
        expected = {row: "yes" if can(start) else INSTEAD.get((row, column), "") for row, can in ROWS.items()}
        found = {row: documented_table[row][index] if row in documented_table else "no such row" for row in ROWS}
        differing = {row: (found[row], expected[row]) for row in ROWS if found[row] != expected[row]}
        self.assertEqual({}, differing, f"{PAGE}, column {column}: what stands there, and what the editor announces")

    def with_mirror(self) -> Path:
        """A program `testgen` that mirrors what the editor sends."""
        mirror = self.folder / "mirror"
        program = self.folder / "bin/testgen"
        program.unlink()
        program.write_text(f'#!/bin/sh\nexec "{BINARY}" "$@" --mirror "{mirror}"\n')
        program.chmod(0o755)
        return mirror

    def test_helix(self) -> None:
        mirror = self.with_mirror()
        write_helix_settings(self.home / "config/helix")
        terminal = Terminal([str(EDITORS / "hx"), "pricing.py"], str(self.project), self.env)
        self.addCleanup(terminal.close)
        terminal.wait_for_text("● ")
        self.check("Helix", self.announced(mirror))

    def test_emacs(self) -> None:
        mirror = self.with_mirror()
        env = {**self.env, "TESTGEN_PROJECT": str(self.project), "TESTGEN_PAGE": str(PAGE)}
        visit = '(test-eglot-open "pricing.py")'
        emacs = [str(EDITORS / "emacs"), "-Q", "--batch", "-l", str(HERE / "test_eglot.el"), "--eval", visit]
        subprocess.run(emacs, cwd=self.project, env=env, check=True, capture_output=True, timeout=300)
        self.check("Emacs", self.announced(mirror))

    def start_neovim(self, nvim: str) -> None:
        mirror = self.with_mirror()
        client = HERE.parent.parent / "clients/nvim"
        wait = "lua assert(vim.wait(60000, function() return #vim.diagnostic.get() > 0 end), 'no findings')"
        before = [f"set runtimepath^={client}", "filetype plugin on"]
        after = ["runtime plugin/testgen.lua", "edit pricing.py", wait, "qall!"]
        command = [nvim, "--headless", "-n", "-i", "NONE", "-u", "NONE"]
        command += [part for line in before for part in ("--cmd", line)] + [f"+{line}" for line in after]
        subprocess.run(command, cwd=self.project, env=self.env, check=True, capture_output=True, timeout=300)
        self.check("Neovim", self.announced(mirror))

    def test_neovim(self) -> None:
        for name in ("nvim-0.10", "nvim-0.11"):
            with self.subTest(name):
                self.start_neovim(str(EDITORS / name))


if __name__ == "__main__":
    unittest.main()
