"""The rows of linear algebra: one meaning in every vocabulary, and rules that the balls certify.

Nothing is compared within a tolerance: every value and every derivative is judged by `crosscheck`, whose
reference are the scalar steps in balls.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import LOOKS_AT_NUMBERS
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE, linalg
from symdiff.ops.eigen import eigenvectors
from symdiff.scalars import to_scalars

from .matrices import CASES, LOWER, SINGULAR, SOLVE, SQUARE, MatrixCase, definite, drawn, regular, verdicts

AGREE = {Verdict.AGREE}
WITNESS = ("green", "unsure")  # differences of ill-conditioned functions do not settle, and say so
SMALL = [c for c in CASES if c.args[0].shape[-1] <= 3]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_vocabulary_means_the_same(case: MatrixCase) -> None:
    report = case.checked("value")
    assert verdicts(report, "tape") == AGREE
    assert verdicts(report, "jax") == AGREE
    assert report.lamps["V"].state == report.lamps["R"].state == "green"


def jax_agrees(case: MatrixCase, report: Any) -> bool:
    """JAX has a slope of 1e-16, not 0, for the eigenvector of a 1 x 1 matrix: no digit of it is right."""
    if case.name.startswith("eig") and case.args[0].shape[-1] == 1:
        return verdicts(report, "jax") <= {Verdict.AGREE, Verdict.INACCURATE, Verdict.UNDECIDED}
    return verdicts(report, "jax") == AGREE


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_pull_backs_are_right(case: MatrixCase) -> None:
    """Against Taylor balls of the scalar steps, and JAX's against the same."""
    report = case.checked("vjp")
    assert verdicts(report, "tape") == AGREE, report
    assert jax_agrees(case, report), report
    assert {f.basis for f in report.findings if f.method == "tape"} == {"certified"}
    assert report.lamps["B"].state in WITNESS


@pytest.mark.parametrize("case", SMALL, ids=repr)
def test_tangents_and_second_derivatives_are_right(case: MatrixCase) -> None:
    for report in (case.checked("jvp"), case.checked("hvp", summed=True)):
        assert verdicts(report, "tape") == AGREE, report
        assert jax_agrees(case, report), report


@pytest.mark.parametrize("label", SINGULAR)
def test_the_determinant_of_a_singular_matrix_has_its_derivatives(label: str) -> None:
    """Cofactors; where the rank is smaller still, the gradient is zero, and the Hessian need not be."""
    case = MatrixCase("det", label, (SINGULAR[label],))
    for operator in ("grad", "hvp", "hessian"):
        report = case.checked(operator, methods=("tape",))
        assert verdicts(report, "tape") == AGREE, report


@pytest.mark.parametrize("label", SQUARE)
def test_the_sign_of_a_determinant_is_what_numpy_says_and_does_not_move(label: str) -> None:
    case = MatrixCase("detsign", label, (SQUARE[label],))
    report = case.checked("value", "vjp")
    assert verdicts(report, "tape") == verdicts(report, "jax") == AGREE


def test_of_a_symmetric_matrix_the_lower_triangle_is_read() -> None:
    """So NumPy and the JAX columns do; jnp.linalg.cholesky by itself reads both."""
    a = LOWER["3x3"]
    other = np.tril(a) + np.triu(drawn(99, 3, 3), 1)
    for name in ("cholesky", "eigvalsh", "eigenvectors"):
        row = TABLE[name]
        assert np.array_equal(row.forward(a), row.forward(other))
        with jax.enable_x64(True):
            assert np.array_equal(row.jax(a), row.jax(other))
        share = row.vjp[0](drawn(1, *np.shape(row.forward(a))), row.forward(a), a)
        assert np.all(share[np.triu_indices(3, 1)] == 0.0)
        assert np.all(share[np.tril_indices(3)] != 0.0)


# -- shapes ------------------------------------------------------------------------------------------


def taken_apart(name: str, *args: np.ndarray) -> Graph:
    graph = Graph()
    inputs = [Recorded(graph, graph.input(f"a{k}", np.shape(v)), v) for k, v in enumerate(args)]
    graph.outputs = (TABLE[name](*inputs).index,)
    return to_scalars(graph, args)


@pytest.mark.parametrize("name", ["inv", "det", "logabsdet", "detsign", "cholesky", "eigvalsh", "eigenvectors"])
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)], ids=str)
def test_matrices_without_entries(name: str, shape: tuple[int, ...]) -> None:
    a, row = np.zeros(shape), TABLE[name]
    y = row.forward(a)
    with jax.enable_x64(True):
        theirs = np.shape(row.jax(a)) if shape != (0, 0) or not name.startswith("eig") else np.shape(y)
    assert theirs == np.shape(y)
    assert len(taken_apart(name, a).outputs) == np.size(y)
    if row.vjp[0] is not None:
        assert np.shape(row.vjp[0](np.ones(np.shape(y)), y, a)) == shape


def test_systems_without_unknowns_or_without_sides() -> None:
    for n, k in ((0, 2), (2, 0)):
        a, b = np.eye(n), np.zeros((n, k))
        y = TABLE["solve"].forward(a, b)
        assert y.shape == (n, k)
        assert len(taken_apart("solve", a, b).outputs) == 0
        assert [np.shape(rule(y, y, a, b)) for rule in TABLE["solve"].vjp] == [(n, n), (n, k)]


