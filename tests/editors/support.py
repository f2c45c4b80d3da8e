"""Projects, and the settings that the documentation tells people to write."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROJECT = ROOT / "tests/nvim/project"
PAGE = ROOT / "docs/other-editors.md"
BINARY = Path(os.environ["TESTGEN_BINARY"])
EDITORS = Path(os.environ["TESTGEN_EDITORS"])
PYTHON = Path(os.environ["TESTGEN_PYTHON"])


def documented(language: str, marker: str) -> str:
    """The one block of code of a language in the documentation that holds a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (block,) = (block for block in blocks if marker in block)
    return block


def write_helix_settings(folder: Path) -> None:
    """The documented settings of Helix, without the server of somebody else."""
    folder.mkdir(parents=True)
    (folder / "languages.toml").write_text(documented("toml", "[language-server").replace('"pylsp", ', ""))
    (folder / "config.toml").write_text(documented("toml", "[editor"))


class EditorTest(unittest.TestCase):
    """Each test has a home of its own, with the program in PATH, and a project."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="testgen-editor-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home, self.project, programs = (self.folder / name for name in ("home", "project", "bin"))
        self.home.mkdir()
        programs.mkdir()
        shutil.copytree(PROJECT, self.project)
        (self.project / ".git").mkdir()  # editors look for it
        (programs / "testgen").symlink_to(BINARY)
        self.env = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(PYTHON.parent.parent),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.folder),
            "TESTGEN_EDITOR_DEADLINE": os.environ.get("TESTGEN_EDITOR_DEADLINE", "60"),
        }

    def text(self, path: str) -> str:
        return (self.project / path).read_text()
