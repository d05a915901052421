"""SymPy expressions: what they mean to SymPy is what the graph computes, and nothing is simplified."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp

import symdiff as sd
from symdiff.inputs.sympy import _FOLDS, _FUNCTIONS, _OF_RECIPROCAL, _RECIPROCALS

x, y = sp.symbols("x y", real=True)

# two arguments of each head that its domain allows
SPECIAL: dict[Any, Any] = {
    sp.atan2: sp.atan2(y, x), sp.beta: sp.beta(x, y), sp.Mod: sp.Mod(5 * x, y), sp.polygamma: sp.polygamma(2, x),
    sp.Max: sp.Max(x, y, x * y), sp.Min: sp.Min(x, y, x * y),
}  # fmt: skip
WIDE = {sp.acosh, sp.asec, sp.acsc, sp.acoth}  # need an argument above one
TRUTHS = {
    sp.StrictLessThan, sp.LessThan, sp.StrictGreaterThan, sp.GreaterThan, sp.Equality, sp.Unequality, sp.Not,
    sp.And, sp.Or,
}  # fmt: skip
HEADS = [h for h in (*_FUNCTIONS, *_RECIPROCALS, *_OF_RECIPROCAL, *_FOLDS) if h not in TRUTHS]


def agrees(expression: sp.Expr, at: dict[str, float], tolerance: float = 1e-13) -> None:
    """The graph's value is SymPy's own, in 30 digits, at the doubles given."""
    f = sd.function(expression)
    exact = {s: sp.Float(at[s.name], 30) for s in expression.free_symbols}
    wanted = sp.re(expression.xreplace(exact).evalf(30))
    assert f(**{name: at[name] for name in f.names}) == pytest.approx(float(wanted), rel=tolerance, abs=1e-300)
    assert f.language == "sympy"


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.__name__)
def test_every_head_means_what_sympy_means(head: Any) -> None:
    for a, b in ((0.6, 0.35), (0.3, 1.7)):
        point = {"x": a + 1.0 if head in WIDE else a, "y": b}
        agrees(SPECIAL.get(head) or head(x), point)


@pytest.mark.parametrize("head", [h for h in HEADS if h not in (sp.floor, sp.ceiling, sp.sign, sp.Mod)], ids=str)
def test_every_head_is_differentiated_rightly(head: Any) -> None:
    point = {"x": 1.6 if head in WIDE else 0.6, "y": 0.35}
    expression = SPECIAL.get(head) or head(x)
    report = sd.crosscheck(expression, at={s.name: point[s.name] for s in expression.free_symbols})
    assert report.ok, str(report)
    assert {report.lamps[name].state for name in "VDRB"} == {"green"}, str(report)


CONDITIONS = [
    x < y, x <= y, x > y, x >= y, sp.Eq(x, y), sp.Ne(x, y), sp.Not(sp.Eq(x, y)), (x > 0) & (y > 0), (x > 1) | (y > 1),
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_conditions(condition: Any) -> None:
    for a, b in ((0.5, 1.5), (1.5, 0.5), (0.5, 0.5)):
        agrees(sp.Piecewise((x * y, condition), (x - y, True)), {"x": a, "y": b})


@pytest.mark.parametrize(
    "expression",
    [
        sp.Piecewise((x, x < 1), (x**2, x < 2), (4 * x, True)),
        sp.Piecewise((0, sp.Eq(x, 0)), (sp.sin(x) / x, True)),
        sp.Heaviside(x), sp.Heaviside(x) * x**2, sp.Abs(x) - sp.sign(x), sp.Max(x, 1, -x), sp.Min(x, sp.S.Half),
        sp.Abs(x - 1) ** 3, sp.sign(x) * x,
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("a", [-0.75, 0.5, 1.5, 2.5])
def test_pieces(expression: sp.Expr, a: float) -> None:
    agrees(expression, {"x": a})


def test_heaviside_at_zero_is_sympys_half() -> None:
    assert sd.function(sp.Heaviside(x))(0.0) == float(sp.Heaviside(0)) == 0.5


POWERS = [
    x**2, x**-1, x**-2, x**17, sp.sqrt(x), 1 / sp.sqrt(x), x ** sp.Rational(1, 3), x ** sp.Rational(-3, 2),
    x**2.5, x**y, x ** (-y), 2**x, sp.Rational(1, 3) ** x, sp.exp(x), sp.exp(-(x**2)), sp.E**x, sp.pi**x, x**sp.pi,
    (x + y) ** 3 / (x - y) ** 2, x / y, -x / y, x / (y * (x + 1)), 1 / (x**2 + y), (-x) ** 3, (x * y) ** 2 / 3,
]  # fmt: skip


@pytest.mark.parametrize("expression", POWERS, ids=str)
def test_powers_and_quotients(expression: sp.Expr) -> None:
    agrees(expression, {"x": 1.3, "y": 0.7})
    point = {s.name: {"x": 1.3, "y": 0.7}[s.name] for s in expression.free_symbols}
    assert sd.crosscheck(expression, at=point).ok


def test_constants_stay_what_they_are() -> None:
    """0.1 is the double 0.1; 1/3 is a quotient; pi and e are the numbers themselves."""
    assert sd.value(x * sp.Float(0.1))(3.0) == 3.0 * 0.1
    assert sd.value(x + sp.Float("0.1", 30))(0.0) == 0.1
    assert sd.value(x * sp.Rational(1, 3))(1.0) == 1 / 3
    assert sd.value(x * sp.Integer(2**60))(1.0) == 2.0**60
    assert sd.value(x + sp.pi)(0.0) == math.pi
    assert sd.value(x + sp.E)(0.0) == math.e
    ops = {node.op for node in sd.function(x * sp.pi + sp.E).graph.nodes}
    assert {"pi", "euler_e"} <= ops
    for value in (0.1, 1e-300, 1e300, 4.9e-324, 1 / 3, 0.30000000000000004):
        assert sd.value(sp.Float(value))() == value


def test_nothing_is_simplified() -> None:
    """x + 1e16 - 1e16 as written, if SymPy was kept from evaluating it."""
    kept = sp.Add(sp.Add(x, sp.Float(1e16), evaluate=False), sp.Float(-1e16), evaluate=False)
    assert sd.value(kept)(1.0) == (1.0 + 1e16) - 1e16 == 0.0
    quotient = sp.Mul(x, sp.Pow(x, -1, evaluate=False), evaluate=False)
    assert [node.op for node in sd.function(quotient).graph.nodes if node.args] == ["div", "mul"][:1]
    assert sd.crosscheck(kept, 1.0).ok  # INACCURATE at worst, never wrong


@pytest.mark.parametrize(
    "symbol",
    [
        sp.Symbol("a"), sp.Symbol("a", real=True), sp.Symbol("a", positive=True), sp.Symbol("a", integer=True),
        sp.Symbol("a", nonnegative=True), sp.Symbol("a", finite=True), sp.Dummy("a"), sp.Symbol("lambda"),
        sp.Symbol("E"), sp.Symbol("I"), sp.Symbol("beta"), sp.Symbol("alpha_1"), sp.Symbol("\u03bb"),
    ],
    ids=lambda s: f"{s.name}-{s.assumptions0.get('positive')}-{type(s).__name__}",
)  # fmt: skip
def test_whatever_a_symbol_is_assumed_to_be_it_is_a_variable(symbol: sp.Symbol) -> None:
    f = sd.function(symbol**2 * sp.sin(symbol))
    assert f.names == (symbol.name,)
    assert sd.crosscheck(symbol**2 * sp.sin(symbol), 1.5).ok
    for method in ("symbolic", "tape", "jax"):
        assert sd.grad(f, method=method)(1.5) == pytest.approx(3 * math.sin(1.5) + 2.25 * math.cos(1.5), rel=1e-15)


def test_variables_come_in_natural_order_or_as_asked() -> None:
    a, b, c = sp.symbols("x10 x2 x1")
    assert sd.function(a - b / c).names == ("x1", "x2", "x10")
    assert sd.function(a - b, variables=["x10", "t", "x2"]).names == ("x10", "t", "x2")
    assert sd.function(a - b, variables=[a, b]).names == ("x10", "x2")
    assert sd.function([a * b, sp.Integer(3)]).names == ("x2", "x10")
    assert sd.jacobian([a * b, sp.Integer(3)])(2.0, 5.0) == ((5.0, 2.0), (0.0, 0.0))


def test_a_deep_expression_needs_no_recursion_of_ours() -> None:
    deep: Any = x
    for k in range(100):
        deep = sp.sin(deep) + sp.Rational(k, 7)
    f = sd.function(deep)
    value = 0.3
    for k in range(100):
        value = math.sin(value) + k / 7
    assert f(0.3) == pytest.approx(value, rel=1e-12)
    assert sd.grad(f, method="tape")(0.3) == pytest.approx(sd.grad(f, method="jax")(0.3), rel=1e-12)
    for _ in range(3000):
        deep = sp.sin(deep, evaluate=False)
    with pytest.raises(sd.UnsupportedError, match="nested too deeply for SymPy"):
        sd.function(deep)


def test_the_callers_own_function_lights_the_lamps_r_and_b() -> None:
    report = sd.crosscheck(sp.sin(x) * sp.exp(y), at={"x": 1.0, "y": 2.0})
    assert {name: lamp.state for name, lamp in report.lamps.items()} == dict.fromkeys("VDRB", "green")
    text = sd.crosscheck("sin(x)*exp(y)", at={"x": 1.0, "y": 2.0})
    assert {text.lamps[name].state for name in "RB"} == {"off"}
    assert "R, B off (text has no callable of its own)" in str(text)


def test_the_own_function_is_sympys_and_not_the_graph() -> None:
    f = sd.function(sp.sqrt(x) + sp.log(x))
    assert f.own is not None
    assert f.own(2.0) == pytest.approx(math.sqrt(2) + math.log(2), rel=1e-15)
    assert math.isnan(f.own(-1.0))
    with pytest.raises(TypeError, match="real numbers"):
        f.own(1j)


def test_expanded_and_factored_forms_have_one_derivative() -> None:
    x1, x2, x3 = sp.symbols("x1 x2 x3")
    factored = x1**2 * (x2 * x3 - 2 * x1**2)
    for form in (factored, sp.expand(factored)):
        assert sd.crosscheck(form, at={"x1": 1, "x2": 2, "x3": 3}, points=2).ok
        assert sd.grad(form)(1.0, 2.0, 3.0) == (4.0, 3.0, 2.0)
        assert sd.steps(form, 1.0, 2.0, 3.0).gradient == (4.0, 3.0, 2.0)
