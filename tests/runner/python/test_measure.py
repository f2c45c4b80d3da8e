"""Our own measurement agrees with coverage.py: lines to the line, branches as pairs of lines."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import coverage
import pytest
from testgen_harness.source_lines import SourceLines

HERE = Path(__file__).parent
SAMPLE = HERE / "sample_branches.py"
PROJECTS = HERE.parents[1] / "fixtures" / "projects"

MEASURE = """
import json, sys
sys.path.insert(0, sys.argv[2])
from testgen_harness.measure import start_measurement
if sys.argv[1] == "monitor":
    from testgen_harness.monitor import start_monitor
    measurement, note = start_monitor([sys.argv[3]])
else:
    measurement, note = start_measurement(sys.argv[2], [sys.argv[3]])
import exercise_branches
exercise_branches.main()
measurement.stop()
sys.stdout.write("\\n" + json.dumps(measurement.report(lambda path: False)))
"""


def standard_library(count: int) -> list[Path]:
    folder = Path(sysconfig.get_path("stdlib"))
    return sorted(folder.glob("*.py"))[:count]


def sources() -> list[Path]:
    return [SAMPLE, *sorted(PROJECTS.glob("green/**/*.py")), *standard_library(60)]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="code objects have no co_lines")
@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_lines_agree_with_coverage(path: Path) -> None:
    try:
        lines = SourceLines(path.read_text("utf-8"), str(path))
    except (SyntaxError, UnicodeDecodeError):
        pytest.skip("not for this interpreter")
    tool = coverage.Coverage(data_file=None, config_file=False)
    _, statements, excluded, _, _ = tool.analysis2(str(path))
    assert sorted(lines.statements) == statements
    assert sorted(lines.excluded & set(excluded)) == excluded


def line_of(start: str) -> int:
    """Where the sample has the line that begins so."""
    lines = SAMPLE.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))


def measure(how: str) -> dict:
    output = subprocess.run(
        [sys.executable, "-c", MEASURE, how, str(HERE), str(SAMPLE)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files, note = json.loads(output.splitlines()[-1])
    assert note is None
    return files[0]


BY_TEST = """
import json, sys
sys.path.insert(0, sys.argv[2])
from testgen_harness.measure import start_measurement
if sys.argv[1] == "monitor":
    from testgen_harness.monitor import start_monitor
    measurement, note = start_monitor([sys.argv[3]])
else:
    measurement, note = start_measurement(sys.argv[2], [sys.argv[3]])
import subject
for test, value in (("t.py::test_a", 1), ("t.py::test_b[-1]", -1), ("t.py::test_c", 1)):
    measurement.begin_test(test)
    subject.sign(value)
    measurement.begin_test("")
subject.sign(0)
measurement.begin_test("t.py::test_none")
measurement.stop()
sys.stdout.write("\\n" + json.dumps(measurement.report(lambda path: False)))
"""

NEEDS_MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="no monitoring")
SIGN = """def sign(value):
    if value > 0:
        return 1
    if value < 0:
        return -1
    return 0
"""


@pytest.mark.parametrize("how", ["coverage", pytest.param("monitor", marks=NEEDS_MONITORING)])
def test_each_test_has_the_lines_that_it_reached(how: str, tmp_path: Path) -> None:
    subject = tmp_path / "subject.py"
    subject.write_text(
        "def sign(value):\n    if value > 0:\n        return 1\n    if value < 0:\n        return -1\n    return 0\n"
    )
    # Which tests run is not for the workspace's own settings to say.
    (tmp_path / ".coveragerc").write_text("[run]\ndynamic_context = test_function\n")
    command = [sys.executable, "-c", BY_TEST, how, str(tmp_path), str(subject)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    files, note = json.loads(run.stdout.splitlines()[-1])
    assert note is None
    lines = {entry["test"]: entry["lines"] for entry in files[0]["tests"]}
    assert lines == {"t.py::test_a": [2, 3], "t.py::test_b[-1]": [2, 4, 5], "t.py::test_c": [2, 3]}
    assert files[0]["executed"] == [1, 2, 3, 4, 5, 6]


def test_coverage_tool_reports_the_sample() -> None:
    facts = measure("coverage")
    assert facts["has_branches"]
    assert facts["missing"]
    branches = {(branch["line"], branch["taken"]) for branch in facts["branches"]}
    assert branches >= {(line_of("if value and other"), True), (line_of("def unreached") + 1, False)}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_monitor_agrees_with_coverage() -> None:
    ours, theirs = measure("monitor"), measure("coverage")
    assert ours["executed"] == theirs["executed"]
    assert ours["missing"] == theirs["missing"]
    unseen = line_of("async for")  # ends by an exception, which makes no branch event
    assert ours["branches"] == [branch for branch in theirs["branches"] if branch["line"] != unseen]
