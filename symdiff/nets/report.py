"""The gradient layer by layer: how large it is, what the activations let through, and what mean-field theory says.

The factor by which dL/du_i grows or shrinks from layer i + 1 to layer i is measured, and beside it stands
sqrt(chi_i), chi_i = s_w^2 E[sigma'(sqrt(q_i) z)^2] for a standard normal z: Poole et al., arXiv:1606.05340, and
Schoenholz et al., arXiv:1611.01232. Every derivative here comes from the operators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.nets.activations import Activation
from symdiff.operators import grad as grad_of
from symdiff.operators import vjp

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

SATURATED = 0.01  # an entry is saturated where |sigma'(u)| is below this part of the largest there is
SLOPES_WITHIN = 8.0  # the largest |sigma'| is looked for in [-8, 8]
NORMAL_WITHIN, NORMAL_POINTS = 12.0, 4800  # the points for expectations over a standard normal; none at 0, the kink


@dataclass(frozen=True, slots=True)
class Layer:
    """What is seen in layer i. Norms are Frobenius norms of the gradient of the mean risk.

    Attributes:
        number: i, from 1 to n.
        widths: (d_{i-1}, d_i).
        activation: the name of sigma_i.
        weight, bias: the norms of dL/dW_i and dL/db_i.
        before, after: the norms of dL/du_i and dL/dz_i, each of shape (N, d_i); `before` is the lecture's delta.
        saturated: the share of entries of u_i where |sigma'(u)| is below 1 % of `steepest`.
        dead: the share of units where sigma'(u) is 0 for every example.
        steepest: the largest |sigma'| in [-8, 8].
        mean, deviation: of the entries of z_i, the second is their standard deviation.
        factor: |dL/du_i| / |dL/du_{i+1}|, measured; None for the last layer, and where there is 0/0.
        mean_field: sqrt(chi_i), which the factor should be; None for the last layer.
    """

    number: int
    widths: tuple[int, int]
    activation: str
    weight: float
    bias: float
    before: float
    after: float
    saturated: float
    dead: float
    steepest: float
    mean: float
    deviation: float
    factor: float | None
    mean_field: float | None


@dataclass(frozen=True, slots=True)
class LayerReport:
    """A net at one point, layer by layer: `print(report)` is a table, `report.plot(path)` a figure."""

    net: str
    method: str
    examples: int
    layers: tuple[Layer, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        found = asdict(self)
        return found | {"layers": [layer | {"widths": list(layer["widths"])} for layer in found["layers"]]}

    def __str__(self) -> str:
        from symdiff.reports.layers import report_text

        return report_text(self)

    def plot(self, path: str | Path) -> Path:
        """Draw the norms and the factors into a file of this name; its ending says the format. Returns the path.

        Raises:
            UnsupportedError: matplotlib is not installed; it is the optional extra `plot`.
        """
        from symdiff.reports.layers_plot import report_plot

        return report_plot(self, path)


def layer_report(net: MLP, params: Params, X: Any, y: Any, method: str = "tape") -> LayerReport:
    """See `MLP.report`."""
    X = np.asarray(X)
    net.risk(params, X, y)  # refuses what does not fit, by its name
    adjoints = adjoints_of(net, params, X, y, method)
    values = net.layers(params, X)
    slopes = _slopes(net.activations, [values[f"u{i}"] for i in range(1, net.depth + 1)], method)
    steepest = _steepest(net.activations, method)
    predicted = mean_field(net, params, X, method)
    deltas = [norm(adjoints[f"u{i}"]) for i in range(1, net.depth + 1)]
    layers = []
    for i, sigma in enumerate(net.activations, 1):
        k, slope, last = i - 1, np.abs(slopes[i - 1]), i == net.depth
        layers.append(Layer(
            i, (net.widths[k], net.widths[i]), str(sigma),
            norm(adjoints[f"W{i}"]), norm(adjoints[f"b{i}"]), deltas[k], norm(adjoints[f"z{i}"]),
            float(np.mean(slope < SATURATED * steepest[k])), float(np.mean(np.all(slope == 0.0, axis=0))),
            steepest[k], float(np.mean(values[f"z{i}"])), float(np.std(values[f"z{i}"])),
            None if last or not deltas[i] else deltas[k] / deltas[i], None if last else predicted[k],
        ))  # fmt: skip
    return LayerReport(str(net), method, len(X), tuple(layers))


def adjoints_of(net: MLP, params: Params, X: Any, y: Any, method: str = "tape") -> dict[str, np.ndarray]:
    """The derivative of the risk by every W_i, b_i, u_i and z_i, by those names.

    Zeros are added to every u_i and z_i: the gradient by such a shift is the adjoint of what it is added to.
    """
    X = np.asarray(X)
    target = net.risk.target(np.asarray(y), len(X))
    dtype = np.asarray(params[0]["W"]).dtype
    shifts = {f"{name}{i}": np.zeros((len(X), d), dtype) for i, d in enumerate(net.widths) if i for name in "uz"}

    def shifted(params: Any, shifts: Any) -> Any:
        return net.risk.towards(target, params, X, shifts)

    by_params, by_shifts = grad_of(shifted, method=method, wrt=(0, 1))(params, shifts)
    layers = enumerate(by_params, 1)
    return by_shifts | {f"{name}{i}": layer[name] for i, layer in layers for name in ("W", "b")}


def norm(array: Any) -> float:
    """The Frobenius norm, also of entries whose squares are no floats any more."""
    largest = float(np.max(np.abs(array), initial=0.0))
    return largest * float(np.linalg.norm(np.asarray(array) / largest)) if largest and np.isfinite(largest) else largest


def mean_field(net: MLP, params: Params, X: Any, method: str = "tape") -> list[float]:
    """sqrt(chi_i) for i = 1 ... n - 1, from the sizes of the weights and of the inputs alone.

    The length map of Poole et al. gives q_i, the mean square of u_i: q_i = s_w^2 E[sigma(sqrt(q_{i-1}) z)^2] + s_b^2
    from the mean square of the inputs. s_w^2 is the fan-in times the mean square of the weights. dL/du_i comes
    through W_{i+1} and sigma'(u_i), so chi_i has the s_w of layer i + 1 and the q of layer i.
    """
    found, square = [], float(np.mean(np.asarray(X, np.float64) ** 2))
    for layer, after, sigma in zip(params, params[1:], net.activations, strict=False):
        q = _gain(layer["W"]) * square + float(np.mean(np.asarray(layer["b"], np.float64) ** 2))
        u, chance = _normal(float(np.sqrt(q)))
        (values,), (slopes,) = _run([sigma], [u], method)
        square = float(chance @ values**2)
        found.append(float(np.sqrt(_gain(after["W"]) * (chance @ slopes**2))))
    return found


def _normal(deviation: float) -> tuple[np.ndarray, np.ndarray]:
    """Points u and their chances for a normal u of mean 0: the trapezoidal rule, which is as good as exact for smooth
    functions (Trefethen and Weideman 2014), in t with u = sinh(t). However wide u spreads, as of inputs that were not
    standardised, the points stay close around 0, where an activation bends."""
    wide = max(deviation, 1.0)
    t = np.linspace(-1.0, 1.0, NORMAL_POINTS) * np.arcsinh(NORMAL_WITHIN * wide)
    z = np.sinh(t) / wide
    chance = np.exp(-0.5 * z**2) * np.cosh(t)
    return deviation * z, chance / np.sum(chance)


def _gain(weights: Any) -> float:
    """s_w^2: the fan-in times the mean square of the weights."""
    return float(np.sum(np.asarray(weights, np.float64) ** 2)) / len(weights)


def _run(
    sigmas: Sequence[Activation], points: Sequence[np.ndarray], method: str
) -> tuple[Sequence[np.ndarray], Sequence[np.ndarray]]:
    """sigma(u) and sigma'(u) at every entry: the pull-back of ones is the slope where each entry stands alone."""

    def each(us: Any) -> Any:
        return [sigma(u) for sigma, u in zip(sigmas, us, strict=True)]

    values, pull_back = vjp(each, list(points), method=method)
    return values, pull_back([np.ones_like(u) for u in points])[0]


def _slopes(sigmas: Sequence[Activation], points: Sequence[np.ndarray], method: str) -> Sequence[np.ndarray]:
    return _run(sigmas, points, method)[1]


def _steepest(sigmas: Sequence[Activation], method: str) -> list[float]:
    """The largest |sigma'| in [-8, 8], on a grid that has 0; each activation is asked once."""
    grid = np.linspace(-SLOPES_WITHIN, SLOPES_WITHIN, 1601)
    different = list(dict.fromkeys(sigmas))
    slopes = _slopes(different, [grid] * len(different), method)
    largest: Mapping[Activation, float] = {
        sigma: float(np.max(np.abs(slope))) for sigma, slope in zip(different, slopes, strict=True)
    }
    return [largest[sigma] for sigma in sigmas]
