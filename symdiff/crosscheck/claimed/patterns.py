"""What claimed and true numbers, side by side, say about a mistake: a sign, a factor, a transposition, a branch.

Each pattern has to hold for every entry at every point that was tried. They are tried in the order in which a person
would believe them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from symdiff.crosscheck.claimed.nearness import (
    LAST_PLACES,
    NEAR,
    Seen,
    all_near,
    errors,
    explains,
    factor,
    flat,
    largest,
    right_to_rounding,
)

ROUNDED = 2.0**-22  # relative error of what was computed in float32
MOST_SWAPPED = 20  # entries that are tried in pairs
DIFFERENCED = (1e-12, 1e-4)  # relative errors of what finite differences may give
CLEARLY_WRONG = 1e3  # times rounding: what is between may be no more than inaccurate
CONSTANTS = {
    math.pi / 180: "degrees are taken for radians", 180 / math.pi: "radians are taken for degrees",
    2 * math.pi: "2 pi times too much", 1 / (2 * math.pi): "a factor 2 pi is missing",
}  # fmt: skip
SIMPLE = {-1.0: "the sign", 2.0: "a factor 2 too much", 0.5: "a factor 2 is missing", 0.0: "it is zero",
          -2.0: "the sign, and a factor 2 too much", -0.5: "the sign, and a factor 2 is missing"}  # fmt: skip
POWERS = ("power", "exp2", "log2", "log10", "xlogy")  # ops beside which a factor log(10) need not be a log10's


@dataclass(frozen=True)
class About:
    """What the sentences need to know: the names of the arrays, lengths of axes (how many there are to take a mean
    of), and the ops of the function."""

    names: Sequence[str]
    sizes: Sequence[int] = ()
    ops: Collection[str] = ()


def pattern(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int] = (), ops: Collection[str] = ()) -> str:
    """The mistake in words, "" where none of these patterns fits: they leave little else to believe.

    Args:
        seen: the points.
        names: of the arrays, for the sentence.
        sizes: lengths of axes.
        ops: of the function.
    """
    return _first((_float32, _by_a_factor, _in_some_arrays, _by_sides, _moved), seen, names, sizes, ops)


def vague_pattern(
    seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int] = (), ops: Collection[str] = ()
) -> str:
    """The same of patterns that say less than a step of the function that explains the numbers."""
    return _first((_differences, _by_arguments, _by_a_constant, _still, _few), seen, names, sizes, ops)


def _first(
    looks: Sequence[Callable[[Sequence[Seen], About], str]], seen: Sequence[Seen], names: Sequence[str],
    sizes: Sequence[int], ops: Collection[str],
) -> str:  # fmt: skip
    if not all(p.finite for p in seen):
        return ""
    return next((said for look in looks if (said := look(seen, About(names, sizes, ops)))), "")


def _float32(seen: Sequence[Seen], about: About) -> str:
    worst = float(np.max(errors(seen), initial=0.0))
    with np.errstate(all="ignore"):  # what is too large for float32 is none
        narrow = all(np.array_equal(c.astype(np.float32), c) for p in seen for c in p.claimed)
        short = all(np.array_equal(c.astype(np.float16), c) for p in seen for c in p.claimed)  # any number may be
    if narrow and not short and 0 < worst <= ROUNDED:
        return "the numbers are those of float32: compute it in float64"
    return ""


def _differences(seen: Sequence[Seen], about: About) -> str:
    """Small errors without a pattern."""
    found = errors(seen)
    if len(found) < 3 or not np.all(np.isfinite(found)) or np.sum(found > 0) < len(found) * 0.7:
        return ""
    least, most = DIFFERENCED
    if least < float(np.median(found)) <= most and np.max(found) < 30 * most:
        return f"right to about {_digits(float(np.median(found)))} digits, without a pattern: finite differences?"
    return ""


def _digits(error: float) -> int:
    return max(1, int(-math.log10(error))) if error > 0 else 16


def _by_a_factor(seen: Sequence[Seen], about: About) -> str:
    c = factor(seen)
    return "" if c is None else _factor(c, about, _where(seen))


def _in_some_arrays(seen: Sequence[Seen], about: About) -> str:
    """Some arrays are right, and the others by one factor each."""
    if len(about.names) < 2:
        return ""
    said = []
    for k, name in enumerate(about.names):
        alone = [p.only(k) for p in seen]
        c = factor(alone)
        if c is not None:
            said.append(f"{name}: {_factor(c, about, _where(alone))}")
        elif not all(all_near(p.claimed, p.right) for p in alone):
            return ""
    return "; ".join(said)


def _factor(c: float, about: About, where: str) -> str:
    number = f"{c:.6g}" if abs(c - 1) > 1e-4 else f"(1 {'+' if c > 1 else '-'} {abs(c - 1):.2g})"
    said = f"claimed = {number} x true{where}"
    for n in sorted(set(about.sizes)):
        if n > 2 and abs(c / n - 1) < NEAR:
            return f"claimed = {n} x true{where}: a sum over {n} where there is a mean"
        if n > 2 and abs(c * n - 1) < NEAR:
            return f"claimed = 1/{n} x true{where}: a mean over {n} where there is a sum"
    why = _logarithm(c, about) or next((why for value, why in CONSTANTS.items() if abs(c / value - 1) < NEAR), "")
    why = why or next((why for value, why in SIMPLE.items() if abs(c - value) < NEAR), "")
    return f"{said}: {why}" if why else said


def _logarithm(c: float, about: About) -> str:
    """log(10) is a factor of more than log10's derivative: that of 10**x has it, too."""
    for base in (10, 2):
        if abs(c / math.log(base) - 1) < NEAR:
            named = f"log{base}" in about.ops and not {"log", "power", "exp2"} & set(about.ops)
            return f"log{base} is differentiated as log" if named else f"a factor log({base}) too much"
        if abs(c * math.log(base) - 1) < NEAR:
            named = "log" in about.ops and not set(POWERS) & set(about.ops)
            return f"log is differentiated as log{base}" if named else f"the factor log({base}) is missing"
    return ""


