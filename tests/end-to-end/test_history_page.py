"""`testgen report --html`: one file with all that it needs, also of an empty history."""

from __future__ import annotations

import json
import re
import unittest

from support import Workspace

DATA = re.compile(r'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)


class HistoryPage(Workspace):
    def page(self, *arguments: str) -> tuple[str, dict]:
        target = self.folder / "history.html"
        self.succeeds("report", "--html", str(target), *arguments)
        text = target.read_text("utf-8")
        found = DATA.search(text)
        assert found is not None
        return text, json.loads(found[1])

    def test_what_the_history_has(self) -> None:
        self.succeeds("score")
        self.succeeds("run")
        text, data = self.page()
        self.assertEqual([run["kind"] for run in data["page"]["runs"]], ["test", "scoring"])
        self.assertEqual([detail["summary"]["kind"] for detail in data["details"]], ["test", "scoring"])
        self.assertEqual(data["details"][1]["report"]["score"], data["trend"]["points"][0]["score"])
        self.assertEqual(data["workspace"], self.root.name)
        self.assertIn("default-src 'none'", text)
        self.assertNotRegex(text, r"<(script|link|img)[^>]+(src|href)=", "everything is in the page")
        self.assertEqual(self.report("runs")["total"], 2, "the page itself is no run")

    def test_only_the_newest(self) -> None:
        for _ in range(3):
            self.succeeds("score")
        _, data = self.page("--limit", "2")
        self.assertEqual((len(data["page"]["runs"]), data["page"]["total"], len(data["details"])), (2, 3, 2))
        self.assertEqual(len(data["trend"]["points"]), 3)

    def test_nothing_recorded(self) -> None:
        _, data = self.page()
        self.assertEqual((data["page"]["runs"], data["trend"]["points"], data["details"]), ([], [], []))
        self.assertFalse((self.root / ".testgen").exists(), "looking at a history makes none")

    def test_markup_in_a_title(self) -> None:
        parameters = "@pytest.mark.parametrize('x', ['</script><b>'])"
        self.write("tests/test_odd.py", f"import pytest\n\n\n{parameters}\ndef test_odd(x):\n    pass\n")
        self.succeeds("run")
        text, data = self.page()
        self.assertNotIn("</script><b>", text)
        self.assertIn("</script><b>", json.dumps(data))

    def test_where_it_cannot_be_written(self) -> None:
        self.succeeds("score")
        self.fails(2, "report", says="--html FILE")
        self.fails(2, "report", "--html", "x.html", "--format", "json", says="testgen runs --format json")
        missing = str(self.folder / "missing" / "history.html")
        self.fails(3, "report", "--html", missing, says=[missing, "No such file or directory"])


if __name__ == "__main__":
    unittest.main()
