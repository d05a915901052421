"""Whether a rule's direction is what the rule promises: each promise has its own test, and none is an angle.

An exact one is judged like any claimed gradient, by the verdicts of the crosscheck. One by differences must get better
with the step at its order. A surrogate is tested by what is true of it to the last bit: where it has to be
backpropagation, it is. The others know what they are made of, and their classes test it.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.crosscheck import crosscheck
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.learn.backprop import Backprop
from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.differences import FiniteDifferences
from symdiff.learn.feedback import DirectFeedbackAlignment, FeedbackAlignment, Taught
from symdiff.learn.vectors import by_layer, cosine, off, packed
from symdiff.nets.activations import LINEAR, Activation

if TYPE_CHECKING:
    from symdiff.learn.rule import Rule
    from symdiff.nets.mlp import MLP, Params

STEPS = 1e-3, 5e-4  # truncation is far above rounding there, in nets whose entries are of size 1
ORDER_WITHIN = 0.2
ULPS = 100.0  # a risk is a sum of many terms: its rounding, in units of eps
ROUNDING = 1e-12  # the same products, summed in another order


def check(rule: Rule, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """See `Rule.check`.

    Raises:
        UnsupportedError: a rule of another kind that does not test itself.
    """
    X, y = np.asarray(X), np.asarray(y)
    net.risk.data(params, X, y)
    if rule.promise == "exact":
        claims = exact(rule, net, params, X, y, seed)
    elif isinstance(rule, FiniteDifferences):
        claims = truncating(rule, net, params, X, y)
    elif isinstance(rule, Taught):
        claims = surrogate(rule, net, params, X, y, seed)
    else:
        raise UnsupportedError(f"{rule.name} is {rule.promise}, and does not say how that is tested: write its check")
    return Contract(rule.name, rule.promise, tuple(claims))


def exact(rule: Rule, net: MLP, params: Params, X: Any, y: Any, seed: int) -> list[Claim]:
    """The direction as a claimed gradient, beside the three methods."""
    state = rule.start(net, params, seed)
    rule.step(net, params, X, y, state)  # a rule that cannot be asked here says so itself

    def direction(params: Any, X: Any, y: Any) -> Any:
        return rule.step(net, params, X, y, state).direction

    report = crosscheck(net.risk, params, X, y, claimed={"grad": direction}, operators="grad")
    wrong = [f for f in report.findings if f.verdict in (Verdict.DIFFER, Verdict.INACCURATE)]
    judged = sorted({str(f.method) for f in report.findings})
    return [
        Claim("findings of the crosscheck that differ or are inaccurate", float(len(wrong)), 0.0),
        Claim(f"verdict {report.verdict} of {', '.join(judged)}; 0 is a yes", float(not report.ok), 0.0),
    ]


def truncating(rule: FiniteDifferences, net: MLP, params: Params, X: Any, y: Any) -> list[Claim]:
    """The error shrinks like h^p, and at the rule's own step it is no more than that and rounding explain."""
    _, X, target = net.risk.data(params, X, y)
    wide = [{k: np.asarray(v, np.float64) for k, v in layer.items()} for layer in params]
    gradient = packed(Backprop().step(net, wide, X, target, None).direction)

    def error(h: float) -> float:
        at = copy.copy(rule)
        at.h = h
        return float(np.linalg.norm(packed(at.step(net, wide, X, target, None).direction) - gradient))

    def rounding(h: float) -> float:
        return ULPS * float(np.finfo(np.float64).eps) * loss / h * gradient.size**0.5

    loss = abs(float(net.risk.of_data(wide, X, target)))
    errors = [error(h) for h in STEPS]
    size = float(np.linalg.norm(gradient)) or 1.0
    smooth = all(sigma.smooth for sigma in net.activations)
    steps = " and ".join(f"{h:g}" for h in STEPS)
    if errors[1] <= rounding(STEPS[1]):  # as of central differences and a parabola, which they know exactly
        order = Claim(f"error at the steps {steps}: nothing but rounding, no order to be seen", errors[0] / size)
    else:
        observed = float(np.log2(errors[0] / errors[1]))
        order = Claim(f"observed order {observed:.2f} between the steps {steps}, distance to {rule.order}",
                      abs(observed - rule.order), ORDER_WITHIN if smooth else None)  # fmt: skip
    allowed = 2.0 * (errors[0] * (rule.h / STEPS[0]) ** rule.order + rounding(rule.h)) / size
    return [order, Claim(f"relative error at h = {rule.h:g}", error(rule.h) / size, allowed if smooth else None)]


