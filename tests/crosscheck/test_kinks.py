"""Points on a kink: what has a derivative all the same, what is a convention, and what is neither."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.balls import precision
from symdiff.crosscheck import crosscheck
from symdiff.crosscheck.kinks import pieces
from symdiff.crosscheck.kinks.edges import without_clip
from symdiff.crosscheck.kinks.hull import place
from symdiff.crosscheck.kinks.pieces import Pieces
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function

AGREE, DIFFER, KINK, UNDECIDED = Verdict.AGREE, Verdict.DIFFER, Verdict.KINK, Verdict.UNDECIDED


def verdicts(report: Report, method: str = "") -> set[Verdict]:
    return {f.verdict for f in report.findings if f.method == method or not method}


def claimed(text: str, point: tuple[float, ...], entries: Any, **options: Any) -> Report:
    """A check of numbers that somebody claims, for the gradient unless another operator is asked for."""
    return crosscheck(text, *point, claimed=lambda *_: entries, methods=("tape",), **options)


# -- what has a derivative ---------------------------------------------------------------------------------

SMOOTH = {
    "x abs(x)": ("x*abs(x)", (0.0,), [0.0]), "relu squared": ("relu(x)**2", (0.0,), [0.0]),
    "max of x and x + y**2": ("max(x, x + y**2)", (0.3, 0.0), [1.0, 0.0]),
    "abs cubed": ("abs(x)**3", (0.0,), [0.0]),
    "not reached by the slope": ("0*abs(x) + y", (0.0, 2.0), [0.0, 1.0]),
    "elu of one": ("elu(x, 1)", (0.0,), [1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_where_all_pieces_agree_the_function_has_a_derivative(name: str) -> None:
    text, x, truth = SMOOTH[name]
    report = crosscheck(text, *x)
    assert verdicts(report) == {AGREE}
    assert report.reference["grad"] == truth
    assert {f.basis for f in report.findings} == {"certified"}
    for wrong in (1.0, -1.0, 1e-9, math.nan, math.inf):
        off = [t + wrong for t in truth]
        assert verdicts(claimed(text, x, off), "claimed") == {DIFFER}


def test_kinks_that_cancel_leave_a_derivative_and_the_conventions_do_not_add_up_to_it() -> None:
    """relu(x) - relu(-x) is x; every method takes relu'(0) = 0 twice and says 0."""
    report = crosscheck("relu(x) - relu(-x)", 0.0)
    assert report.reference["grad"] == [1.0]
    assert [(f.method, f.value, f.verdict) for f in report.findings] == [
        (m, 0.0, DIFFER) for m in ("symbolic", "tape", "jax")
    ]
    assert all("all its pieces have this derivative" in f.reason for f in report.findings)
    assert verdicts(claimed("relu(x) - relu(-x)", (0.0,), 1.0), "claimed") == {AGREE}


def test_one_entry_has_a_derivative_and_another_has_none() -> None:
    report = crosscheck("abs(x)*y + y**2", 0.0, 3.0)
    by_entry = {(f.method, f.argument): f.verdict for f in report.findings}
    assert {by_entry[m, "x"] for m in ("symbolic", "tape", "jax")} == {KINK}
    assert {by_entry[m, "y"] for m in ("symbolic", "tape", "jax")} == {AGREE}
    assert report.reference["grad"] == [None, 6.0]
    assert report.ok
    assert report.verdict is KINK


# -- conventions -------------------------------------------------------------------------------------------


def test_conventions_are_data_found_at_run_time() -> None:
    report = crosscheck("abs(x)", 0.0)
    assert verdicts(report) == {KINK}
    for f in report.findings:
        assert f.value in (0.0, 1.0)
        assert f.reason == f"kink: abs at column 1; abs' = {f.value:.0f} at 0"
    assert {f.method: f.value for f in report.findings}["tape"] == 0.0
    assert report.lamps["D"].state == "green"


