"""The commands of the harness: one module per command, found by its name.

A command `name` is the module `testgen_harness.commands.name`, with two things in it:

    @dataclass
    class Request:          # the fields of the request, with types and defaults; those without a default are required
        root: str
        selection: list[str] = field(default_factory=list)

    def execute(request: Request, context: Context) -> dict[str, Any]:    # the answer's "result"
        context.emit("progress", done=1)                                  # an event; any number of them
        raise HarnessError("INVALID_ARGUMENT", "...")                     # an error answer

A command that is asked for again and again may also have

    def stand_by(last: Request, receive: Receive) -> dict[str, Any]:

which makes ready what it can, takes its request from `receive`, and goes on as `execute` does.

Field types may be str, bool, int, float, list[str], dict[str, Any] and Optional of these. Unknown fields are refused,
so that a server and a harness that disagree notice it. The module is imported in the forked worker, when the command is
used; it runs with the harness's working directory and may change whatever it likes in its process.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import typing
from collections.abc import Mapping
from typing import Any, Callable, Optional

from testgen_harness.errors import HarnessError

# What a request holds beside the command's own fields.
ENVELOPE = frozenset({"id", "command"})


@dataclasses.dataclass(frozen=True)
class Context:
    """What a command may use: `emit(event, **fields)` sends an event to the server."""

    emit: Callable[..., None]


# What comes next that fits; see testgen_harness.standing_by.
Receive = Callable[[Callable[[Any], bool]], tuple[Any, Context]]
StandBy = Callable[[Any, Receive], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Command:
    name: str
    request_type: type
    run: Callable[[Any, Context], dict[str, Any]]
    stand_by: Optional[StandBy] = None

    def check(self, request: Mapping[str, Any]) -> Any:
        """The request as the command's own type. Failures name the field."""
        fields = {name: value for name, value in request.items() if name not in ENVELOPE}
        types = typing.get_type_hints(self.request_type)
        for name in fields:
            if name not in types:
                raise HarnessError("INVALID_ARGUMENT", f"{self.name}: there is no field {name}")
        for field in dataclasses.fields(self.request_type):
            if field.name in fields:
                _check_type(f"{self.name}: {field.name}", fields[field.name], types[field.name])
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                raise HarnessError("INVALID_ARGUMENT", f"{self.name}: the field {field.name} is missing")
        return self.request_type(**fields)

    def execute(self, request: Any, context: Context) -> dict[str, Any]:
        return self.run(request, context)


def _check_type(where: str, value: Any, wanted: Any) -> None:
    origin = typing.get_origin(wanted)
    if origin is typing.Union:
        if not any(_has_type(value, choice) for choice in typing.get_args(wanted)):
            raise HarnessError("INVALID_ARGUMENT", f"{where} is {type(value).__name__}, which does not fit")
        return
    if not _has_type(value, wanted):
        name = getattr(wanted, "__name__", str(wanted))
        raise HarnessError("INVALID_ARGUMENT", f"{where} must be {name}, not {type(value).__name__}")
    if origin is list and not all(isinstance(item, typing.get_args(wanted)[0]) for item in value):
        raise HarnessError("INVALID_ARGUMENT", f"{where} must hold {typing.get_args(wanted)[0].__name__} only")


def _has_type(value: Any, wanted: Any) -> bool:
    plain = typing.get_origin(wanted) or wanted
    if plain is Any:
        return True
    if isinstance(value, bool):  # which Python counts among the integers
        return plain is bool
    return isinstance(value, (int, float) if plain is float else plain)


def find_command(name: Any) -> Command:
    known = sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name not in known:
        raise HarnessError("INVALID_ARGUMENT", f"there is no command {name!r}; there are {', '.join(known)}")
    module = importlib.import_module(f"{__name__}.{name}")
    return Command(name, module.Request, module.execute, getattr(module, "stand_by", None))