def surrogate(rule: Taught, net: MLP, params: Params, X: Any, y: Any, seed: int) -> list[Claim]:
    """The identities of feedback alignment. On the tape they hold bit for bit."""
    state = rule.start(net, params, seed)
    direction = by_layer(rule.step(net, params, X, y, state).direction)
    gradient = by_layer(Backprop(rule.method).step(net, params, X, y, None).direction)
    least = 0.0 if rule.method == "tape" else ROUNDING
    other = type(rule)(matrices=state, method="jax" if rule.method == "tape" else "tape")
    again = by_layer(other.step(net, params, X, y, state).direction)
    zero = sum(bool(np.any(g)) and not np.any(d) for d, g in zip(direction[:-1], gradient[:-1], strict=True))
    copied = sum(np.array_equal(d, g) and bool(np.any(g)) for d, g in zip(direction[:-1], gradient[:-1], strict=True))
    claims = [
        Claim("the last layer is backpropagation", apart(direction[-1:], gradient[-1:]), least),
        Claim("hidden layers whose direction is zero, where the gradient is not", float(zero), 0.0),
        Claim("the layers' pull-backs on the tape and in JAX agree", apart(direction, again), ROUNDING),
    ]
    if rule.matrices is None:
        claims.append(Claim("hidden layers that run as backpropagation", float(copied), 0.0))
    if isinstance(rule, FeedbackAlignment):
        weights = [layer["W"] for layer in params[1:]]
        with_weights = FeedbackAlignment(matrices=weights, method=rule.method)
        same = by_layer(with_weights.step(net, params, X, y, weights).direction)
        claims.append(Claim("with B = W it is backpropagation", apart(same, gradient), least))
    alike, straight = one_hidden(rule, net, X, y, seed), linear(rule, net, params, X, y)
    claims += [
        Claim("with one hidden layer, feedback and direct feedback are the same", alike, least),
        Claim("in a linear net, direct feedback through the weights' product is backpropagation", straight, ROUNDING),
    ]
    angles = [cosine(d, g) for d, g in zip(direction, gradient, strict=True)]
    return claims + [Claim(f"cosine to the gradient in layer {i}", c) for i, c in enumerate(angles, 1)]


def one_hidden(rule: Taught, net: MLP, X: Any, y: Any, seed: int) -> float:
    """How far apart the two are in a net of one hidden layer."""
    if net.depth < 2:
        return 0.0
    first, last = net.activations[0], net.activations[-1]
    small = replace(net, widths=(*net.widths[:2], net.widths[-1]), activations=(first, last))
    params = small.init(seed)
    matrices = DirectFeedbackAlignment().start(small, params, seed)
    found = [
        by_layer(kind(matrices=matrices, method=rule.method).step(small, params, X, y, matrices).direction)
        for kind in (FeedbackAlignment, DirectFeedbackAlignment)
    ]
    return apart(*found)


def linear(rule: Taught, net: MLP, params: Params, X: Any, y: Any) -> float:
    """How far direct feedback is from backpropagation where it has no choice."""
    straight = replace(net, activations=(Activation(LINEAR),) * net.depth)
    products = [params[-1]["W"]]
    for layer in reversed(params[1:-1]):
        products.insert(0, products[0] @ layer["W"])
    products = products[: net.depth - 1] if net.depth > 1 else []
    direct = DirectFeedbackAlignment(matrices=products, method=rule.method)
    found = by_layer(direct.step(straight, params, X, y, products).direction)
    return apart(found, by_layer(Backprop(rule.method).step(straight, params, X, y, None).direction))


def apart(found: list[np.ndarray], right: list[np.ndarray]) -> float:
    """The largest distance of two layers, relative to the second."""
    return float(np.max([off(f, r) for f, r in zip(found, right, strict=True)]))  # a NaN is the largest
