"""Helix, as it is installed, with the settings that the documentation has."""

import re
import unittest

from support import EDITORS, EditorTest, write_helix_settings
from terminal import Terminal

DOWN, ENTER = "\x1b[B", "\r"


class Helix(EditorTest):
    def setUp(self) -> None:
        super().setUp()
        write_helix_settings(self.home / "config/helix")

    def start(self, path: str) -> Terminal:
        terminal = Terminal([str(EDITORS / "hx"), path], str(self.project), self.env)
        self.addCleanup(terminal.close)
        terminal.wait_for_text("NOR")
        return terminal

    def choose(self, terminal: Terminal, title: str) -> None:
        """An entry of the menu of code actions, which opens on its first one. Titles begin with a capital letter."""
        terminal.press(" a")
        row = terminal.wait_for_text(title)
        lines = terminal.screen.lines()
        column = lines[row].index(title)
        first = row
        while re.match(r" [A-Z]", lines[first - 1][column - 1 :]):
            first -= 1
        terminal.press(DOWN * (row - first) + ENTER)

    def save(self, terminal: Terminal, path: str, expected: str) -> None:
        """Writes every file; on disk one of them then matches. Helix puts another file in its place."""

        def is_written(_lines: list[str]) -> bool:
            try:
                return re.search(expected, self.text(path)) is not None
            except FileNotFoundError:
                return False

        terminal.press(":wa" + ENTER)
        terminal.wait_for(f"{expected} in {path}", is_written)

    def test_findings_stand_beside_the_code(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        row = terminal.wait_for_text("`test_runs` asserts nothing: it passes whatever the code returns")
        self.assertIn("8  def test_runs():", terminal.screen.lines()[row])
        terminal.press("]d")
        terminal.wait_for_text("└─`test_runs` asserts nothing")

    def test_findings_are_listed(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        terminal.press(" d")
        terminal.wait_for_text("`test_runs` asserts nothing: it passes whatever the code")
        terminal.wait_for_text("`grüße == grüße` compares a value with itself")

    def test_a_finding_behind_non_ascii_text_is_silenced_in_the_file(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        terminal.press("]d")
        terminal.wait_for_text(" 8:13")
        terminal.press("]d")
        terminal.wait_for_text(" 13:40")
        self.choose(terminal, "Silence tautology here")
        terminal.wait_for_text("# testgen: ignore[tautology]")
        terminal.wait_for_text("● 2")
        line = '    grüße = "äöü"; assert grüße == grüße  # testgen: ignore[tautology]'
        self.save(terminal, "tests/test_pricing.py", rf"(?m)^{re.escape(line)}$")

    def test_what_a_command_did_is_told_in_the_status_line(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        self.choose(terminal, "Score suite")
        told = re.compile(r"(?m)^TestGen: Scored 4 tests: \d+ of \d+")
        terminal.wait_for("the score", lambda lines: told.search("\n".join(lines)))

    def test_every_command_can_be_typed(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        terminal.press(":lsp-workspace-command testgen.score" + ENTER)
        terminal.wait_for_text("TestGen: Scored 4 tests: ")

    def test_a_project_that_is_not_trusted_says_what_to_set(self) -> None:
        settings = self.home / "config/helix/languages.toml"
        settings.write_text(settings.read_text().replace("trusted = true", ""))
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        terminal.press(":lsp-workspace-command testgen.runTests" + ENTER)
        terminal.wait_for_text(
            'TestGen: not trusted, so nothing was run: set "trusted": true in initializationOptions for'
        )

    def test_generated_tests_are_put_into_the_test_file(self) -> None:
        terminal = self.start("pricing.py")
        terminal.wait_for_text("● ")
        terminal.press("10ggww")  # into the name of the function
        self.choose(terminal, "Generate tests for")
        terminal.wait_for_text("TestGen: Generated")
        self.save(terminal, "tests/test_pricing.py", r"def test_discount\w*\(")
        self.assertIn("def test_shipping():", self.text("tests/test_pricing.py"))

    def test_the_tests_of_a_file_are_its_outline(self) -> None:
        terminal = self.start("tests/test_pricing.py")
        terminal.wait_for_text("● 3")
        terminal.press(" s")
        terminal.wait_for("a list of symbols", lambda lines: sum("function" in line for line in lines) == 5)

    def test_the_hover_says_what_tests_a_function(self) -> None:
        terminal = self.start("pricing.py")
        terminal.wait_for_text("● ")
        terminal.press("4ggww k")
        terminal.wait_for_text("4 tests")


if __name__ == "__main__":
    unittest.main()
