"""Explores one subject: tries calls, learns which inputs fit, and returns every attempt with its outcome."""

from __future__ import annotations

import ast
import asyncio
import inspect
import time
from dataclasses import dataclass, field
from typing import Any, Optional

from testgen_harness.exploration.calls import (
    Attempt,
    CallMaker,
    Found,
    constructions_of,
    documented_calls,
    existing_calls,
    plan,
    sibling_values,
)
from testgen_harness.exploration.inputs import Builder, Inputs, find_inputs, unique
from testgen_harness.exploration.literals import Writer
from testgen_harness.exploration.probe import Call, Outcome, Prober
from testgen_harness.exploration.subjects import Subject, constructor_parameters, method_parameters

# Outcomes of calls that do not fit the subject: an input of a wrong type, or an object that could not be made.
MISFITS = ("TypeError", "AttributeError")
OBSTACLES = ("effect", "timeout", "ended", "unstable")
OBSTACLES_MAX = 3  # then other arguments will hardly help
STATES_MAX = 8
FRESH_MAX = 4  # objects made in different ways
FOUND_MAX = 2  # of them: as documentation and other code make them
FILLED_MAX = 2  # of them that are tried with items in them, too
STATE_CALLS_MAX = 6  # of the subject, on an object that is not the first one
ITEMS = (("'a'", "1"), ("'b'", "2"), ("'c'", "3"))  # put into what takes items
FIT_TRIES = 48


@dataclass
class Trial:
    attempt: Attempt
    outcome: Outcome
    kills: set[int] = field(default_factory=set)  # numbers of the changes of the code that it notices


@dataclass
class Exploration:
    subject: Subject
    trials: list[Trial] = field(default_factory=list)
    known: list[Trial] = field(default_factory=list)  # calls that existing tests make
    problem: str = ""  # why there is nothing
    is_judged: bool = False  # it was tried which changes of the code each trial notices


def is_misfit(outcome: Outcome) -> bool:
    return outcome.kind == "setup" or (
        outcome.kind == "raise" and outcome.type_name in MISFITS and not outcome.is_explicit
    )