@pytest.mark.parametrize(
    ("text", "x", "inside", "outside"),
    [
        ("abs(x)", (0.0,), [[-1.0], [0.0], [0.3], [1.0]], [[1.000000000001], [-1.5], [math.nan], [math.inf]]),
        ("relu(x)", (0.0,), [[0.0], [0.5], [1.0]], [[-1e-16], [1.1], [-1.0]]),
        ("leaky_relu(x)", (0.0,), [[0.01], [0.5], [1.0]], [[0.0], [0.009], [1.1]]),
        ("clip(x, -1, 1)", (1.0,), [[0.0], [0.5], [1.0]], [[-0.1], [1.1]]),
        ("min(x, 2)*x", (2.0,), [[2.0], [3.0], [4.0]], [[1.9], [4.1]]),
        (
            "max(x, y)", (1.5, 1.5), [[1.0, 0.0], [0.3, 0.7], [0.0, 1.0]],
            [[0.0, 0.0], [1.0, 1.0], [0.5, 0.4], [1.5, -0.5]],
        ),
        (
            "max(x, y, z)", (1.0, 1.0, 1.0),
            [[1 / 3, 1 / 3, 1 / 3], [0.25, 0.25, 0.5], [0.0, 1.0, 0.0]],
            [[0.5, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3 + 1e-12], [0.5, 0.0, 0.0]],
        ),
        (
            "abs(x + y) + abs(x - y)", (0.0, 0.0), [[2.0, 0.0], [1.0, 1.0], [-0.5, 0.25], [0.0, 0.0]],
            [[1.5, 1.0], [2.0, 2.0], [-1.0, 1.01]],
        ),
        ("abs(x) + 2*abs(x)", (0.0,), [[3.0], [-3.0], [0.5]], [[3.5]]),
    ],
)  # fmt: skip
def test_inside_the_hull_is_a_convention_and_outside_is_wrong(text: str, x: Any, inside: Any, outside: Any) -> None:
    for entries in inside:
        assert verdicts(claimed(text, x, entries), "claimed") == {KINK}, entries
    for entries in outside:
        found = verdicts(claimed(text, x, entries), "claimed")
        assert DIFFER in found, entries
        assert found <= {DIFFER, KINK}


def test_slopes_that_belong_to_no_common_piece_are_refused_as_a_whole() -> None:
    """Each of 1/2, 1/2, 1/2 is a slope of a maximum of three; together they are none."""
    report = claimed("max(x, y, z)", (1.0, 1.0, 1.0), (0.5, 0.5, 0.5))
    wrong = [f for f in report.findings if f.method == "claimed"]
    assert all("as a whole outside the convex hull" in f.reason for f in wrong)
    assert not report.ok


def test_a_piece_that_needs_a_second_order_to_be_taken_is_neither_passed_nor_accused() -> None:
    """relu(x) - relu(x - y**2): between x = 0 and x = y**2 its slope is 1, which no first order shows."""
    assert verdicts(claimed("relu(x) - relu(x - y**2)", (0.0, 0.0), (0.5, 0.0)), "claimed") == {UNDECIDED, AGREE}
    assert verdicts(claimed("relu(x) - relu(x - y**2)", (0.0, 0.0), (1.5, 0.0)), "claimed") == {DIFFER, AGREE}


@pytest.mark.parametrize(
    ("operator", "right", "wrong"),
    [
        ("value_and_grad", [0.0, 0.5, 0.0], [0.1, 0.5, 0.0]),
        ("jacobian", [0.5, 0.0], [2.5, 0.0]),
    ],
)
def test_other_operators(operator: str, right: Any, wrong: Any) -> None:
    for entries, verdict in ((right, KINK), (wrong, DIFFER)):
        found = crosscheck("abs(x)*y", 0.0, 2.0, claimed={operator: lambda *_, e=entries: e}, operators=(operator,))
        assert verdict in verdicts(found, "claimed")
        assert verdicts(found) & {UNDECIDED} == set()


def test_a_jacobian_row_by_row_and_images_of_it() -> None:
    f = ["abs(x) + y", "x*y", "x*abs(x)"]
    report = crosscheck(f, 0.0, 2.0, operators=("jacobian", "jvp", "vjp"))
    assert verdicts(report) == {AGREE, KINK}
    kinked = {(f.operator, f.component, f.argument) for f in report.findings if f.verdict is KINK}
    assert kinked == {("jacobian", "[0]", "x"), ("jvp", "[0]", ""), ("vjp", "", "x")}


def test_sign_as_the_claimed_slope_of_abs() -> None:
    """Its value at 0 is decided: rounding does not make it -1 or 1."""
    for claim in ("sign(x)", lambda x: np.sign(x)):  # noqa: PLW0108 - a user's function
        report = crosscheck("abs(x)", 0.0, claimed=claim)
        assert [f.verdict for f in report.findings if f.method == "claimed"] == [KINK]
    report = crosscheck("abs(x)", 0.0, claimed="2 + sign(x)")
    assert [f.verdict for f in report.findings if f.method == "claimed"] == [DIFFER]


def test_by_a_variable_that_does_not_move_the_kink_there_is_a_derivative() -> None:
    report = crosscheck("abs(x)*y**2", 0.0, 3.0, wrt="y")
    assert verdicts(report) == {AGREE}
    assert report.reference["grad"] == [0.0]


# -- nets --------------------------------------------------------------------------------------------------


def dead_in_the_first_layer(W: np.ndarray) -> np.ndarray:
    """An example whose every unit of the first layer is below zero."""
    return np.linalg.lstsq(W, -np.ones(len(W)), rcond=None)[0]