def _by_sides(seen: Sequence[Seen], about: About) -> str:
    """Right on one side of zero, or of -1 and 1."""
    for k, name in enumerate(about.names):
        if not all(k < len(p.x) and p.x[k].shape == p.claimed[k].shape for p in seen):
            return ""
        if not all(all_near(_but(p.claimed, k), _but(p.right, k)) for p in seen):
            continue
        x, claimed, right, good = (np.concatenate([np.ravel(v) for v in some]) for some in (
            [p.x[k] for p in seen], [p.claimed[k] for p in seen], [p.right[k] for p in seen],
            [right_to_rounding(p, k) for p in seen]))  # fmt: skip
        if not 2 <= np.sum(good) <= len(good) - 2 or not _would_be_seen(claimed, right, good, seen[0].rounding):
            continue
        size = np.abs(x)
        sides = {f"{name} <= 0": x <= 0, f"{name} > 0": x > 0, f"|{name}| > 1": size > 1, f"|{name}| < 1": size < 1}
        for words, side in sides.items():
            if np.array_equal(side, ~good):
                c = factor([Seen([v], [r]) for v, r in zip(claimed[~good], right[~good], strict=True)])
                return f"right except where {words}" + (f": there {_factor(c, About(()), '')}" if c is not None else "")
    return ""


def _would_be_seen(claimed: np.ndarray, right: np.ndarray, good: np.ndarray, rounding: float) -> bool:
    """Whether what is wrong on one side would show on the other, if it were there, too: not beside 1e50."""
    return float(np.min(np.abs(claimed - right)[~good])) > rounding * largest(right[good])


def _but(arrays: Sequence[np.ndarray], k: int) -> list[np.ndarray]:
    return [v for j, v in enumerate(arrays) if j != k]


Move = Callable[[Sequence[np.ndarray]], list[np.ndarray]]


def _moved(seen: Sequence[Seen], about: About) -> str:
    """The right numbers in the wrong places; "" where several ways to move them give what is claimed."""
    first = seen[0].right
    ends = np.cumsum([0, *(r.size for r in first)])
    numbers = [np.arange(a, b).reshape(r.shape) for a, b, r in zip(ends[:-1], ends[1:], first, strict=True)]
    found: dict[tuple[int, ...], str] = {}
    for said, move in _moves(first, about.names):
        if explains(seen, [move(p.right) for p in seen]):
            found.setdefault(tuple(int(i) for a in move(numbers) for i in np.ravel(a)), said)
    return next(iter(found.values())) if len(found) == 1 else ""


