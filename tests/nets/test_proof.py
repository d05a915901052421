"""formula.prove: the printed recursion is SymPy's derivative, entry by entry; and a planted fault is named by layer.

SYMDIFF_FULL=1 proves every activation with every loss, at every depth.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

import symdiff as sd
from symdiff.methods.symbolic.identical import Letters
from symdiff.methods.symbolic.notation import Entrywise, Softmax, hadamard, product, transposed
from symdiff.nets.activations import known
from symdiff.nets.formula import Formula
from symdiff.nets.losses import LOSSES

FULL = bool(os.environ.get("SYMDIFF_FULL"))
SMOOTH = [a for a in known() if a not in ("ceil", "floor")]  # SymPy has no derivative of those
ROOTS = ("cbrt",)  # SymPy writes |u|^(2/3) in two ways
NESTED = {("relu", "absolute"), ("relu", "hinge"), ("relu", "huber")}  # pieces in the conditions of pieces
SMALL = {"widths": (1, 2, 2)}


def proved(formula: Formula, digits: bool = False, **options: Any) -> None:
    found = formula.prove(**options)
    assert found.ok, str(found)
    assert str(found.verdict) in ({"PROVED", "AGREE"} if digits else {"PROVED"}), str(found)


# -- every net ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", SMOOTH)
def test_every_activation(activation: str) -> None:
    proved(sd.mlp([4, 5, 6], activation, l2=0.1).formula("W1"), activation in ROOTS, widths=(1, 2, 1))


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("last", ["linear", "relu"])
def test_every_loss(loss: str, last: str) -> None:
    proved(sd.mlp([4, 5, 6], ["sin", last], loss).formula("W1"), (last, loss) in NESTED, **SMALL)


@pytest.mark.skipif(not FULL, reason="minutes: SYMDIFF_FULL=1")
@pytest.mark.parametrize("activation", SMOOTH)
def test_every_activation_with_every_loss(activation: str) -> None:
    for loss in LOSSES:
        net = sd.mlp([2, 3, 2], activation, loss, l2=0.1)
        for name, rows in (("W1", False), ("b1", True), ("W2", True), ("x", False)):
            proved(net.formula(name, rows=rows), activation in ROOTS)


@pytest.mark.skipif(not FULL, reason="minutes: SYMDIFF_FULL=1")
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_depth_with_every_loss(loss: str) -> None:
    for activation in ("tanh", "relu", "softplus"):
        for depth in (1, 2, 3, 4):
            proved(sd.mlp([2] * (depth + 1), activation, loss, l2=0.1).formula("W1"))


@pytest.mark.parametrize(("depth", "activation"), [(1, "tanh"), (3, "relu"), (4, "tanh")])
def test_depths(depth: int, activation: str) -> None:
    net = sd.mlp([9] * (depth + 1), activation, "softmax_cross_entropy", l2=0.1)
    proved(net.formula("W1"), widths=(1, 2, 2, 2, 2)[: depth + 1])


@pytest.mark.parametrize("rows", [False, True])
def test_every_name_in_both_layouts(rows: bool) -> None:
    net = sd.mlp([4, 5, 6], "sin", "softmax_cross_entropy", l2=0.1)
    for name in ("W1", "b1", "W2", "b2", "x", "u1", "z1", "u2"):
        proved(net.formula(name, rows=rows), **SMALL)


def test_several_activations() -> None:
    net = sd.mlp([2, 3, 3, 1], ["sin", "linear", "relu"], "huber", l2=0.2)
    for name in ("W1", "z2", "b3"):
        proved(net.formula(name), name != "z2", widths=(1, 2, 2, 1))


def test_what_is_said() -> None:
    found = sd.mlp([2, 3, 2], "cbrt").formula("b1").prove()
    assert found
    assert str(found) == (
        "AGREE: u2bar, u1bar, b1bar against SymPy's derivative of the expanded risk (widths 2, 3, 2, batch 2)\n"
        "of 13 entries 10 identical, 3 equal to 50 digits at 3 random points; on the edge of a piece nothing is said"
    )
    assert [step.layer for step in found.steps] == [2, 1, 1]
    assert found.steps[-1].entries.shape == (3, 1)


# -- planted faults ----------------------------------------------------------------------------------


def with_fault(formula: Formula, step: str, fault: Callable[[Any], Any]) -> Formula:
    steps = tuple((name, fault(e) if name == step else e) for name, e in formula.recursion)
    assert steps != formula.recursion
    return replace(formula, recursion=steps)


def of_output(e: Any) -> Any:
    """sigma'(z) for sigma'(u)."""
    arrived, slope = e.args
    (u,) = slope.matrices
    return hadamard(arrived, Entrywise(slope.name, slope.function, sp.MatrixSymbol(f"z{u.name[1:]}", *u.shape)))


def without_transpose(e: Any) -> Any:
    arrived, slope = e.args
    return hadamard(product(transposed(arrived.args[0]), *arrived.args[1:]), slope)


def wrong_axis(e: Any) -> Any:
    softmax = next(iter(e.atoms(Softmax)))
    return e.xreplace({softmax: Softmax(softmax.matrix, sp.Integer(1 - softmax.axis))})


def one_example(e: Any) -> Any:
    """A bias without the sum over the examples: the sum of one column only, as for N = 1."""
    return product(e.args[0], sp.OneMatrix(e.args[1].shape[0], 1), 1 / e.args[1].shape[0])


N = sp.Symbol("N", integer=True, positive=True)
FAULTS = {
    "transposed factor": ("W1", "u1bar", without_transpose, 1),
    "sigma' of z": ("W1", "u1bar", of_output, 1),
    "sigma' of z, above": ("W1", "u2bar", of_output, 2),
    "missing 1/N": ("W1", "u3bar", lambda e: product(N, e), 3),
    "softmax over the examples": ("b2", "u3bar", wrong_axis, 3),
    "bias not summed": ("b2", "b2bar", one_example, 2),
    "penalty halved": ("W2", "W2bar", lambda e: e.func(e.args[0], product(sp.Rational(1, 2), e.args[1])), 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen_and_its_layer_named(fault: str) -> None:
    is_named(fault, (1, 2, 2, 2))


def test_a_transposed_factor_that_does_not_fit_is_named_too() -> None:
    is_named("transposed factor", (1, 2, 3, 2))


def is_named(fault: str, widths: tuple[int, ...]) -> None:
    name, step, plant, layer = FAULTS[fault]
    formula = sd.mlp([5, 6, 7, 8], "tanh", "softmax_cross_entropy", l2=0.1).formula(name)
    found = with_fault(formula, step, plant).prove(widths=widths)
    assert not found
    assert str(found.verdict) == "DIFFER"
    assert found.failed is not None
    assert (found.failed.name, found.failed.layer) == (step, layer)
    assert f"layer {layer}, {step}: " in str(found)


def test_a_fault_in_the_digits_is_seen_where_sympy_does_not_decide() -> None:
    formula = sd.mlp([2, 3, 2], "cbrt").formula("W1")
    off = sp.Rational(10**40 + 1, 10**40)
    found = with_fault(formula, "u1bar", lambda e: hadamard(product(off, e.args[0]), e.args[1])).prove()
    assert str(found.verdict) == "DIFFER"


def test_a_wrong_slope_of_a_piece_is_seen() -> None:
    formula = sd.mlp([2, 3, 2], "relu", "huber").formula("W1")
    u = sp.Symbol("u", real=True)
    wrong = sp.Lambda(u, sp.Piecewise((1, u > 1), (0, True)))

    def elsewhere(e: Any) -> Any:
        arrived, slope = e.args
        return hadamard(arrived, Entrywise(slope.name, wrong, *slope.matrices))

    assert str(with_fault(formula, "u1bar", elsewhere).prove().verdict) == "DIFFER"


# -- deciding ----------------------------------------------------------------------------------------


def test_expressions_that_are_one_function_and_such_that_are_not() -> None:
    x, y = sp.symbols("x y", real=True)
    s, relu = 1 / (1 + sp.exp(-x)), sp.Piecewise((x, x > 0), (0, True))
    same = [
        (sp.diff(s, x), s * (1 - s)),
        (sp.exp(x) / (1 + sp.exp(x)), s),
        (sp.exp(2 * x), sp.exp(x) ** 2),
        (sp.diff(relu**2, x), 2 * relu),
        (sp.Abs(x), 2 * relu - x),
        (sp.Piecewise((x, x <= 1), (1, True)), sp.Piecewise((1, 2 * x > 2), (x, True))),
        (sp.Piecewise((1, (x > 0) & (x < 1)), (0, True)), sp.Piecewise((0, (x < 0) | (x > 1)), (1, True))),
        (1 / (x + y) - 1 / (x - y), -2 * y / (x**2 - y**2)),
    ]
    other = [
        (sp.diff(s, x), s * s * (1 - s)),
        (sp.Piecewise((1, x > 0), (0, True)), sp.Piecewise((1, x > 1), (0, True))),
        (relu, x),
        (1 / (1 + x), 1 / (1 + y)),
    ]
    assert [Letters().identical(a, b) for a, b in same] == [True] * 8
    assert not any(Letters().identical(a, b) for a, b in other)


# -- what is too large -------------------------------------------------------------------------------


def test_what_is_too_large_says_so_with_the_estimate() -> None:
    with pytest.raises(sd.UnsupportedError, match=r"^UNSUPPORTED: with 30 layers .* about 5.1e\+12 ops when written"):
        sd.mlp([2] * 31, "tanh", "softmax_cross_entropy").formula("W1").prove()
    with pytest.raises(
        sd.UnsupportedError, match=r"^UNSUPPORTED: the time was over at u2bar\[1, 1\], an entry of abou"
    ):
        sd.mlp([2, 2, 2], "tanh").formula("W1").prove(seconds=0)


def test_bad_shapes_are_refused() -> None:
    formula = sd.mlp([2, 2, 2], "tanh").formula("W1")
    with pytest.raises(sd.InputError, match="expected 3, of the input and of each layer"):
        formula.prove(widths=(2, 2))
    with pytest.raises(sd.InputError, match="batch=0"):
        formula.prove(batch=0)
