"""From trials to test cases: the few that show different behaviour, with names and reasons that people understand."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Optional

from testgen_harness.exploration.calls import Attempt
from testgen_harness.exploration.explorer import Exploration, Trial, is_misfit
from testgen_harness.exploration.subjects import Subject, home_of, snake_case

CASES_MAX = 14  # of one subject
TABLE_MIN = 3  # rows that make a table worth it
ANTI_CHEAT_ROWS = 4
MATCH_MAX = 70  # characters of a message that a test asks for
NAME_MAX = 70  # characters
TEXT_MAX = 100  # characters of one value in a test
EDGE_WORDS = frozenset({"empty", "zero", "negative", "no", "blank"})
OBSERVED_CONFIDENCE = 0.6
EXPLICIT_CONFIDENCE = 0.8  # a raise statement is there on purpose


@dataclass
class Check:
    kind: str  # equal, is, approx, raises
    expression: str = ""  # empty: the call
    expected: str = ""
    exception: str = ""
    match: str = ""


@dataclass
class Case:
    subject: str
    category: str
    name: str  # without test_
    reasoning: str
    origin: str = "characterisation"
    requirement: Optional[str] = None
    confidence: float = OBSERVED_CONFIDENCE
    setup: list[str] = field(default_factory=list)
    call: str = ""
    checks: list[Check] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    imports: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        fields = {**self.__dict__, "checks": [check.__dict__ for check in self.checks]}
        fields["imports"] = [{"module": module, "name": name} for module, name in self.imports]
        fields["rows"] = [{"values": row} for row in self.rows]
        if self.requirement is None:
            del fields["requirement"]
        return fields


@dataclass
class Chosen:
    cases: list[Case] = field(default_factory=list)
    unanswered: list[dict[str, str]] = field(default_factory=list)
    disagreements: list[dict[str, str]] = field(default_factory=list)


# ---- Words ----


def words_of(parameter: str, text: str) -> str:
    """What is special about a value, as a part of a name: `negative_price`."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return parameter
    if value is None:
        return f"no_{parameter}"
    if isinstance(value, bool):
        return parameter if value else f"not_{parameter}"
    if isinstance(value, (int, float)):
        return _number_words(parameter, value)
    if isinstance(value, (str, bytes)):
        return _text_words(parameter, value if isinstance(value, str) else value.decode("latin-1"))
    size = len(value)
    if size == 0:
        return f"empty_{parameter}"
    if size == 1:
        return f"single_item_{parameter}"
    if isinstance(value, (list, tuple)) and len({repr(item) for item in value}) < size:
        return f"repeated_{parameter}"
    return parameter


def _number_words(parameter: str, value: float) -> str:
    if value == 0:
        return f"zero_{parameter}"
    if value < 0:
        return f"negative_{parameter}"
    return f"{parameter}_{str(value).replace('.', '_').replace('+', '').replace('-', '_minus_')}"


def _text_words(parameter: str, value: str) -> str:
    if not value:
        return f"empty_{parameter}"
    if not value.strip():
        return f"blank_{parameter}"
    if value != value.strip():
        return f"padded_{parameter}"
    if not value.isascii():
        return f"non_ascii_{parameter}"
    if len(value) > 12 and len(set(value)) == 1:
        return f"{parameter}_of_length_{len(value)}"
    slug = re.sub(r"[^a-z0-9]+", "_", snake_case(value)).strip("_")
    return slug if slug and len(slug) <= 24 else parameter


def base_name(subject: Subject) -> str:
    name = snake_case(subject.name.strip("_")) or "call"
    return f"{snake_case(subject.owner.__name__.strip('_'))}_{name}" if subject.owner else name


def _spoken(words: str) -> str:
    return words.replace("_", " ")


# ---- Choosing ----