class Explorer:
    def __init__(self, subject: Subject, root: str, seed: int, deadline: float) -> None:
        self._subject = subject
        self._seed = seed
        self._deadline = deadline
        self._obstacle = ""  # what keeps calls from being observed
        self._obstacles = 0
        self._writer = Writer(subject.public.__name__, subject.module.__name__)
        self._builder = Builder(subject.module, self._writer)
        namespace: dict[str, Any] = {"asyncio": asyncio}
        namespace.update({name: value for name, value in vars(subject.module).items() if not name.startswith("__")})
        self.prober = Prober(subject.path, root, namespace, self._writer)
        self._maker = CallMaker(subject, [])

    def explore(self, test_files: list[str], code_files: list[str]) -> Exploration:
        exploration = Exploration(self._subject)
        states = self._find_states([*code_files, *test_files])
        if not states:
            name = self._subject.owner.__name__ if self._subject.owner else ""
            exploration.problem = f"no {name} could be made: its constructor's arguments are not known"
            return exploration
        self._maker = CallMaker(self._subject, self._find_views(states[0]))
        inputs = find_inputs(self._subject, self._writer, self._objects)
        if hasattr(self._subject.owner, "__setitem__") and "key" in inputs.values:
            inputs.values["key"] = unique([key for key, _ in ITEMS[:2]] + inputs.values["key"])
        for name, values in sibling_values(self._subject).items():
            inputs.values[name] = unique(values + inputs.values[name])
        documented = documented_calls(self._subject)
        tested = existing_calls(self._subject, test_files)
        found = existing_calls(self._subject, code_files)
        self._try_found(exploration, tested, states[0], "test")
        self._try_found(exploration, documented, states[0], "doc")
        usual = documented + found + [item for item in tested if not item.is_ours]
        plain = self._find_plain(usual, inputs, states[0])
        filled = next((state for state in states if len(state) > 1), None)
        if plain is None and filled is not None:
            states = [filled, *(state for state in states if state is not filled)]
            plain = self._find_plain(usual, inputs, filled)
        if plain is None:
            if not exploration.trials:
                exploration.problem = self._obstacle or (
                    "no arguments were found that it takes without a TypeError or AttributeError"
                )
            return exploration
        self._try_found(exploration, found, states[0], "code")
        self._try_states(exploration, inputs, plain, states)
        return exploration

    def new_object(self) -> Optional[tuple[list[str], list[tuple[str, list[str]]]]]:
        """How an object of the owner is made, and what it shows; None when it cannot be made or shows nothing."""
        owner = self._subject.owner
        for text in self._constructions(owner) if owner else []:
            setup = [f"{self._maker.variable} = {text}"]
            if self._makes(setup):
                outcome = self.prober.probe(Call(setup, "None", views=self._find_views(setup)))
                views = [(expression, view) for expression, view in outcome.views.items() if len(view[1]) < 80]
                return (setup, views) if views else None
        return None

    # ---- Trying ----

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _try(self, exploration: Exploration, attempt: Attempt) -> Optional[Trial]:
        if self._is_late() or self._obstacles > 2 * OBSTACLES_MAX:
            return None
        trial = Trial(attempt, self.prober.probe(attempt.call))
        mutable = [name for name, text in attempt.arguments.items() if text[:1] in ("[", "{")]
        if mutable and trial.outcome.kind == "value" and trial.outcome.text == "None":
            changed = self._maker.with_variables(attempt, mutable)
            trial = Trial(changed, self.prober.probe(changed.call))
        self._obstacles += trial.outcome.kind in ("timeout", "ended")
        target = exploration.known if attempt.source == "test" else exploration.trials
        target.append(trial)
        return trial

    def _try_found(self, exploration: Exploration, found: list[Found], state: list[str], source: str) -> None:
        for item in found:
            setup = [f"{self._maker.variable} = {item.construction}"] if item.construction else state
            attempt = self._maker.make(item.arguments, setup, source)
            attempt.expected, attempt.expected_error = item.expected, item.expected_error
            self._try(exploration, attempt)

    def _try_states(
        self, exploration: Exploration, inputs: Inputs, plain: dict[str, str], states: list[list[str]]
    ) -> None:
        planned = plan(self._subject, inputs, plain, self._seed)
        for state in states:
            for arguments, source, varied in planned if state is states[0] else planned[:STATE_CALLS_MAX]:
                attempt = self._maker.make(arguments, state, source if state is states[0] else "state")
                attempt.varied = varied
                if source == "boundary":
                    attempt.boundary = next(
                        item
                        for item in inputs.boundaries
                        if item.parameter == varied and arguments[varied] in item.values
                    )
                if self._try(exploration, attempt) is None:
                    return

    # ---- Arguments that fit ----

    def _find_plain(self, found: list[Found], inputs: Inputs, state: list[str]) -> Optional[dict[str, str]]:
        """The first arguments that the subject takes. Documented and existing calls come first, then the values."""
        for item in found:
            if self._fits(item.arguments, state):
                return item.arguments
        required = [parameter for parameter in self._subject.parameters if parameter.is_required]
        pools = {parameter.name: inputs.values[parameter.name] for parameter in required}
        if any(not pool for pool in pools.values()):
            return None
        for arguments in _combinations(pools):
            if self._is_late() or self._obstacles >= OBSTACLES_MAX:
                return None
            if self._fits(arguments, state):
                return arguments
        return None

    def _fits(self, arguments: dict[str, str], state: list[str]) -> bool:
        outcome = self.prober.probe(self._maker.make(arguments, state, "plain").call)
        if outcome.kind in OBSTACLES:
            self._obstacle = f"{outcome.text}; such a call is not turned into a test"
            self._obstacles += 1
        return outcome.kind in ("value", "opaque") or (outcome.kind == "raise" and outcome.is_explicit)

    # ---- Objects ----

    def _objects(self, owner: type) -> list[str]:
        """Expressions for an argument of a class: only those that make one."""
        found = []
        for text in self._builder.expressions(owner)[:6]:
            if self.prober.probe(Call([], text)).kind in ("value", "opaque"):
                found.append(text)
        return found

    def _find_states(self, paths: list[str]) -> list[list[str]]:
        """Statements that make the object a method is called on: fresh, and after calls that change it."""
        owner = self._subject.owner
        if owner is None or self._subject.kind in ("static", "class_method", "constructor"):
            return [[]]
        variable = self._maker.variable
        made = [[f"{variable} = {text}"] for text in self._constructions(owner)]
        first = next((setup for setup in made if self._makes(setup)), None)
        if first is None:
            return []
        plain, fresh = first[0].partition(" = ")[2], [first]
        others = constructions_of(owner, paths)[:FOUND_MAX] + self._rich_constructions(owner, plain)
        for text in dict.fromkeys(others + self._constructions(owner)):
            if text != plain and len(fresh) < FRESH_MAX and self._makes([f"{variable} = {text}"]):
                fresh.append([f"{variable} = {text}"])
        filled = self._states_with_items(owner, first)
        for setup in fresh[1:FILLED_MAX]:
            filled += self._states_with_items(owner, setup)[-1:]
        return fresh + filled + self._changed_states(owner, first)

    def _rich_constructions(self, owner: type, plain: str) -> list[str]:
        """The plain construction with values for what has a default: each alone, and all together."""
        optional: dict[str, list[str]] = {}
        for parameter in constructor_parameters(owner):
            values = [] if parameter.is_required or f"{parameter.name}=" in plain else self._builder.values(parameter)
            others = [value for value in values if value not in ("None", repr(parameter.default))]
            for value in others[: 2 if parameter.is_called else 1]:
                optional.setdefault(parameter.name, []).append(f"{parameter.name}={value}")
        rows = [*([text] for texts in optional.values() for text in texts), [texts[0] for texts in optional.values()]]
        given = "" if plain.endswith("()") else ", "
        return list(dict.fromkeys(f"{plain[:-1]}{given}{', '.join(row)})" for row in rows if row))

    def _states_with_items(self, owner: type, fresh: list[str]) -> list[list[str]]:
        """After one item was put in, and after some."""
        if not hasattr(owner, "__setitem__"):
            return []
        puts = [f"{self._maker.variable}[{key}] = {value}" for key, value in ITEMS]
        states = [[*fresh, *puts[:count]] for count in range(1, len(puts) + 1)]
        return [state for state in states if self._makes(state)]

    def _constructions(self, owner: type) -> list[str]:
        found = self._builder.expressions(owner)
        required = [parameter for parameter in constructor_parameters(owner) if parameter.is_required]
        pools = {parameter.name: self._builder.values(parameter) for parameter in required}
        texts = [f"{owner.__name__}({', '.join(item.values())})" for item in _combinations(pools)]
        return list(dict.fromkeys(found + (texts if required else [])))

    def _makes(self, setup: list[str]) -> bool:
        return not self._is_late() and self.prober.probe(Call(setup, "None")).kind == "value"

    def _changed_states(self, owner: type, fresh: list[str]) -> list[list[str]]:
        """One and two calls of each public method that changes what can be seen of the object."""
        states: list[list[str]] = []
        views = self._find_views(fresh)
        for name, member in inspect.getmembers(owner, inspect.isfunction):
            if name.startswith("_") or inspect.iscoroutinefunction(member) or len(states) >= STATES_MAX:
                continue
            call = self._changing_call(name, member, fresh, views)
            if call is not None:
                one, other = call
                states.append([*fresh, one])
                if other != one:
                    states.append([*fresh, one, other])
        return states

    def _changing_call(self, name: str, member: Any, fresh: list[str], views: list[str]) -> Optional[tuple[str, str]]:
        parameters = method_parameters(member)
        pools = {item.name: self._builder.values(item) for item in parameters if item.is_required}
        for arguments in _combinations(pools, limit=8):
            text = f"{self._maker.variable}.{name}({', '.join(arguments.values())})"
            outcome = self.prober.probe(Call(fresh, text, views=views))
            if outcome.kind in ("value", "opaque") and outcome.views != outcome.before:
                other = [pool[1] if len(pool) > 1 else pool[0] for pool in pools.values()]
                return text, f"{self._maker.variable}.{name}({', '.join(other)})"
        return None

    def _find_views(self, state: list[str]) -> list[str]:
        """Expressions that show an object's state: its length, public attributes, properties, and methods without
        arguments that change nothing."""
        owner = self._subject.owner
        if owner is None or not state:
            return []
        variable = self._maker.variable
        candidates = [f"len({variable})"] if hasattr(owner, "__len__") else []
        if candidates and hasattr(owner, "__iter__") and not issubclass(owner, (str, bytes)):
            candidates.append(f"list({variable})")
        candidates += [f"{variable}.{name}" for name in sorted(_public_attributes(owner))]
        candidates += [
            f"{variable}.{name}()"
            for name, member in inspect.getmembers(owner, inspect.isfunction)
            if not name.startswith("_")
            and len(inspect.signature(member).parameters) == 1
            and not inspect.iscoroutinefunction(member)
        ]
        outcome = self.prober.probe(Call(state, "None", views=candidates))
        if outcome.kind != "value":
            return []
        same = {text for text, view in outcome.views.items() if outcome.before.get(text) == view}
        kept = [text for text in candidates if text in same]
        return [text for text in kept if not text.endswith("()") or self._shows_only(state, text, kept)]

    def _shows_only(self, state: list[str], text: str, views: list[str]) -> bool:
        others = [view for view in views if view != text and not view.endswith("()")]
        outcome = self.prober.probe(Call(state, text, views=[*others, text]))
        return outcome.kind == "value" and outcome.views == outcome.before and outcome.text != "None"


def _public_attributes(owner: type) -> set[str]:
    """Properties and what the constructor sets."""
    names = {name for name in dir(owner) if isinstance(inspect.getattr_static(owner, name), property)}
    names |= set(getattr(owner, "__dataclass_fields__", ()))
    for member in (owner.__init__, owner.__new__):
        try:
            tree = ast.parse(inspect.cleandoc("if 1:\n" + inspect.getsource(member)))
        except (OSError, TypeError, SyntaxError):
            continue
        names |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value)
        }
    return {name for name in names if not name.startswith("_")}


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _combinations(pools: dict[str, list[str]], limit: int = FIT_TRIES) -> list[dict[str, str]]:
    """All of one kind first (the n-th value of each pool), then one pool against the others."""
    names = list(pools)
    longest = max((len(pool) for pool in pools.values()), default=1)
    rows = [{name: pools[name][min(index, len(pools[name]) - 1)] for name in names} for index in range(longest)]
    for name in names:
        for other in names:
            if name != other:
                rows += [{**rows[0], name: one, other: two} for one in pools[name][:8] for two in pools[other][:8]]
    unique = {tuple(row.items()): row for row in rows}
    return list(unique.values())[:limit] if names else [{}]
