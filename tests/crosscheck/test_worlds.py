"""Programs that branch on numbers which no precision tells apart: right if right in every case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.balls import precision
from symdiff.crosscheck.certified import stage1
from symdiff.crosscheck.certified.worlds import MOST, in_all
from symdiff.graph import Graph
from symdiff.inputs import formula_of
from symdiff.ops import TABLE
from tests.faults import accused, patched, row


def cases(f: Any, *point: float) -> list[Any] | None:
    graph: Graph = formula_of(f).graph
    with precision(192, 0):
        return in_all(graph, graph.outputs[0], point)


# z is a number whose digits never end: (z + 1) - 1 is the same, and no ball shows it
UNDECIDED: dict[str, str] = {
    "max": "max(exp(x), (exp(x) + 1) - 1) - exp(x)",
    "min": "min(exp(x), (exp(x) + 1) - 1) - exp(x)",
    "abs": "abs(((exp(x) + 1) - 1) - exp(x))",
    "a comparison": "where(exp(x) < (exp(x) + 1) - 1, exp(x), exp(x)) - exp(x)",
    "one question asked twice": "where(exp(x) < (exp(x) + 1) - 1, 1, 3) + where(exp(x) >= (exp(x) + 1) - 1, 0, 2) - 3",
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_holds_in_every_case_holds(name: str) -> None:
    found = cases(UNDECIDED[name], 0.3)
    assert found is not None
    assert len(found) == 3
    assert all(abs(e) < 1e-50 for e in found)


def test_cases_that_differ_are_all_there() -> None:
    found = cases("sign(((exp(x) + 1) - 1) - exp(x))", 0.3)
    assert found is not None
    assert sorted(map(float, found)) == [-1.0, 0.0, 1.0]


def test_what_may_be_no_number_is_in_no_case() -> None:
    assert cases("where(1 / (((exp(x) + 1) - 1) - exp(x)) > 0, 1, 1)", 0.3) is None


def test_a_whole_number_is_known_where_no_ball_is_exact() -> None:
    for rounded, there in (("floor(5 * (x / 5))", 3.0), ("ceil(5 * (x / 5))", 3.0), ("floor(sqrt(x)**2)", 3.0)):
        assert cases(rounded, there) == [3]
    assert [float(e) for e in cases("floor(5 * (x / 5))", float(np.nextafter(3.0, 0.0))) or []] == [2.0]
    assert cases("floor(exp(log(x)) + sin(1)**2 + cos(1)**2 - 1)", 3.0) == [3]


def test_too_many_cases_are_none() -> None:
    terms = " + ".join(f"abs(((exp({k} * x) + 1) - 1) - exp({k} * x))" for k in range(2, 7))
    assert 3**5 > MOST
    assert cases(terms, 0.3) is None


def same(x: Any) -> Any:
    """JAX's hypot asks which of two equal numbers is the larger."""
    z = np.exp(x)
    return np.sum(np.hypot(z, (z + 1.0) - 1.0))


CHECKED: dict[str, tuple[Callable[..., Any] | str, tuple[Any, ...], str]] = {
    "hypot of equal numbers": (same, (np.array([0.3, -0.7]),), "grad"),
    "hypot of nearly nothing": ("hypot(log(1 + exp(x - y)), y / 1.25)", (-14632628.0, -0.6975), "hessian"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_jax_is_judged_in_every_case(name: str) -> None:
    f, args, operator = CHECKED[name]
    with patched(stage1, "in_all", lambda *_: None):
        before = {str(v.verdict) for v in crosscheck(f, *args, operators=operator, methods=("jax",)).findings}
    after = crosscheck(f, *args, operators=operator, methods=("jax",))
    assert before == {"UNDECIDED"}
    assert {(str(v.verdict), v.basis) for v in after.findings} == {("AGREE", "certified")}


@pytest.mark.parametrize("factor", [-1.0, 1 + 2.0**-20])
def test_a_wrong_hypot_is_accused_in_every_case(factor: float) -> None:
    f, args, operator = CHECKED["hypot of equal numbers"]
    healthy = TABLE["hypot"].jax
    with row("hypot", jax=lambda a, b: factor * healthy(a, b)):
        report = crosscheck(f, *args, operators=operator, methods=("jax",))
    assert accused(report) == {"jax"}
    assert {v.reason for v in report.findings} == {"the rule is wrong"}


@pytest.mark.parametrize(("exponent", "verdicts"), [(1.4, {"AGREE", "UNDECIDED"}), (1.5, {"DIFFER"})])
def test_a_claim_in_decimals_is_accused_in_no_case_by_its_decimals(exponent: float, verdicts: set[str]) -> None:
    """max(z, z) without a ball that shows it, and 1.4 and 0.4 for 7/5 and 2/5."""

    def claim(x: Any) -> Any:
        z = np.exp(x)
        return 1.4 * np.maximum(z, (z + 1.0) - 1.0) * np.exp((exponent - 1.0) * x)

    report = crosscheck(lambda x: np.exp(1.4 * x), 0.3, claimed=claim, operators="grad", methods=("tape",))
    found = {str(v.verdict) for v in report.findings if v.method == "claimed"}
    assert found <= verdicts


def test_a_rule_that_is_wrong_in_one_case_only_is_not_passed() -> None:
    """Right where the first is the larger: whether it is, nobody knows."""
    import jax.numpy as jnp

    healthy = TABLE["hypot"].jax
    with row("hypot", jax=lambda a, b: jnp.where(a > b, healthy(a, b), 2.0 * healthy(a, b))):
        report = crosscheck(same, np.array([0.3]), operators="grad", methods=("jax",))
    assert "AGREE" not in {str(v.verdict) for v in report.findings}
