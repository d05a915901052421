"""The mistakes that people make when they write backpropagation by hand: what each makes of its stage.

A mistake that means nothing for a layer (a transposed matrix that does not fit) raises `DoesNotApply` or comes
out with another shape; then it is not the one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symdiff.nets.backward import RIGHT, Array, Backward, Make


class DoesNotApply(Exception):
    """The mistake cannot be made here."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One stage done wrong. `says` has {i} for the layer, {up} and {down} for its neighbours, {sigma}, {loss}."""

    stage: str
    says: str
    make: Make


def _in_terms_of_the_answer(p: Backward, k: int) -> Array:
    """sigma' as people know it of tanh and sigmoid, a polynomial in z = sigma(u), but with u put in for z."""
    u = np.linspace(-2.0, 2.0, 9)
    z, slope = p.net.activations[k - 1](u), p.slope(k, u)
    polynomial = np.polynomial.Polynomial.fit(z, slope, 2) if np.ptp(z) > 0.1 else None
    if polynomial is None or np.max(np.abs(polynomial(z) - slope)) > 1e-12:
        raise DoesNotApply
    return polynomial(p.u[k])


def _neighbour(p: Backward, k: int, other: int) -> Array:
    if not 0 < other <= p.net.depth or p.u[other].shape != p.u[k].shape:
        raise DoesNotApply
    return p.slope(k, p.u[other])


def _label_numbers(p: Backward) -> Array:
    if p.y.ndim != 1 or p.target.shape[1] == 1:
        raise DoesNotApply
    return np.broadcast_to(np.asarray(p.y, np.float64)[:, None], p.target.shape)


def _softmax_over(p: Backward, axis: int | None) -> Array:
    """(softmax(z) - t)/N with the softmax over the batch, or over everything; it is the loss's own, of z turned."""
    if p.net.loss.name != "softmax_cross_entropy":
        raise DoesNotApply
    z, none = p.z[-1], np.zeros_like(p.target)
    turned = z.T if axis == 0 else z.reshape(1, -1)
    predicted = p.slope_of_loss(none.reshape(turned.shape), turned)
    return (predicted.T if axis == 0 else predicted.reshape(z.shape)) - p.target / p.count


def _no_link(p: Backward) -> Array:
    """z - t, without the softmax or the sigmoid."""
    if "cross_entropy" not in p.net.loss.name:
        raise DoesNotApply
    outputs = p.target.shape[1] if p.net.loss.name == "binary_cross_entropy" else 1
    return (p.z[-1] - p.target) / (p.count * outputs)


