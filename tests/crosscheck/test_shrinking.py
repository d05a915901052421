"""A failure is reduced to the op that is wrong, at a plain point, as a program that shows it again."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from symdiff import Disagreement, assert_agree, crosscheck
from symdiff.crosscheck import shrinking
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.shrinking.expressions import Formula, simpler
from symdiff.crosscheck.shrinking.numbers import plainer, plainness
from symdiff.crosscheck.shrinking.question import Question, blamed_op, kind_of
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError
from symdiff.inputs import formula_of
from tests.faults import patched, pull_back, row, times

BIG = "exp(-x*y)*sin(3*x + y**2.5)*log(x*z) + z*cos(z - x)/(1 + y**2) + sqrt(x*x + y*y)*tanh(x/z) + max(x, y)*z**3"
AT = {"x": 1.2345, "y": 2.718, "z": 0.77}
OPS = {  # the op, and the argument whose rule is broken
    "sin": 0, "cos": 0, "exp": 0, "log": 0, "sqrt": 0, "tanh": 0, "mul": 0, "div": 1, "power": 0, "sub": 1,
    "integer_power": 0, "max": 1, "neg": 0,
}  # fmt: skip


def pasted(code: str, fault: str) -> str:
    """What the program prints in a process of its own, in which the fault is planted."""
    planted = "from symdiff.selftest.planting import pull_back, times\n" + f"with {fault}:\n"
    first = "from __future__ import annotations\n"  # has to come first, if it is there
    program = first + planted + textwrap.indent(code.removeprefix(first), "    ")
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("op", OPS)
def test_a_wrong_rule_of_the_tape_is_left_alone_in_the_expression(op: str) -> None:
    with pull_back(op, times(1 + 1e-9), OPS[op]):
        report = crosscheck(BIG, at=AT)
        found = report.shrink()
    assert found.note == ""
    assert formula_of(found.expression).graph.count_ops() == 1
    assert blamed_op(found.finding) == op
    assert found.finding.verdict is Verdict.DIFFER
    assert all(value in (0.0, 1.0, -1.0, 2.0) for value in found.point.values())
    assert len(found.point) <= 2


def test_the_plainest_form_of_some_of_them() -> None:
    seen = {}
    for op in ("sin", "exp", "tanh", "integer_power", "log"):
        with pull_back(op, times(1 + 1e-9)):
            found = crosscheck(BIG, at=AT).shrink()
        seen[op] = (found.expression, found.point)
    assert seen == {
        "sin": ("sin(x)", {"x": 0.0}), "exp": ("exp(x)", {"x": 0.0}), "tanh": ("tanh(x)", {"x": 0.0}),
        "integer_power": ("y**1", {"y": 0.0}), "log": ("log(x)", {"x": 1.0}),
    }  # fmt: skip


def test_the_program_shows_the_same_failure_where_the_fault_is_and_none_where_it_is_not() -> None:
    with pull_back("sin", times(1 + 1e-9)):
        found = crosscheck(BIG, at=AT).shrink()
    assert found.code == 'import symdiff as sd\n\nprint(sd.crosscheck("sin(x)", at={"x": 0.0}, methods=("tape",)))'
    text = pasted(found.code, 'pull_back("sin", times(1 + 1e-9))')
    assert "DIFFER tape grad d/dx: 1.000000001, truth 1: the rule is wrong" in text
    assert "blame: z1 = sin" in text
    assert "DIFFER" not in pasted(found.code, 'pull_back("cos", times(1 + 1e-9))')


def test_a_wrong_meaning_for_jax() -> None:
    with row("tanh", jax=lambda x: jnp.tanh(x) + 1e-9 * x):
        found = crosscheck(BIG, at=AT).shrink()
    assert (found.expression, found.point, found.finding.method) == ("tanh(x)", {"x": 0.0}, "jax")


def test_a_wrong_meaning_for_sympy() -> None:
    with row("exp", sympy=lambda x: sp.exp(x) * (1 + sp.Rational(1, 10**9))):
        found = crosscheck(BIG, at=AT, methods=("tape", "symbolic")).shrink()
    assert (found.expression, found.point, found.finding.method) == ("exp(x)", {"x": 0.0}, "symbolic")


def test_one_component_of_several_under_another_operator() -> None:
    with pull_back("cos", times(-1.0)):
        found = crosscheck(["x*y", "exp(y)*cos(x*y)"], at={"x": 1.3, "y": 0.4}, operators="vjp").shrink()
    assert found.expression == "cos(x)"
    assert found.code.endswith('methods=("tape",), operators=("vjp",)))')


def test_a_second_derivative() -> None:
    """The pull-back of sin goes through cos: the tape of the tape."""
    with pull_back("cos", times(1 + 1e-6)):
        found = crosscheck(BIG, at=AT, operators="hessian", methods=("tape",)).shrink()
    assert formula_of(found.expression).graph.count_ops() == 1
    assert found.finding.verdict is Verdict.DIFFER


def test_a_point_that_was_generated() -> None:
    with pull_back("relu", times(2.0)):
        report = crosscheck("relu(x)*y + cos(y)", at={"x": -1.5, "y": 2.5}, points=8, methods=("tape",))
        found = report.shrink()
    assert report.findings[0].verdict is Verdict.AGREE  # not at the point that was given
    assert (found.expression, found.point) == ("relu(x)", {"x": 1.0})


# -- a claim is about its function: only the point is reduced ---------------------------------------------------


def cubes(x: Any) -> Any:
    return np.sum(x**3)


def claimed_squares(x: Any) -> Any:
    return np.where(x > 2.5, 3 * x, 3 * x**2)


def test_a_claim_about_a_formula() -> None:
    report = crosscheck("x**3*y", at={"x": 1.2345, "y": 9.87}, claimed=["3*x*y", "x**3"])
    found = report.shrink()
    assert (found.expression, found.point) == ("x**3*y", {"x": -1.0, "y": 1.0})
    assert found.finding.method == "claimed"
    assert "DIFFER claimed grad d/dx" in pasted(found.code, 'pull_back("sin", times(1.0))')


def test_a_claim_about_a_function_of_arrays() -> None:
    found = crosscheck(cubes, np.linspace(0.0, 7.0, 11), claimed=claimed_squares).shrink()
    assert found.point == {"x": [3.0]}
    assert found.code.splitlines()[:4] == [
        "import numpy as np",
        "import symdiff as sd",
        "from tests.crosscheck.test_shrinking import claimed_squares",
        "from tests.crosscheck.test_shrinking import cubes",
    ]
    assert "DIFFER claimed grad d/dx[0]: 9, truth 27" in pasted(found.code, 'pull_back("sin", times(1.0))')


def test_a_claim_that_raises_at_some_points_only() -> None:
    def grumpy(x: Any) -> Any:
        if x[0] > 1.5:
            raise ValueError("no")
        return 3 * x**2

    found = crosscheck(cubes, np.array([1.83, 0.4]), claimed=grumpy).shrink()
    assert found.point == {"x": [2.0]}
    assert "raises" in found.finding.reason
    assert "DIFFER: claimed raises ValueError" in pasted(found.code, 'pull_back("sin", times(1.0))')


def test_a_function_that_does_not_stand_on_its_own_feet_is_named_with_its_place() -> None:
    factor = 3.0
    found = crosscheck(cubes, np.array([1.83]), claimed=lambda x: factor * x).shrink()
    assert "\n# your_function: put your own here (" in found.code
    assert "test_shrinking.py, line " in found.code


def test_one_claim_of_several() -> None:
    report = crosscheck(
        "x**2*y", at={"x": 1.7, "y": 2.9}, operators=("grad", "hessian"),
        claimed={"grad": ["2*x*y", "x**2"], "hessian": ["2*y", "2*x", "2*x", "1"]},
    )  # fmt: skip
    found = report.shrink()
    assert found.finding.operator == "hessian"
    assert found.code.endswith('claimed=["2*y", "2*x", "2*x", "1"], methods=("tape",), operators=("hessian",)))')


def test_a_sympy_expression_keeps_being_one() -> None:
    x, y = sp.symbols("x y")
    found = crosscheck(x**3 * sp.sin(y), at={"x": 1.7, "y": 0.3}, claimed=lambda x, y: (x, y)).shrink()
    assert "from sympy import *" in found.code
    assert "Symbol('x')" in found.code


# -- numpy functions --------------------------------------------------------------------------------------------


def mixed(x: Any, scale: Any) -> Any:
    return np.sum(x @ x) * scale + np.sum(np.sin(x) * scale) / np.mean(np.exp(x))


def test_a_rule_of_numbers_in_a_function_of_arrays_becomes_a_formula() -> None:
    x = np.random.default_rng(0).normal(size=(3, 3))
    with pull_back("sin", times(1 + 1e-9)):
        found = crosscheck(mixed, x, 2.5).shrink()
    assert (found.expression, found.point) == ("sin(x)", {"x": 0.0})


# -- messages, options, bad input -------------------------------------------------------------------------------


def test_the_message_of_assert_agree_ends_with_a_program() -> None:
    with pull_back("sin", times(1 + 1e-9)), pytest.raises(Disagreement) as caught:
        assert_agree(BIG, at=AT)
    assert str(caught.value).endswith('print(sd.crosscheck("sin(x)", at={"x": 0.0}, methods=("tape",)))')


def test_the_message_takes_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    healthy = Question.shows

    def counting(self: Question, subject: Any) -> Report | None:
        nonlocal asked
        asked += 1
        return healthy(self, subject)

    monkeypatch.setattr(Question, "shows", counting)
    with pytest.raises(Disagreement):
        assert_agree(cubes, np.linspace(0.1, 7.1, 40), claimed=lambda x: 3 * x)
    assert 1 <= asked <= shrinking.FEW_TRIES + 1


def test_a_function_without_a_wrong_derivative_has_no_program_in_its_message() -> None:
    with pytest.raises(Disagreement) as caught:
        assert_agree("log(x)", at={"x": -1.0})
    assert "import symdiff" not in str(caught.value)


def test_nothing_to_shrink() -> None:
    with pytest.raises(InputError, match="there is nothing to shrink: no derivative differs, the report says AGREE"):
        crosscheck("x*y", at={"x": 1.0, "y": 2.0}).shrink()
    with pytest.raises(InputError, match="expected a whole number, 1 or more"):
        crosscheck("x*y", at={"x": 1.0, "y": 2.0}).shrink(tries=0)


def test_a_budget_is_kept() -> None:
    with pull_back("sin", times(1 + 1e-9)):
        report = crosscheck(BIG, at=AT, methods=("tape",))
        found = report.shrink(tries=3)
        assert found.tries <= 3
        assert found.finding.verdict is Verdict.DIFFER
        assert report.shrink(seconds=0.0).expression == BIG


def test_the_same_report_is_reduced_to_the_same() -> None:
    with pull_back("div", times(1 + 1e-9)):
        report = crosscheck(BIG, at=AT, points=3)
        assert report.shrink().code == report.shrink().code


# -- what the shrinker itself could get wrong -------------------------------------------------------------------


def test_a_shrinker_that_loses_the_failure_is_seen() -> None:
    """It takes whatever is simpler, whether it fails or not: what comes out is asked again."""
    with pull_back("sin", times(1 + 1e-9)):
        report = crosscheck(BIG, at=AT)
        healthy = report.shrink()
        with patched(Question, "shows", lambda self, subject: report):
            found = report.shrink()
    assert healthy.note == ""
    assert found.note == shrinking.LOST
    assert found.expression == BIG
    assert found.point == AT
    assert found.finding.verdict is Verdict.DIFFER


def test_another_failure_is_not_taken_for_the_same() -> None:
    """Two rules are wrong; blame names the first, and that one is what is left."""
    with pull_back("exp", times(1 + 1e-9)), pull_back("sin", times(1 + 1e-9)):
        report = crosscheck("sin(exp(x))", at={"x": 0.3})
        found = report.shrink()
    assert [blamed_op(f) for f in report.findings if f.method == "tape"] == ["exp"]
    assert found.expression == "exp(x)"


def test_every_candidate_is_simpler_and_reads_back() -> None:
    problem = formula_of(BIG)
    formula = Formula.of(problem.graph, problem.graph.outputs[0], list(AT.values()))
    seen = list(simpler(formula, "sin"))
    assert len(seen) > 30
    for candidate in seen:
        assert candidate.size() < formula.size()
        assert set(formula_of(candidate.text).names) == set(candidate.at)
        assert np.isfinite(formula_of(candidate.text)(**candidate.at))
    assert seen[0].text == "sin(3*x + y**2.5)"


@pytest.mark.parametrize("value", [3.7182, -1e300, 5e-324, 0.1, -0.0, 17.0, 1e8])
def test_plainer_numbers_are_plainer(value: float) -> None:
    found = list(plainer(value))
    assert found[:2] == [0.0, 1.0]
    assert all(plainness(v) < plainness(value) for v in found)
    assert list(plainer(0.0)) == []


def test_reasons_of_one_kind() -> None:
    assert kind_of("nan where the derivative exists") == kind_of("-inf where the derivative exists")
    assert kind_of("the rule is wrong (kink: abs at column 3; all its pieces have this derivative)") == kind_of(
        "the rule is wrong"
    )
    assert kind_of("the rule is wrong") != kind_of("further off than rounding can take this program")
