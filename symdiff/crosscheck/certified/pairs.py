"""The weights of rounding errors for many entries, each of which depends on few steps: pairs of an entry and a step.

What `many_entries` does with a vector for each step is done here with the numbers in it that are not zero. The pairs go
back from the outputs with all steps that are as far from the inputs at a time. Weights are midpoints and radii that are
floats, every operation's own rounding added to the radius.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from symdiff.crosscheck.certified.many_entries import CHEAPER, FEW_SHARED, SLACK, SMALLEST, USERS

MOST = 300_000  # pairs in all

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
Edged = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Edges:
    """Local derivatives, not zero: from a step to an argument, as midpoints and radii."""

    def __init__(self) -> None:
        self._parts: list[Edged] = []

    def add(self, sources: np.ndarray, targets: np.ndarray, mid: np.ndarray, rad: np.ndarray) -> None:
        """Take some more."""
        self._parts.append((sources, targets, mid, rad))

    def sorted(self) -> Edged:
        """All of them, by the step they come from."""
        if not self._parts:
            return np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0)
        sources, targets, mid, rad = (np.concatenate(each) for each in zip(*self._parts, strict=True))
        order = np.argsort(sources, kind="stable")
        return sources[order], targets[order], mid[order], rad[order]


class Sweep:
    """Back through the steps. `depth` is how far each is from the inputs, `noise` how far off, `size` its absolute
    value, `inputs` whether it is an input."""

    def __init__(
        self, edges: Edges, depth: np.ndarray, noise: np.ndarray, size: np.ndarray, inputs: np.ndarray
    ) -> None:
        self.sources, self.targets, self.mid, self.rad = edges.sorted()
        steps = np.arange(len(depth))
        self.starts = np.searchsorted(self.sources, steps)
        self.counts = np.searchsorted(self.sources, steps, side="right") - self.starts
        self.depth, self.noise, self.size, self.inputs = depth, noise, size, inputs

    def sums_of_all(self, outputs: Sequence[int]) -> Arrays | None:
        """For each output, the sums of `many_entries.sums`: of |weight| noise over all steps, of |weight| size over the
        inputs, and over all steps. None where there are too many pairs."""
        of, nothing = np.array(outputs), np.zeros(0, int)
        found = self._sums(of, nothing, None, MOST)
        if found is not None:
            return found
        shared = self._shared()
        beneath = self._sums(shared, nothing, None, MOST) if 0 < len(shared) <= FEW_SHARED else None
        most = len(self.depth) * len(of) // CHEAPER
        return self._sums(of, shared, beneath, most) if beneath is not None else None

    def _shared(self) -> np.ndarray:
        """Steps with so many users that what lies beneath them is swept once."""
        users = np.bincount(self.targets, minlength=len(self.depth))  # x x has x twice, which is near enough
        return np.flatnonzero((users >= USERS) & ~self.inputs & (self.counts > 0))

    def _sums(self, outputs: np.ndarray, shared: np.ndarray, beneath: Arrays | None, most: int) -> Arrays | None:
        """With `most` pairs, down to the `shared` steps, whose own sums are `beneath`."""
        count, steps, taken = len(outputs), len(self.depth), 0
        total, problem, magnitude = np.zeros(count), np.zeros(count), np.zeros(count)
        arriving: defaultdict[int, list[Arrays]] = defaultdict(list)
        self._send(arriving, outputs + steps * np.arange(count), outputs, np.ones(count), np.zeros(count))
        known = np.full(steps, -1)
        known[shared] = np.arange(len(shared))
        for far in range(int(self.depth.max()), -1, -1):
            if far not in arriving:
                continue
            key, mid, rad = _merged(arriving.pop(far))
            entry, step = np.divmod(key, steps)
            taken += len(key)
            if taken + int(self.counts[step].sum()) > most:
                return None
            weight = np.abs(mid) + rad
            stops = known[step] >= 0
            if beneath is not None and stops.any():
                at, of, by = known[step[stops]], entry[stops], weight[stops]
                more = [np.bincount(of, by * sums[at], count) for sums in beneath]
                total, problem, magnitude = total + more[0], problem + more[1], magnitude + more[2]
                entry, step, mid, rad, weight = (v[~stops] for v in (entry, step, mid, rad, weight))
            reach = weight * self.size[step]
            total += np.bincount(entry, weight * self.noise[step], count)
            magnitude += np.bincount(entry, reach, count)
            problem += np.bincount(entry, np.where(self.inputs[step], reach, 0.0), count)
            self._expand(arriving, entry * steps, step, mid, rad)
        return total, problem, magnitude

    def _expand(
        self, arriving: dict[int, list[Arrays]], row: np.ndarray, step: np.ndarray, mid: np.ndarray, rad: np.ndarray
    ) -> None:
        """The pairs of the arguments."""
        counts = self.counts[step]
        pair = np.repeat(np.arange(len(step)), counts)
        edge = np.arange(len(pair)) + np.repeat(self.starts[step] - np.cumsum(counts) + counts, counts)
        weight, spread, slope, off = mid[pair], rad[pair], self.mid[edge], self.rad[edge]
        product, size = weight * slope, np.abs(weight)
        spread = spread * (np.abs(slope) + off) + size * off + SLACK * np.abs(product) + 8 * SMALLEST
        target = self.targets[edge]
        self._send(arriving, row[pair] + target, target, product, spread * (1 + SLACK))

    def _send(
        self, arriving: dict[int, list[Arrays]], key: np.ndarray, target: np.ndarray, mid: np.ndarray, rad: np.ndarray
    ) -> None:
        """To where the steps are met."""
        depth = self.depth[target]
        for far in np.unique(depth).tolist():
            here = depth == far
            arriving[far].append((key[here], mid[here], rad[here]))


def _merged(parts: Sequence[Arrays]) -> Arrays:
    """Every pair once, with the sum of what arrived."""
    key, mid, rad = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(key, kind="stable")
    key, mid, rad = key[order], mid[order], rad[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, int)
    if len(first) == len(key):
        return key, mid, rad
    most = SLACK * np.diff(first, append=len(key))
    spread = np.add.reduceat(rad, first) + most * np.add.reduceat(np.abs(mid), first)
    return key[first], np.add.reduceat(mid, first), spread * (1 + most)
