"""The readers of a manifest's keys: a TOML value to what `Formula` holds, or a ValueError: what was expected."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from symdiff.crosscheck.orders import ORDERS
from symdiff.errors import InputError, SymdiffError
from symdiff.inputs import formula_of
from symdiff.methods import BUILT_IN
from symdiff.methods import method as find_method
from symdiff.methods.base import OPERATORS
from symdiff.methods.modes import COMPOSITIONS
from symdiff.sweep.expect import Expectation

MOST_POINTS = 100_000  # a slip of the keyboard is not a week of work
NAMED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def names_code(text: Any) -> bool:
    """Whether a text is `package.module:name`, which no formula is.

    >>> names_code("scipy.optimize:rosen"), names_code("x**2")
    (True, False)
    """
    return isinstance(text, str) and NAMED.fullmatch(text) is not None


def instead(name: str, known: Iterable[str], kind: str) -> str:
    """` is no key: did you mean 'points'?`"""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f" is no {kind}: " + (f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(names)}")


def number(value: Any) -> float:
    """A number, or a constant formula: 1, 2.5, "pi/2", "2**-30".

    >>> number("pi/2")
    1.5707963267948966
    """
    if isinstance(value, str):
        return float(formula_of(value, variables=())())
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a finite number, or a constant formula as text")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
        raise ValueError("expected a text or a list of texts")
    return tuple(words)


def _expr(value: Any) -> str | tuple[str, ...]:
    return _text(value) if isinstance(value, str) else _texts(value)


def _code(value: Any) -> str:
    if not names_code(value):
        raise ValueError('expected "package.module:name"')
    return value


def _known(check: Callable[[str], object], names: Iterable[str], kind: str) -> Callable[[Any], tuple[str, ...]]:
    """A reader for a list of names that are known elsewhere."""

    def reader(value: Any) -> tuple[str, ...]:
        words = _texts(value)
        for word in words:
            try:
                check(word)
            except (SymdiffError, ValueError):
                raise InputError(word + instead(word, names, kind)) from None
        return words

    return reader


def _points(value: Any) -> tuple[dict[str, Any], ...]:
    tables = [value] if isinstance(value, dict) else value
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ValueError("expected a table of values, { x = 1 }, or a list of them")
    return tuple({name: _leaves(v) for name, v in table.items()} for table in tables)


def _leaves(value: Any) -> Any:
    """A number, or lists and tables of numbers: arrays and pytrees for a Python function."""
    if isinstance(value, list):
        return [_leaves(v) for v in value]
    if isinstance(value, dict):
        return {name: _leaves(v) for name, v in value.items()}
    return number(value)


def _range(value: Any) -> dict[str, tuple[float, float]]:
    if not isinstance(value, dict):
        raise ValueError("expected a table of intervals, { x = [1, 3] }")
    return {name: interval(name, ends) for name, ends in value.items()}


def interval(name: str, ends: Any) -> tuple[float, float]:
    """`[low, high]` as two numbers."""
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError(f"expected an interval [low, high] for {name}")
    low, high = (number(end) for end in ends)
    if low > high:
        raise ValueError(f"the interval of {name} ends before it begins")
    return low, high


def _shape(value: Any) -> dict[str, tuple[int, ...]]:
    if not isinstance(value, dict):
        raise ValueError("expected a table of shapes, { x = 10, W = [3, 2] }")
    shapes = {name: tuple(s) if isinstance(s, list) else (s,) for name, s in value.items()}
    for name, shape in shapes.items():
        if not all(isinstance(n, int) and not isinstance(n, bool) and 0 < n <= MOST_POINTS for n in shape):
            raise ValueError(f"expected a length or a list of lengths for {name}")
    return shapes


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_POINTS:
        raise ValueError(f"expected a whole number from 0 to {MOST_POINTS}")
    return value


def _order(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in ORDERS:
        raise ValueError(f"expected a whole number from {ORDERS[0]} to {ORDERS[-1]}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _claimed(value: Any) -> Any:
    """One formula, a list (one per variable), `module:name`, or a table {operator = one of these}."""
    if not isinstance(value, dict):
        return _claim(value)
    try:
        return {_operators(operator)[0]: _claim(claim) for operator, claim in value.items()}
    except InputError as e:
        if "expected one of" not in str(e):  # it is said which one was meant
            raise
        raise InputError(f"{e}; a gradient is a list, one formula per variable in the order of the variables") from None


def _claim(value: Any) -> Any:
    return value if names_code(value) else list(_texts(value))


def _expect(value: Any) -> tuple[Expectation, ...]:
    tables = value if isinstance(value, list) else [value]
    return tuple(Expectation.read(table) for table in tables)


_operators = _known((*OPERATORS, *COMPOSITIONS).index, OPERATORS, "operator")
_methods = _known(find_method, BUILT_IN, "method")

Readers = Mapping[str, Callable[[Any], Any]]
SHARED: Readers = {
    "at": _points, "range": _range, "points": _count, "operators": _operators, "order": _order,
    "methods": _methods, "wrt": _texts, "claimed": _claimed, "strict": _flag, "prove": _flag, "expect": _expect,
    "title": _text,
}  # fmt: skip
KEYS: dict[str, Readers] = {  # by the kind of the table
    "formula": {"expr": _expr, "variables": _texts, **SHARED},
    "function": {"f": _code, "shape": _shape, **SHARED},
}
OWN = ("expr", "f", "title", "at", "claimed", "expect")  # what makes no sense for all entries alike
