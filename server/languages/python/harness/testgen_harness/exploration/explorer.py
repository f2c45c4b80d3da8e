"""Explores one subject: tries calls, learns which inputs fit, and returns every attempt with its outcome."""

from __future__ import annotations

import asyncio
import time
import types
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Optional

from testgen_harness.exploration.calls import (
    Attempt,
    CallMaker,
    Found,
    documented_calls,
    existing_calls,
    plan,
    sibling_values,
)
from testgen_harness.exploration.inputs import Builder, Inputs, find_inputs, unique
from testgen_harness.exploration.literals import Writer
from testgen_harness.exploration.probe import TOGETHER_MAX, Call, Outcome, Prober
from testgen_harness.exploration.states import ITEMS, Objects, combinations
from testgen_harness.exploration.subjects import Subject

# Outcomes of calls that do not fit the subject: an input of a wrong type, or an object that could not be made.
MISFITS = ("TypeError", "AttributeError")
OBSTACLES = ("effect", "timeout", "ended", "unstable")
SHOWN_MAX = 4  # changes of an object that are looked at
OBSTACLES_MAX = 3  # then other arguments will hardly help
STATE_CALLS_MAX = 6  # of the subject, on an object that is not the first one


@dataclass
class Trial:
    attempt: Attempt
    outcome: Outcome
    kills: set[int] = field(default_factory=set)  # numbers of the changes of the code that it notices

    @property
    def is_known(self) -> bool:
        """An existing test makes the call."""
        return self.attempt.source == "test"

    def show(self, views: list[str]) -> None:
        """Of what can be seen of the object only these are looked at from now on."""
        call, outcome = self.attempt.call, self.outcome
        shows_changes = call.shows_changes and bool(views)
        self.attempt = replace(self.attempt, call=replace(call, views=views, shows_changes=shows_changes))
        self.outcome = replace(
            outcome,
            views={text: view for text, view in outcome.views.items() if text in views},
            before={text: view for text, view in outcome.before.items() if text in views},
            shows_changes=shows_changes,
        )


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


class Workshop:
    """What the functions of one module are explored with: each asks for much that others have asked for."""

    def __init__(self, module: types.ModuleType, public: types.ModuleType, path: str, root: str) -> None:
        self.writer = Writer(public.__name__, module.__name__)
        self.builder = Builder(module, self.writer)
        namespace: dict[str, Any] = {"asyncio": asyncio}
        namespace.update({name: value for name, value in vars(module).items() if not name.startswith("__")})
        self.prober = Prober(path, root, namespace, self.writer)
        self._objects: dict[type, Objects] = {}
        self._made: dict[type, list[str]] = {}

    def objects(self, owner: type, variable: str, is_late: Callable[[], bool]) -> Objects:
        if owner not in self._objects:
            self._objects[owner] = Objects(owner, variable, self.prober, self.builder)
        return self._objects[owner].until(is_late)

    def expressions(self, owner: type) -> list[str]:
        """For an argument of a class: only those that make one."""
        if owner not in self._made:
            texts = self.builder.expressions(owner)[:6]
            kinds = [self.prober.probe(Call([], text)).kind for text in texts]
            self._made[owner] = [text for text, kind in zip(texts, kinds) if kind in ("value", "opaque")]
        return self._made[owner]


