"""Suites that do what they should not: each has verdicts that are known, and a fresh process says the same.

TESTGEN_HOSTILE_FRESH is how many mutants of each suite a fresh process judges as well (without it: one of some suites,
to save time), TESTGEN_HOSTILE_KILLS how often each of the processes is ended in the middle of the work (2);
TESTGEN_HOSTILE_ONLY names suites, with commas between.
"""

from __future__ import annotations

import ast
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

from support import BINARY, PYTHON, Workspace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "differential"))

from compare import Differential, relation  # noqa: E402
from mutants import JUDGED, Mutant, Report, judge, read_report, read_source  # noqa: E402

FRESH = int(os.environ.get("TESTGEN_HOSTILE_FRESH", "-1"))
KILLS = int(os.environ.get("TESTGEN_HOSTILE_KILLS", "2"))
ONLY = [name for name in os.environ.get("TESTGEN_HOSTILE_ONLY", "").split(",") if name]

SHOP = """def double(x):
    return x * 2


def half(x):
    return x // 2


def never(x):
    return x + 1
"""
USUAL = {"double": "killed", "half": "survived", "never": "no-coverage"}


@dataclass(frozen=True)
class Suite:
    """Files beside shop.py, or in its place. Expected are the statuses of all mutants of a function; "" is the level of
    the module. With `subject`, only that file is mutated."""

    name: str
    tests: str
    expected: dict[str, Any] = field(default_factory=lambda: dict(USUAL))
    shop: str = SHOP
    files: dict[str, str] = field(default_factory=dict)
    subject: str = "shop.py"
    needs: str = ""  # a module that the tests import
    editable: str = ""  # the folder that is installed so

    @property
    def fresh_count(self) -> int:
        return FRESH if FRESH >= 0 else int(self.name in COMPARED)


COMPARED = ("clock", "threads", "reload", "fixture of the module", "unittest", "dataclasses", "editable installation")


