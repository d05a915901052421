"""The multilayer perceptron: u_i = z_{i-1} W_i^T + b_i, z_i = sigma(u_i), z_0 = x, for a batch of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from symdiff.errors import InputError
from symdiff.inputs.recorded import named
from symdiff.nets import inits
from symdiff.nets.activations import LINEAR, Activation, activation
from symdiff.nets.arguments import checked_inputs, checked_parameters
from symdiff.nets.losses import Loss
from symdiff.nets.losses import loss as find_loss
from symdiff.nets.risk import Risk

if TYPE_CHECKING:
    from symdiff.nets.expanded import Expanded
    from symdiff.nets.formula import Formula
    from symdiff.nets.report import LayerReport

Params = list[dict[str, Any]]


@dataclass(frozen=True)
class MLP:
    """A fully connected network with a loss. It holds no parameters: they are arguments, as in JAX.

    Attributes:
        widths: d_0, ..., d_n: of the input, of every layer.
        activations: sigma_1, ..., sigma_n; the last one is the identity unless it was given.
        loss: L, of the last z and the target.
        l2: the penalty l2/2 times the sum of the squares of all weights.
    """

    widths: tuple[int, ...]
    activations: tuple[Activation, ...]
    loss: Loss
    l2: float = 0.0

    @property
    def depth(self) -> int:
        """The number of layers n."""
        return len(self.activations)

    def __str__(self) -> str:
        layers = [f"{d} {sigma}" for d, sigma in zip(self.widths[1:], self.activations, strict=True)]
        penalty = f", l2={self.l2:g}" if self.l2 else ""
        return f"mlp[{self.widths[0]} -> {' -> '.join(layers)}; {self.loss.name}{penalty}]"

    def init(self, seed: int = 0, scheme: str = "", scale: float | None = None, dtype: Any = np.float64) -> Params:
        """Parameters to start from: `[{"W": (d_i, d_{i-1}), "b": (d_i,)}, ...]`.

        Args:
            seed: of NumPy's generator; the same seed gives the same parameters.
            scheme: "zeros", "normal", "xavier", "he" or "orthogonal"; by default "he" where the first
                activation is made of pieces (relu and its kin), "xavier" elsewhere.
            scale: a factor for all of them; 1, but 0.01 for "normal".
            dtype: of the arrays.

        Raises:
            InputError: an unknown scheme, or a seed that is none.
        """
        chosen = scheme or ("he" if "elu" in self.activations[0].name else "xavier")
        return inits.draw(chosen, self.widths, seed, scale, dtype)

    def forward(self, params: Params, X: Any) -> dict[str, Any]:
        """Every pre-activation u_i and latent representation z_i by the lecture's names: u1, z1, u2, ..., from
        z0 = X; arrays of shape (N, d_i).

        Raises:
            InputError: shapes that do not chain, a batch of none, a NaN in the data.
        """
        checked_parameters(self.widths, params)
        checked_inputs(self.widths[0], X)
        return self.layers(params, X)

    def layers(self, params: Params, X: Any, shifts: dict[str, Any] | None = None) -> dict[str, Any]:
        """`forward` for arguments that have been checked. `shifts` are added to the u_i and z_i of those names:
        the derivative by a shift is the adjoint."""
        shifts = {} if shifts is None else shifts
        z = X
        found = {"z0": z}
        for i, (layer, sigma) in enumerate(zip(params, self.activations, strict=True), 1):
            u = named(_shifted(z @ layer["W"].T + layer["b"], shifts, f"u{i}"), f"u{i}")
            z = u if sigma.linear else sigma(u)
            z = named(_shifted(z, shifts, f"z{i}"), f"z{i}")
            found |= {f"u{i}": u, f"z{i}": z}
        return found

    def penalty(self, params: Params) -> Any:
        """l2/2 times the sum of the squares of all weights."""
        return 0.5 * self.l2 * sum(np.sum(layer["W"] ** 2) for layer in params)

    def report(self, params: Params, X: Any, y: Any, method: str = "tape") -> LayerReport:
        """The gradient of the risk layer by layer: its norms by W_i, b_i, u_i and z_i, saturated and dead units, and
        the factor from layer to layer beside sqrt(chi_i) of mean-field theory (Schoenholz et al., arXiv:1611.01232).

        Args:
            params, X, y: as `risk` takes them.
            method: that differentiates.

        Returns:
            A `LayerReport`: `print` it, `to_dict()`, or `plot(path)`.

        Raises:
            InputError: as from `risk`.

        >>> import numpy as np, symdiff as sd
        >>> net = sd.mlp([2, 3, 3, 1], activation="sigmoid")
        >>> report = net.report(net.init(seed=0), np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 0.0]))
        >>> [layer.activation for layer in report.layers], report.layers[0].steepest
        (['sigmoid', 'sigmoid', 'linear'], 0.25)
        """
        from symdiff.nets.report import layer_report

        return layer_report(self, params, X, y, method)

    def collapse(self, params: Params | None = None) -> Any:
        """The single layer that a net of linear layers is: W = W_n ... W_1, b = sum_i (W_n ... W_{i+1}) b_i.

        Args:
            params: to get numbers, {"W": (d_n, d_0), "b": (d_n,)}; without them, the formulas and their proof.

        Raises:
            InputError: a layer has an activation.

        >>> import symdiff as sd
        >>> one = sd.mlp([4, 3, 2], activation="linear").collapse()
        >>> print(one)
        W = W2 W1
        b = W2 b1 + b2
        >>> one.proved
        True
        """
        from symdiff.nets.collapse import collapse

        return collapse(self, params)

    @cached_property
    def risk(self) -> Risk:
        """Q(w) = 1/N sum_n L(f(x_n, w), y_n), an ordinary function (params, X, y) -> number."""
        return Risk(self)

    @overload
    def formula(self, name: str, *, rows: bool = False, expanded: Literal[False] = False) -> Formula: ...
    @overload
    def formula(self, name: str, *, expanded: Literal[True], examples: int = 1) -> Expanded: ...

    def formula(
        self, name: str, *, rows: bool = False, expanded: bool = False, examples: int = 1
    ) -> Formula | Expanded:
        """The derivative of the risk by a matrix, as the lecture writes it: the delta recursion down to it.

        Derived by a reverse walk over the net's own recorded steps, with widths and batch as letters; the slopes of
        activation and loss are SymPy's.

        Args:
            name: "W1", "b1", "u1" (pre-activation), "z1" (latent representation), "z0" or "x" (the input).
            rows: examples as rows, as they are computed; by default they are columns.
            expanded: every entry as one expression instead, SymPy's `diff` of the risk written out.
            examples: of the batch that is written out.

        Returns:
            A `Formula`: `str()` is the recursion, `.latex()` the same for LaTeX, `.steps` its SymPy expressions,
            `.prove()` their proof. With `expanded` an `Expanded`: `str()`, `.latex()`, and `.entries`.

        Raises:
            InputError: a name that this net does not have.
            UnsupportedError: an activation of which SymPy has no derivative (floor, ceil); a net too large to be
                written out (the message has the number of ops).

        >>> print(mlp([64, 128, 10], "tanh", "softmax_cross_entropy").formula("W1"))
        u2bar = (softmax(u2) - t)/N
        u1bar = (W2^T u2bar) o sigma'(u1)
        W1bar = u1bar z0^T
        sigma'(u) = 1 - tanh(u)**2
        >>> print(mlp([1, 1, 1], "tanh").formula("b1", expanded=True))
        b1bar_1 = 2*W2_11*(1 - tanh(W1_11*z0_1 + b1_1)**2)*(W2_11*tanh(W1_11*z0_1 + b1_1) + b2_1 - t_1)
        """
        from symdiff.nets.formula import formula, known_name

        if expanded:
            from symdiff.nets.expanded import expanded as written_out

            return written_out(self, known_name(self, name), examples)
        return formula(self, name, rows)


def _shifted(value: Any, shifts: dict[str, Any], name: str) -> Any:
    return value + shifts[name] if name in shifts else value


def mlp(
    widths: Sequence[int],
    activation: Any = "relu",
    loss: Any = "mse",
    *,
    alpha: float | None = None,
    l2: float = 0.0,
) -> MLP:
    """A multilayer perceptron with a loss.

    Args:
        widths: d_0, d_1, ..., d_n: of the input, of each layer.
        activation: the name of an elementwise op ("relu", "tanh", "sigmoid", "leaky_relu", "linear", ...) for
            every layer but the last, which is linear; or a sequence with one for each of the n - 1 hidden
            layers, or for each of the n layers.
        loss: "mse", "absolute", "huber", "binary_cross_entropy", "softmax_cross_entropy" or "hinge". The
            cross-entropies take the last layer's outputs as they are (logits).
        alpha: the parameter of leaky_relu (any number: x above zero, alpha x below) and elu.
        l2: the factor of the penalty, 0 or more.

    Returns:
        An `MLP`; `net.init(seed)` gives parameters, `net.risk(params, X, y)` the empirical risk.

    Raises:
        InputError: an unknown activation or loss (the message lists the known ones), widths that are none.

    >>> import numpy as np, symdiff as sd
    >>> net = sd.mlp([2, 3, 1], activation="tanh")
    >>> params = net.init(seed=0)
    >>> X, y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 0.0])
    >>> round(float(net.risk(params, X, y)), 4)
    0.7143
    >>> sd.grad(net.risk)(params, X, y)[1]["b"].shape
    (1,)
    """
    sizes = _widths(widths)
    layers = _activations(activation, len(sizes) - 1, alpha)
    if isinstance(l2, bool) or not isinstance(l2, int | float) or not 0.0 <= l2 < math.inf:
        raise InputError(f"l2={l2!r}: expected a number, 0 or more")
    return MLP(sizes, layers, find_loss(loss), float(l2))


def _widths(widths: Any) -> tuple[int, ...]:
    if isinstance(widths, str) or not isinstance(widths, Iterable):
        raise InputError(f"widths={widths!r}: expected a sequence of layer widths, such as [64, 128, 10]")
    sizes = tuple(widths)
    for d in sizes:
        if isinstance(d, bool) or not isinstance(d, int | np.integer) or d < 1:
            raise InputError(f"widths={list(sizes)!r}: {d!r} is no width; expected whole numbers, 1 or more")
    if len(sizes) < 2:
        raise InputError(f"widths={list(sizes)!r}: expected two or more, of the input and of each layer")
    return tuple(map(int, sizes))


def _activations(given: Any, layers: int, alpha: float | None) -> tuple[Activation, ...]:
    if isinstance(given, str | Activation):
        activation(given, alpha)  # also where there is no hidden layer to have it
        given = [given] * (layers - 1)
    elif not isinstance(given, Sequence):
        raise InputError(f"activation={given!r}: expected a name, or a sequence with one for each layer")
    each = [activation(name, alpha) for name in given]
    if len(each) == layers - 1:
        each.append(Activation(LINEAR))
    if len(each) != layers:
        hidden = f"{layers - 1} hidden layers or " if layers > 1 else ""
        raise InputError(f"{len(each)} activations given for {hidden}{layers} layers: expected one for each")
    return tuple(each)
