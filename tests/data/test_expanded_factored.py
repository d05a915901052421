"""One function, two ways to write it: the derivatives are the same function, too.

The lecture writes both: y = x1**2*(x2*x3 - 2*x1**2) and its gradient expanded, 2*x1*x2*x3 - 8*x1**3.
"""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from tests.data_files import FULL, wrong

PAIRS = [
    ("x1**2*(x2*x3 - 2*x1**2)", "x1**2*x2*x3 - 2*x1**4"),  # the lecture's
    ("z1 = x1**2; z1*(x2*x3 - 2*z1)", "x1*x1*x2*x3 - 2*x1*x1*x1*x1"),
    ("(x + y)**3", "x**3 + 3*x**2*y + 3*x*y**2 + y**3"),
    ("(x - y)*(x + y)", "x**2 - y**2"),
    ("x*(x*(x*(2*x - 3) + 5) - 7) + 1", "2*x**4 - 3*x**3 + 5*x**2 - 7*x + 1"),  # Horner's scheme
    ("(x**6 - 1)/(x - 1)", "x**5 + x**4 + x**3 + x**2 + x + 1"),
    ("sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)"),
    ("sin(2*x)", "2*sin(x)*cos(x)"),
    ("exp(x + y)", "exp(x)*exp(y)"),
    ("log(x*y/z)", "log(x) + log(y) - log(z)"),
    ("sqrt(x*y)", "sqrt(x)*sqrt(y)"),
    ("x**(y + 2)", "x**y*x**2"),
    ("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)"),
    ("1/(x*(1 + x))", "1/x - 1/(1 + x)"),
    ("log((1 + x)/(2 + x))", "log1p(x) - log(2 + x)"),
    ("atan2(y, x)", "2*atan(y/(x + hypot(x, y)))"),
]


def derivatives(text: str, variables: tuple[str, ...]) -> list[str]:
    """The gradient of a text as texts, by SymPy, one for each variable."""
    f = sd.function(text, list(variables))
    return [str(sd.formula(f, name)) for name in variables]


@pytest.mark.parametrize(("factored", "expanded"), PAIRS, ids=[p[0] for p in PAIRS])
def test_each_form_has_the_derivative_of_the_other(factored: str, expanded: str) -> None:
    names = sd.function(factored).names
    at = {name: 0.7 + 0.31 * k for k, name in enumerate(names)}
    for mine, other in ((factored, expanded), (expanded, factored)):
        report = sd.crosscheck(mine, at=at, points=20 if FULL else 3, claimed=derivatives(other, names))
        assert report.ok, str(report)
        assert wrong(report) == []


def test_the_lectures_own_expanded_gradient() -> None:
    f = "x1**2*(x2*x3 - 2*x1**2)"
    claimed = ["2*x1*x2*x3 - 8*x1**3", "x1**2*x3", "x1**2*x2"]
    report = sd.assert_agree(f, at={"x1": 1.0, "x2": 2.0, "x3": 3.0}, points=20, claimed=claimed)
    assert report.findings[0].reference == 4.0


def test_forms_that_differ_in_one_sign_are_told_apart() -> None:
    report = sd.crosscheck("(x - y)*(x + y)", at={"x": 1.3, "y": 0.4}, claimed=derivatives("x**2 + y**2", ("x", "y")))
    assert [f.verdict for f in report.findings if f.method == "claimed"] == ["AGREE", "DIFFER"]


coefficient = st.integers(-9, 9)
exponents = st.tuples(st.integers(0, 3), st.integers(0, 3))
polynomial = st.dictionaries(exponents, coefficient, min_size=1, max_size=5)
coordinate = st.floats(-3, 3).filter(lambda v: abs(v) > 1e-3)


def written(terms: dict[tuple[int, int], int]) -> str:
    return " + ".join(f"({c})*x**{i}*y**{j}" for (i, j), c in terms.items())


@given(polynomial, polynomial, coordinate, coordinate)
@settings(max_examples=200 if FULL else 15)
def test_products_of_polynomials(p: dict, q: dict, x: float, y: float) -> None:
    """(p)*(q) against the sum of all products of their terms, multiplied out by SymPy's ring."""
    factored = f"({written(p)})*({written(q)})"
    ring, _, _ = sp.ring("x y", sp.ZZ)
    expanded = written({m: int(c) for m, c in (ring.from_dict(p) * ring.from_dict(q)).terms()} or {(0, 0): 0})
    for mine, other in ((factored, expanded), (expanded, factored)):
        claimed = derivatives(other, ("x", "y"))
        report = sd.crosscheck(sd.function(mine, ["x", "y"]), at={"x": x, "y": y}, claimed=claimed)
        assert wrong(report) == []
