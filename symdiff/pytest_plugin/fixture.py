"""The fixture `symdiff`: `assert_agree` with the options of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Checker:
    """`assert_agree`, with order, points, seed and strictness of this test session.

        def test_my_gradient(symdiff):
            symdiff(rosenbrock, x, claimed=my_gradient)

    What a call says itself goes first. Orders 2 and 3 are those of
    `crosscheck(order=...)`.
    """

    order: int = 1
    points: int | None = None
    seed: int = 0
    strict: bool = False

    def __call__(self, f: Any, *args: Any, **options: Any) -> Any:
        """As `symdiff.assert_agree`: returns the report or raises `Disagreement`."""
        __tracebackhide__ = True
        from symdiff.crosscheck import assert_agree

        given = {"points": self.points or 0, "seed": self.seed, "strict": self.strict, **options}
        if self.order > 1 and "operators" not in options:
            given.setdefault("order", self.order)
        return assert_agree(f, *args, **given)
