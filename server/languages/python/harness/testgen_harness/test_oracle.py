"""Whether a generated test says anything of its subject, by its syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional, Union

from testgen_harness.local_names import LocalNames, derived_names, dotted_name, names_in

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_MOCKS = {"AsyncMock", "MagicMock", "Mock", "NonCallableMock", "PropertyMock", "create_autospec", "mock_open"}
_OUTPUT = {
    "caplog",
    "capfd",
    "capfdbinary",
    "capsys",
    "capsysbinary",
    "recwarn",
}  # pytest's, of what was printed or said
_ALL_FAILURES = {"AssertionError", "Exception", "BaseException"}


@dataclass
class _Check:
    node: ast.AST  # what is asserted; of pytest.raises, the module of its body
    is_always_true: bool


def find_vacuity(tree: ast.Module, name: str, imported: list[str]) -> Optional[tuple[str, str]]:
    """Why the test `name` says nothing of its subjects (names that it imports); None when it does."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    function = next((node for node in ast.walk(tree) if isinstance(node, functions) and node.name == name), None)
    if function is None:
        return "no-test", f"is missing: there is no function {name}"
    subjects = _same_modules(tree, imported)
    if _replaces(function, subjects):
        return "mocked-subject", "puts something else in the place of what it tests"
    checks = list(_checks_of(function, function.body))
    if not checks:
        why = "asserts only where it is not run, or where failing is caught" if _has_assertion(function) else ""
        return "no-assertion", why or "has no assertion"
    if all(check.is_always_true for check in checks):
        return "tautology", "asserts what is always true"
    output = _OUTPUT if names_in(function) & subjects else set()
    derived = derived_names(tree, subjects | output, lambda value: not _is_mock(value))
    if not any(derived & names_in(check.node) and not check.is_always_true for check in checks):
        return "independent", "has no assertion that depends on what it tests"
    return None


def _same_modules(tree: ast.Module, subjects: list[str]) -> set[str]:
    """The subjects, and whatever else the test imports of their modules, by whichever name."""
    names = LocalNames(tree)
    modules = {names.full(ast.Name(name, ast.Load())).partition(".")[0] for name in subjects}
    return {*subjects, *(name for module in modules for name in names.of(module) & names.imported)}


# ---- Assertions ----


def _has_assertion(function: _Function) -> bool:
    return any(isinstance(node, ast.Assert) or _is_unittest_check(node) for node in ast.walk(function))


def _checks_of(function: _Function, statements: list[ast.stmt]) -> Iterator[_Check]:
    """Asserted expressions, calls of unittest's assertions and of mocks', and the bodies of pytest.raises: of what is
    run, and fails when they do."""
    for statement in statements:
        if isinstance(statement, ast.Assert):
            yield _Check(statement.test, _is_tautology(statement.test, _copies(function)))
        elif isinstance(statement, (ast.Expr, ast.Return, ast.Assign)):
            yield from _calls_of_checks(statement)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _checks_of_with(function, statement)
        elif isinstance(statement, ast.Try):
            yield from [] if _catches_failures(statement) else _checks_of(function, statement.body)
            for handler in statement.handlers:
                yield from _checks_of(function, handler.body)
            yield from _checks_of(function, [*statement.orelse, *statement.finalbody])
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            is_used = any(isinstance(node, ast.Name) and node.id == statement.name for node in ast.walk(function))
            yield from _checks_of(function, statement.body) if is_used else []
        else:
            for block in _blocks_that_run(statement):
                yield from _checks_of(function, block)
        if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            return


def _calls_of_checks(statement: ast.stmt) -> Iterator[_Check]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and _is_unittest_check(node):
            func = node.func
            assert isinstance(func, ast.Attribute)
            whole = ast.Tuple([func.value, *node.args, *(item.value for item in node.keywords)], ast.Load())
            yield _Check(whole, _is_tautology_of_unittest(func.attr, node.args))


