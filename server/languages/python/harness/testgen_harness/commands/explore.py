"""`explore`: calls a subject with many inputs, each in a process of its own, and proposes tests of what it saw.

What is likely to give a test soon can be asked for first; the answer then says how to ask for the rest.
Events: progress (message, done, total), once per function.
Result: cases (exploration/cases.py), unanswered, disagreements (documentation against code), notes, and of the part
that was asked for: goes_on (there is more), explored, noticed and waiting (what to ask for the rest with).
"""

from __future__ import annotations

import ast
import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from testgen_harness.commands import Context
from testgen_harness.errors import HarnessError
from testgen_harness.exploration.assertions import drop_idle_assertions
from testgen_harness.exploration.calls import Attempt, is_callable_special, is_special
from testgen_harness.exploration.case import Case, Check
from testgen_harness.exploration.cases import Chooser
from testgen_harness.exploration.explorer import Exploration, Explorer, Trial, Workshop
from testgen_harness.exploration.mutants import Changes, judge
from testgen_harness.exploration.probe import Call
from testgen_harness.exploration.search import search
from testgen_harness.exploration.subjects import (
    Source,
    Subject,
    find_subject,
    home_of,
    load_source,
    prepare_path,
    promise_of,
    snake_case,
)
from testgen_harness.exploration.worth import Goal, best_cases, goals_of
from testgen_harness.isolated import call_isolated

EXPLORING = 0.6  # of the time of a subject; the rest is for what the calls notice
SECONDS_MIN = 6.0  # of a subject: some of them explored well are worth more than all of them begun
GROUP_MAX = 12  # functions that are explored in one process
SHOWN_MAX = 4  # views of a new object
HASH_SEED = 0  # the guards run what is proposed with others


@dataclass
class Request:
    root: str  # the copy of the workspace
    scratch: str
    path: str  # of the subject, absolute
    module: str  # as tests import it
    symbol: str = ""  # qualified name of a function, method or class; empty: everything public
    original_root: str = ""
    folders: list[str] = field(default_factory=list)  # to import from, relative to the root
    test_files: list[str] = field(default_factory=list)  # absolute: whose calls are known already
    code_files: list[str] = field(default_factory=list)  # absolute: whose calls show what is usual
    lines: list[str] = field(default_factory=list)  # "12" or "12-15": only what reaches one of them
    most: int = 0  # cases; 0: all that are worth it
    seed: int = 1
    budget_ms: int = 60_000
    mutants: list[dict] = field(default_factory=list)  # of the file: start, end (bytes), replacement
    symbols: list[str] = field(default_factory=list)  # of one process: see explore_some
    later: list[str] = field(default_factory=list)  # subjects that another process explores: what is theirs is no goal
    with_class: list[str] = field(default_factory=list)  # of them: a new object of the class around is tested as well
    is_first: bool = False  # of several functions and classes only one that has a test, the likeliest before the others
    explored: list[str] = field(default_factory=list)  # by the part before this one
    noticed: list[str] = field(default_factory=list)  # numbers of mutants: by proposed tests of other subjects
    waiting: list[str] = field(default_factory=list)  # cases that the part before this one has found, too


def execute(request: Request, context: Context) -> dict[str, Any]:
    fields = asdict(request)
    listed = call_isolated(__name__, "list_subjects", fields, request.scratch, HASH_SEED, request.root)
    names = [name for name in listed["names"] if name not in request.explored]
    is_part = request.is_first and len(names) > 1
    order = sorted(names, key=listed["promising"].index) if is_part else names
    part = _Part(request, {"cases": [json.loads(text) for text in request.waiting]})
    deadline = time.monotonic() + request.budget_ms / 1000
    done = 0
    for group in [[name] for name in order] if is_part else _groups_of(order):
        left = deadline - time.monotonic()
        if left <= 0:
            part.result["notes"].append(f"{group[0]} and what follows it were not explored: the time was over")
            break
        rest = group[0] if len(group) == 1 else f"{group[0]} and {len(group) - 1} more"
        context.emit("progress", message=f"Exploring {rest}", done=done, total=len(names))
        done += len(group)
        fields["with_class"] = [name for name in group if name.rpartition(".")[0] in listed["names"]]
        share = max(left * len(group) / (len(names) - done + len(group)), min(left, SECONDS_MIN * len(group)))
        fields["symbols"], fields["budget_ms"] = group, int(1000 * share + 1)
        fields["noticed"] = sorted(part.noticed)
        fields["later"] = [name for name in names if name not in group] if is_part else []
        for name, found in _explore_apart(fields, request).items():
            part.add(name, found)
        if is_part and part.result["cases"]:
            break
    return part.finish(is_part and len(part.explored) < len(names))


