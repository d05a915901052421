"""The lecture: every number of it, its misprints, and the table that shows them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.inputs import function
from symdiff.reports.latex import name_latex

LECTURE = "x1**2*(x2*x3 - 2*x1**2)"
POINT = {"x1": 1, "x2": 2, "x3": 3}
X1, X2, X3 = sp.symbols("x1 x2 x3", real=True)


@pytest.fixture(scope="module")
def table() -> Any:
    return sd.steps(LECTURE, at=POINT)


# -- the numbers -------------------------------------------------------------------------------------


def test_every_value_and_every_adjoint(table: Any) -> None:
    rows = {s.name: (s.expression, s.value, s.adjoint) for s in table.rows}
    assert rows == {
        "z1": ("x1**2", 1.0, 2.0),
        "z2": ("x2*x3", 6.0, 1.0),
        "z3": ("2*z1", 2.0, -1.0),
        "z4": ("z2 - z3", 4.0, 1.0),
        "y": ("z1*z4", 4.0, 1.0),
    }
    assert [(s.name, s.value, s.adjoint) for s in table.inputs] == [("x1", 1, 4), ("x2", 2, 3), ("x3", 3, 2)]
    assert table.gradient == (4.0, 3.0, 2.0)


def test_the_formula_of_every_adjoint(table: Any) -> None:
    """dy/dz1 is the sum over the two uses of z1: z4 + (-1)*2 = 4 - 2 = 2."""
    formulas = {s.name: s.adjoint_formula for s in (*table.inputs, *table.rows)}
    assert formulas == {
        "y": "1", "z4": "ybar*z1", "z3": "-z4bar", "z2": "z4bar", "z1": "ybar*z4 + z3bar*2",
        "x1": "z1bar*(2*x1)", "x2": "z4bar*x3", "x3": "z4bar*x2",
    }  # fmt: skip


def test_every_adjoint_formula_is_true(table: Any) -> None:
    """Read as text and evaluated at the values and adjoints of the table, it gives the adjoint."""
    steps = [*table.inputs, *table.rows]
    known = {s.name: s.value for s in steps} | {f"{s.name}bar": s.adjoint for s in steps}
    for s in steps:
        formula = function(s.adjoint_formula)
        assert formula(**{name: known[name] for name in formula.names}) == s.adjoint


@pytest.mark.parametrize(
    ("variable", "general"),
    [("x1", 2 * X1 * X2 * X3 - 8 * X1**3), ("x2", X1**2 * X3), ("x3", X1**2 * X2)],
)
def test_the_general_formulas(variable: str, general: sp.Expr) -> None:
    assert sp.expand(sd.formula(LECTURE, variable) - general) == 0
    assert general.subs({X1: 1, X2: 2, X3: 3}) == dict(zip(POINT, (4, 3, 2), strict=True))[variable]


@pytest.mark.parametrize("written", [LECTURE, "x1**2*x2*x3 - 2*x1**4", "z1 = x1**2; z2 = x2*x3; z1*(z2 - 2*z1)"])
def test_expanded_and_factored_have_one_derivative(written: str) -> None:
    assert sd.grad(written)(1.0, 2.0, 3.0) == (4.0, 3.0, 2.0)
    assert [sp.expand(a - b) for a, b in zip(sd.formula(written), sd.formula(LECTURE), strict=True)] == [0, 0, 0]


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax", "ball"])
def test_the_gradient_three_ways(method: str) -> None:
    assert sd.value(LECTURE, method=method)(1.0, 2.0, 3.0) == 4.0
    assert sd.grad(LECTURE, method=method)(1.0, 2.0, 3.0) == (4.0, 3.0, 2.0)


def test_symbolic_against_numeric() -> None:
    """x**2 becomes 2x; x**2 at 3 becomes 6."""
    assert str(sd.formula("x**2")) == "2*x"
    assert sd.grad("x**2")(3.0) == 6.0


# -- the sum over all paths --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "walks"),
    [
        ("x1", {"y z1 x1": 8.0, "y z4 z3 z1 x1": -4.0}),  # dy/dx1 = z4 * 2 x1 + z1 * (-1) * 2 * 2 x1 = 8 - 4
        ("x2", {"y z4 z2 x2": 3.0}),
        ("x3", {"y z4 z2 x3": 2.0}),
    ],
)
def test_the_sum_over_the_paths(table: Any, variable: str, walks: dict[str, float]) -> None:
    paths = table.paths(variable)
    assert {" ".join(p.nodes): p.product for p in paths} == walks
    assert paths.total == sum(walks.values()) == dict(zip(POINT, table.gradient, strict=True))[variable]
    for p in paths:
        assert np.prod(p.values) == p.product
        assert len(p.factors) == len(p.values) == len(p.nodes) - 1


def test_the_paths_as_text(table: Any) -> None:
    assert str(table.paths("x1")) == (
        "y <- z1 <- x1:  z4 * 2*x1 = 4 * 2 = 8\n"
        "y <- z4 <- z3 <- z1 <- x1:  z1 * (-1) * 2 * 2*x1 = 1 * (-1) * 2 * 2 = -4\n"
        "dy/dx1 = 8 + (-4) = 4"
    )


def test_the_chain_rule_is_a_sum_over_all_inner_functions() -> None:
    """y = f(g1(x), ..., gn(x)): dy/dx = sum_i D_i f dg_i/dx."""
    table = sd.steps("sin(x)*cos(x) + exp(x)", 0.5)
    assert len(table.paths("x")) == 3
    assert table.paths("x").total == pytest.approx(np.cos(1.0) + np.exp(0.5), rel=1e-15)


def test_a_branch_not_taken_is_no_path() -> None:
    """0 times the infinite slope of the other branch would be nan."""
    table = sd.steps("where(x > 0, 2*x, sqrt(x))", 0.5)
    assert [p.nodes for p in table.paths("x")] == [("y", "z2", "x")]
    at_zero = sd.steps("where(x > -1, 2*x, sqrt(x))", 0.0)
    assert at_zero.paths("x").total == at_zero.gradient[0] == 2.0


def test_ways_that_end_elsewhere_are_not_walked() -> None:
    """2**60 paths lead to x, one to t."""
    chain = "; ".join(f"z{k} = z{k - 1}*(1 - z{k - 1})" for k in range(2, 61))
    table = sd.steps(f"z1 = 3.5*x*(1 - x); {chain}; z60*t", at={"x": 0.3, "t": 2.0})
    assert len(table.paths("t")) == 1
    with pytest.raises(sd.UnsupportedError, match=r"about 10\*\*18 paths from y to x \(limit 10000\)"):
        table.paths("x")


# -- the misprints -----------------------------------------------------------------------------------


def test_the_misprint_in_the_sigmoid_is_found() -> None:
    """sigma' = sigma (1 - sigma) * e^-x/(1 + e^-x)^2, the dot for an equals sign: 1/16 at 0, not 1/4."""
    printed = "sigmoid(x)*(1 - sigmoid(x))*exp(-x)/(1 + exp(-x))**2"
    assert sd.value(printed)(0.0) == 1 / 16
    report = sd.crosscheck("sigmoid(x)", at={"x": 0.0}, claimed=printed)
    (claimed,) = [f for f in report.findings if f.method == "claimed"]
    assert (str(claimed.verdict), claimed.value, claimed.reference) == ("DIFFER", 0.0625, 0.25)
    assert "claimed is wrong; symbolic, tape and jax are right" in str(report)
    for meant in ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))**2"):
        assert sd.crosscheck("sigmoid(x)", at={"x": 0.0}, claimed=meant, points=5).ok


