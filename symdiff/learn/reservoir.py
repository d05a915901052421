"""Reservoir computing: an echo state network, whose recurrent weights are drawn and whose readout alone is learned.

x_t = (1 - leak) x_{t-1} + leak tanh(W x_{t-1} + W_in u_t + b), y_t = w^T [x_t; u_t; 1] (Jaeger 2001; leaky units as in
Jaeger, Lukosevicius, Popovici and Siewert 2007). Learning is one least-squares problem: see `readout`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.contracts import Contract
from symdiff.learn.data import checked_seed
from symdiff.learn.given import floats, real
from symdiff.learn.readout import Readout, check, least_squares
from symdiff.learn.vectors import off
from symdiff.nets.arguments import whole

RUNAWAY = 1e3  # times the largest input: a free run that goes there does not come back
SPARSE_FROM, SPARSE_BELOW = 300, 0.25  # units and density where a sparse product beats a dense one


@dataclass(eq=False)
class EchoStateNetwork:
    """A reservoir of `units` tanh neurons with a linear readout.

    Args:
        units: how many neurons, 1 or more.
        spectral_radius: of W, 0 or more; from 1 on the reservoir may not forget where it started.
        leak: the share of a state that is new at each step, in (0, 1]; 1 is no leak.
        sparsity: the share of zeros in W, 0 or more and below 1.
        input_scale: the weights of the inputs are uniform in [-input_scale, input_scale].
        bias: the biases of the neurons are uniform in [-bias, bias]. Without one and with inputs around zero the
            reservoir has no even terms, as tanh is odd: on NARMA10 it is then hardly better than a linear model.
        washout: steps at the start that the readout is not fitted to.
        seed: of NumPy's generator for W, W_in and b.

    Attributes:
        readout: what was learned, a `Readout`; None before `fit`.

    Raises:
        InputError: a number that is none, or a W that has no cycle.

    Warns:
        UserWarning: `spectral_radius` outside (0, 1) or `leak` outside (0, 1].

    >>> import numpy as np
    >>> from symdiff.learn.series import mackey_glass, nrmse
    >>> x = mackey_glass(600) - 1.0
    >>> esn = EchoStateNetwork(40, spectral_radius=0.9, washout=50, seed=1).fit(x[:400], x[1:401])
    >>> print(esn.readout)
    readout by QR, unregularised: rank 42 of 42 (full rank), condition ...
    >>> nrmse(esn.predict(x[:-1])[400:], x[401:]) < 1e-2
    True
    """

    units: int
    spectral_radius: float = 0.95
    leak: float = 1.0
    sparsity: float = 0.9
    input_scale: float = 0.5
    bias: float = 0.2
    washout: int = 100
    seed: int = 0
    readout: Readout | None = field(default=None, init=False)
    _drawn: Any = field(default=None, init=False, repr=False)  # (W, W_in, b), once the width of the inputs is known
    _flat: bool = field(default=True, init=False, repr=False)  # the targets were numbers, not rows

    def __post_init__(self) -> None:
        _checked(self)

    def fit(self, u: Any, d: Any, ridge: float = 0.0, solver: str = "qr") -> EchoStateNetwork:
        """Drive the reservoir with u and fit the readout to d.

        Args:
            u: inputs, shape (T,) or (T, inputs).
            d: targets, shape (T,) or (T, outputs); d_t is to be said when u_t has been seen.
            ridge: the factor of |w|^2 beside |A w - d|^2; 0 is unregularised least squares, as in the lecture.
            solver: "qr" or "svd", of the augmented system.

        Returns:
            This network, with its `readout`.

        Raises:
            InputError: series of different lengths, or not longer than the washout; a value that is not finite.

        Warns:
            UserWarning: the states do not have full rank; the weights of minimum norm were taken.
        """
        inputs, targets = self._pair(u, d)
        self._drawn = _draw(self, inputs.shape[1])
        A = self._system(inputs)[self.washout :]
        self.readout = least_squares(A, targets[self.washout :], ridge, solver)
        self._flat = np.ndim(d) == 1
        return self

    def states(self, u: Any) -> np.ndarray:
        """x_1, ..., x_T, driven by u from rest: shape (T, units).

        Raises:
            InputError: no fit yet, another width of the inputs than at the fit, states that grow without bound.
        """
        return self._run(self._as_fitted(u))

    def forgets(self, u: Any) -> float:
        """How much of its start is left in the state after the washout: |x - x'| / |x| for x from rest and x' from a
        state of ones, both driven by u. Far below 1 is the echo state property (Jaeger 2001), as far as u shows it.

        Args:
            u: inputs, shape (T,) or (T, inputs), T at least the washout.

        Raises:
            InputError: no fit yet, another width of the inputs than at the fit, fewer inputs than the washout.
        """
        inputs = self._as_fitted(u)
        if not 0 < self.washout <= len(inputs):
            raise InputError(f"u has {len(inputs)} steps and the washout is {self.washout}: expected as many, and some")
        inputs = inputs[: self.washout]
        rest, ones = self._run(inputs)[-1], self._run(inputs, np.ones(self.units))[-1]
        return off(ones, rest)

    def predict(self, u: Any) -> np.ndarray:
        """y_1, ..., y_T, teacher-forced: driven by u from rest. The first `washout` of them are of a reservoir that is
        still waking up.

        Args:
            u: inputs, shape (T,) or (T, inputs).

        Returns:
            Shape (T,), or (T, outputs) as the targets of the fit were.

        Raises:
            InputError: no fit yet, another width of the inputs than at the fit.
        """
        inputs = self._as_fitted(u)
        return self._shaped(self._system(inputs) @ self._weights())

    def free_run(self, u: Any, steps: int, at: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """What comes after u: teacher-forced up to there, then every prediction is the next input.

        Args:
            u: inputs, shape (T,) or (T, inputs), of which the readout learned the next value.
            steps: how many values, 1 or more.
            at: start after that many values of u instead, once for each of these numbers, which are beyond the washout
                and at most T.

        Returns:
            Shape (steps,) or (steps, outputs): the first is the prediction of the value after u. With `at`, one more
            axis in front.

        Raises:
            InputError: no fit yet, outputs that are no inputs, starts out of range; a run that grows a thousand times
                larger than the inputs.
        """
        inputs = self._as_fitted(u)
        weights = self._weights()
        if weights.shape[1] != inputs.shape[1]:
            raise InputError(f"the readout has {weights.shape[1]} outputs and the reservoir {inputs.shape[1]} inputs: "
                             "to run free it has to predict its own next input")  # fmt: skip
        whole("steps", steps, 1)
        starts = np.asarray([len(inputs)] if at is None else at)
        known = starts.dtype.kind in "iu" and starts.ndim == 1
        if not known or np.any((starts <= self.washout) | (starts > len(inputs))):
            raise InputError(f"a free run starts after more values than the washout of {self.washout} and at most all "
                             f"{len(inputs)} of u: starts are {starts.tolist()}")  # fmt: skip
        x, v = self._run(inputs)[starts - 1], inputs[starts - 1]
        found = []
        for step in range(steps):
            v = _features(x, v) @ weights
            found.append(v)
            x = self._step(x, v)
            if not np.max(np.abs(v)) < RUNAWAY * np.max(np.abs(inputs)):
                raise InputError(f"the free run is {RUNAWAY:g} times larger than u at step {step + 1}: the readout is "
                                 "not stable; expected ridge > 0 at the fit, or another reservoir")  # fmt: skip
        runs = np.stack([self._shaped(values) for values in found], axis=1)
        return runs[0] if at is None else runs

    def check(self, u: Any, d: Any) -> Contract:
        """Whether the readout is the minimum it claims to be, on the series it was fitted to: its gradient is zero by
        SymPy, the tape and JAX, and QR and SVD find the same weights.

        Args:
            u, d: as for `fit`.

        Returns:
            A `Contract`; `print` it, or ask `ok`.

        Raises:
            InputError: no fit yet, or series that do not fit.
        """
        self._weights()
        inputs, targets = self._pair(u, d)
        assert self.readout is not None  # _weights has seen to it
        return check(self.readout, self._system(inputs)[self.washout :], targets[self.washout :])

    def _pair(self, u: Any, d: Any) -> tuple[np.ndarray, np.ndarray]:
        inputs, targets = _series(u, "u"), _series(d, "d")
        if len(inputs) != len(targets):
            raise InputError(f"u has {len(inputs)} steps and d {len(targets)}: expected a target for each input")
        if len(inputs) <= self.washout:
            raise InputError(f"the series has {len(inputs)} steps and the washout is {self.washout}: expected a longer "
                             "series, or a smaller washout=")  # fmt: skip
        return inputs, targets

    def _as_fitted(self, u: Any) -> np.ndarray:
        self._weights()
        inputs, width = _series(u, "u"), self._drawn[1].shape[1]
        if inputs.shape[1] != width:
            raise InputError(f"u has {inputs.shape[1]} values a step: this network was fitted with {width}")
        return inputs

    def _weights(self) -> np.ndarray:
        if self.readout is None:
            raise InputError("this network has learned nothing yet: call fit(u, d) first")
        return self.readout.weights

    def _system(self, inputs: np.ndarray) -> np.ndarray:
        return _features(self._run(inputs), inputs)

    def _run(self, inputs: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
        W, into, b = self._drawn
        x = np.zeros(self.units) if start is None else start
        found, driven = np.empty((len(inputs), self.units)), inputs @ into.T + b
        with np.errstate(over="ignore", invalid="ignore"):  # looked at below
            for t, push in enumerate(driven):
                x = (1.0 - self.leak) * x + self.leak * np.tanh(W @ x + push)
                found[t] = x
        if not np.all(np.isfinite(x)):
            raise InputError(f"the states grow without bound with leak={self.leak!r}: expected a leak in (0, 1]")
        return found

    def _step(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """One step of many runs side by side: x of shape (runs, units), v of shape (runs, inputs)."""
        W, into, b = self._drawn
        return (1.0 - self.leak) * x + self.leak * np.tanh((W @ x.T).T + v @ into.T + b)

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        return values[:, 0] if self._flat else values


def _features(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.concatenate([x, u, np.ones((len(x), 1))], axis=1)


def _draw(esn: EchoStateNetwork, inputs: int) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(esn.seed)
    n, density = esn.units, 1.0 - esn.sparsity
    W = rng.standard_normal((n, n)) * (rng.random((n, n)) < density)
    radius = float(np.max(np.abs(np.linalg.eigvals(W))))
    if radius == 0.0 and esn.spectral_radius:
        raise InputError(f"W of {n} units with sparsity={esn.sparsity!r} has no cycle, so its spectral radius is 0 and "
                         "cannot be scaled: expected a smaller sparsity, more units or another seed")  # fmt: skip
    W *= esn.spectral_radius / (radius or 1.0)
    into, b = rng.uniform(-esn.input_scale, esn.input_scale, (n, inputs)), rng.uniform(-esn.bias, esn.bias, n)
    if n >= SPARSE_FROM and density < SPARSE_BELOW:
        from scipy.sparse import csr_array

        return csr_array(W), into, b
    return W, into, b


def _checked(esn: EchoStateNetwork) -> None:
    checked_seed(esn.seed)
    whole("units", esn.units, 1)
    whole("washout", esn.washout, 0)
    for name in ("spectral_radius", "sparsity", "input_scale", "bias"):
        real(name, getattr(esn, name))
    if esn.sparsity >= 1.0:
        raise InputError(f"sparsity={esn.sparsity!r}: expected the share of zeros, below 1")
    real("leak", esn.leak, -math.inf)
    if not 0.0 < esn.spectral_radius < 1.0:
        forgets = "may not forget where it started; after the fit, forgets(u) measures it"
        what = forgets if esn.spectral_radius else "remembers nothing but a leak"
        _warn(f"spectral_radius={esn.spectral_radius:g} is outside (0, 1): the reservoir {what}")
    if not 0.0 < esn.leak <= 1.0:
        what = "never moves" if esn.leak == 0.0 else "may grow without bound" if esn.leak < 0.0 else "overshoots"
        _warn(f"leak={esn.leak:g} is outside (0, 1]: the state {what}")


def _warn(message: str) -> None:
    warnings.warn(message, UserWarning, stacklevel=5)  # _checked, __post_init__, __init__: the caller's line


def _series(values: Any, name: str) -> np.ndarray:
    found = floats(values, name)
    if found.ndim not in (1, 2) or not found.size:
        raise InputError(f"{name} has shape {found.shape}: expected (T,) or (T, width), a step in each row")
    return found[:, None] if found.ndim == 1 else found
