"""A check that passes because everything is small: the lecture's misprint in nets of depth 1 to 30.

The lecture has sigma'(x) = sigma(1 - sigma) * exp(-x)/(1 + exp(-x))^2. The star should be an equals sign: as it is
printed it is the square of the derivative. In a deep sigmoid net the gradient by W_1 is so small that checks with an
absolute tolerance pass the wrong one; symdiff has none.

`python -m examples.nets.misprint` prints the table; the column of torch is filled where torch is installed.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import symdiff as sd

DEPTHS = (1, 2, 5, 8, 10, 20, 30)
WIDTH, EXAMPLES = 8, 2


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


def right(u):
    return sigmoid(u) * (1 - sigmoid(u))


def misprinted(u):
    return sigmoid(u) * (1 - sigmoid(u)) * (np.exp(-u) / (1 + np.exp(-u)) ** 2)


def setting(depth: int) -> tuple[Any, Any, Any, Any]:
    """A sigmoid net with that many hidden layers, its parameters, and a batch."""
    net = sd.mlp([WIDTH, *[WIDTH] * depth, 1], "sigmoid", "mse")
    rng = np.random.default_rng(0)
    return net, net.init(seed=0), rng.standard_normal((EXAMPLES, WIDTH)), rng.standard_normal((EXAMPLES, 1))


def hand_written(slope):
    """The gradient by every parameter as one writes it by hand, with this derivative of the sigmoid."""

    def gradient(params, X, y):
        us, zs = [], [X]
        for layer in params:
            us.append(zs[-1] @ layer["W"].T + layer["b"])
            zs.append(sigmoid(us[-1]))
        delta = 2 * (us[-1] - y) / len(X)  # the last layer is linear, with one output
        found = []
        for i in reversed(range(len(params))):
            found.insert(0, {"W": delta.T @ zs[i], "b": np.sum(delta, axis=0)})
            if i:
                delta = (delta @ params[i]["W"]) * slope(us[i - 1])
        return found

    return gradient


def by_first_weights(depth: int, slope: Any) -> tuple[Any, Any, Any]:
    """(risk as a function of W_1 alone, its claimed gradient, W_1): 64 entries however deep the net is."""
    net, params, X, y = setting(depth)

    def of(W: Any) -> Any:
        return [{"W": W, "b": params[0]["b"]}, *params[1:]]

    return (lambda W: net.risk(of(W), X, y)), (lambda W: hand_written(slope)(of(W), X, y)[0]["W"]), params[0]["W"]


def by_symdiff(depth: int, slope: Any) -> sd.Report:
    risk, claimed, W = by_first_weights(depth, slope)
    return sd.crosscheck(risk, W, claimed=claimed)


def by_jax(depth: int, slope: Any) -> str:
    """jax.test_util.check_grads with its defaults, on a sigmoid with this derivative."""
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    @jax.custom_jvp
    def own(u):
        return 1 / (1 + jnp.exp(-u))

    @own.defjvp
    def _(primals, tangents):
        (u,), (t,) = primals, tangents
        s, e = own(u), jnp.exp(-u)
        return s, (s * (1 - s) * (e / (1 + e) ** 2 if slope is misprinted else 1.0)) * t

    _, params, X, y = setting(depth)

    def risk(W):
        z = own(X @ W.T + params[0]["b"])
        for layer in params[1:-1]:
            z = own(z @ layer["W"].T + layer["b"])
        return jnp.mean((z @ params[-1]["W"].T + params[-1]["b"] - y) ** 2)

    with jax.enable_x64(True):
        try:
            check_grads(risk, (jnp.asarray(params[0]["W"]),), order=1, modes=["rev"])
        except AssertionError:
            return "caught"
    return "passed"


def by_torch(depth: int, slope: Any) -> str:
    """torch.autograd.gradcheck with its defaults; "-" where torch is not installed."""
    try:
        import torch
    except ImportError:
        return "-"

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, u):
            ctx.save_for_backward(u)
            return torch.sigmoid(u)

        @staticmethod
        def backward(ctx, grad):
            (u,) = ctx.saved_tensors
            s, e = torch.sigmoid(u), torch.exp(-u)
            return grad * s * (1 - s) * (e / (1 + e) ** 2 if slope is misprinted else 1.0)

    _, params, X, y = setting(depth)
    layers = [{name: torch.tensor(value) for name, value in layer.items()} for layer in params]

    def risk(W):
        z = Own.apply(torch.tensor(X) @ W.T + layers[0]["b"])
        for layer in layers[1:-1]:
            z = Own.apply(z @ layer["W"].T + layer["b"])
        return torch.mean((z @ layers[-1]["W"].T + layers[-1]["b"] - torch.tensor(y)) ** 2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.autograd.gradcheck(risk, (layers[0]["W"].clone().requires_grad_(),))
        except RuntimeError:  # GradcheckError is one
            return "caught"
    return "passed"


def claim_verdict(report: sd.Report) -> str:
    """The verdict on the claim: DIFFER if any entry is."""
    found = {str(f.verdict) for f in report.findings if f.method == "claimed"}
    return "DIFFER" if "DIFFER" in found else " ".join(sorted(found))


def table(depths: Any = DEPTHS) -> str:
    """For each depth: |dL/dW_1|, how wrong the misprint is, and what each check says of it."""
    lines = [f"{'depth':>5}  {'|dL/dW1|':>8}  {'wrong by':>8}  {'symdiff':8} {'torch gradcheck':16} jax check_grads"]
    for depth in depths:
        _, gradient, W = by_first_weights(depth, right)
        truth, wrong = gradient(W), by_first_weights(depth, misprinted)[1](W)
        size, off = np.linalg.norm(truth), np.linalg.norm(wrong - truth) / np.linalg.norm(truth)
        said = (claim_verdict(by_symdiff(depth, misprinted)), by_torch(depth, misprinted), by_jax(depth, misprinted))
        lines.append(f"{depth:5}  {size:8.1e}  {off:8.0%}  {said[0]:8} {said[1]:16} {said[2]}")
    return "\n".join(lines)


def show() -> str:
    assert claim_verdict(by_symdiff(10, misprinted)) == "DIFFER"
    assert claim_verdict(by_symdiff(10, right)) == "AGREE"
    return table((1, 10))


if __name__ == "__main__":
    print(table())