def test_at_the_top_it_is_dy_dy(table: Any) -> None:
    """Printed as dy/dz = 1. The table says dy/dy; dy/dz4 is 1 only at this point: it is z1."""
    assert "ybar = dy/dy" in str(table)
    elsewhere = sd.steps(LECTURE, at={"x1": 3.0, "x2": 2.0, "x3": 3.0})
    adjoints = {s.name: s.adjoint for s in elsewhere.rows}
    assert (adjoints["y"], adjoints["z4"]) == (1.0, 9.0)


def test_the_vanishing_gradient_counts_one_sigma_a_layer() -> None:
    """sigma' <= 1/4 is multiplied once a layer; at 0 it is 1/4 exactly."""
    one, two = sd.grad("sigmoid(x)")(0.0), sd.grad("sigmoid(sigmoid(x) - 1/2)")(0.0)
    assert (one, two) == (1 / 4, 1 / 16)
    largest = max(sd.grad("sigmoid(x)")(float(x)) for x in np.linspace(-5, 5, 101))
    assert largest == 1 / 4


def test_leaky_relu_as_a_maximum_holds_for_alpha_up_to_one_only() -> None:
    assert sd.crosscheck("leaky_relu(x, 0.1)", at=[{"x": 2.0}, {"x": -2.0}], claimed="where(0.1*x > x, 0.1, 1)").ok
    for alpha, right in ((0.1, True), (1.0, True), (2.0, False)):
        for x in (2.0, -2.0):
            definition, printed = sd.value(f"leaky_relu(x, {alpha})")(x), sd.value(f"max({alpha}*x, x)")(x)
            assert (definition == printed) is right
    report = sd.crosscheck("leaky_relu(x, 2)", at=[{"x": 2.0}, {"x": -2.0}], claimed="where(2*x > x, 2, 1)")
    wrong = [(f.point, f.value, f.reference) for f in report.findings if str(f.verdict) == "DIFFER"]
    assert wrong == [(0, 2.0, 1.0), (1, 1.0, 2.0)]


