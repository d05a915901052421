"""Blame where every step's own derivative is right: what keeps the chain rule from holding there is named."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.blaming.blame import CHAINING
from symdiff.crosscheck.blaming.chained import without_a_slope
from symdiff.inputs import function
from symdiff.methods.tape import record
from tests.crosscheck.test_planted_sweep import faulty_sweep
from tests.faults import patched


@pytest.mark.parametrize(
    ("text", "point", "says"),
    [
        ("sqrt(x**2 + y**2)", (0.0, 0.0), "z4 = sqrt at column 1: its slope is infinite at 0, and that times 0"),
        ("(x**2)**0.5", (0.0,), "z2 = power at column 7: its slope is infinite at 0, and that times 0"),
        ("0*sqrt(x)", (0.0,), "z1 = sqrt at column 3: its slope is infinite at 0, and 0 times that is nan"),
        ("sqrt(x) - sqrt(2*x)", (0.0,), "z3 = sqrt at column 11: its slope is infinite at 0"),
        ("where(x > 0, sqrt(x), 0)", (-1.0,), "z2 = sqrt at column 14: it has no slope at -1, in the branch that is n"),
        ("sin(x)*y", (0.0, 1.0), ""),
        ("hyp2f1(x, 0.5, 1.5, 0.3)*sqrt(y)", (1.0, 0.0), ""),  # no rule by the parameters: nothing is said
    ],
)  # fmt: skip
def test_the_step_without_a_slope(text: str, point: tuple[float, ...], says: str) -> None:
    said = without_a_slope(function(text).graph, point)
    assert said.startswith(says)
    assert bool(said) == bool(says)


@pytest.mark.parametrize("f", [np.linalg.norm, lambda x: np.sqrt(np.sum(x**2))])
def test_a_norm_at_zero(f: Any) -> None:
    report = sd.crosscheck(f, np.zeros(3))
    assert len(report.blame) == 1
    assert "= sqrt at " in report.blame[0]
    assert ": its slope is infinite at 0, and that times 0, the slope of what is inside, is nan" in report.blame[0]


def test_a_where_around_the_root_of_jax() -> None:
    report = sd.crosscheck(lambda x: jnp.sum(jnp.where(x > 0, jnp.sqrt(x), 0.0)), np.array([-1.0, 2.0]))
    (said,) = report.blame
    assert "= sqrt at test_chained.py, line " in said
    assert "it has no slope at -1, in the branch that is not taken" in said


@pytest.mark.parametrize(
    "f", ["max(x, 0) + log1p(exp(-abs(x)))", lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))]
)
def test_conventions_that_do_not_fit_together(f: Any) -> None:
    report = sd.crosscheck(f, 0.0)
    assert not report.ok
    (said,) = report.blame
    assert said.startswith("max at ")
    assert " and abs at " in said
    assert said.endswith("have no derivative here, and the slopes that jax takes for each do not fit together")


def test_a_fault_of_the_sweep_is_no_convention() -> None:
    with patched(record, "sweep", faulty_sweep("adjoints subtracted")):
        report = sd.crosscheck("max(x, 0) + log1p(exp(-abs(x))) + x**2 + 3*x", 0.0, methods=("tape",))
        assert report.blame == [CHAINING]


def test_the_numbers_of_a_step_are_its_slopes() -> None:
    (said,) = sd.crosscheck(lambda x: jnp.sum(jax.lax.stop_gradient(x) * x), np.array([0.5, 2.0])).blame
    assert said.endswith("d/dx[0] is 1.0, jax says 0.0")
