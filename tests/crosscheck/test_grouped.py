"""Bounds for groups of equal steps at once: never smaller than FLINT's step by step, and hardly larger."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_series
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.balls import Ball, precision
from symdiff.crosscheck.certified import grouped, pairs, rounding
from symdiff.crosscheck.certified.grouped import FORMS, Spread
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import NUMPY, Program, Task
from symdiff.methods.jax.accuracy import XLA
from symdiff.ops import TABLE

ROOM = 1 + 1e-9  # how much larger than FLINT's a bound may be
ARITY = {"neg": 1, "integer_power": 1, "total": 3}

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)
radii = st.one_of(st.just(0.0), st.floats(min_value=0.0, max_value=1e90), st.sampled_from([5e-324, 1e-310, 1e-16]))


def params_of(op: str, n: int) -> dict[str, int]:
    return {"n": n} if op == "integer_power" else {"of": 3} if op == "total" else {}


def encloses(op: str, args: list[tuple[float, float]], n: int) -> bool:
    """Whether the group's value and slopes hold FLINT's, at both ends of each argument and in its middle."""
    params = params_of(op, n)
    with np.errstate(all="ignore"):
        value, slopes = FORMS[op](*[Spread(np.array([m]), np.array([r])) for m, r in args], **params)
    with precision(2400, order=1):  # no rounding to speak of beside a float's
        for share in (-1, 0, 1):
            points = [arb(m) + share * arb(r) for m, r in args]
            found = TABLE[op].ball(*[Ball(arb_series([p])) for p in points], **params).value
            if not inside(found, value):
                return False
            for k, slope in enumerate(slopes):
                moved = [Ball(arb_series([p, 1] if j == k else [p])) for j, p in enumerate(points)]
                here = slope if isinstance(slope, Spread) else Spread(np.array([slope]), np.array([0.0]))
                if not inside(TABLE[op].ball(*moved, **params)[1], here):
                    return False
    return True


def inside(truth: arb, spread: Spread) -> bool:
    """Whether the middle of a narrow ball is in an enclosure, or the enclosure says that it knows nothing."""
    mid, rad = float(spread.mid[0]), float(spread.rad[0])
    return not (math.isfinite(mid) and math.isfinite(rad)) or bool(abs(truth.mid() - arb(mid)) <= arb(rad))


@settings(max_examples=300, deadline=None)
@given(op=st.sampled_from(sorted(FORMS)), args=st.lists(st.tuples(numbers, radii), min_size=3, max_size=3),
       n=st.integers(1, grouped.HIGHEST_POWER))  # fmt: skip
def test_every_form_encloses_what_flint_finds(op: str, args: list[tuple[float, float]], n: int) -> None:
    assert encloses(op, args[: ARITY.get(op, 2)], n)


def too_small(a: Spread, b: Spread) -> Any:
    """A product without its own rounding."""
    return Spread(a.mid * b.mid, np.abs(a.mid) * b.rad + np.abs(b.mid) * a.rad), [b, a]


def slope_of_another(a: Spread, b: Spread) -> Any:
    return grouped.quotient(a, b), [b, a]


@pytest.mark.parametrize(("op", "form"), [("mul", too_small), ("sub", FORMS["add"]), ("div", slope_of_another)])
def test_a_form_that_encloses_too_little_is_seen(op: str, form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMS, op, form)
    assert not encloses(op, [(0.1, 0.0), (0.3, 0.0)], 2)


@pytest.mark.parametrize("op", sorted(FORMS))
def test_these_ops_are_smooth_and_lose_digits_in_their_last_place_alone(op: str) -> None:
    """What a group does not look for: kinks, truth values, results whose digits are lost near zero."""
    row = TABLE[op]
    assert row.kink is None
    assert not row.boolean
    assert row.near_zero == 0.0


# -- whole programs --------------------------------------------------------------------------------------


def rosenbrock(x):
    return np.sum(100.1 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mixed(x):
    """Groups, ops that are FLINT's, and a step that all entries share."""
    weights = np.exp(-0.1 * x)
    return weights / np.sum(weights) + np.sin(x) * x**3 / (1.7 + x * x)


def clipped(x):
    return np.sum(np.maximum(x, 0.25) * x - np.abs(x - 0.5) / 3.0)


def layer(x):
    """Every entry depends on all numbers."""
    weights = np.sin(np.arange(x.size**2)).reshape(x.size, x.size)
    return weights @ (x * x - 0.3) * x


def program(f: Callable[..., Any], x: np.ndarray, operator: str = "") -> Program:
    """The function's own program, or the tape's of an operator of it."""
    recording, leaves = from_code(f).recorded((x,), {})
    problem = recording.problem.scalars(leaves)
    if not operator:
        return Program(problem.graph)
    found = method("tape").answer(problem, Task(operator, tuple(range(x.size))), tuple(x)).program
    assert found is not None
    return found


def both(p: Program, x: np.ndarray) -> tuple[list[Any] | None, list[Any]]:
    """The bounds in groups, and those step by step."""
    with precision(rounding.BITS, order=1):
        together = grouped.bounds(p, tuple(x))
        outputs = p.graph.outputs
        return together, [rounding.Enclosure(p, tuple(x), widened=True).bounds(o) for o in outputs]