DELTA = [
    Mistake("delta", "sigma' of {sigma} is taken at z{i}, not at u{i}",
            lambda p, k, zbar, ubar: zbar * p.slope(k, p.z[k])),
    Mistake("delta", "sigma' of {sigma} is written in terms of z{i}, but u{i} is put in",
            lambda p, k, zbar, ubar: zbar * _in_terms_of_the_answer(p, k)),
    Mistake("delta", "sigma' of {sigma} is missing: u{i}bar = z{i}bar o sigma'(u{i})",
            lambda p, k, zbar, ubar: zbar),
    Mistake("delta", "sigma' of {sigma} is squared: it is multiplied twice",
            lambda p, k, zbar, ubar: zbar * p.slope(k) ** 2),
    Mistake("delta", "sigma of {sigma} itself stands where sigma' belongs",
            lambda p, k, zbar, ubar: zbar * p.z[k]),
    Mistake("delta", "sigma' of {sigma} is taken at u{down}, not at u{i}",
            lambda p, k, zbar, ubar: zbar * _neighbour(p, k, k - 1)),
    Mistake("delta", "sigma' of {sigma} is taken at u{up}, not at u{i}",
            lambda p, k, zbar, ubar: zbar * _neighbour(p, k, k + 1)),
    Mistake("delta", "sigma' of {sigma} is 0 below zero, where it is not",
            lambda p, k, zbar, ubar: zbar * np.where(p.u[k] > 0, p.slope(k), 0.0)),
    Mistake("delta", "sigma' of {sigma} is taken at -u{i}: the mask is the other way round",
            lambda p, k, zbar, ubar: zbar * p.slope(k, -p.u[k])),
]  # fmt: skip
BACK = [
    Mistake("back", "W{i} stands where its transpose belongs: z{down}bar = W{i}^T u{i}bar",
            lambda p, k, zbar, ubar: ubar @ p.W[k].T),
    Mistake("back", "z{i}bar goes through W{i}^T where u{i}bar belongs: sigma' of {sigma} is missing on the way back",
            lambda p, k, zbar, ubar: zbar @ p.W[k]),
]  # fmt: skip
TOP = [
    Mistake("top", "the softmax of {loss} is taken over the wrong axis, the batch (axis 0), not the outputs (axis 1)",
            lambda p, k, zbar, ubar: _softmax_over(p, 0)),
    Mistake("top", "the softmax of {loss} is taken over the whole array, not over the outputs (axis 1)",
            lambda p, k, zbar, ubar: _softmax_over(p, None)),
    Mistake("top", "the target is not subtracted in the derivative of {loss}: the labels (one-hot) are forgotten",
            lambda p, k, zbar, ubar: p.slope_of_loss(np.zeros_like(p.target))),
    Mistake("top", "the derivative of {loss} has the numbers of the classes where one-hot rows belong",
            lambda p, k, zbar, ubar: p.slope_of_loss(_label_numbers(p))),
    Mistake("top", "the derivative of {loss} is z{i} - t: the softmax or sigmoid is forgotten",
            lambda p, k, zbar, ubar: _no_link(p)),
]  # fmt: skip
OF_W = [
    Mistake("W", "the gradient of W{i} is transposed: W{i}bar = u{i}bar z{down}^T",
            lambda p, k, zbar, ubar: (ubar.T @ p.z[k - 1]).T),
    Mistake("W", "the gradient of W{i} is made with u{down}, not with z{down}",
            lambda p, k, zbar, ubar: ubar.T @ p.u[k - 1]),
    Mistake("W", "the gradient of W{i} is made with z{i}, not with z{down}",
            lambda p, k, zbar, ubar: ubar.T @ p.z[k]),
    Mistake("W", "the gradient of W{i} is made with z{i}bar, before sigma' of {sigma}, not with u{i}bar",
            lambda p, k, zbar, ubar: zbar.T @ p.z[k - 1]),
    Mistake("W", "the gradient of W{i} has only the first row of the batch: the sum is missing",
            lambda p, k, zbar, ubar: np.outer(ubar[0], p.z[k - 1][0])),
    Mistake("W", "the gradient of W{i} is left at zero", lambda p, k, zbar, ubar: np.zeros_like(p.W[k])),
]  # fmt: skip
OF_B = [
    Mistake("b", "the bias sum is missing: b{i}bar has only the first row of u{i}bar, not the sum over the batch",
            lambda p, k, zbar, ubar: ubar[0]),
    Mistake("b", "the bias sum is missing: b{i}bar has only the last row of u{i}bar, not the sum over the batch",
            lambda p, k, zbar, ubar: ubar[-1]),
    Mistake("b", "the bias sum runs over the outputs (axis 1), not over the batch (axis 0)",
            lambda p, k, zbar, ubar: np.sum(ubar, axis=1)),
    Mistake("b", "the bias sum runs over everything, not over the batch (axis 0) alone",
            lambda p, k, zbar, ubar: np.full_like(p.b[k], np.sum(ubar))),
    Mistake("b", "the gradient of b{i} is made with z{i}bar, before sigma' of {sigma}, not with u{i}bar",
            lambda p, k, zbar, ubar: np.sum(zbar, axis=0)),
    Mistake("b", "the gradient of b{i} has the penalty, which is of the weights alone",
            lambda p, k, zbar, ubar: np.sum(ubar, axis=0) + p.net.l2 * p.b[k]),
    Mistake("b", "the gradient of b{i} is left at zero", lambda p, k, zbar, ubar: np.zeros_like(p.b[k])),
]  # fmt: skip

SUBJECT = {  # what a factor may be too much in
    "top": "z{i}bar, the derivative of {loss},",
    "delta": "u{i}bar",
    "W": "the gradient of W{i}",
    "b": "the gradient of b{i}",
    "penalty": "the penalty of W{i}",
}


def factors(p: Backward, stage: str) -> Iterator[tuple[float, str]]:
    """Factors that come in by mistake, and how they are said."""
    n, d = p.count, p.target.shape[1]
    if stage == "penalty":
        yield 0.0, "is missing: l2 W{i}"
    yield -1.0, "has the wrong sign"
    if stage == "b":
        yield 1 / n, "is the mean over the batch where the sum belongs: divided by N once too often"
    else:
        yield 1 / n, "is divided by N once too often: a mean where the sum belongs"
    yield float(n), "is not divided by N: a sum where the mean over the batch belongs"
    yield 2.0, "is doubled"
    yield 0.5, "is halved: a factor 2 is missing"
    if stage == "top":
        yield float(d), "is not divided by the number of outputs: a sum where their mean belongs"
        yield 1 / d, "is divided by the number of outputs once too often: a mean where the sum belongs"
        yield float(n * d), "is divided neither by N nor by the number of outputs: a sum where the mean belongs"
        yield d / 2, "is a sum over the outputs where their mean belongs, and a factor 2 is missing"


def scaled(stage: str, factor: float, says: str) -> Mistake:
    """A stage with a factor that does not belong there."""
    return Mistake(stage, f"{SUBJECT[stage]} {says}", lambda p, k, zbar, ubar: factor * RIGHT[stage](p, k, zbar, ubar))


def mistakes(p: Backward) -> Iterator[Mistake]:
    """All of them, the likelier ones first."""
    yield from (*TOP, *DELTA, *BACK, *OF_W, *OF_B)
    stages = ("top", "delta", "W", "b", *(["penalty"] if p.net.l2 else []))
    for stage in stages:
        yield from (scaled(stage, factor, says) for factor, says in factors(p, stage) if factor != 1.0)
