"""A program in a terminal that nobody sees: its screen as lines of text, and keys for it."""

import codecs
import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

DEADLINE = 60

# One control sequence, one other escape, one control character, or a run of text.
TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-9;:?<=>]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[P\]X^_].*?(?:\x1b\\|\x07)"
    r"|\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)


class Screen:
    """The cells that the sequences of a full-screen program leave behind. Colours are left out."""

    def __init__(self, rows: int, columns: int):
        self.rows, self.columns = rows, columns
        self.row = self.column = 0
        self.clear()

    def clear(self) -> None:
        self.cells = [[" "] * self.columns for _ in range(self.rows)]

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.cells]

    def put(self, text: str) -> None:
        for character in text:
            if self.column < self.columns:
                self.cells[self.row][self.column] = character
            self.column += 2 if unicodedata.east_asian_width(character) in "WF" else 1

    def move(self, row: int, column: int) -> None:
        self.row = min(max(row, 0), self.rows - 1)
        self.column = min(max(column, 0), self.columns - 1)

    def control(self, parameters: str, final: str) -> None:
        numbers = [int(number) if number.isdigit() else 0 for number in parameters.split(";")]
        first = max(numbers[0], 1)
        if final in "Hf":
            self.move(first - 1, max(numbers[1], 1) - 1 if len(numbers) > 1 else 0)
        elif final in "ABCD":
            down, right = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}[final]
            self.move(self.row + down * first, self.column + right * first)
        elif final == "G":
            self.move(self.row, first - 1)
        elif final == "d":
            self.move(first - 1, self.column)
        elif final == "J" and numbers[0] in (2, 3):
            self.clear()
        elif final == "K":
            start, end = {0: (self.column, self.columns), 1: (0, self.column + 1)}.get(numbers[0], (0, self.columns))
            self.cells[self.row][start:end] = [" "] * (min(end, self.columns) - start)


class Terminal:
    def __init__(self, command: list[str], cwd: str, env: dict[str, str], rows: int = 40, columns: int = 200):
        self.screen = Screen(rows, columns)
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.output, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        streams = {"stdin": inner, "stdout": inner, "stderr": inner}
        env = {**env, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(command, cwd=cwd, env=env, start_new_session=True, **streams)
        os.close(inner)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.output)

    def press(self, keys: str) -> None:
        os.write(self.output, keys.encode())

    def text(self) -> str:
        return "\n".join(self.screen.lines())

    def wait_for(self, what: str, condition) -> object:
        """What the condition gives for the screen's lines, once it is true."""
        deadline = time.monotonic() + DEADLINE
        while True:
            value = condition(self.screen.lines())
            if value:
                return value
            if time.monotonic() > deadline or not self._read(0.1):
                raise AssertionError(f"never happened: {what}\n{self.text()}")

    def wait_for_text(self, text: str) -> int:
        """The row of a text on the screen."""

        def row(lines: list[str]) -> int:
            return next((number for number, line in enumerate(lines, 1) if text in line), 0)

        return self.wait_for(f'"{text}" on the screen', row) - 1

    def _read(self, seconds: float) -> bool:
        """False when the program has ended and everything was read."""
        if not select.select([self.output], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.output, 1 << 16)
        except OSError as error:
            if error.errno == errno.EIO:
                return False
            raise
        self._show(data)
        return bool(data)

    def _show(self, data: bytes) -> None:
        text = self.rest + self.decoder.decode(data)
        position = 0
        while token := TOKEN.match(text, position):
            position = token.end()
            self._apply(token)
        self.rest = text[position:]  # a sequence that is cut in two

    def _apply(self, token: re.Match) -> None:
        if token["text"]:
            self.screen.put(token["text"])
        elif token["control"] == "\r":
            self.screen.column = 0
        elif token["control"] == "\n":
            self.screen.move(self.screen.row + 1, self.screen.column)
        elif token["control"] == "\b":
            self.screen.move(self.screen.row, self.screen.column - 1)
        elif token["final"] == "c":  # what kind of terminal is this?
            self.press("\x1b[?62;c")
        elif token["final"]:
            self.screen.control(token["parameters"], token["final"])
