"""Cases that differ in their inputs alone, as one parametrised case."""

from __future__ import annotations

from typing import Any, Optional

from testgen_harness.exploration.call_text import arguments_in, with_names
from testgen_harness.exploration.case import Case, Check, is_row
from testgen_harness.exploration.names import Namer, base_name
from testgen_harness.exploration.subjects import Subject

TABLE_MIN = 3  # rows that make a table worth it


class TableMaker:
    def __init__(self, subject: Subject, namer: Namer) -> None:
        self._subject = subject
        self._namer = namer

    def as_table(self, rows: list[tuple[dict[str, str], Case]], category: str) -> Optional[Case]:
        names = [parameter.name for parameter in self._subject.parameters]
        used = [name for name in names if any(name in arguments for arguments, _ in rows)]
        if any(set(arguments) != set(used) for arguments, _ in rows) or not used:
            return None
        varying = [name for name in used if len({arguments[name] for arguments, _ in rows}) > 1] or used[:1]
        first_arguments, first = rows[0]
        result = "expected" if "expected" not in names else "wanted"
        call = with_names(first.call, first_arguments, varying, self._subject)
        if call is None:
            return None
        for _, case in rows:
            self._namer.release(case.name)
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
            notices=sorted({number for _, case in rows for number in case.notices}),
            origin=first.origin,
            confidence=min(case.confidence for _, case in rows),
            requirement=first.requirement,
        )

    def merge(self, singles: list[Case]) -> list[Case]:
        """Three or more cases that differ in their arguments alone read better as a table."""
        groups: dict[Any, list[Case]] = {}
        for case in singles:
            arguments = arguments_in(case.call, self._subject)
            key = (case.origin, tuple(case.setup), case.checks[0].kind, tuple(arguments)) if arguments else id(case)
            groups.setdefault(key if is_row(case) else id(case), []).append(case)
        merged = []
        for group in groups.values():
            table = None
            if len(group) >= TABLE_MIN:
                edges = all(case.category == "boundary" for case in group)
                rows = [(arguments_in(case.call, self._subject), case) for case in group]
                table = self.as_table(rows, "boundary" if edges else group[0].category)
            if table is None:
                merged += group
                continue
            is_documented = table.origin == "spec"
            suffix = "_documented_examples" if is_documented else "_edge_cases" if edges else ""
            table.name = self._namer.unique(base_name(self._subject) + suffix)
            table.reasoning = "Examples of the documentation" if is_documented else "Inputs that take different paths"
            if is_documented:
                table.requirement = f"the examples in the documentation of {self._subject.qualified_name}"
            merged.append(table)
        return merged