class Explorer:
    def __init__(
        self, subject: Subject, root: str, seed: int, deadline: float, workshop: Optional[Workshop] = None
    ) -> None:
        self._subject = subject
        self._seed = seed
        self._deadline = deadline
        self._obstacle = ""  # what keeps calls from being observed
        self._obstacles = 0
        self._workshop = workshop or Workshop(subject.module, subject.public, subject.path, root)
        self.prober = self._workshop.prober
        self._maker = CallMaker(subject, [])
        self._objects: Optional[Objects] = None
        if subject.owner is not None:
            self._objects = self._workshop.objects(subject.owner, self._maker.variable, self._is_late)

    def explore(self, test_files: list[str], code_files: list[str]) -> Exploration:
        exploration = Exploration(self._subject)
        states = self._find_states([*code_files, *test_files])
        if not states:
            name = self._subject.owner.__name__ if self._subject.owner else ""
            exploration.problem = f"no {name} could be made: its constructor's arguments are not known"
            return exploration
        self._maker = CallMaker(self._subject, self._objects.views(states[0]) if self._objects and states[0] else [])
        inputs = find_inputs(self._subject, self._workshop.writer, self._workshop.expressions)
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

    def _find_states(self, paths: list[str]) -> list[list[str]]:
        if self._objects is None or self._subject.kind in ("static", "class_method", "constructor"):
            return [[]]
        return self._objects.states(paths)

    def new_object(self) -> Optional[tuple[list[str], list[tuple[str, list[str]]]]]:
        return self._objects.new_object() if self._objects else None

    # ---- Trying ----

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def try_all(self, exploration: Exploration, attempts: list[Attempt], deadline: float) -> None:
        self._deadline = deadline
        self._try(exploration, attempts)

    def operations(self) -> list[str]:
        """Statements that change the object that a method is called on."""
        is_method = self._objects is not None and self._subject.kind in ("method", "property")
        return self._objects.operations() if is_method and self._objects is not None else []

    def near(self, attempt: Attempt, arguments: dict[str, str], setup: list[str], varied: str) -> Attempt:
        """The call with other arguments, or of another object."""
        made = self._maker.make(arguments, setup, "near")
        made.varied = varied
        return made

    def _try(self, exploration: Exploration, attempts: list[Attempt]) -> None:
        for begin in range(0, len(attempts), TOGETHER_MAX):
            some = attempts[begin : begin + TOGETHER_MAX]
            if not self._is_hopeless():
                self._carry_out(exploration, some)

    def _carry_out(self, exploration: Exploration, attempts: list[Attempt]) -> None:
        outcomes = self.prober.probe_each([attempt.call for attempt in attempts])
        trials = []
        for attempt, known in zip(attempts, outcomes):
            if self._is_hopeless():
                break
            trials.append(Trial(attempt, known or self.prober.probe(attempt.call)))
            self._obstacles += trials[-1].outcome.kind in ("timeout", "ended")
        for trial in self._with_states(self._with_what_changes(trials)):
            target = exploration.known if trial.attempt.source == "test" else exploration.trials
            target.append(trial)

    def _with_what_changes(self, trials: list[Trial]) -> list[Trial]:
        """Calls that give nothing, with their arguments in variables: so that it is seen what they do to them."""
        changed: dict[int, Attempt] = {}
        for number, trial in enumerate(trials):
            names = [name for name, text in trial.attempt.arguments.items() if text[:1] in ("[", "{")]
            if names and trial.outcome.kind == "value" and trial.outcome.text == "None":
                changed[number] = self._maker.with_variables(trial.attempt, names)
        outcomes = self.prober.probe_each([attempt.call for attempt in changed.values()])
        for (number, attempt), known in zip(changed.items(), outcomes):
            trials[number] = Trial(attempt, known or self.prober.probe(attempt.call))
        return trials

    def _with_states(self, trials: list[Trial]) -> list[Trial]:
        """Of calls that give a value and change the object also what they change, as trials of their own."""
        found = []
        for trial in trials:
            outcome = trial.outcome
            found.append(trial)
            if outcome.kind == "value" and not outcome.shows_views and outcome.views != outcome.before:
                attempt = replace(trial.attempt, call=replace(trial.attempt.call, shows_changes=True))
                found.append(Trial(attempt, replace(outcome, shows_changes=True)))
        for trial in found:
            if trial.outcome.shows_views and not trial.attempt.call.watched:
                changed = [text for text, view in trial.outcome.views.items() if trial.outcome.before.get(text) != view]
                trial.show(changed[:SHOWN_MAX])
        return found

    def _is_hopeless(self) -> bool:
        return self._is_late() or self._obstacles > 2 * OBSTACLES_MAX

    def _try_found(self, exploration: Exploration, found: list[Found], state: list[str], source: str) -> None:
        attempts = []
        for item in found:
            setup = [f"{self._maker.variable} = {item.construction}"] if item.construction else state
            attempt = self._maker.make(item.arguments, setup, source)
            attempt.expected, attempt.expected_error = item.expected, item.expected_error
            attempts.append(attempt)
        self._try(exploration, attempts)

    def _try_states(
        self, exploration: Exploration, inputs: Inputs, plain: dict[str, str], states: list[list[str]]
    ) -> None:
        planned = plan(self._subject, inputs, plain, self._seed)
        attempts = []
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
                attempts.append(attempt)
        self._try(exploration, attempts)

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
        for arguments in combinations(pools):
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