def test_the_point_of_the_lecture_is_weak() -> None:
    """At x1 = 1, x1**2 and x1**3 coincide: this wrong rule survives there and nowhere else."""
    wrong = "2*x1*x2*x3 - 8*x1**2", "x1**2*x3", "x1**2*x2"
    assert sd.value(list(wrong))(1.0, 2.0, 3.0) == (4.0, 3.0, 2.0)
    report = sd.crosscheck(LECTURE, at=POINT, points=4, claimed=list(wrong))
    generic = {k for k, why in enumerate(report.why) if k and not why}  # at x1 = 0 the two coincide, too
    assert len(generic) == 2
    assert {f.point for f in report.findings if str(f.verdict) == "DIFFER"} >= generic


# -- the table ---------------------------------------------------------------------------------------


def test_what_moves_with_no_variable_has_no_adjoint() -> None:
    table = sd.steps("exp(-x**2/2)/sqrt(2*pi)", 1.0)
    assert {s.name: s.adjoint for s in table.rows if s.adjoint is None} == {"z5": None, "z6": None, "z7": None}
    (line,) = [line for line in str(table).splitlines() if line.startswith("z6")]
    assert line.split() == ["z6", "=", "2*z5", "6.283185307"]
    assert json.loads(table.to_json())["steps"][4]["adjoint"] is None


def test_a_variable_that_does_not_occur_has_the_adjoint_zero() -> None:
    table = sd.steps(sd.function("x**2", variables=["x", "t"]), 3.0, 5.0)
    assert table.gradient == (6.0, 0.0)
    assert table.inputs[1].adjoint_formula == "0"
    assert len(table.paths("t")) == 0
    assert str(table.paths("t")) == "dy/dt = 0 = 0"


def test_products_with_one_over_something_are_quotients() -> None:
    table = sd.steps("log(x)/y", at={"x": 2.0, "y": 3.0})
    assert {s.name: s.adjoint_formula for s in (*table.inputs, *table.rows)}["x"] == "z1bar/x"


@pytest.mark.parametrize(
    ("formula", "at", "output"),
    [
        ("x*y", {"x": 2, "y": 3}, "f"),
        ("x*y*f", {"x": 2, "y": 3, "f": 4}, "result"),
        ("y*f*result", {"result": 2, "y": 3, "f": 4}, "y_1"),
        ("y = x**2; y", {"x": 2}, "y"),
        ("y = x**2; sin(y)", {"x": 2}, "f"),
        ("loss = x**2", {"x": 2}, "loss"),
    ],
)
def test_the_output_has_a_name_of_its_own(formula: str, at: dict[str, float], output: str) -> None:
    table = sd.steps(formula, at=at)
    assert table.output == table.rows[-1].name == output
    names = [s.name for s in (*table.inputs, *table.rows)]
    assert len(set(names)) == len(names)


def test_adjoints_have_names_of_their_own() -> None:
    """A variable called xbar is not the adjoint of x."""
    table = sd.steps("x*xbar", at={"x": 2.0, "xbar": 3.0})
    assert [s.adjoint_formula for s in table.inputs] == ["y_bar*xbar", "y_bar*x"]
    assert r"\bar{x} = \bar{y} \mathit{xbar}" in table.to_latex()
    worse = sd.steps("x*xbar*x_bar", at={"x": 2.0, "xbar": 3.0, "x_bar": 4.0})
    assert worse.bar not in ("bar", "_bar")


