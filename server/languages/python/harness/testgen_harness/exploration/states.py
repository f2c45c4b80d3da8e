"""How objects of a class are made, in several ways and states, and what can be seen of them."""

from __future__ import annotations

import ast
import collections.abc
import inspect
import textwrap
from typing import Any, Callable, Optional

from testgen_harness.exploration.calls import constructions_of
from testgen_harness.exploration.inputs import Builder, unique
from testgen_harness.exploration.probe import Call, Prober
from testgen_harness.exploration.subjects import constructor_parameters, method_parameters

STATES_MAX = 8
FRESH_MAX = 6  # objects made in different ways
FOUND_MAX = 2  # of them: as documentation and other code make them
FILLED_MAX = 2  # of them that are tried with items in them, too
ITEMS = (("'a'", "1"), ("'b'", "2"), ("'c'", "3"))  # put into what takes items
FIT_TRIES = 48


class Objects:
    """Of one class. What was found is kept: all its methods ask the same."""

    def __init__(self, owner: type, variable: str, prober: Prober, builder: Builder) -> None:
        self._owner = owner
        self._variable = variable
        self._prober = prober
        self._builder = builder
        self._states: Optional[list[list[str]]] = None
        self._views: dict[tuple[str, ...], list[str]] = {}
        self._calls: list[str] = []  # that change what can be seen
        self._is_late: Callable[[], bool] = lambda: False

    def until(self, is_late: Callable[[], bool]) -> Objects:
        self._is_late = is_late
        return self

    def new_object(self) -> Optional[tuple[list[str], list[tuple[str, list[str]]]]]:
        """How an object is made, and what it shows; None when it cannot be made or shows nothing."""
        for text in self._constructions():
            setup = [f"{self._variable} = {text}"]
            if self._makes(setup):
                outcome = self._prober.probe(Call(setup, "None", views=self.views(setup)))
                views = [(expression, view) for expression, view in outcome.views.items() if len(view[1]) < 80]
                return (setup, views) if views else None
        return None

    def states(self, paths: list[str]) -> list[list[str]]:
        """Statements that make the object a method is called on: fresh, and after calls that change it."""
        if self._states is None:
            self._states = self._find_states(paths)
        return self._states

    def _find_states(self, paths: list[str]) -> list[list[str]]:
        variable = self._variable
        made = [[f"{variable} = {text}"] for text in self._constructions()]
        first = next((setup for setup in made if self._makes(setup)), None)
        if first is None:
            return []
        plain, fresh = first[0].partition(" = ")[2], [first]
        rich = self._rich_constructions(plain)
        others = rich[:1] + constructions_of(self._owner, paths)[:FOUND_MAX] + rich
        for text in dict.fromkeys(others + self._constructions()):
            if text != plain and len(fresh) < FRESH_MAX and self._makes([f"{variable} = {text}"]):
                fresh.append([f"{variable} = {text}"])
        filled = self._states_with_items(first)
        for setup in fresh[1:FILLED_MAX]:
            filled += self._states_with_items(setup)[-1:]
        return fresh + filled + self._changed_states(first)

    def _rich_constructions(self, plain: str) -> list[str]:
        """The plain construction with values for what has a default: all together, and each alone."""
        optional: dict[str, list[str]] = {}
        for parameter in constructor_parameters(self._owner):
            values = [] if parameter.is_required or f"{parameter.name}=" in plain else self._builder.values(parameter)
            others = [value for value in values if value not in ("None", repr(parameter.default))]
            for value in others[: 2 if parameter.is_called else 1]:
                optional.setdefault(parameter.name, []).append(f"{parameter.name}={value}")
        rows = [[texts[0] for texts in optional.values()], *([text] for texts in optional.values() for text in texts)]
        given = "" if plain.endswith("()") else ", "
        return list(dict.fromkeys(f"{plain[:-1]}{given}{', '.join(row)})" for row in rows if row))

    def _states_with_items(self, fresh: list[str]) -> list[list[str]]:
        """After one item was put in, and after some."""
        if not hasattr(self._owner, "__setitem__"):
            return []
        puts = [f"{self._variable}[{key}] = {value}" for key, value in ITEMS]
        states = [[*fresh, *puts[:count]] for count in range(1, len(puts) + 1)]
        if issubclass(self._owner, collections.abc.MutableMapping):
            items = [", ".join(f"{key}: {value}" for key, value in ITEMS[:count]) for count in range(2, len(ITEMS) + 1)]
            states[1:] = [[*fresh, f"{self._variable}.update({{{text}}})"] for text in items]
        return [state for state in states if self._makes(state)]

    def _constructions(self) -> list[str]:
        owner = self._owner
        required = [parameter for parameter in constructor_parameters(owner) if parameter.is_required]
        pools = {parameter.name: self._builder.values(parameter) for parameter in required}
        texts = [f"{owner.__name__}({', '.join(item.values())})" for item in combinations(pools)] if required else []
        return unique(self._builder.expressions(owner) + texts)

    def _makes(self, setup: list[str]) -> bool:
        return not self._is_late() and self._prober.probe(Call(setup, "None")).kind == "value"

    def _changed_states(self, fresh: list[str]) -> list[list[str]]:
        """One and two calls of each public method that changes what can be seen of the object."""
        states: list[list[str]] = []
        views = self.views(fresh)
        for name, member in inspect.getmembers(self._owner, inspect.isfunction):
            if name.startswith("_") or inspect.iscoroutinefunction(member) or len(states) >= STATES_MAX:
                continue
            call = self._changing_call(name, member, fresh, views)
            if call is not None:
                one, other = call
                self._calls.append(one)
                states.append([*fresh, one])
                if other != one:
                    states.append([*fresh, one, other])
        return states

    def _changing_call(self, name: str, member: Any, fresh: list[str], views: list[str]) -> Optional[tuple[str, str]]:
        parameters = method_parameters(member)
        pools = {item.name: self._builder.values(item) for item in parameters if item.is_required}
        for arguments in combinations(pools, limit=8):
            text = f"{self._variable}.{name}({', '.join(arguments.values())})"
            outcome = self._prober.probe(Call(fresh, text, views=views))
            if outcome.kind in ("value", "opaque") and outcome.views != outcome.before:
                other = [pool[1] if len(pool) > 1 else pool[0] for pool in pools.values()]
                return text, f"{self._variable}.{name}({', '.join(other)})"
        return None

    def operations(self) -> list[str]:
        """Statements that change an object, or that it may remember; known once its states are."""
        variable, owner = self._variable, self._owner
        found = list(self._calls)
        if hasattr(owner, "__setitem__"):
            found += [f"{variable}[{key}] = {value}" for key, value in ITEMS[:2]]
        if hasattr(owner, "__getitem__"):
            look = f"{variable}.get({{}})" if hasattr(owner, "get") else f"{variable}[{{}}]"
            found += [look.format(key) for key, _ in ITEMS[:2]]
        return found

    def views(self, state: list[str]) -> list[str]:
        """Expressions that show an object's state: its length, public attributes, properties, and methods without
        arguments that change nothing."""
        key = tuple(state)
        if key not in self._views:
            self._views[key] = self._find_views(state)
        return self._views[key]

    def _find_views(self, state: list[str]) -> list[str]:
        owner, variable = self._owner, self._variable
        candidates = [f"len({variable})"] if hasattr(owner, "__len__") else []
        if candidates and hasattr(owner, "__iter__") and not issubclass(owner, (str, bytes)):
            candidates.append(f"list({variable})")
        candidates += [f"{variable}.{name}" for name in sorted(_public_attributes(owner))]
        outcome = self._prober.probe(Call(state, "None", views=candidates))
        if outcome.kind != "value":
            return []
        kept = [
            text for text in candidates if text in outcome.views and outcome.before.get(text) == outcome.views[text]
        ]
        # Methods one by one: one that changes the object would make all others look as if they did.
        return kept + [text for text in self._calls_without_arguments() if self._shows_only(state, text, kept)]

    def _calls_without_arguments(self) -> list[str]:
        return [
            f"{self._variable}.{name}()"
            for name, member in inspect.getmembers(self._owner, inspect.isfunction)
            if not name.startswith("_")
            and len(inspect.signature(member).parameters) == 1
            and not inspect.iscoroutinefunction(member)
        ]

    def _shows_only(self, state: list[str], text: str, views: list[str]) -> bool:
        outcome = self._prober.probe(Call(state, text, views=[*views, text]))
        return outcome.kind == "value" and outcome.views == outcome.before and outcome.text != "None"


def _public_attributes(owner: type) -> set[str]:
    """Properties and what the constructor sets."""
    names = {name for name in dir(owner) if isinstance(inspect.getattr_static(owner, name), property)}
    names |= set(getattr(owner, "__dataclass_fields__", ()))
    makers = [vars(kind)[name] for kind in owner.__mro__ for name in ("__init__", "__new__") if name in vars(kind)]
    for member in makers:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(member)))
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


def combinations(pools: dict[str, list[str]], limit: int = FIT_TRIES) -> list[dict[str, str]]:
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