def _checks_of_with(function: _Function, statement: Union[ast.With, ast.AsyncWith]) -> Iterator[_Check]:
    managers = [item.context_expr for item in statement.items]
    if any(_is_raises(item) for item in managers):
        expects_failures = any(_names_failures(item) for item in managers)
        if not (expects_failures and any(isinstance(node, ast.Assert) for node in ast.walk(statement))):
            yield _Check(ast.Module(body=statement.body, type_ignores=[]), False)
        return
    suppresses = any(dotted_name(getattr(item, "func", item)).endswith("suppress") for item in managers)
    if not (suppresses and any(_names_failures(item) for item in managers)):
        yield from _checks_of(function, statement.body)


def _names_failures(manager: ast.AST) -> bool:
    """Whether `raises(...)` or `suppress(...)` takes a failed assertion."""
    arguments = manager.args if isinstance(manager, ast.Call) else []
    return any(name in _ALL_FAILURES for argument in arguments for name in names_in(argument))


def _catches_failures(statement: ast.Try) -> bool:
    for handler in statement.handlers:
        takes = handler.type is None or bool(names_in(handler.type) & _ALL_FAILURES)
        goes_on = any(isinstance(node, (ast.Raise, ast.Assert)) for item in handler.body for node in ast.walk(item))
        fails = any(dotted_name(node.func).endswith("fail") for node in ast.walk(handler) if isinstance(node, ast.Call))
        if takes and not goes_on and not fails:
            return True
    return False


def _blocks_that_run(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, (ast.If, ast.While)):
        truth = _constant_truth(statement.test)
        if truth is not False:
            yield statement.body
        if truth is not True:
            yield statement.orelse
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        if not _is_empty(statement.iter):
            yield statement.body
        yield statement.orelse
    elif hasattr(ast, "Match") and isinstance(statement, ast.Match):
        yield from (case.body for case in statement.cases)


def _constant_truth(test: ast.AST) -> Optional[bool]:
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _constant_truth(test.operand)
        return None if inner is None else not inner
    return False if dotted_name(test).rpartition(".")[2] == "TYPE_CHECKING" else None


def _is_empty(items: ast.AST) -> bool:
    if isinstance(items, (ast.List, ast.Tuple, ast.Set)):
        return not items.elts
    if isinstance(items, ast.Dict):
        return not items.keys
    if isinstance(items, ast.Constant):
        return items.value in ("", b"")
    is_range = isinstance(items, ast.Call) and dotted_name(items.func) == "range" and len(items.args) == 1
    return is_range and isinstance(items.args[0], ast.Constant) and items.args[0].value == 0


def _is_unittest_check(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("assert")
        and not _is_raises(node)
    )


def _is_raises(node: ast.AST) -> bool:
    name = dotted_name(node.func) if isinstance(node, ast.Call) else ""
    return name.rpartition(".")[2] in ("raises", "assertRaises", "assertRaisesRegex", "warns", "deprecated_call")


# ---- What is always true ----


def _copies(function: _Function) -> dict[str, ast.expr]:
    """What names stand for that are given one value and no other ever: another name, a constant, or what the line
    before has called in the same words."""
    stored = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    copies: dict[str, ast.expr] = {}
    before: Optional[ast.Assign] = None
    for statement in _in_order(function):
        is_plain = (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
            and stored.count(statement.targets[0].id) == 1
        )
        if is_plain:
            name, value = statement.targets[0].id, statement.value
            if isinstance(value, (ast.Constant, ast.Name)):
                copies[name] = value
            elif before is not None and isinstance(value, ast.Call) and ast.dump(value) == ast.dump(before.value):
                copies[name] = ast.Name(before.targets[0].id, ast.Load())
        before = statement if is_plain else None
    return copies


def _in_order(function: _Function) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function)


class _Original(ast.NodeTransformer):
    def __init__(self, copies: dict[str, ast.expr]) -> None:
        self._copies = copies

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        return self._copies.get(node.id, node)


def _originals(node: ast.AST, copies: dict[str, ast.expr]) -> ast.expr:
    """A copy of the expression with what its names stand for."""
    text = ast.unparse(node)
    for _ in range(len(copies) + 1):
        text, last = ast.unparse(_Original(copies).visit(ast.parse(text, mode="eval"))), text
        if text == last:
            break
    return ast.parse(text, mode="eval").body


