"""What is wrong with a scan is said in a sentence, on plain arrays and where it is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.pytrees import flatten
from tests.methods.loops import DATA


def scan_of(kind: str, step: Any, init: Any, xs: Any, options: dict[str, Any]) -> None:
    """A scan of plain arrays, or of recorded ones."""
    first, tree = flatten(init)

    def f(w: Any) -> Any:
        carry, _ = sd.scan(step, tree.build([v * w for v in first]), xs, **options)
        return np.sum(flatten(carry)[0][0])

    f(1.0) if kind == "plain" else sd.grad(f)(1.0)


@pytest.mark.parametrize("kind", ["plain", "recorded"])
@pytest.mark.parametrize(
    ("step", "init", "xs", "options", "says"),
    [
        (lambda c, x: ((c, c), None), 1.0, DATA, {}, "as a number or an array and comes out as a tuple"),
        (lambda c, x: (x, None), 1.0, DATA, {}, r"carry of a scan goes into the step with shape \(\) and .* \(3,\)"),
        (lambda c, x: ({"h": c["h"][:2]}, None), {"h": np.ones(3)}, DATA, {}, r"carry\['h'\] .* shape \(3,\)"),
        (lambda c, x: c, 1.0, DATA, {}, "expected a pair"),
        (lambda c, x: (c, None), 1.0, (DATA, DATA[:2]), {}, r"different lengths: xs\[0\] says 6 and xs\[1\] says 2"),
        (lambda c, x: (c, None), 1.0, DATA, {"length": 3}, "different lengths: length says 3 and xs says 6"),
        (lambda c, x: (c, None), 1.0, DATA[:0], {}, "no steps"),
        (lambda c, x: (c, None), 1.0, None, {"length": 0}, "no steps"),
        (lambda c, x: (c, None), 1.0, None, {}, "say how many steps"),
        (lambda c, x: (c, None), 1.0, None, {"length": 2.5}, "length=2.5"),
        (lambda c, x: (c, None), 1.0, 2.0, {}, "xs is a number"),
        (lambda c, x: (c, None), 1.0, DATA, {"checkpoint": "all"}, "checkpoint='all'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(step: Any, init: Any, xs: Any, options: Any, says: str, kind: str) -> None:
    with pytest.raises(sd.InputError, match=says):
        scan_of(kind, step, init, xs, options)


def test_a_carry_that_changes_its_dtype_is_refused() -> None:
    with pytest.raises(sd.InputError, match="goes into the step as float32 and comes out as float64"):
        sd.scan(lambda c, x: (c + x, None), np.zeros(3, np.float32), DATA)


def test_steps_that_give_something_else_are_refused() -> None:
    with pytest.raises(sd.InputError, match="of other shapes than before"):
        sd.scan(lambda c, x: (c + 1, np.zeros(c)), 1, length=3)


@pytest.mark.parametrize("f", [
    lambda w: sd.scan(lambda c, _: (c * 2.0 if c > 1.0 else c * w, None), w, length=3)[0],
    sd.checkpoint(lambda c: c * 2.0 if c > 1.0 else c),
    lambda w: sd.scan(lambda c, x: (c + w * np.array([1.0, 2.0])[np.argmax(x * w)], None), w, DATA)[0],
])  # fmt: skip
def test_a_decision_in_a_step_is_never_frozen(f: Any) -> None:
    with pytest.raises(sd.UnsupportedError, match=r"test_loops_refused.py, line \d+: a decision by a value .*np.where"):
        sd.grad(f)(0.5)


@pytest.mark.parametrize("f", [
    lambda w: np.abs(sd.scan(lambda c, _: (c * (1 + 1j) * w, None), 1.0, length=3)[0]),
    lambda w: np.abs(sd.scan(lambda c, _: (c * w, None), w + 1j, length=3)[0]),
    lambda w: np.sum(sd.scan(lambda c, x: (c + np.abs(w * x), None), w, np.array([1.0, 1j]))[0]),
])  # fmt: skip
def test_complex_values_are_refused_where_they_would_be_carried(f: Any) -> None:
    with pytest.raises(sd.UnsupportedError, match="their real and imaginary parts"):
        sd.grad(f)(2.0)


def test_values_of_another_recording_are_refused() -> None:
    kept_back: list[Any] = []
    sd.grad(lambda x: (kept_back.append(x), x * x)[1])(1.0)
    with pytest.raises(sd.InputError, match="another recording"):
        sd.grad(lambda x: sd.scan(lambda c, _: (c * kept_back[0], None), x, length=2)[0])(1.0)
