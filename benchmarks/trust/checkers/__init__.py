"""Who is asked: a module a checker or a small family of them, imported in a worker process and nowhere else.

`prepare(case, kind)` puts the case into the checker's form and returns a function without arguments, which asks it once
and says what it answered. Only that function is timed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["objects", "accepts", "refuses"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a checker said of a claim: it objects, it accepts, or it refuses to say either.

    `said` is its own sentence where it does not accept, `figure` its number, where it returns one instead of a verdict.
    """

    outcome: Outcome
    said: str = ""
    figure: float | None = None


@dataclass(frozen=True, slots=True)
class Checker:
    """A checker's name in reports, its module, which of the module's kinds it is, and how it is asked, in words."""

    name: str
    module: str
    kind: str
    needs: str  # the distribution that must be installed
    asked: str


SYMDIFF, TORCH_SLOW = "symdiff", "torch slow"
CHECKERS = {
    checker.name: checker
    for checker in (
        Checker(SYMDIFF, "ours", "", "symdiff-toolkit",
                "`symdiff.crosscheck(f, *point, wrt=all, claimed=g)`. DIFFER or INACCURATE for an entry of the claim "
                "is an objection; AGREE, KINK and PROVED throughout accept; anything else refuses"),
        Checker("symdiff (tape)", "ours", "tape", "symdiff-toolkit",
                'the same with `methods=("tape",)`: no other method is asked beside the claim'),
        Checker(TORCH_SLOW, "of_torch", "slow", "torch",
                "`torch.autograd.gradcheck(f, inputs)`, float64. A GradcheckError is an objection"),
        Checker("torch fast", "of_torch", "fast", "torch", "the same with `fast_mode=True`"),
        Checker("jax rev", "of_jax", "rev", "jax",
                '`jax.test_util.check_grads(f, args, order=1, modes=("rev",))` with 64 bits on. '
                "An AssertionError is an objection"),
        Checker("jax fwd", "of_jax", "fwd", "jax", 'the same with `modes=("fwd",)`'),
        Checker("autograd", "of_autograd", "", "autograd",
                "`autograd.test_util.check_grads(f, order=1)(*args)`, both modes, its random directions from seed 0. "
                "An AssertionError is an objection"),
        Checker("scipy check_grad", "of_scipy", "check_grad", "scipy",
                "`scipy.optimize.check_grad(f, g, x)` returns a distance and no verdict. Its documentation shows 3e-8 "
                "for a right gradient and names no limit; SciPy's own tests ask for less than 5e-7. Above 1e-6, and "
                "where it is nan, is taken for an objection"),
        Checker("scipy check_derivative", "of_scipy", "check_derivative", "scipy",
                '`scipy.optimize._numdiff.check_derivative(f, g, x)` returns an accuracy: "on the order of 1e-6 or '
                'lower, then it is likely that your `jac` implementation is correct". Above 1e-6, and where it is '
                "nan, is taken for an objection"),
        Checker("numdifftools", "of_numdifftools", "", "numdifftools",
                "`numpy.allclose(g(x), numdifftools.Gradient(f)(x))`, all defaults of both. False is an objection"),
    )
}  # fmt: skip


def of_symdiff(methods: Sequence[str]) -> Checker:
    """symdiff with these methods beside the claim; none are its defaults."""
    words = ",".join(methods)
    known = next((c for c in CHECKERS.values() if c.module == "ours" and c.kind == words), None)
    asked = f"`symdiff.crosscheck` with the methods {words}"
    return known or Checker(f"symdiff ({words})", "ours", words, "symdiff-toolkit", asked)
