"""A claim that is no derivative of this function, whatever its numbers are: one sentence, nothing else is lost."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.large import whole
from symdiff.crosscheck.verdict import Verdict

X = np.array([1.0, -2.0, 3.0])
MANY = np.linspace(0.1, 1.0, 30_000)  # too many to be taken apart
TREE = {"W": np.ones((2, 3)), "b": X, "c": 1.0}


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x)


def right(x: Any) -> Any:
    return np.cos(x) * x + np.sin(x)


def tree(p: Any) -> Any:
    return np.sum(p["W"] @ p["b"]) + p["c"]


def two(x: Any, y: Any) -> Any:
    return np.sum(x * y)


def raises(x: Any) -> Any:
    raise ValueError("no such luck")


def writes(x: Any) -> Any:
    found = right(x + 0.0)
    x[0] = 5.0
    return found


def drawing() -> Callable[[Any], Any]:
    rng = np.random.default_rng(0)
    return lambda x: right(x) * (1.0 + 1e-12 * rng.standard_normal(np.shape(x)))


CLAIMS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "None": (lambda x: None, "claimed returns None for grad: expected arrays; is there a return"),
    "text": (lambda x: "a", "claimed returns an array of <U1 for grad: expected real numbers"),
    "complex": (lambda x: right(x) + 0j, "claimed returns an array of complex"),
    "short": (lambda x: right(x)[:2], "claimed returns shape (2,) for grad, expected"),
    "a row": (lambda x: right(x)[None, :], "claimed returns shape (1, "),
    "a dict": (lambda x: {"x": right(x)}, "claimed returns a dict with x for grad: expected a number or an array"),
    "two arrays": (lambda x: (right(x), right(x)), "claimed returns shape (2, "),
    "raises": (raises, "claimed raises ValueError (test_claim_faults.py, line 36): no such luck"),
    "another signature": (lambda x, y: right(x), "claimed raises TypeError: "),
    "writes": (writes, "claimed writes into its argument x: "),
    "random": (drawing(), "claimed is not deterministic: with the same arguments it gave "),
}


POINTS = {"small": X, "large": MANY, "float32": X.astype(np.float32)}


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("size", POINTS)
def test_the_claim_is_a_finding_and_the_methods_are_judged(
    size: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name != "writes":
        monkeypatch.setattr(whole, "AFFORDABLE", 0)  # seconds in balls, which is about the methods and not the claim
    claim, says = CLAIMS[name]
    x = POINTS[size]
    if name == "random" and x.dtype == np.float32:
        pytest.skip("1e-12 is no change in float32")
    before = x.copy()
    report = sd.crosscheck(f, x, claimed=claim, methods=("tape", "jax"))
    mine = [q for q in report.findings if q.method == "claimed"]
    assert {(q.verdict, q.value) for q in mine} == {(Verdict.DIFFER, None)}
    assert all(q.reason.startswith(says) for q in mine), mine[0].reason
    others = {q.verdict for q in report.findings if q.method != "claimed"}
    assert others == {Verdict.AGREE}
    assert not report.ok
    assert " ".join(mine[0].reason.split()[-4:]) in " ".join(str(report).split())  # lines are broken
    np.testing.assert_array_equal(x, before)


FORMULAS: dict[str, tuple[Callable[..., Any], str]] = {
    "None": (lambda x, y: None, "claimed returns NoneType for grad"),
    "text": (lambda x, y: ("a", 1.0), "claimed returns str for grad"),
    "complex": (lambda x, y: (1j, 1.0), "claimed returns complex for grad"),
    "too few": (lambda x, y: (y,), "claimed gives 1 number(s) for grad, expected 2"),
    "raises": (lambda x, y: (y, 1 / 0), "claimed raises ZeroDivisionError (test_claim_faults.py, line "),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_claim_about_a_formula(name: str) -> None:
    claim, says = FORMULAS[name]
    report = sd.crosscheck("x*y", 1.0, 2.0, claimed=claim)
    mine = [q.reason for q in report.findings if q.verdict is Verdict.DIFFER]
    assert len(mine) == 2
    assert all(reason.startswith(says) for reason in mine), mine


def changed(**change: Any) -> Callable[[Any], Any]:
    """A claim that returns the tree with some leaves changed, without those that are None."""
    return lambda p: {k: v for k, v in {**p, **change}.items() if v is not None}


TREES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a key less": (changed(b=None), "claimed returns a dict with W, c for grad: expected a dict with W, b"),
    "another key": (changed(b=None, B=X), "claimed returns a dict with B, W, c for grad: expected a dict with"),
    "shape": (changed(b=np.ones(2)), "claimed returns shape (2,) for grad by p['b'], expected (3,)"),
    "transpose": (changed(W=np.ones((3, 2))), "claimed returns shape (3, 2) for grad by p['W'], expected (2, 3); it"),
    "kind": (changed(c="a"), "claimed returns an array of <U1 for grad by p['c']: expected real numbers"),
    "an array": (lambda p: X, "claimed returns a number or an array for grad: expected a dict with W, b"),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_claim_about_a_tree(name: str) -> None:
    claim, says = TREES[name]
    mine = [q for q in sd.crosscheck(tree, TREE, claimed=claim).findings if q.method == "claimed"]
    assert mine
    assert all(q.verdict is Verdict.DIFFER and q.reason.startswith(says) for q in mine), mine[0].reason


def test_two_arguments_need_two_arrays():
    report = sd.crosscheck(two, X, X, wrt=(0, 1), claimed=lambda x, y: y)
    reasons = {q.reason for q in report.findings if q.method == "claimed"}
    assert len(reasons) == 1
    assert "expected a tuple of 2, one for each argument of wrt=" in reasons.pop()


def test_one_bad_claim_does_not_take_the_other_down():
    report = sd.crosscheck(f, X, claimed={"grad": raises, "hvp": lambda x, v: (2 * np.cos(x) - x * np.sin(x)) * v})
    verdicts = {(q.method, q.verdict) for q in report.findings if q.method.startswith("claimed")}
    assert verdicts == {("claimed:raises", Verdict.DIFFER), ("claimed:<lambda>", Verdict.AGREE)}


def test_the_user_s_traceback_is_in_the_notes():
    notes = "\n".join(sd.crosscheck(f, X, claimed=raises).notes)
    assert "claimed was called as a grad, with the arguments of f, and raised:" in notes
    assert 'raise ValueError("no such luck")' in notes
    assert "crosscheck" not in notes.replace("tests/crosscheck", "")  # our frames are no help


def test_writing_into_what_is_not_differentiated_is_seen_too():
    def claim(x: Any, y: Any) -> Any:
        y[0] = 0.0
        return np.array([1.0, -2.0, 3.0])

    y = np.array([1.0, -2.0, 3.0])
    reasons = {q.reason for q in sd.crosscheck(two, X, y, claimed=claim).findings if q.method == "claimed"}
    assert len(reasons) == 1
    assert "writes into its argument that is not differentiated" in reasons.pop()
    assert y[0] == 1.0


def test_a_claim_that_varies_in_its_last_place_is_right_and_told():
    """Threads add up in any order."""
    calls = itertools.count()
    report = sd.crosscheck(f, X, claimed=lambda x: np.nextafter(right(x), np.inf) if next(calls) % 2 else right(x))
    assert report.ok
    assert any("not deterministic" in note and "the last places only" in note for note in report.notes)


def test_a_claim_of_nan_is_wrong_without_a_warning():
    report = sd.crosscheck(f, X, claimed=lambda x: right(x) * np.nan)
    assert {q.reason for q in report.findings if q.method == "claimed"} == {"nan where the derivative exists"}


@pytest.mark.parametrize("operator", ["vjp", "jvp", "hvp"])
def test_a_product_that_is_not_linear_in_its_vector(operator: str) -> None:
    """The one vector that is drawn is no longer than 3 in any entry."""

    def f(x):
        return np.sum(x**3) if operator == "hvp" else x**3

    right = {
        "vjp": lambda x, v: 3 * x**2 * v, "jvp": lambda x, v: 3 * x**2 * v, "hvp": lambda x, v: 6 * x * v,
    }[operator]  # fmt: skip
    x = np.array([0.5, -1.2, 2.0])
    assert sd.crosscheck(f, x, claimed={operator: right}).ok
    report = sd.crosscheck(f, x, claimed={operator: lambda x, v: right(x, np.clip(v, -3, 3))})
    assert all("is not linear in the vector" in q.reason for q in report.findings if q.method == "claimed")
    assert not report.ok


def test_a_product_of_a_formula_is_linear_as_well() -> None:
    assert sd.crosscheck("x**2*y", at={"x": 1.5, "y": 2.0}, claimed={"jvp": lambda x, v: 6.0 * v[0] + 2.25 * v[1]}).ok
    clipped = {"jvp": lambda x, v: 6.0 * np.clip(v[0], -3, 3) + 2.25 * v[1]}
    assert not sd.crosscheck("x**2*y", at={"x": 1.5, "y": 2.0}, claimed=clipped).ok
