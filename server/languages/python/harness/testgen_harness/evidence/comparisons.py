"""Which comparisons a source text has, and the same program with each of them made by a call that records the operands.

`a < b` becomes `__testgen_lt__(number, a, b)`, and `a < b < c` becomes `__testgen_lt__(1, a, m := b) and
__testgen_lt__(2, m, c)`: every operand is evaluated once, in order, and only when Python would. Lines and columns stay,
so tracebacks and coverage speak of the same places.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Optional

TEXT_MAX = 200  # characters of a comparison or an operand that are kept

OPERATORS: dict[type, str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.In: "in",
    ast.NotIn: "not_in",
}
SYMBOLS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}

# What is compared with these is decided by where the program runs, not by a test.
SURROUNDINGS = ("sys.version_info", "sys.platform", "sys.implementation", "sys.maxsize", "os.name", "__name__")


def function_name(operator: str) -> str:
    return f"__testgen_{operator}__"


@dataclass
class Comparison:
    """One link of a comparison. A test of a range is two: its start and its end."""

    path: str
    line: int
    column: int  # in bytes of the line
    end_line: int
    end_column: int
    operator: str  # how the operand is compared with the boundary: lt, le, gt, ge, eq, ne
    text: str
    operand: str
    boundary: str
    is_boundary_constant: bool
    is_mirrored: bool  # the boundary stands on the left


@dataclass
class _Scope:
    kind: str  # module, class or function
    forbids_walrus: bool = False


class Instrumenter(ast.NodeTransformer):
    """Rewrites a tree in place. `found` grows by what was rewritten; `first` is the number of its first item."""

    def __init__(self, path: str, source: str, first: int) -> None:
        self._path, self._first = path, first
        self._lines = source.encode("utf-8").split(b"\n")
        self._scopes = [_Scope("module")]
        self._constants: set[str] = set()
        self._temporaries = 0
        self.found: list[Comparison] = []
        self.left_out = 0  # of which the program would not be the same

    def instrument(self, tree: ast.Module) -> ast.Module:
        self._constants = set(_module_constants(tree))
        return self.generic_visit(tree)  # type: ignore[return-value]

    # ---- Scopes ----

    @contextmanager
    def _inside(self, kind: str) -> Iterator[None]:
        self._scopes.append(_Scope(kind, self._scopes[-1].forbids_walrus))
        yield
        self._scopes.pop()

    def _visit_list(self, nodes: list[Any]) -> list[Any]:
        return [self.visit(node) if node is not None else None for node in nodes]

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = self._visit_list(arguments.defaults)
        arguments.kw_defaults = self._visit_list(arguments.kw_defaults)

    def _visit_function(self, node: Any) -> Any:
        """Not the annotations: they may be kept as text."""
        if not getattr(node, "type_params", None):
            node.decorator_list = self._visit_list(node.decorator_list)
            self._visit_defaults(node.args)
        with self._inside("function"):
            node.body = self._visit_list(node.body)
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self._visit_defaults(node.args)
        with self._inside("function"):
            node.body = self.visit(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        if not getattr(node, "type_params", None):
            node.decorator_list = self._visit_list(node.decorator_list)
            node.bases = self._visit_list(node.bases)
            node.keywords = self._visit_list(node.keywords)
        with self._inside("class"):
            node.body = self._visit_list(node.body)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        return node  # it says what always holds: no test is to show the opposite

    def visit_TypeAlias(self, node: Any) -> Any:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return node  # before Python 3.12 the places inside are wrong

    visit_TemplateStr = visit_JoinedStr

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Python allows no assignment in what is iterated over."""
        before = self._scopes[-1].forbids_walrus
        self._scopes[-1].forbids_walrus = True
        node.iter = self.visit(node.iter)
        self._scopes[-1].forbids_walrus = before
        node.ifs = self._visit_list(node.ifs)
        return node

    def _may_assign(self) -> bool:
        return self._scopes[-1].kind != "class" and not self._scopes[-1].forbids_walrus

    # ---- Comparisons ----

    def visit_Compare(self, node: ast.Compare) -> Any:
        pairs = list(zip([node.left, *node.comparators], node.ops, node.comparators))
        names = [self._recorder_of(*pair) for pair in pairs]
        middles = [right for _, _, right in pairs[:-1]]
        can_chain = self._may_assign() or all(isinstance(middle, (ast.Name, ast.Constant)) for middle in middles)
        if not any(names) or not can_chain:
            self.left_out += sum(1 for name in names if name)
            return self.generic_visit(node)
        numbers = [self._describe(node, name, *pair) if name else 0 for name, pair in zip(names, pairs)]
        return self._rewrite(node, names, numbers)

    def _recorder_of(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Optional[str]:
        name = OPERATORS.get(type(operator))
        if name is None or {ast.unparse(side) for side in (left, right)} & set(SURROUNDINGS):
            return None
        if name in ("in", "not_in"):
            is_range = isinstance(right, ast.Call) and isinstance(right.func, ast.Name) and right.func.id == "range"
            return name if is_range and 1 <= len(right.args) <= 3 and not right.keywords else None
        return name

    def _rewrite(self, node: ast.Compare, names: list[Optional[str]], numbers: list[int]) -> ast.expr:
        left: ast.expr = self.visit(node.left)
        links: list[ast.expr] = []
        for index, (name, number, operator, right) in enumerate(zip(names, numbers, node.ops, node.comparators)):
            is_last = index == len(node.ops) - 1
            right, following = (self.visit(right), None) if is_last else self._keep(self.visit(right))
            if name is None:
                link: ast.expr = ast.Compare(left, [operator], [right])
            else:
                function = ast.copy_location(ast.Name(function_name(name), ast.Load()), node)
                link = ast.Call(function, [ast.copy_location(ast.Constant(number), node), left, right], [])
            links.append(ast.copy_location(link, node))
            left = following  # type: ignore[assignment]
        return links[0] if len(links) == 1 else ast.copy_location(ast.BoolOp(ast.And(), links), node)

    def _keep(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """The value where it is evaluated, and how the next link reads it."""
        if isinstance(value, (ast.Name, ast.Constant)):
            return value, value
        self._temporaries += 1
        name = f"_testgen_middle_{self._temporaries}"
        target = ast.copy_location(ast.Name(name, ast.Store()), value)
        kept = ast.copy_location(ast.NamedExpr(target, value), value)
        return kept, ast.copy_location(ast.Name(name, ast.Load()), value)

    def _describe(
        self, node: ast.Compare, name: Optional[str], left: ast.expr, operator: ast.cmpop, right: ast.expr
    ) -> int:
        """Notes what is recorded under the number that it returns; of a range, under the next one as well."""
        number = self._first + len(self.found)
        whole = node if len(node.ops) == 1 else left
        end = node if len(node.ops) == 1 else right
        place = (self._path, whole.lineno, whole.col_offset, end.end_lineno or 0, end.end_col_offset or 0)
        text = self._text(whole, end)
        if name in ("in", "not_in"):
            start, stop = _range_ends(right)  # type: ignore[arg-type]
            value = self._text(left)
            for sign, bound in (("ge", start), ("lt", stop)):
                shown = self._text(bound) if bound is not None else "0"
                is_constant = bound is None or self._is_constant(bound)
                self.found.append(Comparison(*place, sign, text, value, shown, is_constant, False))
            return number
        is_right, is_left = self._is_constant(right), self._is_constant(left)
        is_mirrored = is_left and not is_right
        operand, boundary = (right, left) if is_mirrored else (left, right)
        sign = MIRRORED[name or ""] if is_mirrored else name or ""
        texts = (text, self._text(operand), self._text(boundary))
        self.found.append(Comparison(*place, sign, *texts, is_right or is_left, is_mirrored))
        return number

    def _text(self, node: ast.expr, last: Optional[ast.AST] = None) -> str:
        end: Any = last if last is not None else node
        lines = self._lines[node.lineno - 1 : end.end_lineno]
        lines[-1] = lines[-1][: end.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        text = " ".join(b"\n".join(lines).decode("utf-8", "replace").split())
        return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 3] + "..."

    def _is_constant(self, node: ast.expr) -> bool:
        """A literal, arithmetic of literals, or a constant by its name."""
        if isinstance(node, ast.Name):
            return node.id in self._constants or _is_upper(node.id)
        if isinstance(node, ast.Attribute):
            return _is_upper(node.attr)
        if isinstance(node, ast.UnaryOp):
            return self._is_constant(node.operand)
        if isinstance(node, ast.BinOp):
            return self._is_constant(node.left) and self._is_constant(node.right)
        if isinstance(node, (ast.Tuple, ast.List)):
            return all(self._is_constant(item) for item in node.elts)
        return isinstance(node, ast.Constant)


def _is_upper(name: str) -> bool:
    return name.isupper() and len(name) > 1


def _module_constants(tree: ast.Module) -> Iterator[str]:
    """Names that the module gives a literal, once, and that no function has for itself."""
    given: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            given[node.id] = given.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            given[node.arg] = given.get(node.arg, 0) + 1
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name) and given.get(target.id) == 1:
                    yield target.id


def _range_ends(call: ast.Call) -> tuple[Optional[ast.expr], ast.expr]:
    return (None, call.args[0]) if len(call.args) == 1 else (call.args[0], call.args[1])
