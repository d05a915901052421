"""Reservoir computing: `python -m examples.echo_state`, and with `--full` at the size of the literature.

An echo state network learns by one least-squares problem: its recurrent weights are drawn and stay as they are. Three
claims, each asserted. (1) It beats the linear model of the same inputs on NARMA10 by a factor of two, and runs free on
Mackey-Glass where the linear model dies away. (2) Learning is done when the gradient of the readout's own objective is
zero, and it is: by SymPy, by the tape and by JAX. (3) That is not enough: weights by the normal equations have a zero
gradient, too, and are off by a million times more than those of QR and SVD are apart.
"""

from __future__ import annotations

import sys

import numpy as np

import symdiff as sd
from symdiff.learn import EchoStateNetwork, least_squares, narma10
from symdiff.learn.readout import relative_gradient

METHODS = ("symbolic", "tape", "jax")


def both_tasks(full: bool) -> None:
    narma = sd.learn.learn_series("narma", seeds=5 if full else 1, check=False)
    print(narma, end="\n\n")
    assert narma.mean <= 0.5 * narma.baselines["AR(20)"]
    glass = sd.learn.learn_series("mackey-glass", units=1000 if full else 400, check=False)
    print(glass, end="\n\n")
    assert glass.mean <= (7e-5 if full else 3.5e-4)
    assert glass.baselines["AR(20)"] > 0.5


def the_gradient_is_zero_and_that_is_not_enough() -> None:
    u, y = narma10(2000)
    esn = EchoStateNetwork(200, spectral_radius=0.9, input_scale=0.1).fit(2.0 * u - 0.5, y)
    print(esn.readout)
    print(esn.check(2.0 * u - 0.5, y), end="\n\n")

    A = np.concatenate([esn.states(2.0 * u - 0.5), (2.0 * u - 0.5)[:, None], np.ones((len(u), 1))], axis=1)[100:]
    d = y[100:]
    qr, svd = least_squares(A, d), least_squares(A, d, solver="svd")
    normal = np.linalg.solve(A.T @ A, A.T @ d)[:, None]
    apart = np.linalg.norm(qr.weights - svd.weights) / np.linalg.norm(svd.weights)
    off = np.linalg.norm(normal - svd.weights) / np.linalg.norm(svd.weights)
    gradients = [relative_gradient(qr, A, d, method) for method in METHODS]
    words = ", ".join(f"{method} {g:.0e}" for method, g in zip(METHODS, gradients, strict=True))
    print(f"condition {qr.condition:.1e}; relative gradient: {words}")
    print(f"weights by QR and SVD are {apart:.0e} apart; those of the normal equations are off by {off:.0e}")
    assert max(gradients) <= 1e-12
    assert apart <= 1e-10
    assert off >= 1e-8


def main(arguments: list[str] | None = None) -> int:
    both_tasks("--full" in (sys.argv[1:] if arguments is None else arguments))
    the_gradient_is_zero_and_that_is_not_enough()
    return 0


if __name__ == "__main__":
    sys.exit(main())