def _is_same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)


def _is_tautology(check: ast.AST, copies: dict[str, ast.expr]) -> bool:
    return _is_always_true(_originals(check, copies))


def _is_always_true(check: ast.expr) -> bool:
    if isinstance(check, ast.Constant):
        return bool(check.value)
    if isinstance(check, (ast.Tuple, ast.List)):
        return bool(check.elts)  # `assert (condition, "message")`
    if isinstance(check, ast.Compare) and len(check.ops) == 1:
        return _is_comparison_always_true(check)
    if isinstance(check, ast.BoolOp):
        parts = [_is_always_true(value) for value in check.values]
        return any(parts) if isinstance(check.op, ast.Or) else all(parts)
    if isinstance(check, ast.UnaryOp) and isinstance(check.op, ast.Not):
        return _constant_truth(check.operand) is False
    return isinstance(check, ast.Call) and _is_kind_always_true(check)


def _is_nothing(value: ast.expr) -> bool:
    """`x - x`, `x * 0`."""
    if not isinstance(value, ast.BinOp):
        return False
    has_zero = any(isinstance(part, ast.Constant) and part.value == 0 for part in (value.left, value.right))
    is_difference = isinstance(value.op, ast.Sub) and _is_same(value.left, value.right)
    return is_difference or (isinstance(value.op, ast.Mult) and has_zero)


def _is_comparison_always_true(check: ast.Compare) -> bool:
    left, right, operator = check.left, check.comparators[0], check.ops[0]
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return True
    if isinstance(operator, (ast.Eq, ast.Is, ast.LtE, ast.GtE)) and _is_same(left, right):
        return True
    if isinstance(operator, ast.In) and isinstance(right, (ast.List, ast.Tuple, ast.Set)):
        return any(_is_same(left, item) for item in right.elts)
    number = right.value if isinstance(right, ast.Constant) else None
    if isinstance(operator, ast.Eq) and number == 0 and _is_nothing(left):
        return True
    is_length = isinstance(left, ast.Call) and dotted_name(left.func) == "len"
    is_any_length = isinstance(operator, ast.GtE) and number == 0
    return is_length and (is_any_length or (isinstance(operator, ast.Gt) and number == -1))


def _is_kind_always_true(check: ast.Call) -> bool:
    """`isinstance(x, object)`."""
    name = dotted_name(check.func)
    return name == "isinstance" and len(check.args) == 2 and dotted_name(check.args[1]) == "object"


def _is_tautology_of_unittest(method: str, arguments: list[ast.expr]) -> bool:
    if method.startswith("assert_"):  # of a mock: whether it depends on the subject is another question
        return False
    if arguments and all(isinstance(item, ast.Constant) for item in arguments):
        return True
    if method == "assertTrue" and arguments:
        return _is_always_true(arguments[0])
    return len(arguments) == 2 and "Not" not in method and _is_same(arguments[0], arguments[1])


# ---- Something else in its place ----


def _is_mock(value: ast.AST) -> bool:
    return isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] in _MOCKS


def _replaces(function: _Function, subjects: set[str]) -> bool:
    """`patch("pkg.subject")`, `monkeypatch.setattr(module, "subject", ...)`, `subject = Mock()`, `def subject`."""
    arguments = {item.arg for item in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    if arguments & subjects:
        return True
    for node in ast.walk(function):
        is_stored = isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)) and node.id in subjects
        is_defined = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in subjects
        if is_stored or is_defined or (isinstance(node, ast.Call) and _patches(node, subjects)):
            return True
    return any(_patches(node, subjects) for node in function.decorator_list if isinstance(node, ast.Call))


def _patches(node: ast.Call, subjects: set[str]) -> bool:
    if dotted_name(node.func).rpartition(".")[2] not in ("patch", "object", "setattr"):
        return False
    texts = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return any(text.rpartition(".")[2] in subjects for text in texts)
