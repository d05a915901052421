"""Which sides of some switching functions can be taken together: linear algebra and linear programmes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from symdiff.crosscheck.kinks.edges import Unclear

INDEPENDENT, DEPENDENT = 1e-6, 1e-11  # of a unit vector: what of it lies outside a subspace
CLEAR = 1e-7  # how far into its side a direction has to take every switching function


def solve(columns: Sequence[Sequence[arb]], right: Sequence[arb]) -> list[arb] | None:
    """The weights of linearly independent columns whose sum is nearest to the right side, by the normal
    equations in balls; None if these cannot be solved."""
    if not columns:
        return []
    dots = [[sum((a * b for a, b in zip(c, d, strict=True)), arb(0)) for d in columns] for c in columns]
    known = [[sum((a * b for a, b in zip(c, right, strict=True)), arb(0))] for c in columns]
    try:
        found = arb_mat(dots).solve(arb_mat(known))
    except ZeroDivisionError:
        return None
    weights = [found[k, 0] for k in range(len(columns))]
    return weights if all(w.is_finite() for w in weights) else None


@dataclass(frozen=True, slots=True)
class Cone:
    """The directions that take every switching function decided so far to its side."""

    nodes: tuple[int, ...] = ()
    rows: tuple[np.ndarray, ...] = ()  # unit vectors, each towards its side
    basis: tuple[np.ndarray, ...] = ()  # orthonormal, of the same space
    certain: bool = True

    def leaves(self, along: np.ndarray) -> bool:
        """Whether a gradient is independent of those so far: then both sides can be taken."""
        rest = self._rest(along)
        size = float(np.linalg.norm(rest))
        if DEPENDENT < size < INDEPENDENT:
            raise Unclear("the switching functions are nearly dependent")
        return size >= INDEPENDENT

    def _rest(self, along: np.ndarray) -> np.ndarray:
        for _ in range(2):
            for b in self.basis:
                along = along - (b @ along) * b
        return along

    def with_(self, i: int, along: np.ndarray, side: int, new: bool, certain: bool) -> Cone:
        rest = self._rest(along) if new else None
        basis = self.basis if rest is None else (*self.basis, rest / np.linalg.norm(rest))
        return Cone((*self.nodes, i), (*self.rows, side * along), basis, certain)

    def takes(self, along: np.ndarray, side: int) -> bool | None:
        """Whether some direction clearly takes them all to their sides; None if none was found."""
        from scipy.optimize import linprog

        rows = np.array([*self.rows, side * along]) @ np.array(self.basis).T  # in coordinates of the basis
        m, r = rows.shape
        found = linprog(
            np.r_[np.zeros(r), -1.0], np.c_[-rows, np.ones(m)], np.zeros(m), bounds=[(-1.0, 1.0)] * (r + 1),
            method="highs",
        )  # fmt: skip
        return True if found.status == 0 and -found.fun > CLEAR else None

    def against(self, along: np.ndarray, side: int) -> list[int] | None:
        """Those of the rows that cancel the new one: positive weights, as few as possible."""
        from scipy.optimize import linprog

        rows = np.array(self.rows) @ np.array(self.basis).T
        target = -side * (np.array(self.basis) @ along)
        found = linprog(np.ones(len(rows)), A_eq=rows.T, b_eq=target, method="highs-ds")
        if found.status != 0:
            return None
        return [int(k) for k in np.flatnonzero(found.x > 1e-9 * max(1.0, float(np.max(found.x))))]