SUITES = (
    Suite(
        "environment",
        """import os
from shop import double, half


def test_clears():
    os.environ.clear()
    half(4)
    assert double(3) == 6


def test_after():
    assert "PATH" not in os.environ
""",
    ),
    Suite(
        "directory",
        """import os
import shutil
import tempfile
from shop import double, half


def test_leaves():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    shutil.rmtree(folder)
    half(4)
    assert double(3) == 6


def test_half():
    half(2)
""",
    ),
    Suite(
        "clock",
        """import time
from shop import double, half


def test_stops_the_clock():
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, lambda: 1e12)
    time.sleep = lambda seconds: None
    half(4)
    assert double(3) == 6


def test_after():
    assert time.time() == 1e12
    half(2)
""",
    ),
    Suite(
        "threads",
        """import queue
import threading
import time
from shop import double, half


def test_in_a_thread():
    answers = queue.Queue()
    threading.Thread(target=lambda: answers.put(double(3)), daemon=False).start()
    assert answers.get(timeout=10) == 6


def test_daemon():
    half(4)
    threading.Thread(target=lambda: [time.sleep(0.01) for _ in range(10**6)], daemon=True).start()


def test_outlives_the_test():
    threading.Thread(target=lambda: time.sleep(0.3)).start()
    half(2)
""",
    ),
    Suite(
        "one at a time",  # a second run of it beside the first fails
        """import os
import time
from shop import double, half


def test_holds_a_file():
    descriptor = os.open("held", os.O_CREAT | os.O_EXCL)
    try:
        time.sleep(0.2)
        half(4)
        assert double(3) == 6
    finally:
        os.close(descriptor)
        os.remove("held")
""",
    ),
    Suite(
        "children",
        """import subprocess
import sys
from shop import double, half


def test_leaves_a_child():
    subprocess.Popen(["sleep", "97531"])
    half(4)
    assert double(3) == 6


def test_leaves_a_session():
    subprocess.Popen(["sleep", "3"], start_new_session=True)
    half(2)
""",
    ),
    Suite(
        "output",
        """import os
import sys
from shop import double, half


def test_writes():
    for descriptor in (1, 2):
        os.write(descriptor, b"\\x00{not json}\\n" * 5000)
    sys.__stdout__.write("x")
    print("y" * 100000)
    half(4)
    assert double(3) == 6


def test_closes():
    half(4)
    kept = [os.dup(1), os.dup(2)]
    os.close(1)
    os.close(2)
    assert double(1) == 2
    os.dup2(kept[0], 1)
    os.dup2(kept[1], 2)
""",
    ),
    Suite(
        "exit with 0",
        "import os\nfrom shop import double, half\n\n\ndef test_exit():\n    half(4)\n    if double(3) != 6:\n"
        "        os._exit(0)\n",
        {**USUAL, "double": "inconclusive"},
    ),
    Suite(
        "exit with 1",
        "import os\nfrom shop import double, half\n\n\ndef test_exit():\n    half(4)\n    if double(3) != 6:\n"
        "        os._exit(1)\n",
        {**USUAL, "double": "inconclusive"},
    ),
    Suite(
        "SystemExit",
        "from shop import double, half\n\n\ndef test_exit():\n    half(4)\n    if double(3) != 6:\n"
        "        raise SystemExit(0)\n",
    ),
    Suite(
        "KeyboardInterrupt",
        "from shop import double, half\n\n\ndef test_exit():\n    half(4)\n    if double(3) != 6:\n"
        "        raise KeyboardInterrupt\n",
        {**USUAL, "double": "inconclusive"},
    ),
    Suite(
        "signals",
        "import os\nimport signal\nfrom shop import double, half\n\n\ndef test_exit():\n    half(4)\n"
        "    if double(3) != 6:\n        os.kill(os.getpid(), signal.SIGKILL)\n",
        {**USUAL, "double": "inconclusive"},
    ),
    Suite(
        "recursion",
        """import sys
from shop import depth, half


def test_deep():
    sys.setrecursionlimit(5000)
    half(4)
    assert depth(2000) == 2000
""",
        {"depth": ["killed", "inconclusive"], "half": "survived"},
        """def depth(n):
    if n == 0:
        return 0
    return 1 + depth(n - 1)


def half(x):
    return x // 2
""",
    ),
    Suite(
        "multiprocessing with fork",
        """import multiprocessing
from shop import double, half


def test_forks():
    half(4)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
""",
        {**USUAL, "half": "survived"},
    ),
    Suite(
        "multiprocessing with spawn",
        """import multiprocessing
from shop import double, half


def test_spawns():
    half(4)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
""",
    ),
    Suite(
        "a program of its own",
        """import subprocess
import sys
from shop import half


def test_program():
    half(4)
    done = subprocess.run([sys.executable, "-c", "import shop; print(shop.double(3))"], capture_output=True, text=True)
    assert done.stdout == "6\\n"
""",
    ),
    Suite(
        "reload",
        """import importlib
import shop


def test_reloads():
    shop.half(4)
    importlib.reload(shop)
    assert shop.double(3) == 6
""",
    ),
    Suite(
        "imported again",
        """import importlib
import sys
import shop


def test_again():
    shop.half(4)
    del sys.modules["shop"]
    assert importlib.import_module("shop").double(3) == 6
""",
    ),
    Suite(
        "caches",
        """from shop import STATE, cached, half, remember


def test_fills():
    half(4)
    cached(3)
    remember("a", 2)


def test_rests_on_it():
    assert cached(3) == 6
    assert STATE == {"a": 4}
""",
        {"cached": "killed", "remember": "killed", "half": "survived"},
        """import functools

STATE = {}


@functools.lru_cache(maxsize=None)
def cached(x):
    return x * 2


def remember(name, x):
    STATE[name] = x * 2


def half(x):
    return x // 2
""",
    ),
    Suite(
        "order of tests",
        """import unittest
from shop import double, half


class Steps(unittest.TestCase):
    def test_1_makes(self):
        Steps.made = double(3)
        half(4)

    def test_2_uses(self):
        half(2)
        self.assertEqual(Steps.made, 6)
""",
    ),
    Suite(
        "memory",
        "from shop import fill, half\n\n\ndef test_fill():\n    half(4)\n    assert fill(3) == [0, 0, 0]\n",
        {"fill": ["killed", "timeout", "survived"], "half": "survived"},
        """def fill(n):
    items = []
    while len(items) < n:
        items.append(0)
    return items


def half(x):
    return x // 2
""",
    ),
    Suite(
        "descriptors",
        """import os
from shop import half, open_some


def test_opens():
    half(4)
    assert len(open_some(3)) == 3


def test_leaves_many_open():
    for _ in range(150):
        os.open(os.devnull, os.O_RDONLY)
    half(2)
""",
        {"open_some": ["killed", "timeout", "survived"], "half": "survived"},
        """def open_some(n):
    files = []
    while len(files) < n:
        files.append(open("/dev/null"))
    return files


def half(x):
    return x // 2
""",
    ),
    Suite(
        "settrace",
        """import sys
from shop import double, half


def test_traces():
    sys.settrace(lambda frame, event, argument: None)
    half(4)
    assert double(3) == 6


def test_stops_tracing():
    sys.settrace(None)
    sys.setprofile(None)
    half(4)
    assert double(2) == 4
""",
        {**USUAL, "half": ["survived", "no-coverage"]},
    ),
    Suite(
        "alarm",
        """import signal
import time
import pytest
from shop import double, half


class Late(Exception):
    pass


def late(number, frame):
    raise Late


def test_alarm():
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(Late):
        time.sleep(5)
    half(4)
    assert double(3) == 6


def test_other_timers():
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    half(2)
""",
    ),
    Suite(
        "collector",
        "import gc\nfrom shop import double, half\n\n\ndef test_collector():\n    gc.disable()\n    gc.unfreeze()\n"
        "    half(4)\n    assert double(3) == 6\n",
    ),
    Suite(
        "builtins",
        """import builtins
import json
import os
from shop import double, half


def test_patches(monkeypatch):
    for name in ("open", "print", "sorted"):
        monkeypatch.setattr(builtins, name, None)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(json, "dumps", None)
    half(4)
    assert double(3) == 6


def test_patches_for_good():
    os.getpid = lambda: 1
    json.dumps = None
    half(2)
""",
    ),
    *(
        Suite(
            f"fixture of the {scope}",
            f"""import pytest
from shop import double, half


@pytest.fixture(scope="{scope}")
def made():
    half(4)
    yield double(3)


class TestMade:
    def test_takes(self, made):
        pass

    def test_uses(self, made):
        assert made == 6
""",
        )
        for scope in ("function", "class", "module", "package", "session")
    ),
    Suite(
        "autouse",
        """import pytest
from shop import double, half


@pytest.fixture(autouse=True)
def around():
    half(4)
    yield
    assert double(3) == 6


def test_nothing():
    pass
""",
    ),
    Suite(
        "odd names",
        """import pytest
from shop import double, half


@pytest.mark.parametrize("x", [0, 1, 2, 3, 4, 5], ids=["a::b", "[x]", "ü ñ", "a\\nb", " ", "::" * 40])
def test_odd(x):
    half(4)
    assert double(x) == x + x
""",
    ),
    Suite(
        "unittest",
        """import unittest
from shop import double, half

MADE = []


def setUpModule():
    MADE.append(double(1))


class Made(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = double(3)

    def test_1(self):
        half(4)

    def test_2(self):
        self.assertEqual((self.made, MADE), (6, [2]))
""",
    ),
    Suite(
        "subtests",
        """import unittest
from shop import double, half


class Each(unittest.TestCase):
    def test_each(self):
        for x in (1, 2):
            with self.subTest(x=x):
                half(4)
                self.assertEqual(double(x), x + x)
""",
    ),
    Suite(
        "coroutines",
        """import asyncio
import unittest
from shop import double, half


async def later(x):
    await asyncio.sleep(0)
    return double(x)


class Later(unittest.IsolatedAsyncioTestCase):
    async def test_later(self):
        half(4)
        self.assertEqual(await later(3), 6)


def test_run():
    assert asyncio.run(later(2)) == 4
""",
    ),
    Suite(
        "pytest-asyncio",
        """import pytest
from shop import double, half


@pytest.mark.asyncio
async def test_later():
    half(4)
    assert double(3) == 6
""",
        needs="pytest_asyncio",
    ),
    Suite(
        "hypothesis",
        """from hypothesis import given, strategies
from shop import double, half


@given(strategies.integers(min_value=1))
def test_double(x):
    half(x)
    assert double(x) == x + x
""",
        needs="hypothesis",
    ),
    Suite(
        "warnings",
        """import pytest
import warnings
from shop import double, half


@pytest.mark.filterwarnings("error")
def test_warns():
    half(4)
    if double(3) != 6:
        warnings.warn("wrong")
""",
    ),
    Suite(
        "warnings are errors",
        "from shop import double, half\n\n\ndef test_double():\n    half(4)\n    assert double(3) == 6\n",
        files={"pytest.ini": "[pytest]\nfilterwarnings = error\n"},
    ),
    Suite(
        "output of warnings",
        """import sys
import warnings
from shop import double, half


def test_prints(capsys):
    half(4)
    warnings.warn("old")
    print(double(3), file=sys.stderr)
    assert capsys.readouterr().err == "6\\n"
""",
    ),
    Suite(
        "conftest imports the subject",
        "from shop import LIMIT, double, half\n\n\ndef test_double():\n    half(4)\n    assert double(LIMIT) == 6\n",
        {**USUAL, "": "killed"},
        f"LIMIT = 3\n\n\n{SHOP}",
        {"conftest.py": "import shop\n\nassert shop.LIMIT\n"},
    ),
    Suite(
        "names taken from the module",
        """from shop import LIMIT as MOST
from shop import double as twice
from shop import half


def test_double():
    half(4)
    assert twice(MOST) == 6
""",
        {**USUAL, "": "killed"},
        f"LIMIT = 3\n\n\n{SHOP}",
    ),
    Suite(
        "called while tests are collected",
        """import pytest
from shop import double, half

MADE = double(3)


@pytest.mark.parametrize("x", [double(1), double(2)])
def test_made(x):
    half(4)
    assert (x % 2, MADE) == (0, 6)
""",
        {**USUAL, "double": ["killed", "inconclusive"]},
    ),
    Suite(
        "generator made while tests are collected",
        """from shop import count, half

COUNT = count(2)


def test_count():
    half(4)
    assert list(COUNT) == [2, 4]
""",
        {"count": "killed", "half": "survived"},
        "def count(x):\n    yield x\n    yield x * 2\n\n\ndef half(x):\n    return x // 2\n",
    ),
    Suite(
        "src layout",
        "from shop import double, half\n\n\ndef test_double():\n    half(4)\n    assert double(3) == 6\n",
        files={"src/shop/__init__.py": SHOP, "pytest.ini": "[pytest]\npythonpath = src\n"},
        shop="",
        subject="src/shop/__init__.py",
    ),
    Suite(
        "namespace package",
        "from space.part.shop import double, half\n\n\ndef test_double():\n    half(4)\n    assert double(3) == 6\n",
        files={"space/part/shop.py": SHOP},
        shop="",
        subject="space/part/shop.py",
    ),
    Suite(
        "editable installation",
        "from shop.prices import double, half\n\n\ndef test_double():\n    half(4)\n    assert double(3) == 6\n",
        files={"lib/shop/__init__.py": "", "lib/shop/prices.py": SHOP},
        shop="",
        subject="lib/shop/prices.py",
        editable="lib",
    ),
    Suite(
        "dataclasses",
        """from shop import Item, half


def test_item():
    half(4)
    item = Item(3)
    assert (item.double, item.total(), item.tags) == (6, 9, ["new"])
""",
        {"Item.__post_init__": "killed", "Item.total": "killed", "": "killed", "half": "survived"},
        """from dataclasses import dataclass, field


@dataclass
class Item:
    price: int
    tags: list = field(default_factory=lambda: ["new"])

    def __post_init__(self):
        self.double = self.price * 2

    def total(self):
        return self.price * 3


def half(x):
    return x // 2
""",
    ),
    Suite(
        "decorated methods",
        """from shop import Item, half


def test_item():
    half(4)
    item = Item()
    with item.opened() as opened:
        assert (item.double(3), Item.triple(3), item.price, item.kept, opened) == (6, 9, 4, 5, 7)
""",
        {
            "Item.double": "killed",
            "Item.triple": "killed",
            "Item.price": "killed",
            "Item.kept": "killed",
            "Item.opened": "killed",
            "half": "survived",
        },
        """import contextlib
import functools


def plain(function):
    @functools.wraps(function)
    def inner(*arguments):
        return function(*arguments)

    return inner


class Item:
    @staticmethod
    @plain
    def double(x):
        return x * 2

    @classmethod
    def triple(cls, x):
        return x * 3

    @property
    def price(self):
        return 4

    @functools.cached_property
    def kept(self):
        return 5

    @contextlib.contextmanager
    def opened(self):
        yield 7


def half(x):
    return x // 2
""",
    ),
)


