"""The little interface of commands: requests are checked by their declared types."""

from __future__ import annotations

import pytest
from testgen_harness.commands import find_command
from testgen_harness.errors import HarnessError

FINE = {"id": 1, "command": "run", "root": "/w", "scratch": "/s"}


def test_defaults_are_filled() -> None:
    request = find_command("run").check(FINE)
    assert request.root == "/w"
    assert request.selection == []
    assert request.coverage is False


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"root": None}, "run: root must be str, not NoneType"),
        ({"root": 3}, "run: root must be str, not int"),
        ({"coverage": 1}, "run: coverage must be bool, not int"),
        ({"selection": "a"}, "run: selection must be list, not str"),
        ({"selection": [1]}, "run: selection must hold str only"),
        ({"extra": 1}, "run: there is no field extra"),
    ],
)
def test_wrong_fields_are_named(change: dict, message: str) -> None:
    with pytest.raises(HarnessError, match="^run: ") as caught:
        find_command("run").check({**FINE, **change})
    assert caught.value.message == message
    assert caught.value.code == "INVALID_ARGUMENT"


def test_missing_fields_are_named() -> None:
    with pytest.raises(HarnessError, match="the field root is missing"):
        find_command("run").check({"command": "run", "scratch": "/s"})


@pytest.mark.parametrize("name", ["no_such", "", None, "__init__", "os.path"])
def test_unknown_commands_are_refused(name: object) -> None:
    with pytest.raises(HarnessError, match="there is no command .*collect.*run"):
        find_command(name)