class Chooser:
    def __init__(
        self, exploration: Exploration, lines: set[int], documented_errors: str, knows_new_object: bool = False
    ) -> None:
        self._exploration = exploration
        self._subject = exploration.subject
        self._lines = lines
        self._documented = documented_errors
        self._knows_new_object = knows_new_object  # a test of the class shows it already
        self._seen: set[Any] = set()
        self._known = {_key(trial) for trial in exploration.known}
        self._values: dict[Any, set[str]] = {}
        self._chosen = Chosen()
        self._used: set[str] = set()
        for trial in exploration.known:
            self._note(trial)

    def choose(self) -> Chosen:
        singles: list[Case] = []
        trials = [trial for trial in self._exploration.trials if not self._lines or self._lines & trial.outcome.lines]
        self._say_unanswered(self._exploration.trials)
        singles += self._documented_cases(trials)
        tables = self._boundary_tables(trials)
        order = {"plain": 0, "code": 1, "boundary": 2, "state": 3, "varied": 4, "doc": 5}
        for trial in sorted(trials, key=lambda item: order.get(item.attempt.source, 9)):
            if len(singles) >= CASES_MAX:
                break
            case = self._single(trial)
            if case is not None:
                singles.append(case)
        cases = tables + self._merge(singles)
        cheat = self._anti_cheat(trials)
        self._chosen.cases = cases + ([cheat] if cheat else [])
        return self._chosen

    def _note(self, trial: Trial) -> None:
        signature = _signature(trial)
        self._seen.add(signature)
        if trial.outcome.kind == "value":
            self._values.setdefault(signature[0], set()).add(trial.outcome.text)

    # ---- What has no answer ----

    def _say_unanswered(self, trials: list[Trial]) -> None:
        said = set()
        for trial in trials:
            reason = self._reason_against(trial)
            if reason and reason not in said:
                said.add(reason)
                text = trial.attempt.call.expression
                self._chosen.unanswered.append(
                    {"requirement": f"{self._subject.qualified_name}: {text}", "reason": reason}
                )

    def _reason_against(self, trial: Trial) -> str:
        outcome = trial.outcome
        if outcome.kind in ("effect", "timeout", "ended", "unstable"):
            return f"{outcome.text}; such a call is not turned into a test"
        if outcome.kind == "opaque" and not outcome.attributes and not self._changed_views(trial):
            return f"the result is a {outcome.type_name}, which no literal stands for and which shows no attributes"
        if outcome.kind == "raise" and not self._is_meant(trial) and not is_misfit(outcome):
            return (
                f"raises {outcome.type_name} ({outcome.message}), which no raise statement and no documentation asks "
                "for; say what is right, and it can be tested"
            )
        return ""

    def _is_meant(self, trial: Trial) -> bool:
        outcome = trial.outcome
        if outcome.exception_module.startswith("_") or outcome.type_name.startswith("_"):
            return False
        return outcome.is_explicit or outcome.type_name in self._documented

    # ---- Single cases ----

    def _single(self, trial: Trial) -> Optional[Case]:
        signature = _signature(trial)
        if signature in self._seen or _key(trial) in self._known:
            return None
        if self._knows_new_object and trial.attempt.call.expression in trial.outcome.views and _is_fresh(trial):
            self._note(trial)
            return None
        case = self.case_of(trial)
        if case is None:
            return None
        self._note(trial)
        self._known.add(_key(trial))
        return case

    def case_of(self, trial: Trial) -> Optional[Case]:
        outcome, attempt = trial.outcome, trial.attempt
        checks = self._checks(trial)
        texts = [*attempt.call.setup, *attempt.arguments.values(), *(check.expected for check in checks)]
        if not checks or any(len(text) > TEXT_MAX for text in texts):
            return None
        words, reasoning = self._words(trial)
        is_edge = outcome.kind == "raise" or bool(EDGE_WORDS & set(words.split("_")))
        category = "boundary" if is_edge or attempt.source == "boundary" else "correctness"
        if category == "correctness" and outcome.leaves_file:
            category = "integration"
        setup, call = list(attempt.call.setup), attempt.call.expression
        if outcome.kind == "opaque" and checks[0].expression.startswith("result."):
            setup, call = [*setup, f"result = {call}"], ""
        is_error = outcome.kind == "raise"
        return Case(
            subject=self._subject.qualified_name,
            category=category,
            name=self._unique(f"{base_name(self._subject)}_{words}", self._all_words(attempt)),
            reasoning=reasoning,
            confidence=EXPLICIT_CONFIDENCE if is_error else OBSERVED_CONFIDENCE,
            setup=setup,
            call=call,
            checks=checks,
            imports=self._imports(trial),
            lines=sorted(outcome.lines),
        )

    def _checks(self, trial: Trial) -> list[Check]:
        outcome = trial.outcome
        if outcome.kind == "raise":
            if not self._is_meant(trial):
                return []
            return [Check("raises", exception=outcome.type_name, match=_first_line(outcome.message))]
        changed = self._changed_views(trial)
        if outcome.kind == "value" and outcome.text != "None":
            return [Check(outcome.comparison, expected=outcome.text)]
        if outcome.kind == "value" and not changed and self._returns_none_on_purpose():
            return [Check("is", expected="None")]
        if outcome.kind == "opaque" and not changed:
            shown = list(outcome.attributes.items())[:4]
            return [Check(view[0], f"result.{name}", view[1]) for name, view in shown]
        if outcome.kind in ("value", "opaque"):
            return [Check(view[0], expression, view[1]) for expression, view in changed[:3]]
        return []

    def _returns_none_on_purpose(self) -> bool:
        """None is a result where the function also gives other values."""
        return any(
            trial.outcome.kind in ("value", "opaque") and trial.outcome.text != "None"
            for trial in self._exploration.trials
        )

    def _changed_views(self, trial: Trial) -> list[tuple[str, list[str]]]:
        outcome = trial.outcome
        return [(text, view) for text, view in outcome.views.items() if outcome.before.get(text) != view]

    def _imports(self, trial: Trial) -> list[list[str]]:
        attempt, subject = trial.attempt, self._subject
        imports = [list(item) for item in trial.outcome.imports]
        source = " ".join([*attempt.call.setup, attempt.call.expression])
        names = {
            node.id
            for node in ast.walk(ast.parse("\n".join([*attempt.call.setup, attempt.call.expression])))
            if isinstance(node, ast.Name)
        }
        for name in sorted(names):
            if (
                name in vars(subject.module)
                and name not in attempt.call.setup
                and not _is_assigned(name, attempt.call.setup)
            ):
                imports.append([home_of(name, subject.module, subject.public), name])
        if "asyncio." in source:
            imports.append(["asyncio", ""])
        outcome = trial.outcome
        if outcome.kind == "raise" and outcome.exception_module != "builtins":
            is_named = hasattr(subject.module, outcome.type_name)
            home = home_of(outcome.type_name, subject.module, subject.public) if is_named else outcome.exception_module
            imports.append([home, outcome.type_name])
        return sorted({tuple(item) for item in imports})  # type: ignore[return-value]

    def _words(self, trial: Trial) -> tuple[str, str]:
        """A part of the name and the reason."""
        attempt, outcome = trial.attempt, trial.outcome
        given = list(attempt.arguments)
        parameter = attempt.varied or (given[-1 if outcome.kind == "raise" else 0] if given else "")
        words = words_of(parameter, attempt.arguments[parameter]) if parameter in attempt.arguments else ""
        state = self._state_words(attempt.owner_setup)
        if outcome.kind == "raise":
            error = snake_case(outcome.type_name)
            place = f"for_{words}" if words and attempt.source != "state" else state or ""
            name = f"raises_{error}_{place}".rstrip("_")
            return name, f"Refuses {_spoken(words)}" if words and attempt.source != "state" else _reason_of_state(state)
        if attempt.source in ("state", "plain") and state:
            return state, _reason_of_state(state)
        if not words:
            return state or "result", _reason_of_state(state) if state else "The observed result"
        joined = f"with_{words}" if attempt.arguments else words
        if attempt.source in ("plain", "code", "doc"):
            return joined, "The common case"
        return joined, f"{_spoken(words).capitalize()} takes a path of its own"

    def _state_words(self, setup: list[str]) -> str:
        if self._subject.owner is None or not setup:
            return ""
        calls = [match.group(1) for match in (re.match(r"\w+\.(\w+)\(", text) for text in setup) if match]
        if not calls:
            return f"on_new_{snake_case(self._subject.owner.__name__)}"
        return f"after_{calls[0]}" if len(calls) == 1 else f"after_two_calls_of_{calls[0]}"

    def _all_words(self, attempt: Attempt) -> str:
        """What is special about every argument, for names that would else be the same."""
        return "_and_".join(words_of(name, text) for name, text in attempt.arguments.items())

    def _unique(self, name: str, more: str = "") -> str:
        longer = f"{base_name(self._subject)}_with_{more}"
        candidate, number = name, 2
        if candidate in self._used and more and len(longer) <= NAME_MAX:
            candidate = name = longer
        while candidate in self._used:
            candidate, number = f"{name}_{number}", number + 1
        self._used.add(candidate)
        return candidate

    # ---- Documentation ----

    def _documented_cases(self, trials: list[Trial]) -> list[Case]:
        cases = []
        for trial in trials:
            attempt, outcome = trial.attempt, trial.outcome
            if attempt.source != "doc" or (attempt.expected is None and attempt.expected_error is None):
                continue
            if not self._agrees(trial):
                self._disagree(trial)
                continue
            if _key(trial) in self._known or len(cases) >= CASES_MAX:
                continue
            if attempt.expected_error:
                self._documented += f" {outcome.type_name}"
            case = self.case_of(trial)
            if case is None:
                continue
            case.origin, case.confidence = "spec", 1.0
            case.requirement = f"{attempt.call.expression} in the documentation of {self._subject.qualified_name}"
            case.reasoning = "Example of the documentation"
            self._note(trial)
            self._known.add(_key(trial))
            cases.append(case)
        return cases

    def _agrees(self, trial: Trial) -> bool:
        attempt, outcome = trial.attempt, trial.outcome
        if attempt.expected_error is not None:
            return outcome.kind == "raise" and outcome.type_name == attempt.expected_error.rpartition(".")[2]
        if outcome.kind != "value":
            return False
        try:
            observed, expected = ast.literal_eval(outcome.text), ast.literal_eval(str(attempt.expected))
        except (ValueError, SyntaxError):
            return False
        return bool(observed == expected)

    def _disagree(self, trial: Trial) -> None:
        attempt, outcome = trial.attempt, trial.outcome
        wanted = attempt.expected if attempt.expected is not None else f"raises {attempt.expected_error}"
        if attempt.expected is not None and outcome.kind in ("opaque", "setup"):
            return  # the documentation shows a text that stands for an object
        self._chosen.disagreements.append(
            {
                "requirement": f"the documentation of {self._subject.qualified_name}",
                "specification": f"{attempt.call.expression} -> {wanted}",
                "observed": describe(trial),
                "code": f"assert {attempt.call.expression} == {wanted}"
                if attempt.expected
                else attempt.call.expression,
            }
        )

    # ---- Tables ----

    def _boundary_tables(self, trials: list[Trial]) -> list[Case]:
        groups: dict[str, list[Trial]] = {}
        for trial in trials:
            boundary = trial.attempt.boundary
            if boundary is not None:
                groups.setdefault(f"{boundary.parameter} {boundary.text} {boundary.constant}", []).append(trial)
        cases = []
        for group in groups.values():
            if len({_signature(trial) for trial in group}) < 2 and len({_result(trial) for trial in group}) < 3:
                continue  # nothing changes here: the comparison belongs to a path that these calls do not take
            rows = [trial for trial in group if trial.outcome.kind == "value" and _key(trial) not in self._known]
            case = self._table(rows, "boundary", 2)
            if case is None:
                cases += self._edges(rows)
                continue
            boundary = group[0].attempt.boundary
            assert boundary is not None
            place = "length_limit" if boundary.is_length else _limit_words(boundary.constant)
            case.name = self._unique(f"{base_name(self._subject)}_around_{boundary.parameter}_{place}".strip("_"))
            case.reasoning = (
                f"Below, on and above `{boundary.text}`" if len(rows) > 2 else f"On the edge of `{boundary.text}`"
            )
            cases.append(case)
        return cases

    def _edges(self, rows: list[Trial]) -> list[Case]:
        """Too few rows for a table: each its own test, also on a path that another test takes."""
        cases = []
        for trial in rows[:2]:
            case = self.case_of(trial)
            boundary = trial.attempt.boundary
            if case is not None and boundary is not None:
                case.category, case.reasoning = "boundary", f"On the edge of `{boundary.text}`"
                self._note(trial)
                self._known.add(_key(trial))
                cases.append(case)
        return cases

    def _table(self, trials: list[Trial], category: str, minimum: int) -> Optional[Case]:
        cases = [(trial, self.case_of(trial)) for trial in trials]
        usable = [(trial, case) for trial, case in cases if case is not None and _is_row(case)]
        if len(usable) < minimum:
            for _, case in usable:
                self._used.discard(case.name if case else "")
            return None
        for trial, _ in usable:
            self._note(trial)
            self._known.add(_key(trial))
        return self._as_table([(trial.attempt.arguments, case) for trial, case in usable if case], category)

    def _as_table(self, rows: list[tuple[dict[str, str], Case]], category: str) -> Optional[Case]:
        names = [parameter.name for parameter in self._subject.parameters]
        used = [name for name in names if any(name in arguments for arguments, _ in rows)]
        if any(set(arguments) != set(used) for arguments, _ in rows) or not used:
            return None
        varying = [name for name in used if len({arguments[name] for arguments, _ in rows}) > 1] or used[:1]
        first_arguments, first = rows[0]
        result = "expected" if "expected" not in names else "wanted"
        call = _with_names(first.call, first_arguments, varying, self._subject)
        if call is None:
            return None
        for _, case in rows:
            self._used.discard(case.name)
        kinds = {case.checks[0].kind for _, case in rows}
        kind = kinds.pop() if len(kinds) == 1 else "approx" if kinds == {"equal", "approx"} else "equal"
        return Case(
            subject=first.subject,
            category=category,
            name="",
            reasoning="",
            setup=first.setup,
            call=call,
            checks=[Check(kind, expected=result)],
            parameters=[*varying, result],
            rows=[[arguments[name] for name in varying] + [case.checks[0].expected] for arguments, case in rows],
            imports=sorted({tuple(item) for _, case in rows for item in case.imports}),  # type: ignore[arg-type]
            lines=sorted({line for _, case in rows for line in case.lines}),
            origin=first.origin,
            confidence=min(case.confidence for _, case in rows),
            requirement=first.requirement,
        )

    def _merge(self, singles: list[Case]) -> list[Case]:
        """Three or more cases that differ in their arguments alone read better as a table."""
        groups: dict[Any, list[Case]] = {}
        for case in singles:
            arguments = _arguments_in(case.call, self._subject)
            key = (case.origin, tuple(case.setup), case.checks[0].kind, tuple(arguments)) if arguments else id(case)
            groups.setdefault(key if _is_row(case) else id(case), []).append(case)
        merged = []
        for group in groups.values():
            table = None
            if len(group) >= TABLE_MIN:
                edges = all(case.category == "boundary" for case in group)
                rows = [(_arguments_in(case.call, self._subject), case) for case in group]
                table = self._as_table(rows, "boundary" if edges else group[0].category)
            if table is None:
                merged += group
                continue
            is_documented = table.origin == "spec"
            suffix = "_documented_examples" if is_documented else "_edge_cases" if edges else ""
            table.name = self._unique(base_name(self._subject) + suffix)
            table.reasoning = "Examples of the documentation" if is_documented else "Inputs that take different paths"
            if is_documented:
                table.requirement = f"the examples in the documentation of {self._subject.qualified_name}"
            merged.append(table)
        return merged

    def _anti_cheat(self, trials: list[Trial]) -> Optional[Case]:
        """More inputs on the path that most calls take: a fixed answer or a lookup table would fail."""
        paths: dict[Any, list[Trial]] = {}
        for trial in trials:
            plain = trial.outcome.kind == "value" and trial.outcome.text not in ("None", "True", "False")
            if plain and trial.attempt.arguments:
                paths.setdefault(_signature(trial)[0], []).append(trial)
        if not paths:
            return None
        path, members = max(paths.items(), key=lambda item: len({_result(trial) for trial in item[1]}))
        known = self._values.get(path, set())
        if len(known) > TABLE_MIN:
            return None  # tests already ask for that many different answers
        rows: list[Trial] = []
        for trial in members:
            is_new = trial.outcome.text not in known and trial.outcome.text not in {row.outcome.text for row in rows}
            echoes = trial.outcome.text in trial.attempt.arguments.values()
            if is_new and not echoes and _key(trial) not in self._known:
                rows.append(trial)
        case = self._table(rows[:ANTI_CHEAT_ROWS], "anti_cheat", TABLE_MIN)
        if case is not None:
            case.name = self._unique(f"{base_name(self._subject)}_follows_its_input")
            case.reasoning = "More inputs on one path, so that no fixed answer passes"
        return case