@pytest.mark.parametrize(
    ("formula", "at", "rows", "gradient"),
    [
        ("x", {"x": 2}, [("y", "x", 2.0, 1.0)], (1.0,)),
        ("y", {"y": 2}, [("f", "y", 2.0, 1.0)], (1.0,)),
        ("3", {}, [("y", "3", 3.0, 1.0)], ()),
        ("pi", {}, [("y", "pi", np.pi, 1.0)], ()),
    ],
)
def test_a_function_that_is_just_a_variable_or_a_number(
    formula: str, at: dict[str, float], rows: list[Any], gradient: tuple[float, ...]
) -> None:
    table = sd.steps(formula, at=at)
    assert [(s.name, s.expression, s.value, s.adjoint) for s in table.rows] == rows
    assert table.gradient == gradient
    assert str(table)
    if at:
        assert str(table.paths(next(iter(at)))).splitlines()[0] in ("y <- x:  1 = 1 = 1", "f <- y:  1 = 1 = 1")


@pytest.mark.parametrize(
    ("formula", "at", "note"),
    [
        ("relu(x)", {"x": 0}, "y = relu (at column 1) has no derivative here; the adjoint takes the slope 0 ("),
        ("2*abs(x - 1)", {"x": 1}, "takes the slope 0 (torch and autograd say 0, JAX 1)"),
        ("max(x, y)", {"x": 1, "y": 1}, "takes the slopes 0.5 and 0.5"),
        ("where(x > 0, x, -x)", {"x": 0}, "a branch changes exactly here; the adjoints are those of the branch taken"),
        ("sqrt(x)", {"x": 0}, "takes the slope inf"),
    ],
)
def test_at_a_kink_a_note_says_which_convention(formula: str, at: dict[str, float], note: str) -> None:
    table = sd.steps(formula, at=at)
    assert len(table.notes) == 1
    assert note in table.notes[0]
    assert table.notes[0][:20] in str(table)
    assert json.loads(table.to_json())["notes"] == table.notes
    assert all(len(line) <= 100 for line in str(table).splitlines() if line.startswith(("y =", "  ")))


@pytest.mark.parametrize("formula", ["relu(x)", "where(x > 0, x, -x)", "where(x > 2, abs(x - 1), x)"])
def test_beside_a_kink_there_is_no_note(formula: str) -> None:
    assert sd.steps(formula, at={"x": 1.0}).notes == []


def test_conditions_are_true_or_false() -> None:
    table = sd.steps("where(x > 0 and y > 0, x*y, x)", at={"x": 1, "y": -1})
    assert [(s.name, s.value, s.adjoint) for s in table.rows[:3]] == [
        ("z1", True, None), ("z2", False, None), ("z3", False, None),
    ]  # fmt: skip
    assert "z3   = z1 and z2" in str(table)


def test_infinite_and_undefined_numbers_are_strings_in_json() -> None:
    data = json.loads(sd.steps("sqrt(x)", 0.0).to_json(), parse_constant=pytest.fail)
    assert data["gradient"] == {"x": "inf"}
    data = json.loads(sd.steps("where(x == 0, 1, sin(x)/x)", 0.0).to_json(), parse_constant=pytest.fail)
    assert [s["value"] for s in data["steps"]] == [True, 0.0, "nan", 1.0]


def test_outside_the_domain_there_is_no_table() -> None:
    with pytest.raises(sd.DomainError, match=r"log\(x\) is not defined here: log at column 1 needs .* got -1"):
        sd.steps("log(x)", -1.0)
    with pytest.raises(sd.InputError, match="one value"):
        sd.steps(["x", "x**2"], 1.0)
    with pytest.raises(sd.InputError, match="'x9' is not a variable"):
        sd.steps("x", 1.0).paths("x9")


def test_ten_thousand_steps_in_reasonable_time() -> None:
    chain = "; ".join(f"z{k} = 3.7*z{k - 1}*(1 - z{k - 1})" for k in range(2, 3001))
    start = time.perf_counter()
    table = sd.steps(f"z1 = 3.7*x*(1 - x); {chain}", 0.3)
    text, data, latex = str(table), table.to_dict(), table.to_latex()
    assert time.perf_counter() - start < 30  # 1 s here
    assert len(data["steps"]) == 9000
    assert "... 8601 more steps: the JSON has them all" in text
    assert len(text.splitlines()) < 450
    assert r"\vdots & & \text{8601 more steps} \\" in latex
    assert len(json.dumps(data)) > 10**6


def test_a_variable_used_a_thousand_times_fits_on_a_line() -> None:
    table = sd.steps("+".join(f"x*sin({k}.0*x)" for k in range(1, 1000)), 0.3)
    assert max(map(len, str(table).splitlines())) <= 160
    assert r"\bar{x} = \ldots = " in table.to_latex()
    assert table.gradient[0] == pytest.approx(sd.grad(table.problem, method="ball")(0.3), rel=1e-10)


