"""Models that are asked over the network: what they are told, what becomes of their answers, and what goes wrong."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from model_server import ModelServer, Reply, in_a_while
from support import BINARY, PYTHON, TEST_CALC, Workspace, schema_errors, share_of

AUTHORITY = """[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[req]
distinguished_name = names
[names]
[extensions]
basicConstraints = critical, CA:true
subjectAltName = {name}
"""
KEY = "sk-planted-0123456789abcdefABCDEF"


def test(name: str, call: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "category": "correctness", "reasoning": f"about {call}", "call": call, **members}


def answer(*tests: dict[str, Any]) -> str:
    return json.dumps({"tests": tests})


GOOD = test("half_off", "discount(80, 50)", expected="40.0")
REFUSED = test("more_than_all", "discount(1, 101)", raises="ValueError", match="out of range")
WRONG = test("tenth_off", "discount(100, 10)", expected="12345.5")
EMPTY = test("pop_of_nothing", "Stack().pop()", raises="IndexError")


class Models(Workspace):
    def setUp(self) -> None:
        super().setUp()
        self.needs_sandbox()
        self.settings()

    def ask(self, server: ModelServer, *arguments: str, api: str = "openai", **options: Any) -> Any:
        return self.report("generate", "calc.py", *self.options(server.url, api), *arguments, **options)

    def options(self, url: str, api: str = "openai") -> list[str]:
        return ["--provider", api, "--model", "tiny", "--model-url", url]

    def settings(self, **members: Any) -> None:
        """One question, unless a test is about several: categories with few tests are asked about again."""
        self.write("testgen.json", json.dumps({"modelRounds": 1, **members}))

    def answer_file(self, *tests: dict[str, Any]) -> Path:
        return self.write("answer.json", answer(*tests))

    def names(self, tests: list[dict[str, Any]]) -> set[str]:
        return {test["id"].rpartition("::")[2] for test in tests}

    # ---- What goes well ----

    def test_both_interfaces_with_and_without_a_stream(self) -> None:
        for api in ("openai", "anthropic"):
            for is_stream in (True, False):
                with self.subTest(api=api, is_stream=is_stream):
                    with ModelServer(Reply(answer(GOOD, REFUSED), is_stream=is_stream)) as server:
                        report = self.ask(server, api=api)
                    self.assertEqual(self.names(report["accepted"]), {"test_half_off", "test_more_than_all"})
                    self.assertEqual({test["origin"] for test in report["accepted"]}, {"model"})
                    self.assertEqual((report["provider"], report["model"]), (api, "tiny"))
                    self.assertEqual((report["tokens"], report["rounds"]), (1200, 1))
                    self.assertNotIn("cost_cents", report)

    def test_what_a_model_is_told(self) -> None:
        with ModelServer(Reply(answer(GOOD))) as server:
            self.ask(server, environment={"TESTGEN_API_KEY": KEY})
            self.ask(server, api="anthropic", environment={"TESTGEN_API_KEY": KEY})
        first, second = server.asked
        self.assertEqual((first.path, second.path), ("/v1/chat/completions", "/v1/messages"))
        self.assertEqual(first.headers["Authorization"], f"Bearer {KEY}")
        self.assertEqual((second.headers["x-api-key"], second.headers["anthropic-version"]), (KEY, "2023-06-01"))
        for asked in (first, second):
            self.assertEqual((asked.body["model"], asked.body["stream"]), ("tiny", True))
            self.assertGreater(asked.body["max_tokens"], 0)
            self.assertIn("def discount(price, percent):", asked.question)
            self.assertIn("def test_add():", asked.question)
            self.assertIn("module `calc`", asked.question)
            self.assertNotIn(KEY, json.dumps(asked.body))

    def test_the_knobs_of_the_configuration(self) -> None:
        knobs = {
            "temperature": 0.9,
            "max_tokens": 700,
            "primary_model": "chosen",
            "category_order": ["boundary", "anti_cheat", "existence", "correctness", "integration"],
            "category_prompts": {"boundary": "Try both sides."},
            "anti_cheat_prompt": "Nobody may cheat.",
            "reflection_prompt": "Think again.",
        }
        self.configure(**knobs)
        self.settings(modelRounds=2)
        with ModelServer(Reply(answer(GOOD, WRONG))) as server:
            options = ["--provider", "openai", "--model-url", server.url]
            self.report("generate", "calc.py", *options)
        first, second = server.asked
        self.assertEqual(
            (first.body["model"], first.body["temperature"], first.body["max_tokens"]), ("chosen", 0.9, 700)
        )
        self.assertRegex(
            first.question,
            "(?s)`boundary`, at most 5 tests: Try both sides.\n.*`anti_cheat`.*`existence`.*Nobody may cheat.",
        )
        self.assertIn("Think again.", second.question)

    def configure(self, **knobs: Any) -> None:
        created = self.report("config", "create", json.dumps(knobs))["configs"][0]
        self.succeeds("config", "set-current", str(created["id"]))

    def test_a_category_with_too_few_tests_is_asked_about_again(self) -> None:
        answers = [Reply(answer(GOOD)), Reply(answer(REFUSED)), Reply(answer(EMPTY))]
        self.settings(modelRounds=12, context="custom", categories=["correctness"])
        self.configure(min_comprehensiveness_score=0)
        with ModelServer(*answers) as server:
            report = self.ask(server)
        self.assertEqual((len(server.asked), len(report["accepted"])), (2, 2))  # two are the least
        self.assertIn("Category `correctness` has 1 of at least 2 tests.", server.asked[1].question)
        self.configure(min_tests_per_category=3, min_comprehensiveness_score=0)
        with ModelServer(*answers) as server:
            self.assertEqual(len(self.ask(server)["accepted"]), 3)
        self.configure(min_tests_per_category=3, max_rounds_per_category=2, min_comprehensiveness_score=0)
        with ModelServer(*answers) as server:
            self.assertEqual(len(self.ask(server)["accepted"]), 2)
            self.assertEqual(len(server.asked), 2)

    def test_what_no_test_notices_yet_is_asked_for(self) -> None:
        self.settings(modelRounds=12, context="custom", categories=["correctness"])
        sums = test("sum_of_two", "add(2, 3)", expected="5")
        answers = [Reply(answer(GOOD, REFUSED)), Reply(answer(EMPTY)), Reply(answer(sums)), Reply(answer(WRONG))]
        calls = (("min_comprehensiveness_score", 0, 1), ("min_comprehensiveness_score", 7, 3))
        for knob, value, questions in calls:  # two more at most
            self.configure(**{knob: value, "min_tests_per_category": 2, "category_prompts": {"boundary": f"v{value}"}})
            with self.subTest(value), ModelServer(*answers) as server:
                report = self.ask(server)
                self.assertEqual(len(server.asked), questions)
                self.assertNotIn("What is left", server.asked[0].question)
        told = server.asked[1].question.partition("## What is left")[2]
        self.assertIn("- no test runs line", told)
        self.assertRegex(told, r"- line \d+: no test notices when `.*` becomes `.*`")
        gaps = [asked.question.count("no test notices when") for asked in server.asked]
        self.assertGreater(gaps[1], gaps[2])
        mutants, coverage, requirements = report["comprehensiveness"]["parts"]
        self.assertEqual([mutants["basis"], coverage["basis"]], ["measured", "measured"])
        self.assertEqual(requirements["basis"], "not applicable")
        value = 6 * mutants["after"] / mutants["total"] + coverage["after"] / coverage["total"]
        self.assertAlmostEqual(report["comprehensiveness"]["value"], 10 * value / 7)
        judged = self.mutants_killed_with(report)
        self.assertEqual((mutants["after"], mutants["total"]), judged)

    def mutants_killed_with(self, report: dict[str, Any]) -> tuple[int, int]:
        """Of the accepted tests in their file, as `mutate` judges; and how many there are."""
        for edit in reversed(report["edits"]):
            path = Path(self.root, edit["path"])
            data = b"" if edit["created"] else path.read_bytes()
            path.write_bytes(data[: edit["start"]] + edit["text"].encode() + data[edit["end"] :])
        told = self.report("mutate", "calc.py", "--no-record")["testgen"]
        return told["killed"], told["killed"] + told["survived"] + told["no_coverage"]

    def test_enough_is_enough(self) -> None:
        self.settings(modelRounds=12)
        for target, questions in ((1, 1), (10, 2)):  # a test was rejected, which is a reason to ask again
            self.configure(target_comprehensiveness_score=target, min_comprehensiveness_score=0)
            with self.subTest(target), ModelServer(Reply(answer(GOOD, WRONG))) as server:
                self.ask(server, "--ask-again")
                self.assertEqual(len(server.asked), questions)

    def test_what_is_left_is_cut_visibly(self) -> None:
        self.settings(modelRounds=2, modelTokens=9000)
        many = "".join(f"\n\ndef plus_{n}(a):\n    return a + {n} if a > {n} else a - {n}\n" for n in range(100, 200))
        self.write("calc.py", Path(self.root, "calc.py").read_text() + many)
        with ModelServer(Reply(answer(GOOD, WRONG))) as server:
            self.ask(server)
        told = server.asked[1].question.partition("## What is left")[2].partition("## ")[0]
        self.assertRegex(told, r"\.\.\. \(\d+ more lines are left out\)")

    def test_a_models_own_grade_is_kept_beside_what_was_measured(self) -> None:
        graded = json.dumps({"tests": [GOOD], "comprehensiveness": 9.5})
        values = []
        for text in (graded, answer(GOOD), graded.replace("9.5", '"all of it"'), graded.replace("9.5", "99")):
            with ModelServer(Reply(text)) as server:
                report = self.ask(server, "--ask-again")["comprehensiveness"]
            values.append(report["value"])
            self.assertEqual(report.get("model_grade"), 9.5 if text == graded else None)
        self.assertEqual(len(set(values)), 1)
        self.assertIn("`comprehensiveness`", server.asked[0].body["messages"][0]["content"])
        shown = self.run_program("generate", "calc.py", "--answer", str(self.write("a.json", graded))).stdout
        self.assertRegex(shown, r"comprehensiveness \d\.\d → \d\.\d of 10 .the model's own grade is 9.5, and no")

    def test_reflection_may_be_another_models(self) -> None:
        self.settings(modelRounds=2)
        self.configure(reflection_model="thinker")
        with ModelServer(Reply(answer(GOOD, WRONG))) as server:
            self.ask(server)
        self.assertEqual([asked.body["model"] for asked in server.asked], ["tiny", "thinker"])

    def test_what_surrounds_the_code_is_told_by_its_weight(self) -> None:
        self.write("tests/test_calc.py", TEST_CALC + "\n\ndef test_more():\n    assert add(1, 1) == 2\n" * 400)
        lengths = []
        for weight in (0, 0.4, 1):
            self.configure(environment_weight=weight)
            self.settings(modelTokens=9000)
            with ModelServer(Reply(answer(GOOD))) as server:
                self.ask(server)
            question = server.asked[0].question
            lengths.append(len(question))
            self.assertEqual("Tests that there are" in question, weight > 0)
            self.assertIn("def discount(price, percent):", question)
        self.assertLess(lengths[0], lengths[1])

    def test_anti_cheat_tests_by_their_weight(self) -> None:
        # Each test notices what no other one does.
        self.write("calc.py", "".join(f"def plus_{n}(a):\n    return a + {n}\n\n\n" for n in range(1, 7)))
        self.write("tests/test_calc.py", "")
        cheats = [
            {**test(f"cheat_{n}", f"plus_{n}(5)", expected=str(5 + n)), "category": "anti_cheat"} for n in range(1, 7)
        ]
        for weight, most in ((1, 4), (0.5, 2), (0, 0)):
            self.configure(anti_cheat_weight=weight, max_tests_per_category=4, max_rounds_per_category=1)
            with ModelServer(Reply(answer(*cheats))) as server:
                self.assertEqual(len(self.ask(server)["accepted"]), most)
            self.assertIn(f"Category `anti_cheat`, at most {most} tests", server.asked[0].question)

    def test_a_test_that_its_author_doubts_is_tried_by_the_precision(self) -> None:
        doubted = {**GOOD, "confidence": 0.2}
        for weight, accepted in ((0.2, 1), (0.6, 0)):
            self.configure(precision_weight=weight)
            with ModelServer(Reply(answer(doubted))) as server:
                report = self.ask(server)
            self.assertEqual(len(report["accepted"]), accepted)
            self.assertEqual("less sure" in "\n".join(report["notes"]), accepted == 0)

    def test_a_long_file_is_cut_visibly(self) -> None:
        self.settings(modelTokens=4000)
        functions = "def add(a, b):\n    return a + b\n\n\ndef twice(a):\n    return a * 2\n\n\n"
        self.write("calc.py", functions + "NAME = 'x'  # a long line of text\n" * 2000)
        with ModelServer(Reply(answer(test("twice", "twice(4)", expected="8")))) as server:
            report = self.ask(server)
        self.assertRegex(server.asked[0].question, r"\.\.\. \(\d+ more lines are left out\)")
        self.assertIn("the model saw their beginning", "\n".join(report["notes"]))
        self.assertEqual(len(report["accepted"]), 1)

    def test_those_behind_many_bad_ones_are_tried_too(self) -> None:
        self.settings(modelRounds=1)
        wrong = [test(f"wrong_{number}", f"discount(100, {number})", expected="12345.5") for number in range(20)]
        with ModelServer(Reply(answer(*wrong, GOOD))) as server:
            report = self.ask(server)
        self.assertEqual(self.names(report["accepted"]), {"test_half_off"})
        self.assertEqual(len(report["rejected"]), 20)

    def test_what_is_too_much_is_said(self) -> None:
        with ModelServer(Reply(answer(GOOD, REFUSED))) as server:
            report = self.ask(server, "--max-tests", "1")
        self.assertEqual(self.names(report["accepted"]), {"test_half_off"})
        self.assertIn("as many tests as are wanted: 1 of the proposed ones", "\n".join(report["notes"]))

    def test_what_adds_nothing_is_rejected(self) -> None:
        self.settings(modelRounds=1)
        again = test("quarter_off", "discount(80, 25)", expected="60.0")
        nothing = {**test("nothing", "", checks=[{"expression": "add.__name__", "expected": "'add'"}])}
        with ModelServer(Reply(answer(GOOD, again, nothing))) as server:
            report = self.ask(server)
        self.assertEqual(self.names(report["accepted"]), {"test_half_off"})
        rejected = {item["id"].rpartition("::")[2]: (item["guard"], item["reason"]) for item in report["rejected"]}
        expected = {"test_quarter_off": ("worth", "adds-nothing"), "test_nothing": ("red", "kills-nothing")}
        self.assertEqual(rejected, expected)
        self.assertGreater(report["accepted"][0]["kills"], 0)
        shown = self.run_program("generate", "calc.py", "--answer", str(self.answer_file(GOOD))).stdout
        self.assertRegex(shown, r"notices \d+ changes.* that no other test does")

    def test_what_was_rejected_is_told_and_what_was_proven_stays(self) -> None:
        self.settings(modelRounds=2)
        replies = [Reply(answer(GOOD, WRONG)), Reply(answer(GOOD, EMPTY))]
        with ModelServer(*replies) as server:
            report = self.ask(server, "--write")
        self.assertEqual(report["rounds"], 2)
        self.assertEqual(self.names(report["accepted"]), {"test_half_off", "test_pop_of_nothing"})
        self.assertEqual(self.names(report["rejected"]), {"test_tenth_off"})
        told = server.asked[1].question.partition("## What became of your answer")[2]
        self.assertIn("- test_half_off: accepted", told)
        self.assertRegex(told, "- test_tenth_off: rejected .green, fails.: it does not pass; work out again")
        self.assertNotIn("90.0", told)  # what the code gives
        text = Path(self.root, "tests/test_calc.py").read_text()
        self.assertEqual(text.count("def test_half_off"), 1)
        self.succeeds("run")

    def test_each_question_and_what_came_of_it_is_in_the_history(self) -> None:
        self.settings(modelRounds=3, modelInputPrice=100, modelOutputPrice=200)
        replies = [Reply(answer(GOOD, WRONG)), Reply(answer(EMPTY)[:-9] + "..."), Reply(status=404, problem="gone")]
        with ModelServer(*replies) as server:
            options = self.options(server.url)
            given = self.report("generate", "calc.py", *options)
            asked = len(server.asked)
        kept = json.loads(self.succeeds("runs", given["run_id"], "--format", "json").stdout)["report"]
        self.assertEqual(kept["trajectory"], given["trajectory"])
        first, second, third = kept["trajectory"]
        self.assertEqual(asked, 3)
        self.assertEqual([first[name] for name in ("proposed", "accepted", "rejected", "problems")], [2, 1, 1, []])
        self.assertIn("1 of the proposed tests could not be kept", first["reflection"])
        self.assertEqual(
            [first[name] for name in ("tokens", "kept", "wanted", "model")], [1200, False, "tests", "tiny"]
        )
        self.assertAlmostEqual(sum(one.get("cost_cents", 0) for one in kept["trajectory"]), kept["cost_cents"])
        self.assertTrue(second["problems"], second)
        self.assertNotIn("answer", third)
        self.assertIn("gone", third["problems"][0])
        self.assertEqual(len({one["question"] for one in (first, second, third)}), 3)
        values = [one["comprehensiveness"] for one in (first, second)]
        self.assertEqual(values, sorted(values))
        # What was asked and answered is found by the digests.
        file = json.loads(Path(self.root, ".testgen/answers", f"{first['question']}.json").read_text())
        self.assertEqual(hashlib.sha256(file["text"].encode()).hexdigest(), first["answer"])
        shown = self.succeeds("runs", given["run_id"]).stdout
        self.assertIn("round 1, tests by tiny: 2 proposed, 1 accepted, 1 rejected; comprehensiveness", shown)
        self.assertIn("round 3, tests by tiny: no answer", shown)
        with ModelServer() as server:
            again = self.report("generate", "calc.py", *options, "--offline")
        self.assertEqual([one["kept"] for one in again["trajectory"]], [True, True, False])

    def test_the_same_answer_again_adds_nothing(self) -> None:
        self.settings(modelRounds=12)
        with ModelServer(Reply(answer(GOOD, WRONG))) as server:
            report = self.ask(server)
        self.assertEqual(len(server.asked), 2)  # nothing new was said of the second one, so there is no third
        self.assertEqual((len(report["accepted"]), len(report["rejected"])), (1, 1))

    def test_what_costs_is_shown_and_ends(self) -> None:
        self.settings(modelRounds=12, modelInputPrice=200, modelOutputPrice=1500, modelBudget=1)
        with ModelServer(Reply(answer(WRONG))) as server:
            report = self.ask(server)
        self.assertAlmostEqual(report["cost_cents"], (1000 * 200 + 200 * 1500) / 1e6)
        self.assertEqual(len(server.asked), 1)
        self.assertIn("the budget does not allow another question", "\n".join(report["notes"]))
        self.assertLessEqual(server.asked[0].body["max_tokens"] * 1500 / 1e6, 1)

    def test_tokens_end_it_and_what_came_is_kept(self) -> None:
        self.settings(modelRounds=12, modelTokens=2000)
        with ModelServer(Reply(answer(GOOD, WRONG))) as server:
            report = self.ask(server)
        self.assertEqual((len(server.asked), len(report["accepted"])), (1, 1))
        self.assertIn("1200 of 2000 tokens are used", "\n".join(report["notes"]))

    def test_tokens_are_estimated_where_nobody_counts_them(self) -> None:
        with ModelServer(Reply(answer(GOOD), has_usage=False)) as server:
            report = self.ask(server)
        self.assertGreater(report["tokens"], 300)
        self.assertIn("tokens are estimated", "\n".join(report["notes"]))

    def test_servers_that_do_not_know_a_member(self) -> None:
        # How often it is asked: a schema that is not known becomes any object first, and nothing then.
        rows = {"stream_options": 2, "json_schema": 2, "response_format": 3, "temperature": 2, "max_tokens": 2}
        for member, times in rows.items():
            with self.subTest(member), ModelServer(Reply(answer(GOOD), refuses=member)) as server:
                self.assertEqual(len(self.ask(server)["accepted"]), 1)
                self.assertEqual(len(server.asked), times)
                self.assertNotIn(member, json.dumps(server.asked[-1].body))
        with ModelServer(Reply(answer(GOOD), refuses="output_config")) as server:
            self.assertEqual(len(self.ask(server, api="anthropic")["accepted"]), 1)
            self.assertNotIn("output_config", server.asked[-1].body)

    def test_the_schema_of_an_answer(self) -> None:
        whole = {"requirement": "", "imports": [], "setup": [], "category": "boundary", "reasoning": "r"}
        value = {"name": "half", "call": "discount(80, 50)", "expected": "40.0", **whole}
        error = {"name": "over", "call": "discount(1, 101)", "raises": "ValueError", "match": "", **whole}
        with ModelServer(Reply(answer(value, error))) as server:
            self.assertEqual(len(self.ask(server)["accepted"]), 2)
            self.ask(server, api="anthropic")
        first, second = (asked.body for asked in server.asked)
        schema = first["response_format"]["json_schema"]["schema"]
        self.assertTrue(first["response_format"]["json_schema"]["strict"])
        self.assertEqual(second["output_config"]["format"], {"type": "json_schema", "schema": schema})
        self.assertEqual(schema_errors({"tests": [value, error], "comprehensiveness": 6.5}, schema, schema), [])
        for wrong in ({**value, "raises": "E"}, {"name": "n"}, {**value, "category": "other"}):
            self.assertNotEqual(schema_errors({"tests": [wrong], "comprehensiveness": 1}, schema, schema), [])
        self.assert_strict(schema)

    def assert_strict(self, schema: dict[str, Any]) -> None:
        """As the interfaces ask: every object is closed, and requires all that it has."""
        if schema.get("type") == "object":
            self.assertEqual(set(schema["required"]), set(schema["properties"]))
            self.assertIs(schema["additionalProperties"], False)
        for inner in [
            *schema.get("properties", {}).values(),
            *schema.get("anyOf", []),
            *filter(None, [schema.get("items")]),
        ]:
            self.assert_strict(inner)

    def test_an_answer_that_is_cut_short(self) -> None:
        text = answer(GOOD, REFUSED)
        for reply in (Reply(text[:-30], finish="length"), Reply(text[:-30], finish="")):
            with self.subTest(reply.finish), ModelServer(reply) as server:
                report = self.ask(server)
                self.assertEqual(self.names(report["accepted"]), {"test_half_off"})
                self.assertIn("cut off", "\n".join(report["notes"]))

    def test_the_same_question_costs_nothing_the_second_time(self) -> None:
        with ModelServer(Reply(answer(GOOD))) as server:
            options = self.options(server.url)
            first, second = (self.report("generate", "calc.py", *options) for _ in range(2))
            self.assertEqual(len(server.asked), 1)
            self.assertEqual(first["accepted"], second["accepted"])
            self.assertEqual((first["tokens"], second["tokens"]), (1200, 0))
            self.assertIn("was kept, and cost nothing", "\n".join(second["notes"]))
            self.assertEqual(self.report("generate", "calc.py", *options, "--ask-again")["tokens"], 1200)
            self.assertEqual(len(server.asked), 2)
        self.assertEqual(self.report("generate", "calc.py", *options, "--offline")["accepted"], first["accepted"])
        self.fails(2, "generate", "calc.py", *options, "--offline", "--ask-again", says="is not offline")
        self.write("calc.py", Path(self.root, "calc.py").read_text() + "\n\nLIMIT = 3\n")
        self.fails(3, "generate", "calc.py", *options, "--offline", says="has no answer to this question of tiny")

    def test_a_cache_elsewhere_that_is_damaged_or_cannot_be_written(self) -> None:
        folder = self.folder / "kept"
        with ModelServer(Reply(answer(GOOD))) as server:
            for _ in range(2):
                self.ask(server, "--model-cache", str(folder))
                (kept,) = folder.iterdir()
                self.assertIn("def discount", kept.read_text())
                kept.write_text(kept.read_text()[:100])
            self.assertEqual(len(server.asked), 2)
            self.assertEqual(len(self.ask(server, "--model-cache", "/proc/kept")["accepted"]), 1)

    def test_what_breaks_off_is_not_kept(self) -> None:
        with ModelServer(Reply(answer(GOOD)[:-20], finish="length"), Reply(answer(GOOD))) as server:
            self.ask(server, "--max-tests", "1")
            self.assertEqual(len(self.ask(server, "--max-tests", "1")["accepted"]), 1)
        self.assertGreater(len(server.asked), 1)

    def test_a_proxy_from_the_environment(self) -> None:
        with ModelServer(Reply(answer(GOOD))) as proxy:
            environment = {"http_proxy": f"http://127.0.0.1:{proxy.server_address[1]}"}
            command = ["generate", "calc.py", *self.options("http://models.example/v1")]
            self.assertEqual(len(self.report(*command, environment=environment)["accepted"]), 1)
        self.assertEqual(proxy.asked[0].path, "http://models.example/v1/chat/completions")
        with ModelServer(Reply(status=404)) as proxy, ModelServer(Reply(answer(GOOD))) as server:
            self.ask(server, environment={"http_proxy": f"http://127.0.0.1:{proxy.server_address[1]}", "no_proxy": ""})
        self.assertEqual((len(server.asked), proxy.asked), (1, []))  # nobody between a machine and itself

    # ---- What goes wrong ----

    def refuses(self, *says: str, url: str, code: int = 3, **options: Any) -> str:
        return self.fails(code, "generate", "calc.py", *self.options(url), says=list(says), **options)

    def test_statuses(self) -> None:
        cases: list[tuple[Reply, tuple[str, ...], int]] = [
            (
                Reply(status=401, problem={"error": {"message": f"bad key {KEY}"}}),
                ("(401)", "TESTGEN_API_KEY", "[key]"),
                1,
            ),
            (Reply(status=403, problem="no"), ("(403)", "does not take the key"), 1),
            (Reply(status=404, problem={"error": "no such model"}), ("no model tiny", "no such model", "modelUrl"), 1),
            (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), ("another address (302)",), 1),
            (Reply(status=400, problem={"message": "too\nlong"}), ("refuses the question (400): too long",), 1),
            (Reply(status=500, problem="\x1b[31mbroken"), ("has failed (500):  [31mbroken", "tried 4 times"), 4),
            (Reply(status=529, problem={}), ("(529): it does not say why", "tried 4 times"), 4),
        ]
        for reply, says, count in cases:
            with self.subTest(reply.status), ModelServer(reply) as server:
                said = self.refuses(*says, url=server.url, environment={"TESTGEN_API_KEY": KEY})
                self.assertEqual(len(server.asked), count)
                self.assertNotIn(KEY, said)

    def test_a_key_that_is_missing(self) -> None:
        with ModelServer(Reply(status=401, problem="")) as server:
            self.refuses("wants a key (401): set TESTGEN_API_KEY", "modelKeyFile", url=server.url)

    def test_too_many_requests(self) -> None:
        later: list[dict[str, str]] = [{"Retry-After": "1"}, {"Retry-After": in_a_while(2)}, {}]
        for headers in later:
            busy = Reply(status=429, problem={"error": {"message": "slow down"}}, headers=headers)
            with self.subTest(headers), ModelServer(busy, Reply(answer(GOOD))) as server:
                began = time.monotonic()
                self.assertEqual(len(self.ask(server)["accepted"]), 1)
                self.assertEqual(len(server.asked), 2)
                if "Retry-After" in headers:
                    self.assertGreater(time.monotonic() - began, 0.9)
        busy = Reply(status=429, problem="", headers={"Retry-After": "3600"})
        with ModelServer(busy) as server:
            self.refuses("takes no more requests for now (429)", url=server.url)
            self.assertEqual(len(server.asked), 1)  # it would be longer than there is time

    def test_faults(self) -> None:
        cases = [
            ("silence", 3, ["did not finish its answer within 3 s"]),
            ("stall", 3, ["did not finish its answer within 3 s"]),
            ("drip", 3, ["did not finish its answer within 3 s"]),
            ("wrong chunk", 120, ["broke off", "tried 4 times"]),
            ("no json", 120, ["its answer is no JSON: 1:3:"]),
            ("no event", 120, ["its answer is no JSON"]),
            ("reset", 120, ["broke off", "tried 4 times"]),
            ("overloaded", 120, ["broke off its answer: Overloaded", "tried 4 times"]),
        ]
        for fault, seconds, says in cases:
            self.settings(modelTimeout=seconds)
            with self.subTest(fault), ModelServer(Reply("", fault=fault)) as server:
                self.refuses(*says, url=server.url)

    def test_what_came_before_a_fault_is_kept(self) -> None:
        self.settings(modelTimeout=3)
        for fault in ("stall", "cut"):
            with self.subTest(fault), ModelServer(Reply("no tests yet, " * 10, fault=fault)) as server:
                report = self.ask(server)
                self.assertIn("cut off", "\n".join(report["notes"]))

    def test_an_endless_answer(self) -> None:
        with ModelServer(Reply(fault="endless")) as server:
            report = self.ask(server)
        self.assertEqual(report["accepted"], [])
        self.assertTrue(report["notes"])

    def test_nobody_there(self) -> None:
        self.refuses(
            "http://127.0.0.1:1 does not answer", "is it running?", "tried 4 times", url="http://127.0.0.1:1/v1"
        )
        self.refuses("nowhere.invalid cannot be found", url="http://nowhere.invalid/v1")
        for url in ("ftp://127.0.0.1/", "http://user:word@127.0.0.1/v1", "nothing at all", "http://127.0.0.1/v1?a=b"):
            with self.subTest(url):
                said = self.refuses("modelUrl: http://HOST[:PORT]/PATH is expected", url=url, code=2)
                self.assertNotIn("word@", said)

    def test_a_later_question_that_fails_loses_nothing(self) -> None:
        self.settings(modelRounds=12)
        with ModelServer(Reply(answer(GOOD, WRONG)), Reply(status=404, problem="gone")) as server:
            report = self.ask(server)
        self.assertEqual(self.names(report["accepted"]), {"test_half_off"})
        self.assertIn("question 2 to the model:", "\n".join(report["notes"]))

    def test_no_model(self) -> None:
        self.fails(2, "generate", "calc.py", "--provider", "openai", says="name the model that openai is to ask")
        self.fails(2, "generate", "calc.py", "--provider", "nobody", says="nobody")

    def test_cancelled(self) -> None:
        self.settings(modelTimeout=3600)  # nothing but the signal ends it
        for fault in ("silence", "stall"):
            with self.subTest(fault), ModelServer(Reply(answer(GOOD), fault=fault)) as server:
                command = [BINARY, "generate", "calc.py", "--interpreter", PYTHON, *self.options(server.url)]
                with subprocess.Popen(
                    command, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                ) as process:
                    while not server.asked and process.poll() is None:
                        time.sleep(0.02)
                    process.send_signal(signal.SIGINT)
                    _, said = process.communicate(timeout=300)
                self.assertEqual(process.returncode, 3)
                self.assertIn(b"cancelled", said)

    # ---- Keys ----

    def test_a_workspace_does_not_choose_who_is_asked(self) -> None:
        with ModelServer(Reply(answer(GOOD))) as server:
            self.settings(provider="openai", model="tiny", modelUrl=server.url, modelKeyFile="/etc/passwd")
            done = self.succeeds("generate", "calc.py", environment={"TESTGEN_API_KEY": KEY})
            for name in ("provider", "model", "modelUrl", "modelKeyFile"):
                self.assertIn(f"setting {name}", done.stderr)
            self.assertEqual(server.asked, [])

    def test_key_files(self) -> None:
        file = self.folder / "key"
        file.write_text(f"  {KEY}\n")
        with ModelServer(Reply(answer(GOOD))) as server:
            for mode, text, code, says in (
                (0o644, KEY, 3, "others may read the model's key; run chmod 600"),
                (0o600, "two words", 2, "one line with the model's key is expected"),
                (0o600, "", 2, "one line with the model's key is expected"),
            ):
                file.write_text(text)
                file.chmod(mode)
                self.fails(
                    code, "generate", "calc.py", *self.options(server.url), "--model-key-file", str(file), says=says
                )
            self.fails(3, "generate", "calc.py", *self.options(server.url), "--model-key-file", "none", says="none")
            self.assertEqual(server.asked, [])
            file.write_text(f"  {KEY}\n")
            self.ask(server, "--model-key-file", str(file), environment={"TESTGEN_API_KEY": "another"})
        self.assertEqual(server.asked[0].headers["Authorization"], f"Bearer {KEY}")

    def test_a_key_of_one_provider_is_not_sent_to_another(self) -> None:
        environment = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
        with ModelServer(Reply(answer(GOOD))) as server:
            for api in ("openai", "anthropic"):
                self.ask(server, "--ask-again", api=api, environment=environment)
        self.assertEqual(len(server.asked), 2)
        for asked in server.asked:
            self.assertNotIn(KEY, json.dumps(asked.headers))

    def test_a_key_is_not_sent_for_all_to_read(self) -> None:
        says = ("is http: the key of TESTGEN_API_KEY would go over the network for all to read",)
        self.refuses(*says, url="http://192.0.2.1/v1", environment={"TESTGEN_API_KEY": KEY})

    def test_a_key_is_nowhere(self) -> None:
        """Neither in what is printed, nor in the log, nor in what is kept."""
        log = self.folder / "log"
        options = ["--log-level", "debug", "--log-file", str(log)]
        environment = {"TESTGEN_API_KEY": KEY}
        busy = Reply(status=500, problem=f"no, {KEY}")
        with ModelServer(busy, Reply(answer(GOOD, WRONG)), Reply(status=401, problem=f"not {KEY}")) as server:
            command = ["generate", "calc.py", *self.options(server.url), *options, "--format", "json"]
            done = self.run_program(*command, environment=environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            failed = self.run_program(*command, "--ask-again", environment=environment)
            self.assertEqual(failed.returncode, 3)
        printed = [done.stdout, done.stderr, failed.stdout, failed.stderr]
        kept = [path.read_bytes() for path in [log, *self.root.rglob("*")] if path.is_file()]
        self.assertTrue(any(b"SQLite" in content for content in kept))
        for content in [*(text.encode() for text in printed), *kept]:
            self.assertNotIn(KEY.encode(), content)

    # ---- TLS ----

    def certificate(self, name: str = "IP:127.0.0.1", end: str = "20991231235959Z") -> Path:
        """A key and a certificate that vouches for itself; only.pem is the certificate alone."""
        (self.folder / "index.txt").write_text("")
        (self.folder / "ca.cnf").write_text(AUTHORITY.format(folder=self.folder, name=name))
        file, only, request = (self.folder / each for each in ("certificate.pem", "only.pem", "request.pem"))
        configuration = ["-config", str(self.folder / "ca.cnf")]
        new = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stand-in"]
        new += [*configuration, "-keyout", str(file), "-out", str(request)]
        sign = ["ca", "-batch", "-selfsign", "-notext", "-startdate", "20200101000000Z", "-enddate", end]
        sign += [*configuration, "-keyfile", str(file), "-in", str(request), "-out", str(only)]
        for command in (new, sign):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        file.write_bytes(file.read_bytes() + only.read_bytes())
        return file

    def test_certificates(self) -> None:
        certificate = self.certificate()
        with ModelServer(Reply(answer(GOOD)), certificate=certificate) as server:
            self.refuses("its certificate is not trusted", "modelCertificates", url=server.url)
            self.assertEqual(server.asked, [])
            trusted = ("--model-certificates", str(self.folder / "only.pem"))
            self.assertEqual(len(self.ask(server, *trusted)["accepted"]), 1)
            command = ["generate", "calc.py", *self.options(server.url), "--ask-again", "--model-certificates", "none"]
            self.fails(3, *command, says="none")

    def test_wrong_certificates(self) -> None:
        for name, end in (("DNS:elsewhere.example", "20991231235959Z"), ("IP:127.0.0.1", "20200102000000Z")):
            certificate = self.certificate(name, end)
            trusted = ("--model-certificates", str(self.folder / "only.pem"))
            with self.subTest(name), ModelServer(Reply(answer(GOOD)), certificate=certificate) as server:
                says = "its certificate is not trusted"
                self.fails(3, "generate", "calc.py", *self.options(server.url), *trusted, says=says)
                self.assertEqual(server.asked, [])


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: Any) -> unittest.TestSuite:
    return share_of(tests)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
