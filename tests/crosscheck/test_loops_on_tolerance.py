"""A `while` that stops on a tolerance: what is judged is the derivative of the turns that were taken.

The number of turns is a guard. Rounding may decide it, and then nobody is called wrong for it; a wrong claim is.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused, pull_back, times


def root(a: Any, tolerance: float = 1e-12) -> Any:
    """Newton's square root, of numbers."""
    x, dx = 0.5 * (1 + a), 1.0
    while abs(dx) > tolerance:
        dx = (a / x - x) / 2
        x = x + dx
    return x


def roots(a: Any) -> Any:
    """The sum of Newton's square roots, of an array."""
    x, dx = 0.5 * (1 + a), np.ones_like(a)
    while np.max(np.abs(dx)) > 1e-12:
        dx = (a / x - x) / 2
        x = x + dx
    return np.sum(x)


def with_jax(a: Any) -> Any:
    """The same as a loop of JAX's."""

    def body(s: Any) -> Any:
        dx = (a / s[0] - s[0]) / 2
        return s[0] + dx, dx

    return jax.lax.while_loop(lambda s: jnp.abs(s[1]) > 1e-12, body, ((1 + a) / 2, jnp.ones_like(a)))[0]


LOOPS: dict[str, tuple[Any, Any]] = {
    "numbers": (root, 2.0), "an array": (roots, np.array([2.0, 3.0])), "jax": (with_jax, 2.0),
}  # fmt: skip


def slope(a: Any) -> Any:
    return 0.5 / a**0.5


@pytest.mark.parametrize("name", LOOPS)
def test_the_derivative_of_the_turns_taken_is_certified_and_a_wrong_one_is_seen(name: str) -> None:
    f, at = LOOPS[name]
    report = crosscheck(f, at, claimed=slope)
    assert report.verdict is Verdict.AGREE
    assert all(lamp.state == "green" for lamp in report.lamps.values())
    unsupported = {f.method for f in report.findings if f.verdict is Verdict.UNSUPPORTED}
    assert unsupported == ({"jax"} if name == "jax" else set())  # JAX has no reverse mode of its while_loop
    for factor in (1 + 1e-9, -1.0, 2.0):
        wrong = crosscheck(f, at, claimed=lambda a, k=factor: k * slope(a), methods=("tape",))
        assert accused(wrong) == {"claimed"}


def test_jax_has_forward_mode_of_its_loop() -> None:
    report = crosscheck(with_jax, 2.0, operators=("jvp",), claimed={"jvp": lambda a, v: v * slope(a)})
    assert {f.verdict for f in report.findings} == {Verdict.AGREE}
    wrong = {"jvp": lambda a, v: v**2 * slope(a)}
    assert accused(crosscheck(with_jax, 2.0, operators=("jvp",), claimed=wrong)) == {"claimed"}


def test_a_wrong_rule_in_the_loop_is_seen() -> None:
    with pull_back("div", times(1 + 1e-9)):
        assert accused(crosscheck(root, 2.0)) == {"tape"}


def test_a_coarse_tolerance_computes_another_function_and_the_claim_is_held_against_it() -> None:
    """Three turns are a rational function of a, whose slope is 0.3535533947, not that of the root."""
    report = crosscheck(root, 2.0, 1e-2, claimed=slope)
    assert {f.method: f.verdict for f in report.findings} == {
        "symbolic": Verdict.AGREE, "tape": Verdict.AGREE, "jax": Verdict.AGREE, "claimed": Verdict.DIFFER,
    }  # fmt: skip


def test_where_rounding_ends_the_loop_nobody_is_called_wrong_for_it() -> None:
    """In exact numbers no two turns give the same: that the loop ends is decided by rounding alone."""

    def f(a: Any) -> Any:
        x, before = 0.5 * (1 + a), 0.0 * a
        while x != before:
            x, before = (x + a / x) / 2, x
        return x

    report = crosscheck(f, 2.0, claimed=slope)
    assert not accused(report)
    assert report.verdict in (Verdict.AGREE, Verdict.UNDECIDED)
    assert accused(crosscheck(f, 2.0, claimed=lambda a: 2.0 * slope(a), methods=("tape",))) == {"claimed"}
