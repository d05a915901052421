"""Ties of what the caller's code decides by: of a sort, a median, an argmax, an `if`: it is recorded on all sides.

A sum of what is sorted is smooth whatever ties; an entry of it is not, and takes one of the tied or what lies between.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused

TWO, THREE = np.array([1.0, 1.0, 3.0]), np.array([2.0, 2.0, 2.0])


def of(f: Any, x: Any, entries: Any, operator: str = "grad") -> set[Verdict]:
    """The verdicts on a claim of these entries."""
    report = crosscheck(f, x, claimed={operator: lambda *_: np.array(entries, float)}, methods=("tape",))
    return {f.verdict for f in report.findings if f.method.startswith("claimed")}


def top_two(x: Any) -> Any:
    return np.sum(np.sort(x)[-2:])


def twice(x: Any) -> Any:
    return x**2 if x > 0 else -(x**3)


SMOOTH: dict[str, tuple[Any, Any, str, Any]] = {
    "a sum of sorted": (lambda x: np.sum(np.sort(x)), TWO, "grad", [1.0, 1.0, 1.0]),
    "of squares, twice": (lambda x: np.sum(np.sort(x) ** 2), TWO, "hessian", 2 * np.eye(3)),
    "the top two, of which there are two": (top_two, np.array([0.0, 3.0, 3.0]), "grad", [0.0, 1.0, 1.0]),
    "two branches that meet": (twice, 0.0, "grad", 0.0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_what_is_the_same_on_all_sides_is_due(name: str) -> None:
    f, x, operator, truth = SMOOTH[name]
    report = crosscheck(f, x, operators=(operator,))
    assert {g.verdict for g in report.findings} == {Verdict.AGREE}, str(report)
    assert of(f, x, truth, operator) == {Verdict.AGREE}
    for wrong in (np.asarray(truth) + 1e-9, np.full_like(truth, np.nan), -1.0 - np.asarray(truth)):
        assert Verdict.DIFFER in of(f, x, wrong, operator), wrong


KINKED: dict[str, tuple[Any, Any, list[Any], list[Any]]] = {  # members of Clarke's set, and others
    "the least": (lambda x: np.sort(x)[0], TWO, [[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]],
                  [[1, 1, 0], [0.3, 0.3, 0], [2, -1, 0]]),
    "the median of three": (np.median, THREE, [[0, 1, 0], [1 / 3, 1 / 3, 1 / 3]], [[1, 1, 0], [0.5, 0.5, 0.1]]),
    "the largest of sorted": (lambda x: np.max(np.sort(x)), np.array([1.0, 3.0, 3.0]), [[0, 0.5, 0.5]],
                              [[0, 1, 1], [0.1, 0.9, 0]]),
    "the top two of three": (top_two, THREE, [[1, 1, 0], [2 / 3, 2 / 3, 2 / 3]],
                             [[1, 0, 0], [1, 1, 1], [1.5, 0.5, 0]]),
    "a quantile": (lambda x: np.quantile(x, 0.25), np.array([1.0, 1.0, 1.0, 9.0]),
                   [[0.25, 0.75, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0]],
                   [[0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1]]),
    "the entry that argmax names": (lambda x: x[np.argmax(x)] ** 2, THREE, [[4, 0, 0], [2, 2, 0]],
                                    [[4, 4, 0], [0, 0, 0]]),
    "an if": (lambda x: x[0] ** 2 if x[0] > x[1] else x[0] * x[1], np.ones(2), [[2, 0], [1.5, 0.5]],
              [[2, 1], [0.5, 0.5]]),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
def test_a_kink_takes_what_lies_between_its_sides(name: str) -> None:
    f, x, members, others = KINKED[name]
    report = crosscheck(f, x)
    assert report.verdict is Verdict.KINK, str(report)
    for entries in members:
        assert of(f, x, entries) <= {Verdict.KINK, Verdict.AGREE}, entries
    for entries in others:
        assert Verdict.DIFFER in of(f, x, entries), entries


def test_every_row_of_a_sorted_array_has_its_own_set() -> None:
    report = crosscheck(np.sort, TWO)
    assert report.verdict is Verdict.KINK
    third = [f for f in report.findings if f.component == "[2]"]
    assert {f.verdict for f in third} == {Verdict.AGREE}
    swapped = np.array([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 1.0]])  # row by row each is a member
    assert Verdict.DIFFER not in of(np.sort, TWO, swapped, "jacobian")
    assert Verdict.DIFFER in of(np.sort, TWO, swapped[:, [0, 2, 1]], "jacobian")


def test_a_function_of_jax_is_traced_on_all_sides() -> None:
    import jax

    with jax.enable_x64(True):
        x = jnp.array([1.0, 1.0, 3.0])
        assert crosscheck(lambda x: jnp.sum(jnp.sort(x)), x).verdict is Verdict.AGREE
        assert accused(crosscheck(lambda x: jnp.sort(x)[0], x, claimed=lambda x: jnp.ones(3))) == {"claimed"}


def test_code_that_does_not_run_beside_the_point_leaves_it_open() -> None:
    def only_here(x: Any) -> Any:
        if x[0] != 1.0:
            raise RuntimeError("no licence")
        return np.sort(x)[0]

    report = crosscheck(only_here, TWO, methods=("tape",))
    assert report.verdict is Verdict.UNDECIDED
    assert "does not run beside the point: RuntimeError" in report.findings[0].reason


def test_the_tie_is_named_by_what_ties() -> None:
    assert "the order of x[0] and x[1]" in str(crosscheck(lambda x: np.sort(x)[0], TWO, methods=("tape",)))
