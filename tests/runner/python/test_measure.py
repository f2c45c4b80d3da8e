"""Our own measurement agrees with coverage.py: lines to the line, branches as pairs of lines."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import coverage
import pytest
from coverage.exceptions import ConfigError
from testgen_harness.coverage_tool import start_coverage_tool
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


# Calls [[test, module, call], ...]; one without a test is made while none runs.
CALL = """
import importlib, json, sys
how, folder, calls = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path.insert(0, folder)
files = sys.argv[4:]
from testgen_harness.measure import start_measurement
if how == "monitor":
    from testgen_harness.monitor import start_monitor
    measurement, note = start_monitor(files)
else:
    measurement, note = start_measurement(folder, files, by_test=any(test for test, _, _ in calls))
for test, module, call in calls:
    subject = importlib.import_module(module)
    if test:
        measurement.begin_test(test)
    eval("subject." + call)
    if test:
        measurement.begin_test("")
measurement.stop()
sys.stdout.write("\\n" + json.dumps(measurement.report(lambda path: False)))
"""

NEEDS_MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="no monitoring")
EACH_WAY = pytest.mark.parametrize("how", ["coverage", pytest.param("monitor", marks=NEEDS_MONITORING)])
SIGN = """def sign(value):
    if value > 0:
        return 1
    if value < 0:
        return -1
    return 0
"""


def measure_calls(how: str, folder: Path, calls: list[tuple[str, str, str]]) -> dict[str, dict]:
    """The measured modules of a folder, by name."""
    files = sorted(map(str, folder.glob("*.py")))
    command = [sys.executable, "-c", CALL, how, str(folder), json.dumps(calls), *files]
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    measured, note = json.loads(run.stdout.splitlines()[-1])
    assert note is None
    return {Path(file["path"]).stem: file for file in measured}


def ways(file: dict, places: list[int]) -> list[tuple[int, int]]:
    branches = file["branches"]
    return [(branches[place]["line"], branches[place]["target"]) for place in places]


@EACH_WAY
def test_each_test_has_the_lines_and_branches_that_it_reached(how: str, tmp_path: Path) -> None:
    (tmp_path / "subject.py").write_text(SIGN)
    # Which tests run is not for the workspace's own settings to say, nor what stands before their names.
    (tmp_path / ".coveragerc").write_text("[run]\ndynamic_context = test_function\ncontext = mine\n")
    calls = [("t.py::test_a", 1), ("t.py::test_b[-1]", -1), ("t.py::test_c", 1), ("", 0)]
    file = measure_calls(how, tmp_path, [(test, "subject", f"sign({value})") for test, value in calls])["subject"]
    lines = {entry["test"]: entry["lines"] for entry in file["tests"]}
    assert lines == {"t.py::test_a": [2, 3], "t.py::test_b[-1]": [2, 4, 5], "t.py::test_c": [2, 3]}
    taken = {entry["test"]: ways(file, entry["branches"]) for entry in file["tests"]}
    assert taken == {"t.py::test_a": [(2, 3)], "t.py::test_b[-1]": [(2, 4), (4, 5)], "t.py::test_c": [(2, 3)]}
    assert file["executed"] == [1, 2, 3, 4, 5, 6]
    assert all(branch["taken"] for branch in file["branches"])


ENDS = """import contextlib


def ends(items):
    with contextlib.suppress(ValueError):
        for item in items:
            if item:
                int("x")
    return 1


def nested(flag):
    for _ in range(2):
        with contextlib.suppress(KeyError):
            with contextlib.suppress(IndexError):
                if flag:
                    flag = 0
    return flag


def returns(flag):
    with contextlib.suppress(KeyError):
        if flag:
            return 1
        if flag is None:
            flag = 2
    return flag


def spread(
    value,
):
    if (
        value
        and value > 3
    ):
        return 1
    while (
        value
    ):
        value -= 1
        if value == 1: continue
    if any(part for part in range(value)):
        return 2
    return [
        part
        for part in range(3)
        if part > value
    ]


def lasts(count):
    for number in range(count):
        if number == 7:
            yield number
"""
CALLS = [
    *(f"ends({items})" for items in ("[]", "[0]", "[0, 1]")),
    *(f"nested({flag})" for flag in ("0", "1")),
    *(f"returns({flag})" for flag in ("0", "1", "None")),
    *(f"spread({value})" for value in ("0", "2", "4")),
    *(f"lasts({count}).__next__" for count in ("1",)),
    *(f"__dict__['list'](subject.lasts({count}))" for count in ("0", "1")),
]


@EACH_WAY
def test_what_a_test_took_is_what_it_takes_alone(how: str, tmp_path: Path) -> None:
    (tmp_path / "subject.py").write_text(ENDS + "\n\nlist = list\n")
    together = measure_calls(how, tmp_path, [(call, "subject", call) for call in CALLS])["subject"]
    found = {entry["test"]: ways(together, entry["branches"]) for entry in together["tests"]}
    for call in CALLS:
        alone = measure_calls(how, tmp_path, [("", "subject", call)])["subject"]
        taken = [(branch["line"], branch["target"]) for branch in alone["branches"] if branch["taken"]]
        assert (call, found.get(call, [])) == (call, taken)


@EACH_WAY
def test_a_module_that_is_imported_again_is_one(how: str, tmp_path: Path) -> None:
    (tmp_path / "subject.py").write_text(SIGN)
    (tmp_path / "again.py").write_text(
        "import importlib\nimport subject\n\n\ndef sign(value):\n    return importlib.reload(subject).sign(value)\n"
    )
    calls = [(f"t{value}", "again", f"sign({value})") for value in (1, -1, 0)]
    file = measure_calls(how, tmp_path, calls)["subject"]
    taken = {entry["test"]: ways(file, entry["branches"]) for entry in file["tests"]}
    assert taken == {"t1": [(2, 3)], "t-1": [(2, 4), (4, 5)], "t0": [(2, 4), (4, 6)]}


@EACH_WAY
def test_files_with_the_same_text_are_apart(how: str, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.py").write_text(SIGN)
    files = measure_calls(how, tmp_path, [("a", "one", "sign(1)"), ("b", "other", "sign(-1)")])
    taken = {
        name: [(entry["test"], ways(file, entry["branches"])) for entry in file["tests"]]
        for name, file in files.items()
    }
    assert taken == {"one": [("a", [(2, 3)])], "other": [("b", [(2, 4), (4, 5)])]}
    overall = {name: [branch["taken"] for branch in file["branches"]] for name, file in files.items()}
    assert overall == {"one": [True, False, False, False], "other": [False, True, True, False]}


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


def test_options_that_a_release_of_coverage_does_not_have_are_left_out(monkeypatch, tmp_path: Path) -> None:
    set_option = coverage.Coverage.set_option

    def set_known(tool: coverage.Coverage, name: str, value: object) -> None:
        if name == "run:patch":
            raise ConfigError(f"No such option: {name!r}")
        set_option(tool, name, value)

    monkeypatch.setattr(coverage.Coverage, "set_option", set_known)
    monkeypatch.setattr(coverage.Coverage, "start", lambda tool: None)
    measurement, note = start_coverage_tool(str(tmp_path), [str(tmp_path / "subject.py")], by_test=False)
    assert measurement is not None
    assert note is None
