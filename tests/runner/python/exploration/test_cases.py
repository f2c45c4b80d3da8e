"""Choosing cases from trials: names, tables, call texts, and what is said of the rest."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from sample import Samples
from testgen_harness.exploration.call_text import arguments_in, with_names
from testgen_harness.exploration.calls import Attempt, CallMaker
from testgen_harness.exploration.case import Case, Check, Chosen
from testgen_harness.exploration.cases import Chooser
from testgen_harness.exploration.explorer import Exploration, Trial
from testgen_harness.exploration.inputs import Boundary
from testgen_harness.exploration.names import Namer, base_name, limit_words, words_of
from testgen_harness.exploration.probe import Outcome
from testgen_harness.exploration.subjects import Subject
from testgen_harness.exploration.tables import TableMaker
from testgen_harness.exploration.trials import describe, key_of, signature_of

FEE = "def fee(total, country='de'):\n    return total\n"


@pytest.fixture
def fee(samples: Samples) -> Subject:
    return samples.subject(FEE, "fee")


def trial(
    subject: Subject, arguments: dict[str, str], outcome: Outcome, source: str = "varied", **fields: Any
) -> Trial:
    attempt = CallMaker(subject, []).make(arguments, [], source)
    for name, value in fields.items():
        setattr(attempt, name, value)
    return Trial(attempt, outcome)


def value(text: str, path: Optional[list[list[int]]] = None, **fields: Any) -> Outcome:
    return Outcome("value", text, type_name="int", arcs=path or [[1, 2]], **fields)


def choose(subject: Subject, trials: list[Trial], lines: Optional[set[int]] = None, **fields: Any) -> Chosen:
    return Chooser(Exploration(subject, trials, **fields), lines or set(), subject.doc).choose()


# ---- Names ----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("None", "no_price"),
        ("False", "not_price"),
        ("0", "zero_price"),
        ("-3", "negative_price"),
        ("2.5", "price_2_5"),
        ("''", "empty_price"),
        ("'  '", "blank_price"),
        ("' a '", "padded_price"),
        ("'café'", "non_ascii_price"),
        ("'Hello World'", "hello_world"),
        ("'" + "x" * 20 + "'", "price_of_length_20"),
        ("[]", "empty_price"),
        ("[1]", "single_item_price"),
        ("[1, 1]", "repeated_price"),
        ("[1, 2]", "price"),
        ("Price(1)", "price"),
    ],
)
def test_words_of_values(text: str, words: str) -> None:
    assert words_of("price", text) == words


def test_names_differ(fee: Subject) -> None:
    namer = Namer(fee)
    assert base_name(fee) == "fee"
    assert [namer.unique("fee"), namer.unique("fee"), namer.unique("fee", "zero_total"), namer.unique("fee")] == [
        "fee",
        "fee_2",
        "fee_with_zero_total",
        "fee_3",
    ]
    namer.release("fee_2")
    assert namer.unique("fee") == "fee_2"


@pytest.mark.parametrize(("constant", "words"), [("0", "zero"), ("0.0", "zero"), ("-1", "1"), ("2.5", "2_5")])
def test_words_of_limits(constant: str, words: str) -> None:
    assert limit_words(constant) == words


# ---- Call texts ----


def test_arguments_of_a_call(fee: Subject) -> None:
    assert arguments_in("list(fee(1, country='é'))", fee) == {"total": "1", "country": "'é'"}
    assert arguments_in("other(1)", fee) == {}
    assert arguments_in("fee(", fee) == {}


def test_names_in_the_place_of_values(fee: Subject) -> None:
    arguments = {"total": "'é'", "country": "2"}
    assert with_names("fee('é', country=2)", arguments, ["total", "country"], fee) == "fee(total, country=country)"
    assert with_names("fee('é')", arguments, ["total", "country"], fee) is None


# ---- Trials ----


def test_signatures_tell_paths_and_shapes_apart(fee: Subject) -> None:
    one, other = (trial(fee, {"total": text}, value(text)) for text in ("1", "2"))
    empty = trial(fee, {"total": "3"}, value("[]"))
    elsewhere = trial(fee, {"total": "4"}, value("4", [[1, 3]]))
    assert signature_of(one) == signature_of(other)
    assert len({signature_of(item) for item in (one, empty, elsewhere)}) == 3
    assert key_of(one) == ("fee(1)",)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (value("1"), "gives 1"),
        (Outcome("raise", type_name="KeyError", message="x"), "raises KeyError: x"),
        (Outcome("raise", type_name="KeyError"), "raises KeyError"),
        (Outcome("opaque", type_name="Cart"), "gives a Cart"),
        (Outcome("timeout", "does not end"), "does not end"),
    ],
)
def test_outcomes_in_words(fee: Subject, outcome: Outcome, words: str) -> None:
    assert describe(trial(fee, {"total": "1"}, outcome)) == words


# ---- Tables ----


def case(call: str, expected: str, category: str = "correctness", kind: str = "equal") -> Case:
    return Case("fee", category, f"fee_{expected}", "", call=call, checks=[Check(kind, expected=expected)])


def test_three_cases_that_differ_in_arguments_make_a_table(fee: Subject) -> None:
    singles = [case("fee(1)", "10"), case("fee(2)", "20"), case("fee(3)", "30")]
    (table,) = TableMaker(fee, Namer(fee)).merge(singles)
    assert (table.name, table.call, table.parameters) == ("fee", "fee(total)", ["total", "expected"])
    assert table.rows == [["1", "10"], ["2", "20"], ["3", "30"]]
    assert table.checks == [Check("equal", expected="expected")]


def test_a_table_with_a_fraction_compares_approximately(fee: Subject) -> None:
    rows = [({"total": "1"}, case("fee(1)", "10")), ({"total": "3"}, case("fee(3)", "3.5", kind="approx"))]
    table = TableMaker(fee, Namer(fee)).as_table(rows, "boundary")
    assert table is not None
    assert (table.category, table.checks) == ("boundary", [Check("approx", expected="expected")])


def test_two_cases_and_those_of_other_arguments_stay_alone(fee: Subject) -> None:
    singles = [case("fee(1)", "10"), case("fee(2)", "20"), case("fee(3, country='at')", "30")]
    assert TableMaker(fee, Namer(fee)).merge(singles) == singles


def test_a_table_of_edges_is_one_of_boundaries(fee: Subject) -> None:
    singles = [case(f"fee({number})", str(number), "boundary") for number in range(3)]
    (table,) = TableMaker(fee, Namer(fee)).merge(singles)
    assert (table.category, table.name) == ("boundary", "fee_edge_cases")


# ---- Choosing ----


def test_one_case_per_path(fee: Subject) -> None:
    trials = [
        trial(fee, {"total": "1"}, value("1"), "plain"),
        trial(fee, {"total": "2"}, value("1")),
        trial(fee, {"total": "-1"}, value("9", [[1, 3]]), varied="total"),
    ]
    cases = choose(fee, trials).cases
    assert [(item.call, item.category) for item in cases] == [("fee(1)", "correctness"), ("fee(-1)", "boundary")]
    assert cases[1].name == "fee_with_negative_total"
    assert cases[1].lines == [3]


def test_only_what_reaches_the_lines(fee: Subject) -> None:
    trials = [
        trial(fee, {"total": "1"}, value("1"), "plain"),
        trial(fee, {"total": "5"}, value("9", [[1, 3]])),
    ]
    assert [item.call for item in choose(fee, trials, {3}).cases] == ["fee(5)"]


def test_what_tests_call_already_is_known(fee: Subject) -> None:
    known = trial(fee, {"total": "1"}, value("1"), "test")
    trials = [trial(fee, {"total": "1"}, value("1"), "plain"), trial(fee, {"total": "2"}, value("2"))]
    assert choose(fee, trials, known=[known]).cases == []


def test_errors_are_tested_where_they_are_meant(fee: Subject) -> None:
    meant = Outcome("raise", type_name="ValueError", exception_module="builtins", message="no", is_explicit=True)
    accident = Outcome("raise", type_name="ZeroDivisionError", exception_module="builtins", message="by zero")
    misfit = Outcome("raise", type_name="TypeError", exception_module="builtins", message="bad operand")
    trials = [trial(fee, {"total": text}, outcome) for text, outcome in (("1", meant), ("0", accident), ("''", misfit))]
    chosen = choose(fee, trials)
    (error,) = chosen.cases
    assert error.checks == [Check("raises", exception="ValueError", match="no")]
    assert error.category == "boundary"
    assert [item["requirement"] for item in chosen.unanswered] == ["fee: fee(0)"]


def test_a_boundary_makes_a_table_around_it(fee: Subject) -> None:
    boundary = Boundary("total", "total > 50", "50", ["49", "50", "51"], is_length=False)
    trials = [
        trial(fee, {"total": text}, value(result, path), "boundary", boundary=boundary, varied="total")
        for text, result, path in (("49", "5", [[1, 2]]), ("50", "5", [[1, 2]]), ("51", "0", [[1, 3]]))
    ]
    table = choose(fee, trials).cases[0]
    assert (table.name, table.reasoning) == ("fee_around_total_50", "Below, on and above `total > 50`")
    assert table.rows == [["49", "5"], ["50", "5"], ["51", "0"]]


def test_documentation_that_is_wrong_disagrees(fee: Subject) -> None:
    right = trial(fee, {"total": "1"}, value("1"), "doc", expected="1")
    wrong = trial(fee, {"total": "2"}, value("2"), "doc", expected="3")
    chosen = choose(fee, [right, wrong])
    assert [(item.origin, item.confidence, item.call) for item in chosen.cases] == [("spec", 1.0, "fee(1)")]
    (disagreement,) = chosen.disagreements
    assert (disagreement["specification"], disagreement["observed"]) == ("fee(2) -> 3", "gives 2")


def test_more_inputs_on_one_path_are_asked_against_cheats(fee: Subject) -> None:
    trials = [
        trial(fee, {"total": str(number)}, value(str(number * 10)), "plain" if number == 1 else "varied")
        for number in range(1, 8)
    ]
    cheat = choose(fee, trials).cases[-1]
    assert (cheat.category, cheat.name) == ("anti_cheat", "fee_follows_its_input")
    assert cheat.rows == [["2", "20"], ["3", "30"], ["4", "40"], ["5", "50"]]


def test_answers_that_only_echo_are_no_evidence_against_cheats(fee: Subject) -> None:
    trials = [trial(fee, {"total": str(number)}, value(str(number))) for number in range(1, 8)]
    assert all(item.category != "anti_cheat" for item in choose(fee, trials).cases)


def test_attempts_keep_their_arguments(fee: Subject) -> None:
    attempt: Attempt = trial(fee, {"total": "1"}, value("1")).attempt
    assert attempt.arguments == {"total": "1"}


BASKET = "class Basket(dict):\n    def count(self):\n        return len(self)\n"


@pytest.mark.parametrize(("count", "words"), [(0, "on_new_basket"), (1, "with_one_item"), (3, "with_3_items")])
def test_names_say_how_many_items_an_object_holds(samples: Samples, count: int, words: str) -> None:
    subject = samples.subject(BASKET, "Basket.count")
    setup = ["basket = Basket()", *(f"basket[{key}] = 1" for key in range(count))]
    attempt = CallMaker(subject, []).make({}, setup, "state")
    assert Namer(subject).words(Trial(attempt, value(str(count))))[0] == words
