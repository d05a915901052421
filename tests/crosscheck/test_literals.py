"""The last places of a library's literals: one number in many places, and not many numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import symdiff as sd
from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.certified.literals import LAST_PLACE, sharpened, widened
from symdiff.graph import Graph
from symdiff.inputs import formula_of
from symdiff.methods.base import Program

LITERAL = 2 / math.sqrt(math.pi)
TURNS = 30


def turned(literal: float) -> Graph:
    """A point turned thirty times by one angle and stretched by the literal: widths grow as by 1.4 a turn."""

    def f(x, y):
        for _ in range(TURNS):
            x, y = literal * (0.6 * x - 0.8 * y), literal * (0.8 * x + 0.6 * y)
        return x

    return formula_of(f).graph


def entries(program: Program) -> tuple[list, list, list]:
    point = (1.0, 2.0)
    exact = widened(Program(program.graph), point)
    wide = [b.value for b in widened(program, point)]
    plain = [b.value for b in exact]
    return plain, wide, sharpened(program, point, plain, wide)


def test_a_literal_that_comes_back_keeps_the_widths_small() -> None:
    with precision(200, 1):
        (exact,), (wide,), (sharp,) = entries(Program(turned(LITERAL), loose=frozenset({LITERAL})))
    derived = TURNS * abs(float(exact)) * LAST_PLACE  # the program is the literal to the thirtieth, times a number
    assert float(sharp.rad()) == pytest.approx(derived, rel=0.01)
    assert wide.rad() > 100 * sharp.rad()


@pytest.mark.parametrize("off", [-1.0, -0.5, 0.3, 1.0])
def test_whatever_the_literal_is_the_value_is_enclosed(off: float) -> None:
    other = LITERAL * (1 + off * LAST_PLACE)
    with precision(200, 1):
        _, _, (sharp,) = entries(Program(turned(LITERAL), loose=frozenset({LITERAL})))
        (there,), _, _ = entries(Program(turned(other)))
    assert sharp.contains(there)
    with precision(200, 1):
        (far,), _, _ = entries(Program(turned(LITERAL * (1 + 8 * LAST_PLACE))))
    assert not sharp.overlaps(far)


def test_without_a_taylor_coefficient_the_widths_stay() -> None:
    with precision(200, 0):
        _, wide, sharp = entries(Program(turned(LITERAL), loose=frozenset({LITERAL})))
    assert [w.rad() for w in wide] == [s.rad() for s in sharp]
    assert balls.terms() >= 1


def test_jax_of_a_deep_erf_net_is_decided() -> None:
    """JAX's 2/sqrt(pi) is in each of the 29 layers: it was UNDECIDED at 24,576 bits."""
    net, rng = sd.mlp([3] * 30, "erf", "softmax_cross_entropy"), np.random.default_rng(0)
    params, X, y = net.init(seed=0, scheme="xavier"), rng.standard_normal((2, 3)), rng.integers(0, 3, 2)
    report = sd.crosscheck(net.risk, params, X, y, methods=["jax"], wrt="params")
    assert {(str(f.verdict), f.basis) for f in report.findings} == {("AGREE", "certified")}
