"""Whether a function asks `type(x)`: the one question that a value cannot notice, so its code is read for it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

_NOT_READ = frozenset("numpy scipy jax jaxlib symdiff".split()) | sys.stdlib_module_names  # what they do is known
MOST_READ = 500  # functions; whoever needs more has asked


def asks_for_types(f: Any) -> bool:
    """Whether the name `type` stands in the code of f, or of the functions that it names, and so on."""
    waiting, seen = [f], set()
    while waiting:
        value = waiting.pop()
        if value is type:
            return True
        if isinstance(value, functools.partial):
            waiting += [value.func, *value.args, *value.keywords.values()]
            continue
        function = _function(value)
        if function is None or id(function) in seen:
            continue
        seen.add(id(function))
        names = set(_names(function.__code__))
        if "type" in names or len(seen) > MOST_READ:
            return True
        waiting += _named(function, names, getattr(value, "__self__", value))
    return False


def _function(value: Any) -> FunctionType | None:
    """The Python function that is run when `value` is called."""
    if isinstance(value, MethodType):
        value = value.__func__
    if not isinstance(value, FunctionType):
        value = type(value).__call__
    if not isinstance(value, FunctionType) or value.__module__.partition(".")[0] in _NOT_READ:
        return None
    return value


def _names(code: CodeType) -> Iterator[str]:
    """Globals and attributes, also of the functions and comprehensions inside."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _named(function: FunctionType, names: set[str], owner: Any) -> Iterator[Any]:
    """What these names may mean: globals, variables from around, what was decorated, functions of modules; and all
    methods of the objects among them, and of the one whose method it is."""
    around = [function.__globals__[n] for n in names if n in function.__globals__]
    for cell in function.__closure__ or ():
        try:
            around.append(cell.cell_contents)
        except ValueError:  # not yet bound
            continue
    around.append(getattr(function, "__wrapped__", None))
    yield from around
    for value in (*around, owner):
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] not in _NOT_READ:
            yield from (vars(value)[n] for n in names if n in vars(value))
        elif not isinstance(value, FunctionType):
            for kind in (value if isinstance(value, type) else type(value)).__mro__:
                yield from (f for f in vars(kind).values() if isinstance(f, FunctionType))
