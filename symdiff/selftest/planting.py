"""Faults to plant: each is a context manager that breaks one thing, and mends it again.

What is remembered of a healthy row (SymPy's templates, rules certified in small) is forgotten on the way in and on the
way out. Programs are remembered per graph, so a fault wants a problem made inside the block. The table is the
process's own while a fault is in it: nothing else should differentiate meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from symdiff.crosscheck.certified import rounding
from symdiff.crosscheck.large import small
from symdiff.methods import THREE, method
from symdiff.ops import TABLE

Rule = Callable[..., Any]

FACTORS = {
    "sign": -1.0, "twice": 2.0, "dropped": 0.0,
    "1e-3": 1 + 1e-3, "1e-6": 1 + 1e-6, "1e-9": 1 + 1e-9, "1e-12": 1 + 1e-12,
}  # fmt: skip


def forget() -> None:
    """What a process remembers of how its methods differentiate."""
    for name in THREE:
        method(name).forget()
    small.forget()
    rounding.forget()


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
    healthy = TABLE[name]
    if not healthy.variadic:
        rules = list(healthy.vjp)
        changed = rules[argument]
        assert changed is not None
        rules[argument] = mutate(changed)
        with row(name, vjp=tuple(rules)):
            yield
        return
    (every,) = healthy.vjp
    assert every is not None

    def rule(k: int, ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        if k != argument:
            return every(k, ct, y, *args, **params)
        return mutate(lambda *given, **named: every(k, *given, **named))(ct, y, *args, **params)

    with row(name, vjp=(rule,)):
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


@contextmanager
def in_table(table: dict[Any, Any], key: Any, value: Any) -> Iterator[None]:
    """An entry of a dict is something else."""
    healthy = table[key]
    table[key] = value
    try:
        yield
    finally:
        table[key] = healthy


class NotHere(Exception):
    """This change leaves the rule as it is at these arguments: no mutant."""


# -- what happens to a rule ------------------------------------------------------------------------------------


def times(factor: float) -> Callable[[Rule], Rule]:
    """A rule whose result is multiplied; 0.0 drops the term."""

    def mutate(rule: Rule) -> Rule:
        return lambda ct, y, *args, **params: rule(ct, y, *args, **params) * factor

    return mutate


def without_cotangent(rule: Rule) -> Rule:
    """The chain rule forgotten: the partial alone."""
    return lambda ct, y, *args, **params: rule(1.0, y, *args, **params)


def swapped_arguments(rule: Rule) -> Rule:
    """The partial taken at (b, a) instead of (a, b)."""
    return lambda ct, y, *args, **params: rule(ct, y, *args[:2][::-1], *args[2:], **params)


def wrong_axis(rule: Rule) -> Rule:
    """What comes out lies along the other axis; raises `NotHere` where there is none of the same length."""

    def mutant(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        share = rule(ct, y, *args, **params)
        shape = np.shape(share) if not hasattr(share, "shape") else share.shape
        if len(shape) < 2 or shape[-1] != shape[-2]:
            raise NotHere
        return np.swapaxes(share, -1, -2)

    return mutant