# ---- Running them ----


def write_suite(suite: Suite, root: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "shop"\n', "tests/test_shop.py": suite.tests, **suite.files}
    if suite.shop:
        files["shop.py"] = suite.shop
    if not any("pytest.ini" in name for name in files):
        files["pytest.ini"] = "[pytest]\npythonpath = .\n"
    elif "pythonpath" not in files["pytest.ini"]:
        files["pytest.ini"] += "pythonpath = .\n"
    for name, text in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def make_environment(folder: Path, editable: Path) -> str:
    """An interpreter of its own, in which that folder is installed editable, beside what the usual one has."""
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    usual, ours = (subprocess.check_output([each, "-c", where], text=True).strip() for each in (PYTHON, python))
    (Path(ours) / "editable.pth").write_text(f"{editable}\n{usual}\n")
    return python


def function_at(source: str, line: int) -> str:
    """The qualified name of the outermost function whose body holds the line; empty: none, as for a decorator."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, int, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield prefix + child.name, child.body[0].lineno, child.end_lineno or 0
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")

    return next((name for name, first, last in walk(ast.parse(source), "") if first <= line <= last), "")


@dataclass
class Judged:
    report: Report
    source: str
    differences: list[str]


def judge_suite(suite: Suite) -> Judged:
    folder = Path(tempfile.mkdtemp(prefix="testgen-hostile-"))
    try:
        root = folder / "project"
        write_suite(suite, root)
        python = make_environment(folder / "venv", root / suite.editable) if suite.editable else PYTHON
        report = judge(BINARY, root, python, suite.subject, 2)
        return Judged(report, read_source(root / suite.subject), _differences(suite, root, python, report))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _differences(suite: Suite, root: Path, python: str, report: Report) -> list[str]:
    if suite.fresh_count == 0:
        return []
    differential = Differential(BINARY, python, root, in_place=bool(suite.editable))
    baseline = differential.suite.measure()
    if baseline.kind != "passed" or baseline.failed:
        return [f"the suite itself: {baseline.kind} {baseline.detail} {baseline.failed}"]
    mutants = [mutant for mutant in report.mutants if mutant.status in JUDGED and mutant.end is not None]
    drawn = random.Random(suite.name).sample(mutants, min(suite.fresh_count, len(mutants)))
    found = [(mutant, differential.fresh(mutant)) for mutant in drawn]
    wrong = [pair for pair in found if relation(pair[0].status, pair[1].kind) == "different"]
    source = read_source(root / suite.subject)
    return [f"{mutant.shown(source)}: {mutant.status}, fresh {end.kind} {end.detail}" for mutant, end in wrong]


class Hostile(unittest.TestCase):
    """The suites run two at a time; each test waits for its own."""

    pool: ThreadPoolExecutor
    running: dict[str, Future[Judged]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.pool = ThreadPoolExecutor(2)
        there = [suite for suite in _chosen() if not suite.needs or _is_installed(suite.needs)]
        cls.running = {suite.name: cls.pool.submit(judge_suite, suite) for suite in there}

    @classmethod
    def tearDownClass(cls) -> None:
        cls.pool.shutdown()

    def check(self, suite: Suite) -> None:
        if suite.name not in self.running:
            self.skipTest(f"{suite.needs} is not installed for {PYTHON}")
        judged = self.running[suite.name].result()
        found: dict[str, list[Mutant]] = {}
        for mutant in judged.report.mutants:
            if mutant.status in JUDGED:
                found.setdefault(function_at(judged.source, mutant.line), []).append(mutant)
        self.assertEqual(judged.report.red, [], "no test fails without mutants")
        for name, expected in suite.expected.items():
            statuses = [expected] if isinstance(expected, str) else expected
            with self.subTest(suite.name, function=name):
                self.assertTrue(found.get(name), "it has mutants")
                wrong = [m for m in found.get(name, []) if m.status not in statuses]
                shown = [f"{m.shown(judged.source)}: {m.status} {m.message}" for m in wrong]
                self.assertEqual(shown, [], f"all should be {' or '.join(statuses)}")
        self.assertEqual(judged.differences, [], "a fresh process says otherwise")


def _is_installed(module: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([PYTHON, "-c", code]).returncode == 0


def _chosen() -> list[Suite]:
    return [suite for suite in SUITES if not ONLY or suite.name in ONLY]


def _add_tests() -> None:
    for suite in _chosen():

        def test(self: Hostile, suite: Suite = suite) -> None:
            self.check(suite)

        setattr(Hostile, f"test_{''.join(c if c.isalnum() else '_' for c in suite.name.lower())}", test)


_add_tests()


# ---- Projects that cannot be judged, or only in part ----


class Broken(Workspace):
    def setUp(self) -> None:
        super().setUp()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n')
        self.write("shop.py", SHOP)

    def statuses(self, target: str = "shop.py") -> dict[str, set[str]]:
        report = judge(BINARY, self.root, PYTHON, target, 2)
        source = read_source(self.root / target)
        found: dict[str, set[str]] = {}
        for mutant in report.mutants:
            if mutant.status in JUDGED:
                found.setdefault(function_at(source, mutant.line), set()).add(mutant.status)
        return found

    def test_no_tests(self) -> None:
        self.fails(3, "mutate", "shop.py", says="no test")

    def test_every_test_is_red(self) -> None:
        self.write("test_shop.py", "from shop import double\n\n\ndef test_double():\n    assert double(1) == 7\n")
        self.fails(3, "mutate", "shop.py", says=["no test", "assert 2 == 7"])

    def test_some_tests_are_red(self) -> None:
        tests = "from shop import double, half\n\n\ndef test_double():\n    half(2)\n    assert double(3) == 6\n"
        self.write("test_shop.py", tests + "\n\ndef test_red():\n    assert half(2) == double(2) == 8\n")
        self.assertEqual(self.statuses(), {name: {status} for name, status in USUAL.items()})

    def test_flaky(self) -> None:
        """It fails every second time. Nobody can say what is right; there must be an answer."""
        self.write(
            "test_shop.py",
            "import pathlib\nfrom shop import double, half\n\nCOUNT = pathlib.Path('count')\n\n\ndef test_double():\n"
            "    assert double(3) == 6\n\n\ndef test_flaky():\n    half(2)\n"
            "    COUNT.write_text((COUNT.read_text() if COUNT.exists() else '') + '.')\n"
            "    assert COUNT.stat().st_size % 2\n",
        )
        self.assertEqual(self.statuses()["double"], {"killed"})

    def test_subject_that_cannot_be_parsed(self) -> None:
        self.write("shop.py", "def double(x:\n    return x * 2\n")
        self.write("test_other.py", "def test_other():\n    pass\n")
        said = self.fails(3, "mutate", "shop.py", says="shop.py")
        self.assertRegex(said, "(?i)syntax|parse", "it says why there is nothing to mutate")

    def test_one_of_several_cannot_be_parsed(self) -> None:
        self.write("broken.py", "def double(x:\n    return x * 2\n")
        self.write(
            "test_shop.py",
            "from shop import double, half\n\n\ndef test_double():\n    half(2)\n    assert double(3) == 6\n",
        )
        self.assertEqual(self.statuses(), {name: {status} for name, status in USUAL.items()})

    def test_subject_that_cannot_be_imported(self) -> None:
        self.write("shop.py", f"raise RuntimeError('no luck')\n\n\n{SHOP}")
        self.write("test_shop.py", "from shop import double\n\n\ndef test_double():\n    assert double(3) == 6\n")
        self.fails(3, "mutate", "shop.py", says="no luck")

    def test_what_cannot_be_collected_is_left_out(self) -> None:
        """As a test that fails without mutants: that it fails otherwise with one proves nothing."""
        self.write("shop.py", f"raise RuntimeError('no luck')\n\n\n{SHOP}")
        self.write("test_shop.py", "from shop import double\n\n\ndef test_double():\n    assert double(3) == 7\n")
        self.write("test_other.py", "def test_other():\n    pass\n")
        self.assertNotIn("killed", set().union(*self.statuses().values()))

    def test_extension_module_among_the_sources(self) -> None:
        where = "import _bisect; print(_bisect.__file__)"
        with suppress(AttributeError, subprocess.CalledProcessError):
            found = Path(subprocess.check_output([PYTHON, "-c", where], text=True, stderr=subprocess.DEVNULL).strip())
        if not found.is_file():
            self.skipTest("_bisect is built into this interpreter")
        (self.root / "fast").mkdir()
        shutil.copy(found, self.root / "fast")
        self.write("fast/__init__.py", f"from fast._bisect import bisect_right as bisect\n\n\n{SHOP}")
        self.write(
            "test_fast.py",
            "from fast import bisect, double, half\n\n\ndef test_double():\n    half(2)\n"
            "    assert double(bisect([1, 2], 2)) == 4\n",
        )
        self.assertEqual(self.statuses("fast/__init__.py"), {name: {status} for name, status in USUAL.items()})


# ---- What a mutant may take ----

GROWS = """def grow(text, n):
    while len(text) < n:
        text = text + text
    return len(text)
"""
GROWS_TESTS = """import pathlib
import resource
import threading
import time
from shop import grow

over = threading.Event()
BEGAN = time.process_time()


def watch():
    while not over.wait(0.005):
        with pathlib.Path("kilobytes").open("a") as file:
            file.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\\n")


def test_grow():
    threading.Thread(target=watch, daemon=True).start()
    assert grow("x", 5) == 8
    over.wait(0.02)
    while time.process_time() < BEGAN + 0.5:  # so that a limit of time comes late
        pass
"""
ENOUGH = 3 << 30  # bytes of address space, so that this test does no harm
MOST = 1 << 30  # bytes that a child may have before the engine ends it


class Memory(Workspace):
    def test_a_mutant_that_takes_all_the_memory_is_ended(self) -> None:
        """It grows twice as large each time, so no limit of time ends it before the memory is used up."""
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n')
        self.write("pytest.ini", "[pytest]\npythonpath = .\n")
        self.write("shop.py", GROWS)
        self.write("test_shop.py", GROWS_TESTS)
        done = self.succeeds(
            *("mutate", "shop.py", "--no-record", "--quiet", "--format", "json", "--workers", "1"),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ENOUGH, ENOUGH)),
        )
        mutants = read_report(json.loads(done.stdout), self.root).mutants
        places = [(GROWS[mutant.start : mutant.end or 0], mutant.status) for mutant in mutants]
        endless = [status for text, status in places if text == "<"]  # with != it never stops
        self.assertTrue({"timeout", "inconclusive"} & set(endless), places)
        highest = max(int(line) * 1024 for line in (self.root / "kilobytes").read_text().split())
        self.assertLess(highest, MOST, "the suite itself needs 30 MB")


# ---- Ended in the middle ----

SLOW_TESTS = """import pathlib
import subprocess
import time
from shop import double, half


def test_started():
    pathlib.Path("started").touch()


def test_slow():
    subprocess.Popen(["sleep", "97531"])
    half(4)
    time.sleep(0.05)
    assert double(3) == 6
"""
ENDLESS_TEST = "import time\n\n\ndef test_endless():\n    while True:\n        time.sleep(0.01)\n"
MARK = "TESTGEN_HOSTILE_MARK"


def marked(mark: str) -> dict[int, int]:
    """The processes that inherited the mark, however they were orphaned: each with its parent."""
    found = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            process = int(folder.name)
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                if stat[0] != "Z":
                    found[process] = int(stat[1])
    return found


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Ended(Workspace):
    def setUp(self) -> None:
        super().setUp()
        shutil.rmtree(self.root)
        self.write("pyproject.toml", '[project]\nname = "shop"\n')
        self.write("pytest.ini", "[pytest]\npythonpath = .\n")
        self.write("shop.py", SHOP)
        self.write("test_shop.py", SLOW_TESTS)
        self.mark = uuid.uuid4().hex

    def start(self, *command: str, stdin: Optional[int] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        environment = {**os.environ, MARK: self.mark}
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=self.root, env=environment, stdin=stdin, stdout=quiet, stderr=quiet)
        self.addCleanup(self.end_all)
        return process

    def start_mutate(self) -> subprocess.Popen[bytes]:
        return self.start(BINARY, "mutate", "shop.py", "--no-record", "--quiet", "--interpreter", PYTHON)

    def start_server(self) -> subprocess.Popen[bytes]:
        """A language server that is asked for the same, and whose client reads nothing."""
        process = self.start(BINARY, "serve", stdin=subprocess.PIPE)
        options = {"trusted": True, "settings": {"interpreter": PYTHON}}
        root = {"rootUri": self.root.as_uri(), "capabilities": {}, "processId": os.getpid()}
        asked = {"command": "testgen.mutate", "arguments": [{"target": "shop.py"}]}
        for message in (
            {"id": 1, "method": "initialize", "params": {**root, "initializationOptions": options}},
            {"method": "initialized", "params": {}},
            {"id": 2, "method": "workspace/executeCommand", "params": asked},
        ):
            body = json.dumps({"jsonrpc": "2.0", **message}).encode()
            assert process.stdin
            process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            process.stdin.flush()
        return process

    def end_all(self) -> None:
        for process in marked(self.mark):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def assert_all_gone(self) -> None:
        self.assertTrue(eventually(lambda: not marked(self.mark)), f"left behind: {self.describe()}")

    def describe(self) -> list[str]:
        commands = []
        for process in marked(self.mark):
            with suppress(OSError):
                commands.append(Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")[:80])
        return commands

    def victims(self, top: int) -> dict[str, list[int]]:
        above = marked(self.mark)
        harness = [process for process, parent in above.items() if parent == top]
        below = [process for process in above if process != top and process not in harness]
        return {"top": [top], "harness": harness, "child": below}

    def end_one(self, start: Callable[[], subprocess.Popen[bytes]], kind: str, delay: float) -> None:
        process = start()
        self.assertTrue(eventually((self.root / "started").exists), "the tests begin")
        time.sleep(delay)
        chosen = self.victims(process.pid)[kind]
        for victim in chosen[-1:]:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        if start == self.start_server and kind != "top":
            time.sleep(0.3)
            assert process.stdin
            process.stdin.close()  # the editor goes away
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            self.fail(f"it does not end when its {kind} is killed after {delay:.2f} s")
        if process.stdin:
            process.stdin.close()
        self.assert_all_gone()
        (self.root / "started").unlink()

    def check_kills(self, kind: str) -> None:
        chance = random.Random(kind)
        for attempt in range(KILLS):
            start = (self.start_mutate, self.start_server)[attempt % 2]
            delay = chance.uniform(0.0, 0.8)
            with self.subTest(kind=kind, start=start.__name__, delay=delay):
                self.end_one(start, kind, delay)
        report = judge(BINARY, self.root, PYTHON, "shop.py", 2)
        statuses = {mutant.status for mutant in report.mutants if mutant.status in JUDGED}
        self.assertEqual(statuses, {"killed", "survived", "no-coverage"}, "the next run works")

    def test_the_program_is_killed(self) -> None:
        self.check_kills("top")

    def test_the_harness_is_killed(self) -> None:
        self.check_kills("harness")

    def test_a_child_is_killed(self) -> None:
        self.check_kills("child")

    def test_a_test_that_never_ends_can_be_interrupted(self) -> None:
        self.write("test_shop.py", SLOW_TESTS + "\n\n" + ENDLESS_TEST)
        process = self.start_mutate()
        self.assertTrue(eventually((self.root / "started").exists), "the tests begin")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(30)
        self.assert_all_gone()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