def net_with_zeros(kind: str) -> tuple[Any, tuple[Any, ...]]:
    net, rng = sd.mlp([3, 4, 4, 2], "relu", "mse"), np.random.default_rng(1)
    params = net.init(seed=3)
    X, y = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    if kind == "dead example":
        params[0]["W"] = np.abs(params[0]["W"])
        X[0] = -np.abs(X[0])
    if kind == "two dead examples":
        params[0]["W"] = np.abs(params[0]["W"])
        X[:2] = -np.abs(X[:2])
    if kind == "example of zeros":
        X[2] = 0.0
    if kind == "two examples of zeros":
        X[1:3] = 0.0
    if kind == "zeros":
        params = net.init(scheme="zeros")
    return net, (params, X, y)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("dead example", {KINK, AGREE}), ("two dead examples", {KINK, AGREE}), ("example of zeros", {KINK, AGREE}),
     ("two examples of zeros", {KINK, AGREE}), ("zeros", {AGREE})],
)  # fmt: skip
def test_nets_of_relu_with_zero_biases_are_decided(kind: str, expected: set[Verdict]) -> None:
    net, args = net_with_zeros(kind)
    report = crosscheck(net.risk, *args)
    assert verdicts(report) == expected
    assert report.ok
    reasons = {f.reason.partition("; ")[2] for f in report.findings if f.verdict is KINK}
    assert reasons <= {"relu' = 0 at 0"}


def planted(report: Report, args: tuple[Any, ...], change: Any) -> Any:
    """The tape's gradient, as a claim, with `change` done to its flat entries."""
    entries = np.array([f.value for f in report.findings if f.method == "tape"])
    change(entries)
    shapes = [(k, layer[k].shape) for layer in args[0] for k in ("W", "b")]
    parts, start = [], 0
    for key, shape in shapes:
        size = int(np.prod(shape))
        parts.append({key: entries[start : start + size].reshape(shape)})
        start += size
    return [parts[k] | parts[k + 1] for k in range(0, len(parts), 2)]


@pytest.mark.parametrize("kind", ["dead example", "example of zeros"])
def test_a_wrong_gradient_of_a_net_at_a_kink_is_wrong(kind: str) -> None:
    net, args = net_with_zeros(kind)
    report = crosscheck(net.risk, *args, methods=("tape",))
    at = [(k, f) for k, f in enumerate(report.findings) if f.verdict is KINK]
    smooth = [k for k, f in enumerate(report.findings) if f.verdict is AGREE and f.value]

    def flipped(entries: np.ndarray) -> None:
        entries[smooth[0]] *= -1.0

    def outside(entries: np.ndarray) -> None:
        entries[at[0][0]] += 100.0

    def untouched(entries: np.ndarray) -> None:
        pass

    for change, wrong in ((flipped, True), (outside, True), (untouched, False)):

        def claim(params: Any, X: Any, y: Any, change: Any = change) -> Any:
            float(params[0]["b"][0])  # numbers, and no program
            return planted(report, args, change)

        found = crosscheck(net.risk, *args, claimed=claim, methods=("tape",))
        assert (DIFFER in verdicts(found, "claimed")) is wrong
        assert found.ok is not wrong


@pytest.mark.parametrize("seed", range(50))
def test_no_method_is_accused_in_tiny_nets_with_zeros(seed: int) -> None:
    """Random nets with zero biases and zeros in the data: relu'(0) = 0 everywhere is the gradient of a piece that
    is really there, as every unit can be pushed below zero by its own bias."""
    rng = np.random.default_rng(seed)
    widths = [int(n) for n in rng.integers(1, 4, rng.integers(3, 5))]
    activation = str(rng.choice(["relu", "leaky_relu"]))
    net = sd.mlp(widths, activation, str(rng.choice(["mse", "huber"])))
    params, count = net.init(seed=seed), int(rng.integers(1, 4))
    X = rng.standard_normal((count, widths[0])) * rng.integers(0, 2, (count, widths[0]))
    X[0] = 0.0
    y = rng.standard_normal((count, widths[-1]))
    report = crosscheck(net.risk, params, X, y)
    assert verdicts(report) <= {AGREE, KINK}, report
    assert report.ok


# -- the parts ---------------------------------------------------------------------------------------------


def found(text: str, x: tuple[float, ...]) -> list[tuple[tuple[float, ...], bool]]:
    problem = function(text)
    with precision(192, order=1):
        several = Pieces(without_clip(problem.graph), x, range(len(x)))
        each, complete = several.all([(several.graph.outputs[0], 1.0)])
        assert complete
        return sorted({(tuple(float(g) for g in p.gradient), p.certain) for p in each})


