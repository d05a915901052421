"""Activation functions in their tails: -10000 to 10000, 1e-300, and everything between.

The exact derivatives are 60-digit arithmetic. At a kink, at infinity and at nan there is nothing to say.
"""

from __future__ import annotations

import math

import pytest

import symdiff as sd
from symdiff.crosscheck import Verdict
from symdiff.crosscheck.places.terrain import survey
from tests.data_files import RIGHT, cases, wrong

ROWS = {  # the ops of our table
    "relu": "relu(x)", "leaky_relu": "leaky_relu(x)", "elu": "elu(x)", "celu": "elu(x, 1)", "selu": "selu(x)",
    "sigmoid": "sigmoid(x)", "tanh": "tanh(x)", "silu": "silu(x)", "gelu_exact": "gelu(x)",
    "gelu_tanh": "gelu_tanh(x)", "softplus": "softplus(x)", "log_sigmoid": "-softplus(-x)", "abs": "abs(x)",
    "hard_tanh": "clip(x, -1, 1)", "relu6": "min(max(x, 0), 6)", "sparse_sigmoid": "clip((x + 1)/2, 0, 1)",
    "hard_sigmoid": "clip(x + 3, 0, 6)/6", "hard_swish": "x*clip(x + 3, 0, 6)/6",
}  # fmt: skip
DEFINITIONS = {  # made of several steps, so that digits may get lost between them
    "mish": "x*tanh(softplus(x))", "softsign": "x/(1 + abs(x))",
    "softshrink": "where(x > 0.5, x - 0.5, where(x < -0.5, x + 0.5, 0))",
    "hardshrink": "where(abs(x) > 0.5, x, 0)", "tanhshrink": "x - tanh(x)",
    "squareplus": "(x + sqrt(x**2 + 4))/2",
    "sparse_plus": "where(x <= -1, 0, where(x >= 1, x, (x + 1)**2/4))",
    "log1p_exp_naive": "log(1 + exp(x))", "sigmoid_naive": "1/(1 + exp(-x))", "logcosh": "log(cosh(x))",
    "sinc": "sin(pi*x)/(pi*x)", "sqrt_abs": "sqrt(abs(x))", "where_sqrt": "where(x > 0, sqrt(x), 0)",
    "x_log_x": "x*log(x)", "xlogy_xx": "x*log(x)",
}  # fmt: skip
FEW_ULPS = 5.0
CONDITION = {  # exp(-x**2/2) makes x**2 ulps out of one of x, or of a constant that is written in decimals
    "gelu_exact": 200.0,
    "gelu_tanh": 600.0,
}
CANCELLED = ("gelu_tanh", "sinc")  # 60 digits were too few for the file: it has 0 for -2.8e-67 and for -3.3e-300


def points(case: dict) -> list[tuple[float, float]]:
    """(x, exact derivative) where there is one: not at kinks, infinities and nan."""
    pairs = [(float(x), ref) for x, ref in zip(case["x"], case["ref"], strict=True)]
    return [(x, float(ref)) for x, ref in pairs if math.isfinite(x) and x not in case["kinks"] and ref != "None"]


TRAPS = {  # what is known to go wrong, and is said: (method, verdict)
    # 0 * inf: the branch that is not taken has an infinite slope, and JAX multiplies it by zero
    "where_sqrt": ("jax", Verdict.DIFFER),
}


@pytest.mark.parametrize("name", [*ROWS, *DEFINITIONS])
def test_every_method_is_right_in_the_tails(name: str) -> None:
    case = next(c for c in cases("activations") if c["name"] == name)
    f = sd.function({**ROWS, **DEFINITIONS}[name])
    # some definitions end at zero (x log(x)), some have a kink that the function has not (x/(1 + |x|))
    here = [(x, exact) for x, exact in points(case) if survey(f, f.point((x,))).ordinary]
    assert len(here) >= 15
    report = sd.crosscheck(f, at=[{"x": x} for x, _ in here])
    odd = {(g.method, g.verdict) for g in report.findings if g.verdict not in RIGHT}
    assert odd == ({TRAPS[name]} if name in TRAPS else set()), wrong(report)
    if name not in TRAPS:
        assert wrong(report) == []
    for (x, exact), finding in zip(here, [g for g in report.findings if g.method == "tape"], strict=True):
        if exact == 0 and name in CANCELLED:
            continue
        assert finding.reference is not None
        assert finding.reference == pytest.approx(exact, rel=4 * CONDITION.get(name, 1) * 2.0**-53, abs=0), x
        if name in ROWS and finding.error_ulps is not None and abs(exact) > 2.0**-1022:
            assert finding.error_ulps <= FEW_ULPS * CONDITION.get(name, 1), x


def test_nothing_in_the_file_is_forgotten() -> None:
    assert {c["name"] for c in cases("activations")} == {*ROWS, *DEFINITIONS}


def test_the_tape_keeps_subnormal_slopes() -> None:
    """scipy's expit flushes them to zero."""
    assert float(sd.grad("sigmoid(x)", method="tape")(-720.0)) == pytest.approx(2.0322308024e-313, rel=1e-10)
    assert sd.crosscheck("silu(x)", -720.0).ok


@pytest.mark.parametrize("text", ["min(max(x, 0), 6)", "where(abs(x) > 0.5, x, 0)", "max(abs(x), min(x, 2))"])
def test_sympy_can_do_pieces_within_pieces(text: str) -> None:
    """It makes ITE(x >= 0, x <= 6, True) of them."""
    inside = [{"x": x} for x in (-1.3, -0.2, 0.2, 1.7, 7.0)]  # one on every piece
    assert wrong(sd.crosscheck(text, at=inside, operators=["value", "grad", "hessian"])) == []