def test_what_looks_at_numbers_is_listed() -> None:
    """The scalar steps are other ones where the numbers are others: other pivots."""
    first, second = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3.0, 2.0], [1.0, 4.0]])
    sides = {"solve": (np.ones((2, 1)),)}
    for name in ("solve", "inv", "det", "logabsdet", "detsign", "cholesky", "eigvalsh", "eigenvectors", "eigenflips"):
        rest = sides.get(name, ())
        a, b = (m @ m.T if name == "cholesky" else m for m in (first, second))
        same = str(taken_apart(name, a, *rest)) == str(taken_apart(name, b, *rest))
        assert same or name in LOOKS_AT_NUMBERS, name


def test_steps_are_counted_about_right() -> None:
    """Within a factor of four of what there are: a check must not run for hours unasked."""
    for name in ("inv", "det", "logabsdet", "cholesky"):
        for n in (4, 8):
            a = definite(n, n, n)
            said, found = TABLE[name].cost(a.shape), taken_apart(name, a).count_ops()
            assert found / 4 < said < 4 * found, (name, n, said, found)
    a, b = regular(1, 6, 6), drawn(2, 6, 3)
    said, found = TABLE["solve"].cost(a.shape, b.shape), taken_apart("solve", a, b).count_ops()
    assert found / 4 < said < 4 * found


# -- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.linalg.inv, lambda a: np.linalg.solve(a, np.ones(2)), np.linalg.cholesky])
def test_what_numpy_refuses_stays_the_users_own_error(f: Any) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        sd.jacobian(f)(np.zeros((2, 2)))


def test_sympy_says_that_it_has_no_closed_form() -> None:
    report = sd.crosscheck(lambda a: np.linalg.eigvalsh(a)[-1], LOWER["3x3"])
    assert verdicts(report, "symbolic") == {Verdict.UNSUPPORTED}
    assert report.ok
    assert verdicts(sd.crosscheck(lambda a: np.linalg.eigvalsh(a)[-1], LOWER["2x2"]), "symbolic") == AGREE
    with pytest.raises(UnsupportedError, match="closed form"):
        TABLE["eigenvector"].sympy(1, 2, 3, n=2, k=0, row=0, gap=1.0)


# -- mutants -----------------------------------------------------------------------------------------


def turned(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


MUTANTS = {
    "sign": lambda share: -share,
    "twice": lambda share: 2.0 * share,
    "half": lambda share: 0.5 * share,
    "dropped": lambda share: 0.0 * share,
    "a little more": lambda share: (1.0 + 1e-6) * share,
    "a hair more": lambda share: (1.0 + 2.0**-52) * share,
    "transposed": turned,
    "symmetrised": lambda share: 0.5 * (share + turned(share)),
    "antisymmetrised": lambda share: share - turned(share),
    "diagonal only": lambda share: share * np.eye(np.shape(share)[-1]),
    "rolled": lambda share: np.roll(share, 1, -1),
}
RULES = [
    (MatrixCase("solve", "3x3-3", SOLVE["3x3-3"]), 0),
    (MatrixCase("solve", "3x3-3", SOLVE["3x3-3"]), 1),
    *((MatrixCase(name, "3x3", (SQUARE["3x3"],)), 0) for name in ("inv", "det", "logabsdet")),
    (MatrixCase("det", "4x4", (SQUARE["4x4"],)), 0),
    (MatrixCase("det", "singular", (SINGULAR["rank-3-of-4"],)), 0),
    *((MatrixCase(name, "3x3", (LOWER["3x3"],)), 0) for name in ("cholesky", "eigvalsh", "eigenvectors")),
]


def survives(case: MatrixCase, k: int, mutate: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a rule that is not right gets through."""
    row = case.row
    rules = list(row.vjp)
    right = rules[k]
    rules[k] = lambda *args, **params: mutate(right(*args, **params))
    monkeypatch.setitem(TABLE, row.name, replace(row, vjp=tuple(rules)))
    return Verdict.DIFFER not in verdicts(case.checked("vjp", methods=("tape",)), "tape")


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize(("case", "k"), RULES, ids=str)
def test_a_mutant_of_a_rule_is_caught(case: MatrixCase, k: int, mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not survives(case, k, MUTANTS[mutant], monkeypatch)


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh", "eigenvectors"])
@pytest.mark.parametrize(
    "forgetful",
    [lambda s: s, np.tril, lambda s: 0.5 * (s + turned(s)), lambda s: np.tril(s + turned(s))],
    ids=["not folded", "lower half only", "for both triangles", "diagonal twice"],
)
def test_a_forgotten_symmetry_is_caught(name: str, forgetful: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linalg, "as_read", forgetful)
    monkeypatch.setattr("symdiff.ops.eigen.as_read", forgetful)
    report = MatrixCase(name, "3x3", (LOWER["3x3"],)).checked("vjp", methods=("tape",))
    assert Verdict.DIFFER in verdicts(report, "tape")


def test_an_eigenvector_is_given_the_sign_that_its_row_says() -> None:
    for seed in range(20):
        a = definite(seed, 5, 5)
        v, flips = eigenvectors.forward(a), TABLE["eigenflips"].forward(a)
        assert np.array_equal(v * flips[None, :], np.linalg.eigh(a).eigenvectors)
        with jax.enable_x64(True):
            assert np.all(np.sum(v * np.asarray(eigenvectors.jax(a)), 0) > 0.99)