# -- golden files and LaTeX --------------------------------------------------------------------------

GOLDEN = {
    "lecture": (LECTURE, POINT),
    "normal": ("exp(-x**2/2)/sqrt(2*pi)", {"x": 1}),
    "kink": ("max(x, y)*y/x", {"x": 1, "y": 1}),
    "branch": ("where(x > 0 and y > 0, x*y, -sin(x)*y_0)", {"x": 1, "y": -1, "y_0": 2}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_table_is_the_golden_one(name: str, golden: Callable[[str, str], None]) -> None:
    formula, at = GOLDEN[name]
    table = sd.steps(formula, at=at)
    golden(f"steps_{name}.txt", f"{table}\n")
    golden(f"steps_{name}.tex", f"{table.to_latex()}\n")
    golden(f"steps_{name}.json", f"{table.to_json()}\n")


def test_the_paths_are_the_golden_ones(golden: Callable[[str, str], None]) -> None:
    table = sd.steps(LECTURE, at=POINT)
    golden("paths_lecture.txt", "\n\n".join(str(table.paths(x)) for x in POINT) + "\n")


WILD = [
    *[(f, at) for f, at in GOLDEN.values()],
    ("gelu_tanh(leaky_relu(my_var, 0.1)) + polygamma(2, my_var)", {"my_var": 1.5}),
    ("lambda*beta(tau, Omega_0)/Gamma - _a**_b", {"lambda": 1, "tau": 2, "Omega_0": 3, "Gamma": 4, "_a": 5, "_b": 6}),
    ("log2(x)*log10(x)*exp2(x)*expm1(x)*log1p(x)*logaddexp(x, x)*cbrt(x)*hypot(x, 2)", {"x": 2}),
    ("floor(x) + ceil(x) + mod(x, 2) + sign(x) + clip(x, 0, 3) + min(x, 2)", {"x": 1.5}),
    ("where(not (x < 0 or x >= 9) and x != 2, 1e-9*x, (-x)**3/-2)", {"x": 1.5}),
    ("(x/y)**2 - (x - (y - 1)) + (-x)*(y/x)/(x/y) + x**(y/x)", {"x": 1.5, "y": 2}),
    ("\u03bb**2 + x_12_ab + sigmoid(x_12_ab)", {"\u03bb": 2, "x_12_ab": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "at"), WILD)
def test_the_latex_is_balanced(formula: str, at: dict[str, float]) -> None:
    latex = sd.steps(formula, at=at).to_latex()
    lines = latex.splitlines()
    assert all(line.count("&") - 2 * line.count(r"\begin{cases}") == 2 for line in lines[1:-1])
    for line in lines:
        plain = re.sub(r"\\[{}_#%$&]", "", line)
        depth = 0
        for character in plain:
            depth += (character == "{") - (character == "}")
            assert depth >= 0
        assert depth == 0
        assert plain.count(r"\left") - plain.count(r"\leftarrow") == plain.count(r"\right")
        assert plain.count(r"\begin{") == plain.count(r"\end{") + (line == lines[0]) - (line == lines[-1])
        assert not re.search(r"_(?!\{)|\^(?!\{)", plain)  # every index and exponent is in braces
        assert not re.search(r"(?<!\})_\{[^{}]*\}_\{", plain)  # no double index
        assert "**" not in plain
        assert "nan" not in plain.replace(r"\text{nan}", "")


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"), ("x1", "x_{1}"), ("omega_0", r"\omega_{0}"), ("beta", r"\beta"), ("speed", r"\mathit{speed}"),
        ("x_1_2", "x_{1,2}"), ("v_max", r"v_{\mathit{max}}"), ("Gamma12", r"\Gamma_{12}"),
        ("_a", r"\mathit{\_a}"), ("a_", "a"),
    ],
)  # fmt: skip
def test_names_in_latex(name: str, latex: str) -> None:
    assert name_latex(name) == latex


def test_the_latex_means_what_the_text_says() -> None:
    """The expressions of the lecture's table, read back by replacing LaTeX with the text language."""
    table = sd.steps(LECTURE, at=POINT)
    for step, line in zip(table.rows, table.to_latex().splitlines()[5:-1], strict=True):
        left, right = line.split(" & ")[0].split(" = ")
        text = re.sub(r"_\{(\d+)\}", r"\1", right).replace("^{2}", "**2").replace(" ", "*").replace("*-*", " - ")
        assert (re.sub(r"[_{}]", "", left), text) == (step.name, step.expression)