def _groups_of(names: list[str]) -> list[list[str]]:
    """What is explored in one process: what a class holds, and functions outside of classes; not too many."""
    groups: dict[Any, list[str]] = {}
    roots = {name.partition(".")[0] for name in names if "." in name}
    functions = 0
    for name in names:
        root = name.partition(".")[0]
        functions += root not in roots
        groups.setdefault(root if root in roots else functions // GROUP_MAX, []).append(name)
    return list(groups.values())


def _explore_apart(fields: dict[str, Any], request: Request) -> dict[str, dict[str, Any]]:
    """By name. What ends the process of several is found by giving each its own."""
    names = fields["symbols"]
    try:
        found = call_isolated(__name__, "explore_some", fields, request.scratch, HASH_SEED, request.root)
        return dict(zip(names, found))
    except HarnessError as error:
        if len(names) == 1:
            return {names[0]: {"unanswered": [{"requirement": names[0], "reason": error.message}]}}
    share = max(1, fields["budget_ms"] // len(names))
    rows = [_explore_apart({**fields, "symbols": [name], "budget_ms": share}, request) for name in names]
    return {name: found for row in rows for name, found in row.items()}


class _Part:
    """What the subjects of one request give together."""

    def __init__(self, request: Request, found: dict[str, Any]) -> None:
        self._most = request.most
        self._is_rest = bool(request.explored)
        self._nothing: list[str] = []
        self.explored = list(request.explored)
        self.noticed = set(request.noticed)
        self.result: dict[str, Any] = {"cases": [], "unanswered": [], "disagreements": [], "notes": [], **found}

    def add(self, name: str, found: dict[str, Any]) -> None:
        self.explored.append(name)
        self._nothing += found.pop("nothing", [])
        self.noticed.update(str(number) for number in found.pop("noticed", []))
        for key, items in found.items():
            self.result[key] += items

    def finish(self, goes_on: bool) -> dict[str, Any]:
        found = self.result["cases"]
        cases = best_cases(found, self._most) if self._most else found
        left_out = [case for case in found if all(case is not other for other in cases)]
        if left_out and not goes_on:
            self.result["notes"].append(
                f"not tried, as there are as many tests as are wanted: {len(left_out)} of the proposed ones (of all, "
                "maxTests); those that notice most were taken"
            )
        waiting = [json.dumps(case) for case in left_out] if goes_on else []
        for case in cases:
            del case["notices"]
        if not cases and not self._is_rest:  # else it goes without saying
            self.result["notes"] += self._nothing
        reached = {"explored": self.explored, "noticed": sorted(self.noticed), "waiting": waiting}
        return {**self.result, **reached, "cases": cases, "goes_on": goes_on}


def list_subjects(fields: dict[str, Any]) -> dict[str, list[str]]:
    """The functions that a symbol stands for; a class stands for itself and its public methods. `names` as they stand
    in the file, `promising` those first that are likely to give a test soon."""
    request = Request(**fields)
    source = _load(request)
    symbol = request.symbol
    if symbol in source.functions:
        return {"names": [symbol], "promising": [symbol]}
    if symbol and symbol not in source.classes:
        raise HarnessError("NOT_FOUND", f"{request.module} has no function or class {symbol}")
    names = [name for name in source.classes if _is_wanted(name, symbol)]
    names += [name for name in source.functions if _is_wanted(name, symbol)]
    lines = [node.lineno for node in (source.classes.get(name) or source.functions[name] for name in names)]
    names = [name for _, name in sorted(zip(lines, names))]
    return {"names": names, "promising": sorted(names, key=lambda name: promise_of(source, name))}


def _is_wanted(name: str, symbol: str) -> bool:
    if symbol and name != symbol and not name.startswith(symbol + "."):
        return False
    *owners, last = name.split(".")
    if any(owner.startswith("_") for owner in owners):
        return False
    return is_callable_special(last) if is_special(last) else not last.startswith("_")


def _load(request: Request) -> Source:
    prepare_path(request.root, request.original_root, request.folders)
    return load_source(request.path, request.module)


def explore_some(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """What comes of each of `symbols`, in their order."""
    request = Request(**fields)
    source = _load(request)
    shop = _Shop(request, source)
    deadline = time.monotonic() + request.budget_ms / 1000
    found = []
    for number, name in enumerate(request.symbols):
        left = max(0.0, deadline - time.monotonic())
        share = max(left / (len(request.symbols) - number), min(left, SECONDS_MIN))
        found.append(_explore_one(shop, name, time.monotonic() + share))
        shop.noticed.update(found[-1].get("noticed", []))
    return found


class _Shop:
    """What all of them share."""

    def __init__(self, request: Request, source: Source) -> None:
        self.request = request
        self.source = source
        self.workshop = Workshop(source.module, source.public, source.path, request.root)
        self.noticed = {int(number) for number in request.noticed}
        self.reached: set[Goal] = set()
        self._changes: Optional[Changes] = None

    def changes(self) -> Optional[Changes]:
        """None where there are none, or they cannot be made."""
        module_file = self.source.module.__file__
        if self._changes is None and self.request.mutants and module_file is not None:
            self._changes = Changes(module_file, self.request.root, self.request.mutants)
        return self._changes

    def goals_of_others(self, trials: list[Trial]) -> set[Goal]:
        """In functions that another process explores: it knows the calls of them that tests make."""
        if not self.request.later:
            return set()
        lines = {line for name in self.request.later for line in self._lines_of_subject(name)}
        changes = self.changes()

        def is_theirs(goal: Goal) -> bool:
            if goal[0] == "path":
                return goal[-1] in lines
            return changes is not None and changes.lines_of(goal[1]) <= lines

        return set(filter(is_theirs, goals_of(trials)))

    def _lines_of_subject(self, name: str) -> range:
        try:
            node = find_subject(self.source, name).node
        except HarnessError:  # a class, or what cannot be called
            return range(0)
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _explore_one(shop: _Shop, name: str, deadline: float) -> dict[str, Any]:
    request, source = shop.request, shop.source
    if name in source.classes:
        return _explore_class(shop, name, deadline)
    try:
        subject = find_subject(source, name)
    except HarnessError as error:
        return {"unanswered": [{"requirement": name, "reason": error.message}]}
    if subject.instability:
        return {"unanswered": [{"requirement": name, "reason": f"its result {subject.instability}"}]}
    began = time.monotonic()
    explorer = Explorer(
        subject, request.root, request.seed, began + EXPLORING * (deadline - began), workshop=shop.workshop
    )
    exploration = explorer.explore(request.test_files, request.code_files)
    if exploration.problem:
        return {"unanswered": [{"requirement": name, "reason": exploration.problem}]}
    _judge(shop, exploration, explorer, deadline)
    lines = _lines_of(request.lines)
    changes = shop.changes()

    def polish(trials: list[Trial]) -> None:
        if changes is not None:
            drop_idle_assertions(trials, explorer.prober, changes)

    trials = [*exploration.trials, *exploration.known]
    reached = shop.reached | shop.goals_of_others(trials)
    chooser = Chooser(exploration, lines, subject.doc, name in request.with_class, frozenset(reached), polish)
    chosen = chooser.choose()
    shop.reached |= goals_of([*chooser.kept, *exploration.known])
    return {
        "noticed": sorted({number for trial in [*chooser.kept, *exploration.known] for number in trial.kills}),
        "cases": [case.as_json() for case in chosen.cases],
        "unanswered": chosen.unanswered,
        "disagreements": chosen.disagreements,
        "nothing": chosen.nothing,
    }


def _judge(shop: _Shop, exploration: Exploration, explorer: Explorer, deadline: float) -> None:
    """Without mutants, or where they cannot be made, tests are chosen by the paths that they take."""
    changes = shop.changes()
    if changes is None:
        return
    judge(exploration.trials + exploration.known, explorer.prober, changes, shop.noticed, deadline)
    exploration.is_judged = True
    search(explorer, exploration, changes, shop.noticed, deadline)


def _explore_class(shop: _Shop, name: str, deadline: float) -> dict[str, Any]:
    """What a new object shows."""
    request, source = shop.request, shop.source
    owner: Any = source.module
    for part in name.split("."):
        owner = getattr(owner, part, None)
    if not isinstance(owner, type) or issubclass(owner, BaseException) or "." in name:
        return {}
    first_line = source.classes[name].lineno
    if request.lines and first_line not in _lines_of(request.lines):
        return {}
    probe = _constructor_subject(source, name, owner)
    explorer = Explorer(probe, request.root, request.seed, deadline, workshop=shop.workshop)
    shown = explorer.new_object()
    if shown is None:
        return {}
    setup, views = shown[0], shown[1][:SHOWN_MAX]
    call = Call(setup, "None", views=[expression for expression, _ in views])
    trial = Trial(Attempt(call, {}, "plain", owner_setup=setup), explorer.prober.probe(call))
    changes = shop.changes()
    if changes is not None:
        judge([trial], explorer.prober, changes, shop.noticed, deadline)
    looks = [explorer.prober.probe(Call(setup, expression)) for expression in call.views]
    shop.reached |= goals_of([Trial(trial.attempt, outcome) for outcome in [trial.outcome, *looks]])
    case = Case(
        subject=name,
        category="existence",
        name=f"new_{snake_case(name)}",
        reasoning=f"What a new {name} shows",
        setup=setup,
        checks=[Check(view[0], expression, view[1]) for expression, view in views],
        imports=[[home_of(name, source.module, source.public), name]],
        notices=sorted(trial.kills),
    )
    return {"cases": [case.as_json()], "noticed": case.notices}


def _constructor_subject(source: Source, name: str, owner: type) -> Subject:
    node = ast.parse("def __init__(self): pass").body[0]
    assert isinstance(node, ast.FunctionDef)
    return Subject(
        source.module,
        source.public,
        source.path,
        f"{name}.__init__",
        node,
        owner.__init__,
        [],
        owner,
        name,
        "method",
    )


def _lines_of(ranges: list[str]) -> set[int]:
    lines: set[int] = set()
    for text in ranges:
        first, _, last = text.partition("-")
        lines.update(range(int(first), int(last or first) + 1))
    return lines
