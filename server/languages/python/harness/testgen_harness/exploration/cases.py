"""From trials to test cases: chooses the few that show different behaviour."""

from __future__ import annotations

import ast
import re
from typing import Any, Callable, Optional

from testgen_harness.exploration.case import (
    EXPLICIT_CONFIDENCE,
    OBSERVED_CONFIDENCE,
    Case,
    Check,
    Chosen,
    in_one_line,
    is_row,
)
from testgen_harness.exploration.explorer import Exploration, Trial, is_misfit
from testgen_harness.exploration.names import EDGE_WORDS, Namer, base_name, limit_words
from testgen_harness.exploration.subjects import home_of
from testgen_harness.exploration.tables import TABLE_MIN, TableMaker
from testgen_harness.exploration.trials import changes_of, describe, is_fresh, key_of, result_of, signature_of
from testgen_harness.exploration.worth import Goal, goals_of, worth_keeping

CASES_MAX = 14  # of one subject
JUDGED_CASES_MAX = 60  # where each notices or reaches what the others do not; most become rows of tables
ANTI_CHEAT_ROWS = 4
JUDGED_ANTI_CHEAT_ROWS = 12
CHANGES_MAX = 4  # that a test states
MATCH_MAX = 70  # characters of a message that a test asks for
TEXT_MAX = 100  # characters of one value in a test


