"""The contracts of the rules that guess: conditioned on what was drawn, nothing about them is left to chance.

A mean over draws would have to be tested by statistics, which accuses the right and passes the slightly wrong. Here
the draw is known, so the direction it must give is known, too: it is made again of exact slopes, or of the risks of
one net at a time, and compared.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.inputs import function
from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.vectors import off, packed, unpacked
from symdiff.nets.losses import Loss
from symdiff.operators import grad, jvp

if TYPE_CHECKING:
    from symdiff.learn.cma_es import CMA
    from symdiff.learn.evolution import Evolution
    from symdiff.learn.forward_forward import ForwardForward
    from symdiff.learn.forward_gradient import ForwardGradient
    from symdiff.learn.mu_lambda import MuLambda
    from symdiff.learn.rule import Rule
    from symdiff.learn.spsa import SPSA
    from symdiff.nets.mlp import MLP, Params

DRAWS = 8  # steps that the squared relative error is the mean of
DISTANCE = 1e-3  # to extrapolate from: the h^4 that is left is as small as what rounding does, eps/h
EXTRAPOLATED = 1e-6  # allowed of that; a wrong factor or sign is 1e6 times as large
SMOOTH = {"mse", "binary_cross_entropy", "softmax_cross_entropy"}


def of_slopes(rule: ForwardGradient, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """That a direction is made of exact slopes: it is made again of the slopes of another method, of one net's own
    risk along one probe after the other."""
    state = rule.start(net, params, seed)
    found = packed(rule.step(net, params, X, y, state).direction)
    probes = rule.drawn(found.size, state, found.dtype)
    other = "jax" if rule.method != "jax" else "tape"
    risk = function(lambda params: net.risk(params, X, y))
    slopes = [float(jvp(risk, (params,), (unpacked(v, params),), other)[1]) for v in probes]
    wanted = np.asarray(slopes) @ probes / len(probes)
    what = f"with the seed's probes it is the mean of (g . v) v, g . v by the jvp of {other}"
    claims = [Claim(what, off(found, wanted), _rounding(found.dtype))]
    return Contract(rule.name, rule.promise, (*claims, *_spread(rule, net, params, X, y, seed)))


def of_differences(rule: SPSA | Evolution, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """That a direction is made of differences that tend to the slopes: without its h^2 term it is the mean of
    (g . v) v, for the draw of the seed; and that the population's risks are those of the net."""
    params, X, y = _doubled(params), _double(X), _double(y)
    state = rule.start(net, params, seed)
    by_distance = [packed(at(rule, h).step(net, params, X, y, state).direction) for h in (DISTANCE, DISTANCE / 2)]
    limit = (4.0 * by_distance[1] - by_distance[0]) / 3.0
    probes = rule.drawn(limit.size, state)
    gradient = packed(grad(net.risk)(params, X, y))
    wanted = (probes @ gradient) @ probes / len(probes)
    smooth = net.loss.name in SMOOTH and all(sigma.smooth for sigma in net.activations)
    what = "with the seed's probes and h towards 0 it is the mean of (g . v) v"
    if not smooth:
        what += " (promised of smooth nets only: this one has kinks)"
    claims = [Claim(what, off(limit, wanted), EXTRAPOLATED if smooth else None)]
    own = dataclasses.replace(rule, dtype="float64")
    found, again, amplified = _one_at_a_time(own, net, params, X, y, state, probes)
    claims.append(Claim("it is what the risks of one net at a time give", off(found, again), amplified))
    unshaped = at(rule, rule.distance(np.dtype(np.float64)))
    return Contract(rule.name, rule.promise, (*claims, *_spread(unshaped, net, params, X, y, seed)))


def at(rule: SPSA | Evolution, distance: float) -> SPSA | Evolution:
    """The same rule in float64 at another distance from the parameters, without ranks."""
    if rule.name == "spsa":
        return dataclasses.replace(rule, c=distance, dtype="float64")
    return dataclasses.replace(rule, sigma=distance, shaping="none", dtype="float64")


