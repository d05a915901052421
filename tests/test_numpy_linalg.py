"""np.linalg on recorded arrays: NumPy's values, derivatives that are certified, refusals that help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError

rng = np.random.default_rng(11)
A = rng.normal(size=(3, 3))
S = A @ A.T + np.eye(3)
tall, wide, stack = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=(2, 3, 3))
x, B = rng.normal(size=3), rng.normal(size=(3, 2))


def gaussian(covariance: Any) -> Any:
    """The log-likelihood of x, by a Cholesky factor."""
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, x)
    return -0.5 * z @ z - np.sum(np.log(np.diagonal(factor))) - 1.5 * np.log(2 * np.pi)


def exponential(a: Any) -> Any:
    """The matrix exponential of a symmetric matrix."""
    values, vectors = np.linalg.eigh(a)
    return (vectors * np.exp(values)) @ vectors.T


# (function, its argument, whether SymPy can do it)
FUNCTIONS: dict[str, tuple[Callable[..., Any], np.ndarray, bool]] = {
    "gaussian": (gaussian, S, True),
    "log det": (lambda a: np.linalg.slogdet(a)[1], S, True),
    "log det and sign": (lambda a: np.linalg.slogdet(a).sign * np.linalg.slogdet(a).logabsdet, A, True),
    "quadratic form": (lambda a: x.T @ np.linalg.solve(a, x), S, True),
    "solve vector": (lambda a: np.linalg.solve(a, x), A, True),
    "solve matrix": (lambda a: np.linalg.solve(a, B), A, True),
    "solve by side": (lambda b: np.sum(np.linalg.solve(A, b) ** 2), x, True),
    "solve stack": (lambda a: np.sum(np.linalg.solve(a, B) ** 2), stack, True),
    "inverse": (lambda a: np.trace(np.linalg.inv(a)), A, True),
    "det": (np.linalg.det, A, True),
    "det stack": (np.linalg.det, stack, True),
    "cholesky upper": (lambda a: np.sum(np.linalg.cholesky(a, upper=True) ** 3), S, True),
    "largest eigenvalue": (lambda a: np.linalg.eigvalsh(a)[-1], S, False),
    "upper triangle": (lambda a: np.sum(np.linalg.eigvalsh(a, "U") ** 3), A, False),
    "matrix function": (lambda a: np.sum(exponential(a) ** 2), S, False),
    "eigenvectors": (lambda a: np.linalg.eigh(a).eigenvectors[:, 0] @ x, S, False),
    "power": (lambda a: np.linalg.matrix_power(a, 5)[0], A, True),
    "power 0": (lambda a: np.sum(a * np.linalg.matrix_power(a, 0)), A, True),
    "power -2": (lambda a: np.trace(np.linalg.matrix_power(a, -2)), A, True),
    "multi_dot": (lambda a: np.linalg.multi_dot([x, a, A, a, x]), A, True),
    "pinv": (lambda a: np.sum(np.linalg.pinv(a) ** 2), tall, True),
    "pinv wide": (lambda a: np.sum(np.linalg.pinv(a) ** 2), wide, True),
    "lstsq": (lambda a: np.linalg.lstsq(a, x)[0], tall, True),
    "lstsq residual": (lambda a: np.linalg.lstsq(a, x)[1][0], tall, True),
    "nuclear": (lambda a: np.linalg.norm(a, "nuc"), tall, False),
    "spectral": (lambda a: np.linalg.norm(a, 2), A, False),
    "spectral wide": (lambda a: np.linalg.norm(a, 2), wide, True),
    "smallest": (lambda a: np.linalg.matrix_norm(a, ord=-2), A, False),
    "column sums": (lambda a: np.linalg.norm(a, 1), A, True),
    "row sums": (lambda a: np.linalg.norm(a, np.inf, axis=(1, 2)), stack, True),
    "frobenius": (lambda a: np.linalg.norm(a, axis=(0, 1), keepdims=True)[0, 0], A, True),
    "frobenius over 0 and 2": (lambda a: np.linalg.norm(a, "fro", axis=(2, 0)), stack, True),
    "vector norms": (lambda a: np.linalg.vector_norm(a, ord=3, axis=-1), A, True),
    "condition": (np.linalg.cond, A, False),
    "condition 1": (lambda a: np.linalg.cond(a, 1), A, True),
    "singular values": (np.linalg.svdvals, stack, False),
    "svd": (lambda a: np.linalg.svd(a, compute_uv=False)[0], A, False),
    "tensorsolve": (lambda a: np.linalg.tensorsolve(np.reshape(a, (3, 3, 1)), x), A, True),
    "tensorinv": (lambda a: np.linalg.tensorinv(np.reshape(a, (3, 1, 3)), 2)[0, 0], A, True),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_a_matrix(name: str) -> None:
    f, at, closed = FUNCTIONS[name]
    report = sd.crosscheck(f, at)
    assert report.ok, report
    for method in ("symbolic", "tape", "jax"):
        found = {finding.verdict for finding in report.findings if finding.method == method}
        assert found == {Verdict.AGREE if method != "symbolic" or closed else Verdict.UNSUPPORTED}, (method, found)
    assert {k: lamp.state for k, lamp in report.lamps.items() if lamp.state not in ("green", "unsure")} == {}
    assert report.lamps["R"].state == "green"
    assert np.shape(sd.value(f)(at)) == np.shape(f(at))


def test_the_answers_are_named_as_in_numpy() -> None:
    def f(a: Any) -> Any:
        values, vectors = np.linalg.eigh(a)
        found = np.linalg.eigh(a)
        pair = np.linalg.slogdet(a)
        assert (found.eigenvalues.index, found.eigenvectors.index) == (values.index, vectors.index)
        return pair.sign * pair.logabsdet

    sd.grad(f)(S)


def test_a_recording_is_used_again_only_where_numpys_signs_are_the_same() -> None:
    """LAPACK gives an eigenvector one of two signs; the recording must not keep that of another matrix."""
    f = sd.grad(lambda a: np.linalg.eigh(a).eigenvectors[0, 0] + np.linalg.eigh(a).eigenvectors[1, 1])
    for seed in range(10):
        a = np.random.default_rng(seed).normal(size=(3, 3))
        a = a + a.T
        step = np.zeros((3, 3))
        step[1, 0] = 1e-6
        ends = [np.linalg.eigh(a + s * step).eigenvectors for s in (1, -1)]
        slope = ((ends[0] - ends[1]) / 2e-6)[[0, 1], [0, 1]].sum()
        assert np.isclose(f(a)[1, 0], slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda a: scipy.linalg.cho_solve((a, True), x)[0], "np.linalg.solve for cho_solve"),
        (lambda a: scipy.linalg.solve_triangular(a, x)[0], "np.linalg.solve for cho_solve"),
        (scipy.linalg.expm, r"scipy\.linalg\.expm makes a plain array"),
        (lambda a: np.linalg.matrix_rank(a) * a[0], "whole number"),
        (lambda a: np.linalg.svd(a)[0], "svdvals"),
        (lambda a: np.linalg.qr(a)[0], "lstsq"),
        (lambda a: np.linalg.eigvals(a)[0], "eigvalsh"),
        (lambda a: np.linalg.pinv(a * 0.0 + 1.0), "full rank"),
        (lambda a: np.array([a[0, 0], 1.0]), "sd.array"),
    ],
)
def test_what_cannot_be_recorded_says_where_and_what_to_use(f: Any, says: str) -> None:
    with pytest.raises(UnsupportedError, match=says) as caught:
        sd.jacobian(f)(S)
    assert "test_numpy_linalg.py, line" in str(caught.value) or f is scipy.linalg.expm


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.solve(a, np.ones(4)),
        lambda a: np.linalg.inv(a[:2]),
        lambda a: np.linalg.det(a[0]),
        lambda a: np.linalg.eigvalsh(a, "X"),
        lambda a: np.linalg.norm(a, "euclid"),
        lambda a: np.linalg.norm(a[0], "fro"),
    ],
)
def test_a_wrong_call_is_numpys_own_error(f: Any) -> None:
    with pytest.raises(ValueError) as plain:  # noqa: PT011 - LinAlgError is one, too; both must be of one kind
        f(S)
    with pytest.raises(type(plain.value)):
        sd.jacobian(f)(S)
