"""The functions in examples/functions: every one at its own size and at two more that are drawn here, and with
mistakes planted into a claimed derivative."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

import symdiff as sd
from examples.functions import Example, examples
from examples.functions.__main__ import main
from symdiff.crosscheck import Report, Verdict
from symdiff.pytrees import flatten
from tests.data_files import wrong

ALL = {example.name: example for example in examples()}
each = pytest.mark.parametrize("name", ALL)


def every_method_agrees(report: Report) -> None:
    assert wrong(report) == []
    assert report.ok
    assert {f.method for f in report.findings} == {"symbolic", "tape", "jax"}


@each
def test_at_its_own_size(name: str) -> None:
    example = ALL[name]
    every_method_agrees(sd.crosscheck(example.function, *example.arguments()))


@each
def test_at_two_other_sizes(name: str, rng: np.random.Generator) -> None:
    example = ALL[name]
    for _ in range(2):
        size = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
        arguments = example.arguments(size, seed=int(rng.integers(2**32)))
        every_method_agrees(sd.crosscheck(example.function, *arguments))


# -- planted mistakes --------------------------------------------------------------------------------


def derivative(example: Example, *arguments: Any) -> Any:
    """The gradient or the Jacobian, in the structure in which a claim returns it."""
    recording, _ = sd.function(example.function).recorded(arguments, {})
    operator = sd.jacobian if recording.problem.vector else sd.grad
    return operator(example.function, method="tape")(*arguments)


def planted(example: Example, entry: int, factor: float) -> Any:
    """The right derivative with one of its entries, of those that are not zero, times a factor."""

    def claimed(*arguments: Any) -> Any:
        leaves, tree = flatten(derivative(example, *arguments))
        sizes = [np.size(leaf) for leaf in leaves]
        flat = np.concatenate([np.ravel(leaf) for leaf in leaves])
        there = np.flatnonzero(flat)
        flat[there[entry % len(there)]] *= factor
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        return tree.build([part.reshape(np.shape(leaf)) for part, leaf in zip(parts, leaves, strict=True)])

    return claimed


@each
def test_a_mistake_in_one_entry_is_seen(name: str, rng: np.random.Generator) -> None:
    example = ALL[name]
    arguments = example.arguments(seed=1)
    for factor in (1.0, -1.0, 1.0 + 1e-6):
        claimed = planted(example, int(rng.integers(2**32)), factor)
        report = sd.crosscheck(example.function, *arguments, claimed=claimed, methods=["tape"])
        verdicts = [f.verdict for f in report.findings if f.method == "claimed"]
        assert verdicts.count(Verdict.DIFFER) == (factor != 1.0)
        assert all(f.verdict is not Verdict.DIFFER for f in report.findings if f.method == "tape")
        assert report.ok == (factor == 1.0)


# -- the functions themselves ------------------------------------------------------------------------


def log_density(covariance: Any, mean: Any, X: Any) -> Any:
    return np.sum(scipy.stats.multivariate_normal.logpdf(X, mean, covariance))


def marginal_likelihood(theta: Any, X: Any, y: Any) -> Any:
    squares = scipy.spatial.distance.cdist(X / np.exp(theta[2:]), X / np.exp(theta[2:]), "sqeuclidean")
    K = np.exp(2 * theta[0] - squares / 2) + np.exp(2 * theta[1]) * np.eye(len(y))
    return scipy.stats.multivariate_normal.logpdf(y, np.zeros(len(y)), K)


def mixture(parameters: Any, X: Any) -> Any:
    weights = scipy.special.softmax(parameters["weights"])
    densities = [
        w * np.prod(scipy.stats.norm.pdf(X, m, np.exp(s)), axis=1)
        for w, m, s in zip(weights, parameters["means"], parameters["log_deviations"], strict=True)
    ]
    return np.sum(np.log(sum(densities)))


def all_paths(parameters: Any, observed: Any) -> Any:
    """The probability of the symbols along every sequence of states, added up."""
    start, move, emit = (scipy.special.softmax(parameters[k], axis=-1) for k in ("start", "move", "emit"))
    total = 0.0
    for states in np.ndindex(*[len(start)] * len(observed)):
        steps = np.prod([move[a, b] for a, b in itertools.pairwise(states)])
        total += start[states[0]] * steps * np.prod([emit[s, o] for s, o in zip(states, observed, strict=True)])
    return np.log(total)


def kalman(state: Any, z: Any, F: Any, H: Any, Q: Any, R: Any) -> Any:
    """In information form: the inverse covariances are added up."""
    mean, covariance = F @ state[0], F @ state[1] @ F.T + Q
    inverse = np.linalg.inv(covariance)
    after = np.linalg.inv(inverse + H.T @ np.linalg.inv(R) @ H)
    return after @ (inverse @ mean + H.T @ np.linalg.inv(R) @ z), after


def energy(positions: Any) -> Any:
    r = scipy.spatial.distance.pdist(positions)
    return np.sum(4 * (r**-12.0 - r**-6.0))


def swinging(state: Any, time: float, steps: int) -> Any:
    one = [
        scipy.integrate.solve_ivp(lambda t, s: [s[1], -9.81 * np.sin(s[0])], (0, time), s, rtol=1e-10, atol=1e-12).y
        for s in state.T
    ]
    return np.array([y[:, -1] for y in one]).T


SECOND_OPINIONS = {
    "attention": lambda Q, K, V: scipy.special.softmax(Q @ K.T / np.sqrt(Q.shape[1]), axis=1) @ V,
    "cubic_spline": lambda x, *parts: scipy.interpolate.CubicHermiteSpline(*parts)(x),
    "gaussian_likelihood": log_density,
    "gaussian_mixture": mixture,
    "gaussian_process": marginal_likelihood,
    "hidden_markov": all_paths,
    "huber_regression": lambda w, X, y: np.mean(scipy.special.huber(1.0, y - X @ w)),
    "kalman_step": kalman,
    "kmeans": lambda C, P: np.sum(scipy.spatial.KDTree(C).query(P)[0] ** 2),
    "lennard_jones": energy,
    "logistic_regression": lambda w, X, y: -np.mean(scipy.special.log_expit(y * (X @ w))) + 0.05 * np.sum(w * w),
    "polynomial": lambda x, c: np.polynomial.Polynomial(c)(x),
    "power_spectrum": lambda s: np.abs(np.fft.rfft(s, axis=0)) ** 2 / len(s),
    "rosenbrock": lambda x: sum(scipy.optimize.rosen(row) for row in x),
    "softmax_regression": lambda W, X, y: -np.mean(scipy.special.log_softmax(X @ W.T, axis=1)[range(len(y)), y]),
}


@pytest.mark.parametrize("name", SECOND_OPINIONS)
def test_a_function_is_what_it_is_called(name: str) -> None:
    arguments = ALL[name].arguments()
    ours, theirs = (flatten(f(*arguments))[0] for f in (ALL[name].function, SECOND_OPINIONS[name]))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_pendulum_and_a_planet() -> None:
    state, time, _ = ALL["pendulum"].arguments()
    np.testing.assert_allclose(ALL["pendulum"].function(state, time, 400), swinging(state, time, 400), rtol=1e-6)
    e, M = ALL["kepler"].arguments()
    E = ALL["kepler"].function(e, M)
    np.testing.assert_allclose(E - e * np.sin(E), M, rtol=1e-14)


@each
def test_a_function_says_where_it_comes_from(name: str) -> None:
    assert "Source: " in (ALL[name].function.__doc__ or "")


@each
def test_no_size_is_written_into_a_function(name: str) -> None:
    """The size an example is shown at is for `arguments` only."""
    tree = ast.parse(Path(ALL[name].function.__code__.co_filename).read_text(encoding="utf-8"))
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "SIZE"]
    assert len(uses) == 1


# -- the script --------------------------------------------------------------------------------------


def test_there_are_twenty_of_them() -> None:
    assert len(ALL) >= 20


def test_the_script_prints_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rosenbrock", "polynomial"]) == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines() if line.strip()]
    assert [row[0] for row in rows] == ["function", "polynomial", "rosenbrock"]
    assert rows[2][1:5] == ["1x5", "AGREE", "AGREE", "AGREE"]


def test_a_name_that_is_no_example_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kepler", "keppler"]) == 2
    assert "keppler is no example: expected some of attention, " in capsys.readouterr().err