def assert_hardly_larger(
    together: list[Any] | None, each: list[Any], room: float = ROOM, less: float = 2.0**-40
) -> None:
    assert together is not None
    for a, b in zip(together, each, strict=True):
        for mine, theirs in ((a.program, b.program), (a.problem, b.problem), (a.magnitude, b.magnitude)):
            assert theirs * (1 - less) <= mine <= theirs * room + 1e-290


@pytest.fixture(autouse=True)
def small_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouped, "WORTH_IT", 0)


@pytest.mark.parametrize(("f", "operator"), [(rosenbrock, ""), (rosenbrock, "grad"), (mixed, ""), (layer, "")])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-200, 1e-3, 1.0, 1e3]))
def test_bounds_in_groups_are_those_step_by_step(f: Any, operator: str, seed: int, scale: float) -> None:
    x = np.random.default_rng(seed).normal(size=12) * scale
    p = program(f, x, operator)
    for arithmetic in (NUMPY, XLA):
        assert_hardly_larger(*both(Program(p.graph, arithmetic=arithmetic), x))


def test_a_step_that_many_share_is_swept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As step by step: at most 5 times as large, and not smaller."""
    x = np.linspace(-1.0, 1.0, 40)
    monkeypatch.setattr(pairs, "USERS", 30)
    monkeypatch.setattr(pairs, "CHEAPER", 1)
    monkeypatch.setattr(pairs, "MOST", 400)
    calls, sums = [], pairs.Sweep._sums
    monkeypatch.setattr(pairs.Sweep, "_sums", lambda *given: calls.append(len(given[2])) or sums(*given))
    assert_hardly_larger(*both(program(mixed, x), x), room=5.0)
    assert calls == [0, 0, 1]  # all of it, which is too much; the sum; all down to the sum


def test_entries_of_too_many_steps_are_swept_as_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(-1.0, 1.0, 40)
    monkeypatch.setattr(pairs, "MOST", 100)
    vectors, sums = [], rounding.sums
    monkeypatch.setattr(rounding, "sums", lambda *given: vectors.append(1) or sums(*given))
    assert_hardly_larger(*both(program(layer, x), x))
    assert vectors


def test_weights_too_small_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the comparison above is worth: a slope that is half of what it should be."""
    x = np.linspace(0.5, 1.5, 12)
    monkeypatch.setitem(FORMS, "mul", lambda a, b: (FORMS["add"](a, b)[0], [Spread(b.mid / 2, b.rad), a]))
    with pytest.raises(AssertionError):
        assert_hardly_larger(*both(program(rosenbrock, x, "grad"), x))


@pytest.mark.parametrize("at", [0.25, 0.5, 0.1])
def test_edges_are_left_to_flint(at: float) -> None:
    """On a kink and beside it, where a slope lies between those of both sides."""
    x = np.linspace(0.6, 1.5, 30)
    x[7] = at
    assert_hardly_larger(*both(program(clipped, x), x), less=2.0**-28)  # a slope in [0, 1]: FLINT's radii have 30 bits


@pytest.mark.parametrize("worst", [0.0, 1e-320, 1e160])
def test_where_not_all_is_ordinary_there_is_no_answer_in_groups(worst: float) -> None:
    """Division by zero, overflow: the bounds are those step by step."""
    x = np.linspace(0.5, 1.5, 30)
    x[3] = worst
    p = program(lambda x: x / (x * x * x) - x, x)
    with precision(rounding.BITS, order=1):
        assert grouped.bounds(p, tuple(x)) is None
    found = rounding.bounds(p, tuple(x))
    assert not math.isfinite(found[3].program)
    assert all(math.isfinite(b.program) for k, b in enumerate(found) if k != 3)


def test_programs_without_groups_are_left_alone() -> None:
    x = np.linspace(0.5, 1.5, 5)
    with precision(rounding.BITS, order=1):
        assert grouped.bounds(program(rosenbrock, x), tuple(x)) is None


def test_a_wrong_gradient_of_a_thousand_numbers_is_seen_and_a_right_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one entry, by eight times what rounding may do: checked in groups."""
    groups, bounds = [], grouped.bounds
    monkeypatch.setattr(grouped, "bounds", lambda *given: groups.append(bounds(*given)) or groups[-1])
    x = np.random.default_rng(0).uniform(0.5, 1.5, 300)

    def gradient(x, wrong=0.0):
        d, zero = x[1:] - x[:-1] ** 2, np.zeros(1)
        first = np.concatenate([-4 * 100.1 * x[:-1] * d - 2 * (1 - x[:-1]), zero])
        return first + np.concatenate([zero, 2 * 100.1 * d]) + wrong * (np.arange(300) == 250)

    report = sd.crosscheck(rosenbrock, x, claimed=gradient, methods=["tape"])
    assert report.ok
    assert groups
    assert None not in groups
    bound = next(f.bound for f in report.findings if f.method.startswith("claimed") and f.index == (250,))
    assert bound
    assert not sd.crosscheck(rosenbrock, x, claimed=lambda x: gradient(x, 8 * bound), methods=["tape"]).ok