def _moves(right: Sequence[np.ndarray], names: Sequence[str]) -> Iterator[tuple[str, Move]]:
    for k, name in enumerate(names):
        a = right[k]
        if a.ndim == 2 and a.shape[0] == a.shape[1] > 1:
            yield f"{name} is transposed", _in_one(k, np.transpose)
        for axis in range(a.ndim if a.size > 1 else 0):
            along = f" along axis {axis}" if a.ndim > 1 else ""
            yield f"the entries of {name} are in reversed order{along}", _in_one(k, partial(np.flip, axis=axis))
            for by in (1, -1):
                yield (
                    f"the entries of {name} are shifted by one{along}",
                    _in_one(k, partial(np.roll, shift=by, axis=axis)),
                )
    for j in range(len(names)):
        for k in range(j):
            if right[j].shape == right[k].shape:
                yield f"{names[k]} and {names[j]} are swapped", partial(_swapped, i=j, j=k)
    if len(names) == 1 and 1 < right[0].size <= MOST_SWAPPED:
        for i in range(right[0].size):
            for j in range(i):
                yield (
                    f"{names[0]}[{j}] and {names[0]}[{i}] are swapped",
                    _in_one(0, partial(_entries_swapped, i=i, j=j)),
                )


def _in_one(k: int, change: Callable[[np.ndarray], np.ndarray]) -> Move:
    return lambda right: [change(v) if j == k else v for j, v in enumerate(right)]


def _swapped(right: Sequence[np.ndarray], i: int, j: int) -> list[np.ndarray]:
    return [right[{i: j, j: i}.get(k, k)] for k in range(len(right))]


def _entries_swapped(a: np.ndarray, i: int, j: int) -> np.ndarray:
    v = a.copy().ravel()
    v[[i, j]] = v[[j, i]]
    return v.reshape(a.shape)


def _by_arguments(seen: Sequence[Seen], about: About) -> str:
    """A power of the argument too much or too little."""
    if not all(len(p.x) == len(p.right) for p in seen):
        return ""
    for power in (1, -1, 2, -2):
        with np.errstate(all="ignore"):
            made = [[r * x ** float(power) for r, x in zip(p.right, p.x, strict=True)] for p in seen]
        if explains(seen, made):
            who = ", ".join(about.names)
            factor = who if abs(power) == 1 else f"{who}**2"
            return f"claimed = true {'x' if power > 0 else '/'} {factor}: a factor {factor} " + (
                "too much" if power > 0 else "is missing"
            )
    return ""


def _by_a_constant(seen: Sequence[Seen], about: About) -> str:
    gaps = flat(seen, lambda p, k: p.claimed[k] - p.right[k])
    if len(gaps) < 2 or not np.all(np.isfinite(gaps)):
        return ""
    c, size = float(np.median(gaps)), float(np.max(np.abs(flat(seen, lambda p, k: p.right[k]))))
    same = abs(c) > LAST_PLACES * size and bool(np.all(np.abs(gaps - c) <= 1e-6 * abs(c)))
    return f"claimed = true + {c:.6g} in every entry" if same else ""


def _still(seen: Sequence[Seen], about: About) -> str:
    """The same numbers everywhere: a constant, or a derivative that was worked out at some other point."""
    moves = all(not all_near(p.right, seen[0].right) for p in seen[1:])
    still = all(np.array_equal(c, d) for p in seen[1:] for c, d in zip(p.claimed, seen[0].claimed, strict=True))
    if len(seen) < 3 or not moves or not still:
        return ""
    return f"what is claimed does not change with {', '.join(about.names)}"


def _few(seen: Sequence[Seen], about: About) -> str:
    """The same few entries are wrong, and all others right, at every point."""
    names, good = about.names, [[right_to_rounding(p, k) for k in range(len(p.right))] for p in seen]
    wrong = [[tuple(map(int, at)) for at in np.argwhere(~g)] for g in good[0]]
    count, total = sum(map(len, wrong)), sum(c.size for c in seen[0].claimed)
    if not 0 < count <= max(1, total // 4) or total < 3:
        return ""
    if any(np.any(good[0][k] & ~g[k]) for g in good[1:] for k in range(len(wrong))):
        return ""
    part = [Seen([np.array([p.claimed[k][at] for at in w]) for k, w in enumerate(wrong)],
                 [np.array([p.right[k][at] for at in w]) for k, w in enumerate(wrong)]) for p in seen]  # fmt: skip
    if np.min(errors(part[:1])) <= CLEARLY_WRONG * seen[0].rounding:
        return ""
    shown = [f"{names[k]}{list(at) if at else ''}" for k, w in enumerate(wrong) for at in w]
    c = factor(part)
    there = f": there {_factor(c, about, '')}" if c is not None else ""
    return f"right but for {', '.join(shown[:4])}{' and more' if count > 4 else ''}{there}"


def _where(seen: Sequence[Seen]) -> str:
    return f" at {len(seen)} of {len(seen)} points" if len(seen) > 1 else ""