@pytest.mark.parametrize(
    ("text", "x", "gradients"),
    [
        ("relu(x) - relu(-x)", (0.0,), [(1.0,)]),
        ("relu(relu(x) - relu(-x))", (0.0,), [(0.0,), (1.0,)]),
        ("max(x, y, z)", (1.0, 1.0, 1.0), [(0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]),
        ("abs(x) + abs(y) + abs(x + y)", (0.0, 0.0),
         [(-2.0, -2.0), (-2.0, 0.0), (0.0, -2.0), (0.0, 2.0), (2.0, 0.0), (2.0, 2.0)]),
        ("abs(x) + 3*abs(2*x) - abs(-5*x)", (0.0,), [(-2.0,), (2.0,)]),
        ("clip(x, 0, y)", (0.0, 0.0), [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]),
        ("3*abs(y) + x", (0.0, 0.0), [(1.0, -3.0), (1.0, 3.0)]),  # y comes first in the text, x in the answer
        ("max(2*y, 2*y) + x", (0.0, 0.0), [(1.0, 2.0)]),
    ],
)  # fmt: skip
def test_the_pieces_that_are_really_there(text: str, x: tuple[float, ...], gradients: list[tuple[float, ...]]) -> None:
    """Three lines through a point make six pieces, not eight."""
    assert found(text, x) == [(g, True) for g in gradients]


def some_expression(rng: np.random.Generator, depth: int) -> str:
    if depth == 0:
        return str(rng.choice(["x", "y", "(2*x - y)", "(x + 3*y)", "x*y", "(x - y**2)"]))
    a, b = some_expression(rng, depth - 1), some_expression(rng, depth - 1)
    return str(
        rng.choice([f"abs({a})", f"relu({a})", f"leaky_relu({a})", f"max({a}, {b})", f"min({a}, {b})",
                    f"({a} + {b})", f"({a} - {b})", f"-2*{a}", f"({a})*({b} + 1)"])
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_every_gradient_nearby_is_that_of_a_piece(seed: int) -> None:
    """What the tape says at random points next to the kink, where it is right, is among the pieces."""
    rng = np.random.default_rng(seed)
    text = some_expression(rng, 3) + " + 0*(x + y)"
    known = np.array([gradient for gradient, _ in found(text, (0.0, 0.0))])
    for _ in range(20):
        step = rng.standard_normal(2) * rng.choice([1e-7, 1e-10], 2)
        near = np.array(sd.grad(text, method="tape")(*step))
        assert np.min(np.max(np.abs(known - near), axis=1)) < 1e-4, text


def test_beyond_the_cap_the_choices_of_one_side_are_known_and_the_rest_is_open(monkeypatch) -> None:
    monkeypatch.setattr(pieces, "MOST_PIECES", 8)
    names = [f"x{k}" for k in range(1, 6)]
    text, x = " + ".join(f"{k}*abs({n})" for k, n in enumerate(names, 1)), (0.0,) * 5
    assert verdicts(claimed(text, x, (1.0, 2.0, 3.0, 4.0, 5.0)), "claimed") == {KINK}
    half = claimed(text, x, (0.5, 0.0, 0.1, 0.2, -2.0))
    assert verdicts(half, "claimed") == {UNDECIDED}
    assert all("more than 8 pieces meet here" in f.reason for f in half.findings if f.verdict is UNDECIDED)
    assert DIFFER in verdicts(claimed(text, x, (1.0, 2.0, 3.0, 4.0, 5.5)), "claimed")


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, KINK), (1.0, KINK), (1.0001, DIFFER), (-1.5, DIFFER)])
def test_a_program_is_held_against_the_hull_in_exact_numbers(factor: float, verdict: Verdict) -> None:
    """(1e16 + y) - 1e16 may be off by 2 in floats: no float shows that 1.0001 of it is too much."""
    report = crosscheck(
        "abs(x)*((1e16 + y) - 1e16)", 0.0, 2.0, methods=("tape",),
        claimed=lambda x, y: (factor * ((1e16 + y) - 1e16), 0.0 * x),
    )  # fmt: skip
    assert {f.argument: f.verdict for f in report.findings if f.method == "claimed"} == {"x": verdict, "y": AGREE}


@pytest.mark.parametrize("seed", range(20))
def test_membership_in_a_hull(seed: int) -> None:
    """A random mixture of random points is inside; beyond a face, by however little, it is outside."""
    from flint import arb

    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 6)), int(rng.integers(1, 12))
    points = rng.integers(-8, 9, (m, n)).astype(float)
    weights = rng.dirichlet(np.ones(m))
    with precision(192, order=1):
        rows = [[arb(v) for v in row] for row in points]
        assert place(weights @ points, rows, [1e-14] * n).inside is True
        direction = rng.standard_normal(n)
        corner = points[np.argmax(points @ direction)]
        for step in (1e-9, 1e-3, 10.0):
            assert place(corner + step * direction, rows, [1e-14] * n).inside is False
