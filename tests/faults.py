"""Faults to plant: each is a context manager that breaks one thing, and mends it again.

What is remembered of a healthy row (SymPy's templates, rules certified in small) is forgotten on the way in and on the
way out. Programs are remembered per graph, so a fault wants a `Problem` made inside the block.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from symdiff.crosscheck import small
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function
from symdiff.methods.symbolic import templates
from symdiff.ops import TABLE
from symdiff.problem import Problem
from tests.second_reading import second_reading

Rule = Callable[..., Any]
LAMPS = "VDRB"


def forget() -> None:
    """What a process remembers of how its methods differentiate."""
    templates.template.cache_clear()
    small.forget()


@contextmanager
def row(name: str, **columns: Any) -> Iterator[None]:
    """Some columns of a row say something else: `row("sin", jax=jnp.cos)`."""
    healthy = TABLE[name]
    TABLE[name] = dataclasses.replace(healthy, **columns)
    forget()
    try:
        yield
    finally:
        TABLE[name] = healthy
        forget()


@contextmanager
def pull_back(name: str, mutate: Callable[[Rule], Rule], argument: int = 0) -> Iterator[None]:
    """The rule of one argument goes through `mutate`."""
    rules = list(TABLE[name].vjp)
    rules[argument] = mutate(rules[argument])
    with row(name, vjp=tuple(rules)):
        yield


@contextmanager
def patched(place: Any, attribute: str, value: Any) -> Iterator[None]:
    """A name of a module, or an attribute of a class, is something else."""
    healthy = getattr(place, attribute)
    setattr(place, attribute, value)
    forget()
    try:
        yield
    finally:
        setattr(place, attribute, healthy)
        forget()


def times(factor: float) -> Callable[[Rule], Rule]:
    """A rule whose result is multiplied; 0.0 drops the term."""

    def mutate(rule: Rule) -> Rule:
        return lambda ct, y, *args, **params: rule(ct, y, *args, **params) * factor

    return mutate


def without_cotangent(rule: Rule) -> Rule:
    """The chain rule forgotten: the partial alone."""
    return lambda ct, y, *args, **params: rule(1.0, y, *args, **params)


FACTORS = {
    "sign": -1.0, "twice": 2.0, "dropped": 0.0,
    "1e-3": 1 + 1e-3, "1e-6": 1 + 1e-6, "1e-9": 1 + 1e-9, "1e-12": 1 + 1e-12,
}  # fmt: skip


def red(report: Report) -> str:
    """The lamps that are red, by name: "D", "RB", "" for none."""
    return "".join(name for name in LAMPS if report.lamps[name].state == "red")


def states(report: Report) -> str:
    """All four lamps: "green green off off"."""
    return " ".join(report.lamps[name].state for name in LAMPS)


def accused(report: Report) -> set[str]:
    """The methods with a DIFFER."""
    return {f.method for f in report.findings if f.verdict is Verdict.DIFFER}


def rewritten(function: Callable[..., Any], *edits: tuple[str, str]) -> Callable[..., Any]:
    """The function with its source changed: a fault as a person would make it.

    What is to be changed must be there, once, or the fault would not be planted.
    """
    source = inspect.getsource(function)
    for old, new in edits:
        assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in {function.__name__}"
        source = source.replace(old, new)
    space = dict(function.__globals__)
    exec(compile("from __future__ import annotations\n" + textwrap.dedent(source), "<fault>", "exec"), space)
    return space[function.__name__]


def with_second_reading(text: str, variables: tuple[str, ...] | None = None) -> Problem:
    """The text as a problem whose own callable is a reading that shares nothing with the parser."""
    problem = function(text, variables)
    reading = second_reading(text, problem.names)

    def own(*values: Any) -> float:
        if any(isinstance(v, complex) for v in values):
            raise TypeError("read at real numbers only")
        return float(reading(**dict(zip(problem.names, map(float, values), strict=True))))

    return dataclasses.replace(problem, own=own)