class Chooser:
    def __init__(
        self,
        exploration: Exploration,
        lines: set[int],
        documented_errors: str,
        knows_new_object: bool = False,
        reached: frozenset[Goal] = frozenset(),
        polish: Callable[[list[Trial]], None] = lambda trials: None,
    ) -> None:
        self._exploration = exploration
        self._subject = exploration.subject
        self._lines = lines
        self._documented = documented_errors
        self._knows_new_object = knows_new_object  # a test of the class shows it already
        self._reached = reached  # by tests of other functions
        self._polish = polish  # what becomes of the trials that are kept
        self._seen: set[Any] = set()
        self._known = {key_of(trial) for trial in exploration.known}
        self._values: dict[Any, set[str]] = {}
        self._chosen = Chosen()
        self.kept: list[Trial] = []
        self._is_judged = exploration.is_judged
        self._namer = Namer(self._subject)
        self._tables = TableMaker(self._subject, self._namer)
        for trial in exploration.known:
            self._note(trial)

    def choose(self) -> Chosen:
        singles: list[Case] = []
        trials = [trial for trial in self._exploration.trials if not self._lines or self._lines & trial.outcome.lines]
        self._say_unanswered(self._exploration.trials)
        if self._is_judged:
            trials = self.kept = self._worth_keeping(trials)
            self._polish(trials)
        singles += self._documented_cases(trials)
        tables = self._boundary_tables(trials)
        cheat = self._anti_cheat(trials) if self._is_judged else None
        cases_max = JUDGED_CASES_MAX if self._is_judged else CASES_MAX
        order = {"plain": 0, "code": 1, "boundary": 2, "state": 3, "varied": 4, "doc": 5}
        for trial in sorted(trials, key=lambda item: order.get(item.attempt.source, 9)):
            if len(singles) >= cases_max:
                break
            case = self._single(trial)
            if case is not None:
                singles.append(case)
        cases = tables + self._tables.merge(singles)
        cheat = cheat if self._is_judged else self._anti_cheat(trials)
        self._chosen.cases = [in_one_line(case) for case in cases + ([cheat] if cheat else [])]
        if not (self._chosen.cases or self._chosen.unanswered or self._chosen.disagreements):
            self._chosen.nothing.append(f"{self._subject.qualified_name}: {self._why_nothing(trials)}")
        return self._chosen

    def _worth_keeping(self, trials: list[Trial]) -> list[Trial]:
        """What the documentation gets wrong is reported, and no test of it."""
        for trial in trials:
            if _is_documented(trial) and not self._agrees(trial):
                self._disagree(trial)
        usable = [trial for trial in trials if key_of(trial) not in self._known and self._is_statable(trial)]
        return worth_keeping(usable, self._reached | goals_of(self._exploration.known))

    def _is_statable(self, trial: Trial) -> bool:
        if _is_documented(trial) and not self._agrees(trial):
            return False
        return self._is_short(trial, self._checks(trial))

    def _is_short(self, trial: Trial, checks: list[Check]) -> bool:
        attempt = trial.attempt
        texts = [*attempt.call.setup, *attempt.arguments.values(), *(check.expected for check in checks)]
        return bool(checks) and all(len(text) <= TEXT_MAX for text in texts)

    def _why_nothing(self, trials: list[Trial]) -> str:
        tried = len(self._exploration.trials)
        calls = f"the {tried} calls that were tried" if tried != 1 else "the only call that was tried"
        does = "does" if tried == 1 else "do"
        if not trials and self._lines:
            return f"nothing is proposed, because none of {calls} reaches the lines that were asked for"
        if self._is_judged and self._exploration.known and not trials:
            return f"nothing is proposed, because existing tests notice and reach all that {calls} {does}"
        if all(signature_of(trial) in self._seen or key_of(trial) in self._known for trial in trials):
            return f"nothing is proposed, because existing tests show all that {calls} show{'s' if tried == 1 else ''}"
        return f"nothing is proposed, because no result of {calls} is one that a short test can state"

    def _note(self, trial: Trial) -> None:
        signature = signature_of(trial)
        self._seen.add(signature)
        if trial.outcome.kind == "value":
            self._values.setdefault(signature[0], set()).add(trial.outcome.text)

    # ---- What has no answer ----

    def _say_unanswered(self, trials: list[Trial]) -> None:
        said = set()
        for trial in trials:
            reason = self._reason_against(trial)
            key = trial.outcome.type_name if trial.outcome.kind == "raise" else reason
            if reason and key not in said:
                said.add(key)
                text = trial.attempt.call.expression
                self._chosen.unanswered.append(
                    {"requirement": f"{self._subject.qualified_name}: {text}", "reason": reason}
                )

    def _reason_against(self, trial: Trial) -> str:
        outcome = trial.outcome
        if outcome.kind in ("effect", "timeout", "ended", "unstable"):
            return f"{outcome.text}; such a call is not turned into a test"
        if outcome.kind == "opaque" and not outcome.attributes and not changes_of(trial.outcome):
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
        signature = signature_of(trial)
        if (signature in self._seen and not self._is_judged) or key_of(trial) in self._known:
            return None
        if (
            self._knows_new_object
            and not self._is_judged
            and trial.attempt.call.expression in trial.outcome.views
            and is_fresh(trial)
        ):
            self._note(trial)
            return None
        case = self.case_of(trial)
        if case is None:
            return None
        self._note(trial)
        self._known.add(key_of(trial))
        return case

    def case_of(self, trial: Trial) -> Optional[Case]:
        outcome, attempt = trial.outcome, trial.attempt
        checks = self._checks(trial)
        if not self._is_short(trial, checks):
            return None
        words, reasoning = self._namer.words(trial)
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
            name=self._namer.unique(f"{base_name(self._subject)}_{words}", self._namer.all_words(attempt)),
            reasoning=reasoning,
            confidence=EXPLICIT_CONFIDENCE if is_error else OBSERVED_CONFIDENCE,
            setup=setup,
            call=call,
            checks=checks,
            imports=self._imports(trial),
            lines=sorted(outcome.lines),
            notices=sorted(trial.kills),
        )

    def _checks(self, trial: Trial) -> list[Check]:
        outcome = trial.outcome
        if outcome.kind == "raise":
            if not self._is_meant(trial):
                return []
            return [Check("raises", exception=outcome.type_name, match=_first_line(outcome.message))]
        changed = changes_of(trial.outcome)
        if outcome.kind == "value" and outcome.text != "None":
            shown = changed[:CHANGES_MAX] if outcome.shows_changes else []
            return [
                Check(outcome.comparison, expected=outcome.text),
                *(Check(view[0], expression, view[1]) for expression, view in shown),
            ]
        if outcome.kind == "value" and not changed and self._returns_none_on_purpose():
            return [Check("is", expected="None")]
        if outcome.kind == "opaque" and not changed:
            shown = list(outcome.attributes.items())[:4]
            return [Check(view[0], f"result.{name}", view[1]) for name, view in shown]
        if outcome.kind in ("value", "opaque"):
            return [Check(view[0], expression, view[1]) for expression, view in changed[:CHANGES_MAX]]
        return []

    def _returns_none_on_purpose(self) -> bool:
        """None is a result where the function also gives other values."""
        return any(
            trial.outcome.kind in ("value", "opaque") and trial.outcome.text != "None"
            for trial in self._exploration.trials
        )

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

    # ---- Documentation ----

    def _documented_cases(self, trials: list[Trial]) -> list[Case]:
        cases = []
        for trial in trials:
            attempt, outcome = trial.attempt, trial.outcome
            if not _is_documented(trial):
                continue
            if not self._agrees(trial):
                self._disagree(trial)
                continue
            if key_of(trial) in self._known or len(cases) >= CASES_MAX:
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
            self._known.add(key_of(trial))
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
            if len({signature_of(trial) for trial in group}) < 2 and len({result_of(trial) for trial in group}) < 3:
                continue  # nothing changes here: the comparison belongs to a path that these calls do not take
            rows = [trial for trial in group if trial.outcome.kind == "value" and key_of(trial) not in self._known]
            case = self._table(rows, "boundary", 2)
            if case is None:
                cases += self._edges(rows)
                continue
            boundary = group[0].attempt.boundary
            assert boundary is not None
            place = "length_limit" if boundary.is_length else limit_words(boundary.constant)
            case.name = self._namer.unique(f"{base_name(self._subject)}_around_{boundary.parameter}_{place}".strip("_"))
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
                self._known.add(key_of(trial))
                cases.append(case)
        return cases

    def _table(self, trials: list[Trial], category: str, minimum: int) -> Optional[Case]:
        cases = [(trial, self.case_of(trial)) for trial in trials]
        usable = [(trial, case) for trial, case in cases if case is not None and is_row(case)]
        if len(usable) < minimum:
            for _, case in usable:
                self._namer.release(case.name if case else "")
            return None
        for trial, _ in usable:
            self._note(trial)
            self._known.add(key_of(trial))
        return self._tables.as_table([(trial.attempt.arguments, case) for trial, case in usable if case], category)

    def _anti_cheat(self, trials: list[Trial]) -> Optional[Case]:
        """More inputs on the path that most calls take: a fixed answer or a lookup table would fail."""
        paths: dict[Any, list[Trial]] = {}
        for trial in trials:
            plain = trial.outcome.kind == "value" and trial.outcome.text not in ("None", "True", "False")
            if plain and trial.attempt.arguments:
                paths.setdefault(signature_of(trial)[0], []).append(trial)
        if not paths:
            return None
        path, members = max(paths.items(), key=lambda item: len({result_of(trial) for trial in item[1]}))
        known = self._values.get(path, set())
        if len(known) > TABLE_MIN:
            return None  # tests already ask for that many different answers
        rows: list[Trial] = []
        for trial in members:
            is_new = trial.outcome.text not in known and trial.outcome.text not in {row.outcome.text for row in rows}
            echoes = trial.outcome.text in trial.attempt.arguments.values()
            if is_new and not echoes and key_of(trial) not in self._known:
                rows.append(trial)
        rows = rows[: JUDGED_ANTI_CHEAT_ROWS if self._is_judged else ANTI_CHEAT_ROWS]
        case = self._table(rows, "anti_cheat", TABLE_MIN)
        if case is not None:
            case.name = self._namer.unique(f"{base_name(self._subject)}_follows_its_input")
            case.reasoning = "More inputs on one path, so that no fixed answer passes"
        return case


# ---- Helpers ----


def _is_documented(trial: Trial) -> bool:
    attempt = trial.attempt
    return attempt.source == "doc" and (attempt.expected is not None or attempt.expected_error is not None)


def _first_line(message: str) -> str:
    line = message.split("\n")[0].rstrip()
    return line if len(line) <= MATCH_MAX else line[:MATCH_MAX].rpartition(" ")[0]


def _is_assigned(name: str, setup: list[str]) -> bool:
    return any(re.match(rf"{re.escape(name)}\s*=[^=]", text) for text in setup)
