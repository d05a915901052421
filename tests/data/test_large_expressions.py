"""Large expressions, as one named step after another: every entry of every Jacobian, three ways.

Chains of pendulums on a cart, Speelpenning's products, Griewank's two functions, the lecture's example.
"""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

import symdiff as sd
from tests.data_files import FULL, cases, named_steps, plain, say, wrong

NAMES = [
    "griewank_baby", "griewank_lighthouse", "lecture_example", "speelpenning_5", "speelpenning_50",
    "speelpenning_500", *(f"n_link_pendulum_on_cart_{n}_forcing" for n in (1, 2, 3, 4)),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_jacobian(name: str) -> None:
    case = next(c for c in cases("large_expressions") if c["name"] == name)
    names = plain(case["inputs"])
    start = time.perf_counter()
    f = sd.function(named_steps(case["ssa"], names, case["outs"]), names)
    report = sd.crosscheck(f, *map(float, case["x"]), operators=["jacobian", "vjp"] if FULL else ["jacobian"])
    say(f"{name}: {f.graph.count_ops()} ops, {len(report.findings)} findings, {time.perf_counter() - start:.2f} s")
    assert wrong(report) == []
    assert {g.method for g in report.findings} == {"symbolic", "tape", "jax"}
    exact = [Fraction(entry) for row in case["J"] for entry in row]
    certified = report.reference["jacobian"]
    assert len(certified) == len(exact)
    for ours, truth in zip(certified, exact, strict=True):
        assert ours is not None
        # where the file has a decimal, the program has the double nearest to it: hence a little more than rounding
        assert abs(Fraction(ours) - truth) <= abs(truth) * Fraction(1, 10**13), name


def test_the_file_is_known() -> None:
    assert {c["name"] for c in cases("large_expressions")} == set(NAMES)


def test_a_wrong_step_is_seen() -> None:
    """One sign in one step of the largest chain, and the claimed Jacobian of the other: told apart."""
    case = next(c for c in cases("large_expressions") if c["name"] == "n_link_pendulum_on_cart_2_forcing")
    names = plain(case["inputs"])
    last = max(i for i, step in enumerate(case["ssa"]) if step[0] == "add")
    ssa = [["sub", *step[1:]] if i == last else step for i, step in enumerate(case["ssa"])]
    f = sd.function(named_steps(ssa, names, case["outs"]), names)
    claimed = [[float(entry) for entry in row] for row in case["J"]]
    report = sd.crosscheck(f, *map(float, case["x"]), claimed=lambda *x: claimed)
    assert "DIFFER" in {g.verdict for g in report.findings if g.method == "claimed"}
    assert "DIFFER" not in {g.verdict for g in report.findings if g.method != "claimed"}
