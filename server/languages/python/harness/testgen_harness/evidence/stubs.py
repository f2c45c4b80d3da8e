"""Functions that get other code: the same function object, with its defaults, closure and decorators, calls us."""

from __future__ import annotations

import builtins
import gc
import inspect
import os
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import Any, Callable

CALL = "__testgen_call__"  # a name that no program uses

Place = tuple[str, str, int]  # real path, name, first line with decorators


def alive_functions(paths: Iterable[str]) -> dict[Place, list[FunctionType]]:
    """Every function of the files that is alive, also inside decorators and under other names."""
    wanted = {os.path.realpath(path) for path in paths}
    real: dict[str, str] = {}
    found: dict[Place, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is not FunctionType:
            continue
        code = thing.__code__
        path = real.setdefault(code.co_filename, os.path.realpath(code.co_filename))
        if path in wanted:
            found.setdefault((path, code.co_name, code.co_firstlineno), []).append(thing)
    return found


def copy_function(function: FunctionType) -> FunctionType:
    """With the code that the function has now."""
    copy = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def stub_code(original: CodeType, number: int) -> CodeType:
    """Code with the same parameters that hands all arguments over: `call(number, (a, b, *rest), {"c": c, **more})`."""
    count, only_keywords = original.co_argcount, original.co_kwonlyargcount
    names = list(original.co_varnames)
    positional, keywords = names[:count], names[count : count + only_keywords]
    rest = names[count + only_keywords :]
    star = rest.pop(0) if original.co_flags & inspect.CO_VARARGS else ""
    stars = rest.pop(0) if original.co_flags & inspect.CO_VARKEYWORDS else ""
    parameters = [*positional]
    if original.co_posonlyargcount:
        parameters.insert(original.co_posonlyargcount, "/")
    if star or keywords:
        parameters.append(f"*{star}")
    parameters += keywords
    given = "".join(f"{name}, " for name in positional) + (f"*{star}, " if star else "")
    named = "".join(f"{name!r}: {name}, " for name in keywords) + (f"**{stars}" if stars else "")
    if stars:
        parameters.append(f"**{stars}")
    free = original.co_freevars
    lines = [
        "def testgen_outer():",
        *(f"    {name} = None" for name in free),
        f"    def testgen_stub({', '.join(parameters)}):",
        *([f"        if 0: {', '.join(free)}"] if free else []),
        f"        return {CALL}({number}, ({given}), {{{named}}})",
    ]
    module = compile("\n".join(lines), original.co_filename, "exec", dont_inherit=True)
    outer = next(item for item in module.co_consts if isinstance(item, CodeType))
    stub = next(item for item in outer.co_consts if isinstance(item, CodeType))
    return stub.replace(co_name=original.co_name, co_firstlineno=original.co_firstlineno)


def why_not(function: FunctionType) -> str:
    """Why a function cannot be exchanged; empty when it can."""
    flags = function.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        return "an asynchronous generator"
    if flags & inspect.CO_COROUTINE:
        return "a coroutine"
    if flags & (inspect.CO_GENERATOR | inspect.CO_ITERABLE_COROUTINE):
        return "a generator"
    try:
        stub = stub_code(function.__code__, 0)
    except (SyntaxError, ValueError):  # names of parameters that no program can write
        return "its parameters cannot be written down"
    return "" if stub.co_freevars == function.__code__.co_freevars else "it uses variables from around it"


def answer_calls(answer: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]) -> None:
    """From now on every stub calls this."""
    setattr(builtins, CALL, answer)
