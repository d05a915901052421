"""Faults of the front ends: all methods differentiate the same wrong function, and only lamps R and B can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.crosscheck.check import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.inputs import function, recorded
from symdiff.inputs import sympy as sympy_input
from symdiff.inputs.meaning import Builder
from symdiff.inputs.numpy import functions, shaping
from symdiff.inputs.recorded import Recorded
from symdiff.overloads import Operators
from symdiff.selftest.planting import in_table, patched
from symdiff.selftest.score import KILLED, SURVIVED, Mutant

Plant = Callable[[], AbstractContextManager[None]]
X = np.array([[0.7, -1.3, 0.4], [1.9, 0.2, -0.6], [0.3, 1.1, 2.3]])
AT = (1.37, 0.61)


def front_ends() -> Iterator[Mutant]:
    """Text, SymPy expressions and NumPy functions, read wrongly."""
    for part, cases in (("text", _of_text()), ("SymPy", _of_sympy()), ("NumPy", _of_numpy())):
        for fault, plant, check in cases:
            with plant():
                report = check()
            red = [name for name, lamp in report.lamps.items() if lamp.state == "red"]
            seen = bool({"R", "B"} & set(red)) and not report.ok
            said = f"red: {', '.join(red) or 'none'}"
            yield Mutant("front ends", part, fault, KILLED if seen else SURVIVED, said=said)


def _of_text() -> list[tuple[str, Plant, Callable[[], Report]]]:
    """Text has no callable of its own: the same formula in Python stands beside it."""

    def check(text: str, own: Callable[..., Any]) -> Callable[[], Report]:
        return lambda: crosscheck(replace(function(text), own=own), *AT)

    return [
        ("operands of - swapped", _swapped("sub"), check("sin(x)*y - x", lambda x, y: np.sin(x) * y - x)),
        ("operands of / swapped", _swapped("div"), check("exp(x)/y", lambda x, y: np.exp(x) / y)),
        ("operands of ** swapped", _swapped("power"), check("x**y", lambda x, y: x**y)),
        ("- read as +", _read_as("sub", "add"), check("x*y - y", lambda x, y: x * y - y)),
        ("log read as log10", _read_as("log", "log10"), check("log(x*y)", lambda x, y: np.log(x * y))),
        ("unary minus dropped", _read_as("neg", ""), check("exp(-x*y)", lambda x, y: np.exp(-x * y))),
    ]


def _swapped(op: str) -> Plant:
    healthy = Builder.apply

    def apply(self: Any, name: str, args: Any, *rest: Any) -> Any:
        return healthy(self, name, args[::-1] if name == op else args, *rest)

    return lambda: patched(Builder, "apply", apply)


def _read_as(op: str, other: str) -> Plant:
    healthy = Builder.apply

    def apply(self: Any, name: str, args: Any, *rest: Any) -> Any:
        if name == op and not other:
            return args[0]
        return healthy(self, other if name == op else name, args, *rest)

    return lambda: patched(Builder, "apply", apply)


def _of_sympy() -> list[tuple[str, Plant, Callable[[], Report]]]:
    import sympy as sp

    x, y = sp.symbols("x y", real=True)
    table = sympy_input._FUNCTIONS  # the table itself is what is broken

    def check(expression: Any, own: Callable[..., Any]) -> Callable[[], Report]:
        return lambda: crosscheck(replace(function(expression), own=own), *AT)

    return [
        ("sin read as cos", lambda: in_table(table, sp.sin, "cos"), check(sp.sin(x) * y, lambda x, y: np.sin(x) * y)),
        (
            "tanh read as atan",
            lambda: in_table(table, sp.tanh, "atan"),
            check(sp.tanh(x * y), lambda x, y: np.tanh(x * y)),
        ),
    ]


def _of_numpy() -> list[tuple[str, Plant, Callable[[], Report]]]:
    def check(f: Callable[..., Any]) -> Callable[[], Report]:
        return lambda: crosscheck(f, X)

    table = functions._table()  # the table itself is what is broken
    add, most, item = table[np.sum], table[np.max], shaping.getitem

    def other_axis(a: Any, axis: Any = None, **options: Any) -> Any:
        return add(a, None if axis is None else 1 - axis, **options)

    return [
        ("operands of - swapped", _operator("__sub__", "sub"), check(lambda x: np.sum((x - x.T * 2) ** 3))),
        ("operands of ** swapped", _operator("__pow__", "power"), check(lambda x: np.sum((x + 3.0) ** (0.5 + x / 9)))),
        ("operands of @ swapped", lambda: patched(Recorded, "__matmul__", lambda a, b: np.matmul(b, a)),
         check(lambda x: np.sum((x @ (x * x)) ** 2))),
        ("unary minus dropped", lambda: patched(Operators, "__neg__", lambda a: a),
         check(lambda x: np.sum(np.exp(-x)))),
        ("wrong axis", lambda: in_table(table, np.sum, other_axis), check(lambda x: np.sum(np.exp(np.sum(x, axis=0))))),
        ("keepdims lost", lambda: in_table(table, np.max, lambda a, axis=None, **_: most(a, axis)),
         check(lambda x: np.sum((x - np.max(x, axis=1, keepdims=True)) ** 2))),
        ("slice off by one", lambda: patched(shaping, "getitem", lambda x, key: item(x, _shorter(key))),
         check(lambda x: np.sum(x[0:2] ** 2))),
        ("branch frozen", lambda: patched(recorded, "note", lambda graph, index, value: None), check(_branching)),
    ]  # fmt: skip


def _operator(method: str, name: str) -> Plant:
    return lambda: patched(Operators, method, lambda self, other: self._apply(name, (other, self)))


def _shorter(key: Any) -> Any:
    return slice(key.start, key.stop - 1, key.step) if isinstance(key, slice) and key.stop is not None else key


def _branching(x: Any) -> Any:
    return np.sum(x**2) if np.sum(x) > 4.98 else np.sum(x**3)
