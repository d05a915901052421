"""The likely mistake of a claim, named: by its numbers beside the right ones, or by the slip that gives them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.3, 1.2, -2.0, 0.7])
W = np.arange(9.0).reshape(3, 3) / 7 + 0.1
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [0.0, 1.0, 9.0]])


def mean(x: Any) -> Any:
    return np.mean(np.sin(x) * x**3)


def right(x: Any) -> Any:
    return (np.cos(x) * x**3 + 3 * x**2 * np.sin(x)) / 4


def weighted(x: Any) -> Any:
    return np.sum(x * np.mean(x) * np.cos(x))


def kinked(x: Any) -> Any:
    return np.sum(np.where(x > 0, x**2, 0.1 * x))


def quadratic(W: Any) -> Any:
    return np.sum(W @ A * W)


def two(x: Any, y: Any) -> Any:
    return np.sum(x**2 * y)


def differences(x: Any) -> Any:
    return np.array([(mean(x + 1e-6 * e) - mean(x)) / 1e-6 for e in np.eye(4)])


# what is claimed of which function where: the sentence that has to be said
MISTAKES: dict[str, tuple[Any, Any, tuple[Any, ...], str]] = {
    "sign": (mean, lambda x: -right(x), (X,), "claimed = -1 x true at 5 of 5 points: the sign"),
    "sum for mean": (mean, lambda x: 4 * right(x), (X,), "claimed = 4 x true at 5 of 5 points: a sum over 4 where"),
    "mean for sum": (kinked, lambda x: np.where(x > 0, 2 * x, 0.1) / 4, (X,), "claimed = 1/4 x true"),
    "half": (mean, lambda x: right(x) / 2, (X,), "a factor 2 is missing"),
    "degrees": (mean, lambda x: right(x) * np.pi / 180, (X,), "degrees are taken for radians"),
    "a bit too much": (mean, lambda x: right(x) * 1.000001, (X,), "claimed = (1 + 1e-06) x true at 5 of 5 points"),
    "zero": (mean, lambda x: 0.0 * x, (X,), "claimed = 0 x true at 5 of 5 points: it is zero"),
    "float32": (mean, lambda x: right(x).astype(np.float32), (X,), "the numbers are those of float32"),
    "differences": (mean, differences, (X,), "without a pattern: finite differences?"),
    "a term": (mean, lambda x: np.cos(x) * x**3 / 4, (X,), "the term through x**3 in sin(x)*x**3 (test_diagnosis.py"),
    "sign of a term": (mean, lambda x: (-np.cos(x) * x**3 + 3 * x**2 * np.sin(x)) / 4, (X,),
        "the term through sin(x) in sin(x)*x**3 (test_diagnosis.py, line 18) has the wrong sign"),
    "power rule": (mean, lambda x: (np.cos(x) * x**3 + x**2 * np.sin(x)) / 4, (X,),
        "the factor 3 of the derivative of x**3"),
    "exponent": (mean, lambda x: (np.cos(x) * x**3 + 3 * x**3 * np.sin(x)) / 4, (X,),
        "of x**3 (test_diagnosis.py, line 18) is not lowered"),
    "chain rule": (lambda x: np.sum(np.exp(np.sin(x))), lambda x: np.exp(np.sin(x)), (X,),
        "the derivative of sin by x, a factor in the chain rule, is missing at sin(x)"),
    "at the result": (lambda x: np.sum(np.tanh(x)), lambda x: 1 - np.tanh(np.tanh(x)) ** 2, (X,),
        "the derivative of tanh(x) (test_diagnosis.py, line 65) is taken at its result instead of its argument"),
    "a constant": (weighted, lambda x: np.mean(x) * (np.cos(x) - x * np.sin(x)), (X,), "through sum(x)/4 in x*sum(x)"),
    "one side": (kinked, lambda x: np.where(x > 0, 2 * x, 0.0), (np.append(X, -0.4),),
        "right except where x <= 0: there claimed = 0 x true: it is zero"),
    "transposed": (quadratic, lambda W: (W @ A.T + W @ A).T, (W,), "W is transposed"),
    "reversed": (mean, lambda x: right(x)[::-1], (X,), "the entries of x are in reversed order"),
    "shifted": (mean, lambda x: np.roll(right(x), 1), (X,), "the entries of x are shifted by one"),
    "two entries": (mean, lambda x: right(x)[[0, 2, 1, 3]], (X,), "x[1] and x[2] are swapped"),
    "one entry": (mean, lambda x: right(x) * np.array([1, 1, 1, 1.1]), (X,), "right but for x[3]: there claimed = 1.1"),
    "argument": (lambda x: np.sum(np.exp(x)), lambda x: x * np.exp(x), (X,), "claimed = true x x: a factor x too much"),
    "constant": (mean, lambda x: right(x) + 0.5, (X,), "claimed = true + 0.5 in every entry"),
    "text": ("x*sin(y)", ["sin(y)", "x"], (2.0, 0.5), "is missing at sin(y) (column 3)"),
    "text, swapped": ("x**2*y", ["x**2", "2*x*y"], (2.0, 0.5), "x and y are swapped"),
    "lecture": ("x1**2*(x2*x3 - 2*x1**2)", ["2*x1*x2*x3 - 6*x1**3", "x1**2*x3", "x1**2*x2"], (1.0, 2.0, 3.0),
        "the factor 2 of the chain rule is missing at 2*x1**2 (column 17)"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mistake_is_named(name: str) -> None:
    f, claim, point, says = MISTAKES[name]
    report = sd.crosscheck(f, *point, claimed=claim)
    assert not report.ok
    assert len(report.diagnosis) == 1, report.diagnosis
    assert says in report.diagnosis[0]
    assert all(not q.diagnosis for q in report.findings if q.method != "claimed")
    assert report.diagnosis[0][:20] in str(report)


OTHERS: dict[str, tuple[Callable[..., Any], dict[str, Callable[..., Any]], tuple[Any, ...], str]] = {
    "jacobian": (lambda x: W @ x, {"jacobian": lambda x: W.T}, (X[:3],), "it is transposed"),
    "hessian": (lambda x: np.sum(x**3), {"hessian": lambda x: np.diag(3 * x)}, (X,), "claimed = 0.5 x true"),
    "hvp": (lambda x: np.sum(x**3), {"hvp": lambda x, v: -6 * x * v}, (X,), "claimed = -1 x true: the sign"),
    "value_and_grad": (mean, {"value_and_grad": lambda x: (mean(x), 2 * right(x))}, (X,), "a factor 2 too much"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_of_other_operators_too(name: str) -> None:
    f, claim, point, says = OTHERS[name]
    assert says in sd.crosscheck(f, *point, claimed=claim).diagnosis[0]


def test_by_argument():
    report = sd.crosscheck(two, X, X + 1, wrt=(0, 1), claimed=lambda x, y: (2 * x * y, -(x**2)))
    assert report.diagnosis == ["y: claimed = -1 x true at 5 of 5 points: the sign"]
    report = sd.crosscheck(two, X, X + 1, wrt=(0, 1), claimed=lambda x, y: (x**2, 2 * x * y))
    assert report.diagnosis == ["x and y are swapped"]


def test_a_large_function():
    many = np.linspace(0.1, 1.0, 30_000)
    report = sd.crosscheck(
        lambda x: np.sum(np.sin(x) * x), many, claimed=lambda x: x * np.cos(x), methods=("tape", "jax")
    )
    assert "the term through x in sin(x)*x" in report.diagnosis[0]


def test_nothing_is_made_up():
    assert sd.crosscheck(mean, X, claimed=right).diagnosis == []
    assert sd.crosscheck(mean, X, claimed=lambda x: np.exp(np.cos(7 * x))).diagnosis == []


def test_a_diagnosis_does_not_take_the_check_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr(import_module("symdiff.crosscheck.claimed.diagnosis"), "pattern", broken)
    report = sd.crosscheck(mean, X, claimed=lambda x: -right(x))
    assert not report.ok
    assert report.diagnosis == []