# ---- Helpers ----


def describe(trial: Trial) -> str:
    outcome = trial.outcome
    if outcome.kind == "value":
        return f"gives {outcome.text}"
    if outcome.kind == "raise":
        return f"raises {outcome.type_name}: {outcome.message}" if outcome.message else f"raises {outcome.type_name}"
    if outcome.kind == "opaque":
        return f"gives a {outcome.type_name}"
    return outcome.text


def _is_fresh(trial: Trial) -> bool:
    return len(trial.attempt.owner_setup) == 1 and trial.outcome.kind == "value"


def _signature(trial: Trial) -> tuple[Any, ...]:
    outcome = trial.outcome
    if trial.attempt.owner_setup and not trial.attempt.arguments and outcome.kind == "value":
        return frozenset(), outcome.kind, outcome.type_name, outcome.text  # the object's state decides, not the path
    path = frozenset(tuple(arc) for arc in outcome.arcs)
    shape = outcome.text if outcome.text in ("None", "True", "False", "''", "[]", "{}", "()", "set()") else ""
    return path, outcome.kind, outcome.type_name, shape


def _key(trial: Trial) -> tuple[str, ...]:
    return (*trial.attempt.call.setup, trial.attempt.call.expression)


def _result(trial: Trial) -> str:
    return f"{trial.outcome.kind} {trial.outcome.type_name} {trial.outcome.text}"


