"""Faults in the op table: one column at a time, and all columns at once.

A column is replaced by the same column of another row, the impostor: each column is sane by itself, the
row says two things. When every column is the impostor's, all methods agree, and only the caller's own
function (lamps R and B) knows better.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.ops import TABLE
from tests.faults import accused, red, row, states, without_cotangent

COLUMNS = ("forward", "sympy", "jax", "ball")
X, Y = 1.37, 0.61
BOTH = (0, 1)

# op: (impostor, a function that uses the op). The impostor's rules do not use the op itself.
CASES: dict[str, tuple[str, Callable[..., object]]] = {
    "sin": ("tanh", lambda x, y: np.sin(x * y) + y),
    "cos": ("atan", lambda x, y: np.cos(x) * y),
    "exp": ("cosh", lambda x, y: np.exp(x) * y),
    "log": ("sqrt", lambda x, y: np.log(x) * y),
    "log1p": ("asinh", lambda x, y: np.log1p(x) * y),
    "tanh": ("sigmoid", lambda x, y: np.tanh(x) * y),
    "sqrt": ("log1p", lambda x, y: np.sqrt(x) * y),
    "atan": ("erf", lambda x, y: np.arctan(x * y) * y),
    "sinh": ("expm1", lambda x, y: np.sinh(x) * y),
    "sub": ("add", lambda x, y: np.exp(x - y)),
    "max": ("min", lambda x, y: np.maximum(x, y) * y),
    "hypot": ("logaddexp", lambda x, y: np.hypot(x, y) * y),
    "power": ("hypot", lambda x, y: np.power(x, y) * y),
}


def columns_of(impostor: str) -> dict[str, object]:
    return {column: getattr(TABLE[impostor], column) for column in (*COLUMNS, "vjp", "partials", "ulp")}


@pytest.mark.parametrize("op", CASES)
def test_the_healthy_rows_light_four_green_lamps(op: str) -> None:
    report = crosscheck(CASES[op][1], X, Y)
    assert states(report) == "green green green green"
    assert report.ok


@pytest.mark.parametrize("op", CASES)
def test_a_wrong_pull_back_lights_d_alone_and_accuses_the_tape_alone(op: str) -> None:
    impostor, f = CASES[op]
    with row(op, vjp=TABLE[impostor].vjp):
        report = crosscheck(f, X, Y, wrt=BOTH)
    assert red(report) == "D"
    assert accused(report) == {"tape"}


@pytest.mark.parametrize("op", ["sin", "exp", "log", "tanh", "sqrt", "max", "power"])
def test_a_pull_back_without_its_cotangent_lights_d_alone(op: str) -> None:
    with row(op, vjp=tuple(without_cotangent(rule) for rule in TABLE[op].vjp)):
        report = crosscheck(lambda x, y: y * CASES[op][1](x, y), X, Y, wrt=BOTH)
    assert red(report) == "D"
    assert accused(report) == {"tape"}


@pytest.mark.parametrize("op", CASES)
@pytest.mark.parametrize(("column", "method"), [("sympy", "symbolic"), ("jax", "jax")])
def test_a_wrong_column_of_one_library_lights_v_and_d_and_accuses_its_method(op: str, column: str, method: str) -> None:
    impostor, f = CASES[op]
    with row(op, **{column: getattr(TABLE[impostor], column)}):
        report = crosscheck(f, X, Y, wrt=BOTH)
    assert red(report) == "VD"
    assert accused(report) == {method}


@pytest.mark.parametrize("op", CASES)
def test_a_wrong_ball_column_is_against_everybody(op: str) -> None:
    """The reference itself is wrong: the three methods agree with one another and with the caller's function."""
    impostor, f = CASES[op]
    with row(op, ball=TABLE[impostor].ball):
        report = crosscheck(f, X, Y, wrt=BOTH)
    assert red(report) == "VDRB"
    assert accused(report) == {"symbolic", "tape", "jax"}


@pytest.mark.parametrize("op", CASES)
def test_a_wrong_numpy_column_lights_v_and_leaves_jax_alone(op: str) -> None:
    """SymPy's programs run on NumPy, too."""
    impostor, f = CASES[op]
    with row(op, forward=TABLE[impostor].forward):
        report = crosscheck(f, X, Y, wrt=BOTH)
    assert "V" in red(report)
    assert red(report) in ("V", "VD")
    assert "jax" not in accused(report)


@pytest.mark.parametrize("op", CASES)
def test_a_row_that_means_another_function_in_all_columns_lights_r_and_b_only(op: str) -> None:
    impostor, f = CASES[op]
    with row(op, **columns_of(impostor)):
        report = crosscheck(f, X, Y, wrt=BOTH)
    assert red(report) == "RB"
    assert accused(report) == set()
    assert not report.ok, "a red lamp is enough"


@pytest.mark.parametrize("error", [1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_is_off_by_little_is_caught(column: str, error: float) -> None:
    """On the scale of float64 already 1e-12 is thousands of ulps."""
    healthy = getattr(TABLE["exp"], column)
    with row("exp", **{column: lambda x: healthy(x) * (1 + error)}):
        report = crosscheck(CASES["exp"][1], X, Y, wrt=BOTH)
    assert set(red(report)) >= set("VD")
