"""What the bounds take a shorter way to, beside the way that it stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import arb, arb_series

import symdiff as sd
from symdiff.balls import Ball, precision
from symdiff.crosscheck import witness
from symdiff.crosscheck.certified import rounding
from symdiff.crosscheck.certified.rounding import bounds, of_constants
from symdiff.inputs.text import parse
from symdiff.methods.base import Program
from symdiff.ops import TABLE
from tests.faults import row

FORMULA = "(x*y + 0.1)*sin(x)*x - 3*y"
POINT = (0.7, -1.3)


def test_the_slope_of_a_product_is_what_flint_makes_of_it() -> None:
    graph = parse(FORMULA)
    products = 0
    with precision(rounding.BITS, order=1):
        found = rounding.Enclosure(Program(graph), POINT, widened=True)
        for i, node in enumerate(graph.nodes):
            if node.op != "mul":
                continue
            args = [found.values[a] for a in node.args]
            for k, (a, slope) in enumerate(found._slopes(i)) if len(found._slopes(i)) == 2 else ():
                moved = Ball(arb_series([args[k].value, 1]))
                theirs = TABLE["mul"].ball(*args[:k], moved, *args[k + 1 :])[1]
                assert a == node.args[k]
                assert theirs.contains(slope)
                assert theirs.rad() <= slope.rad() * (1 + 2.0**-20)  # FLINT rounds it up once more
                products += 1
    assert products >= 4


@pytest.mark.parametrize("x", [float("inf"), float("nan"), 0.0])
def test_a_product_with_what_is_no_number_is_left_to_flint(x: float) -> None:
    graph = parse("x*log(y)")
    for y in (-1.0, 0.0, 2.0):
        found = bounds(Program(graph), (x, y))[0]
        assert not np.isfinite(found.program) or (y == 2.0 and x == 0.0)


def test_bounds_are_remembered_for_this_point_and_these_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    real = rounding._bounds
    monkeypatch.setattr(rounding, "_bounds", lambda *args: (made.append(args), real(*args))[1])
    graph = parse(FORMULA)
    first = bounds(Program(graph), POINT)
    assert bounds(Program(graph), POINT) == first
    assert len(made) == 1
    first.clear()  # the caller's own
    assert len(bounds(Program(graph), POINT)) == 1
    assert len(made) == 1
    bounds(Program(graph), (0.7, 1.3))
    assert len(made) == 2
    healthy = bounds(Program(graph), POINT)
    bounds(Program(graph, loose=frozenset({0.1})), POINT)
    assert len(made) == 4
    with row("sin", ulp=1e6):
        assert bounds(Program(graph), POINT)[0].program > healthy[0].program


@pytest.mark.parametrize("text", ["x*y + 3", "x**2*sin(y)/4", "x*y + 0.1"])
def test_without_a_long_constant_none_moves_anything(text: str) -> None:
    program = Program(parse(text))
    with precision(rounding.BITS, order=1):
        swept = [
            b.program for b in rounding._Constants(program, POINT).all_bounds(program.graph.outputs)
        ]
    assert of_constants(program, POINT) == swept
    assert any(swept) == ("0.1" in text)


def test_infinity_is_exact() -> None:
    assert float("inf") == arb("inf").abs_lower()
    assert arb("1e400").abs_lower() != float("inf")


def test_a_second_direction_is_asked_where_the_first_does_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = witness._compared

    def compared(*args: Any) -> Any:
        asked.append(args)
        return real(*args) if len(asked) > unsettled else witness.Lamp("unsure", "")

    monkeypatch.setattr(witness, "_compared", compared)
    for unsettled, directions, n in ((0, 1, 3), (1, 2, 3), (9, 2, 3), (9, 1, 1)):  # noqa: B007 - `compared` reads it
        asked.clear()
        sd.crosscheck(lambda x: np.sum(np.sin(x) * x), np.linspace(0.5, 1.0, n), methods=("tape",))
        assert len(asked) == directions