def _is_row(case: Case) -> bool:
    return len(case.checks) == 1 and case.checks[0].kind != "raises" and not case.checks[0].expression and not case.rows


def _first_line(message: str) -> str:
    line = message.split("\n")[0].rstrip()
    return line if len(line) <= MATCH_MAX else line[:MATCH_MAX].rpartition(" ")[0]


def _limit_words(constant: str) -> str:
    return "zero" if constant in ("0", "0.0") else re.sub(r"[^0-9a-z]+", "_", constant).strip("_")


def _reason_of_state(state: str) -> str:
    return _spoken(state).capitalize().replace("On new", "On a new") if state else "The observed result"


def _is_assigned(name: str, setup: list[str]) -> bool:
    return any(re.match(rf"{re.escape(name)}\s*=[^=]", text) for text in setup)


def _call_node(call: str, subject: Subject) -> Optional[ast.Call]:
    try:
        tree = ast.parse(call, mode="eval")
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == subject.name:
                return node
    return None


def _argument_nodes(node: ast.Call, subject: Subject) -> list[tuple[str, ast.expr]]:
    positional = [parameter.name for parameter in subject.parameters if not parameter.is_keyword_only]
    return list(zip(positional, node.args)) + [(str(item.arg), item.value) for item in node.keywords]


def _arguments_in(call: str, subject: Subject) -> dict[str, str]:
    node = _call_node(call, subject)
    if node is None:
        return {}
    return {name: call_text(call, value) for name, value in _argument_nodes(node, subject)}


def call_text(call: str, node: ast.expr) -> str:
    return ast.get_source_segment(call, node) or ast.unparse(node)


def _with_names(call: str, arguments: dict[str, str], names: list[str], subject: Subject) -> Optional[str]:
    """The call with parameters' names in the place of their values."""
    node = _call_node(call, subject)
    if node is None:
        return None
    places = [
        (value.col_offset, value.end_col_offset or 0, name)
        for name, value in _argument_nodes(node, subject)
        if name in names
    ]
    if len(places) != len(names):
        return None
    data = call.encode("utf-8")  # columns count bytes
    for start, end, name in sorted(places, reverse=True):
        data = data[:start] + name.encode("utf-8") + data[end:]
    return data.decode("utf-8")