def _one_at_a_time(
    rule: SPSA | Evolution, net: MLP, params: Params, X: Any, y: Any, state: Any, probes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """The direction; the same of risks that were asked for one by one; how far rounding may part them."""
    found = packed(rule.step(net, params, X, y, state).direction)
    start, h = packed(params), rule.distance(np.dtype(np.float64))
    risks = [_risk(net, params, X, y, start + sign * h * v) for sign in (1.0, -1.0) for v in probes]
    if getattr(rule, "shaping", "none") == "ranks":
        from scipy.stats import rankdata

        weights = rankdata(risks) / (len(risks) - 1)  # what all have in common cancels in the pairs
        allowed = _rounding(found.dtype)
    else:
        weights = np.asarray(risks)
        differences = np.subtract(*np.split(weights, 2))
        size = float(np.linalg.norm(differences)) or 1.0
        allowed = _rounding(found.dtype) * max(1.0, float(np.linalg.norm(weights)) / size)
    plus, minus = np.split(weights, 2)
    return found, (plus - minus) @ probes / (2.0 * h * len(probes)), allowed


def of_generation(rule: MuLambda, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """That a generation's parents are the best of its children, by the risks of one net at a time; and that only the
    order of the risks counts."""
    state = rule.start(net, params, seed)
    found = packed(rule.step(net, params, X, y, state).direction)
    start = packed(params)
    children, _ = rule.brood(start, state)
    order = np.argsort([_risk(net, params, X, y, child) for child in children], kind="stable")
    wanted = start - np.mean(children[order[: rule.mu]], axis=0)
    what = "the next parameters are the mean of the best, by the risks of one net at a time"
    same = Claim(what, off(found, wanted), 4.0 * _rounding(np.dtype(rule.dtype or start.dtype)))
    return Contract(rule.name, rule.promise, (same, order_alone(rule, net, params, X, y, seed)))


def of_distribution(rule: CMA, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """The same of CMA-ES, whose parents are weighed by their ranks."""
    state = rule.start(net, params, seed)
    strategy = copy.deepcopy(state["strategy"])
    asked = np.asarray(strategy.ask())
    found = packed(rule.step(net, params, X, y, state).direction)
    start = packed(params)
    order = np.argsort([_risk(net, params, X, y, child.astype(start.dtype)) for child in asked], kind="stable")
    weights = np.asarray(strategy.sp.weights[: strategy.sp.weights.mu])
    wanted = start - weights @ asked[order[: len(weights)]]
    what = "the next parameters are the weighted mean of the best, by the risks of one net at a time"
    same = Claim(what, off(found, wanted), 4.0 * _rounding(np.dtype(rule.dtype or start.dtype)))
    return Contract(rule.name, rule.promise, (same, order_alone(rule, net, params, X, y, seed)))


def order_alone(rule: MuLambda | CMA, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Claim:
    """That the risk and an increasing function of it, on one example, give the same direction bit for bit."""
    row = np.asarray(X)[:1], np.asarray(y)[:1]
    each = net.loss.each
    stretched = Loss(net.loss.name, lambda u, t: np.arctan(each(u, t)), net.loss.target, "")
    nets = (dataclasses.replace(net, loss=loss, l2=0.0) for loss in (net.loss, stretched))
    first, second = (packed(rule.step(n, params, *row, rule.start(n, params, seed)).direction) for n in nets)
    return Claim("arctan of the loss, on one example, changes no bit of it", off(first, second), 0.0)


def local_gradients(rule: ForwardForward, net: MLP, params: Params, X: Any, y: Any, seed: int) -> Contract:
    """That every layer's gradient is that of its own loss: beside those of the other methods."""
    from symdiff.learn.forward_forward import local_gradient

    state = rule.start(net, params, seed)
    direction = rule.step(net, params, X, y, state).direction
    claims = []
    for i, (layer, right, wrong) in enumerate(rule.layers(net, params, X, y, state)):
        for method in ("symbolic", "tape", "jax"):
            if method != rule.method:
                wanted = packed(local_gradient(*rule.goal(net, i), method)(layer, right, wrong)[1])
                found = packed(direction[i])
                what = f"layer {i + 1} by {rule.method}: the gradient of its own loss, as {method} has it"
                claims.append(Claim(what, off(found, wanted), _rounding(wanted.dtype)))
    return Contract(rule.name, rule.promise, tuple(claims))


def _spread(rule: Rule, net: MLP, params: Params, X: Any, y: Any, seed: int) -> list[Claim]:
    """The squared relative error, the mean over a few steps, and what it is in the mean over all."""
    gradient = packed(grad(net.risk)(params, X, y))
    size = float(gradient @ gradient)
    state, errors = rule.start(net, params, seed), []
    for _ in range(DRAWS):
        step = rule.step(net, params, X, y, state)
        state, error = step.state, packed(step.direction) - gradient
        errors.append(float(error @ error) / size if size else np.nan)
    return [
        Claim(f"squared relative error, the mean of {DRAWS} steps", float(np.mean(errors))),
        Claim("the same in theory", rule.relative_error(gradient.size) or 0.0),
    ]


def _risk(net: MLP, like: Params, X: Any, y: Any, vector: np.ndarray) -> float:
    return float(net.risk(unpacked(vector, like), X, y))


def _doubled(params: Params) -> Params:
    """In float64: a question about slopes, not about digits."""
    return unpacked(packed(params).astype(np.float64), params)


def _double(data: Any) -> np.ndarray:
    """Float data in float64, class numbers as they are."""
    data = np.asarray(data)
    return data.astype(np.float64) if data.dtype.kind == "f" else data


def _rounding(dtype: np.dtype) -> float:
    """What sums of some thousand terms may be off."""
    return 4096.0 * float(np.finfo(dtype).eps)
