"""A case of an array row: arguments and parameters, and numbers to fill them with."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdiff.ops import TABLE, Op

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class ArrayCase:
    """One row at arguments and parameters.

    `truth` are the positions of arguments that the row sees as truth values, x > 0. `kink` says why there is
    no derivative here: then JAX's convention is what the rule must have. `times`: the arguments are given so
    often, x @ x. `loses`: by what factor these arguments magnify rounding more than others, and the bound with it.
    """

    name: str
    args: tuple[np.ndarray, ...]
    params: dict[str, Any] = field(default_factory=dict)
    truth: tuple[int, ...] = ()
    kink: str = ""
    times: int = 1
    loses: float = 1.0

    @property
    def row(self) -> Op:
        """The row as the table has it now: a fault may be planted."""
        return TABLE[self.name]

    def seen(self, args: Iterable[Any]) -> list[Any]:
        """The arguments as the row sees them."""
        return [a > 0 if k in self.truth else a for k, a in enumerate(args)] * self.times

    def answer(self) -> np.ndarray:
        """What NumPy says."""
        return np.asarray(self.row.forward(*self.seen(self.args), **self.params))

    def __repr__(self) -> str:
        shapes = " ".join("x".join(map(str, a.shape)) or "()" for a in self.args)
        params = "".join(f" {k}={v}" for k, v in self.params.items())
        notes = f"{' truth' if self.truth else ''}{' kink' if self.kink else ''}{' twice' * (self.times - 1)}"
        return f"{self.name} {shapes}{params}{notes}"

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers of this case's own."""
        return np.random.default_rng(zlib.crc32(repr(self).encode()))


_RNG = np.random.default_rng(20)


def some(*shape: int) -> np.ndarray:
    """Numbers of both signs and of a few sizes, none of them a round one."""
    return np.asarray(_RNG.normal(size=shape) * np.exp(_RNG.normal(size=shape)))


def turned(*shape: int) -> np.ndarray:
    """The same, lying in memory the other way round."""
    return some(*shape[::-1]).T


def backwards(*shape: int) -> np.ndarray:
    """The same, with negative strides and gaps."""
    return some(*[2 * n for n in shape])[tuple(slice(None, None, -2) for _ in shape)]
