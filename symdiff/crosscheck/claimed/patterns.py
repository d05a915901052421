"""What claimed and true numbers, side by side, say about a mistake: a sign, a factor, a transposition, a branch.

Each pattern has to hold for every entry at every point that was tried. They are tried in the order in which a person
would believe them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

NEAR = 1e-7  # claimed and what a mistake gives: right to so many digits
ROUNDED = 2.0**-22  # relative error of what was computed in float32
MOST_SWAPPED = 20  # entries that are tried in pairs
ROUNDING = 1e-12  # relative error that no differences get below
DIFFERENCED = 1e-4  # relative error of what finite differences may give
CONSTANTS = {
    math.pi / 180: "degrees are taken for radians", 180 / math.pi: "radians are taken for degrees",
    math.log(10): "log10 is differentiated as log", 1 / math.log(10): "log is differentiated as log10",
    math.log(2): "log2 is differentiated as log", 1 / math.log(2): "log is differentiated as log2",
    2 * math.pi: "2 pi times too much", 1 / (2 * math.pi): "a factor 2 pi is missing",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One point: the claimed arrays, the right ones, and the arguments they belong to (none where there are none)."""

    claimed: Sequence[np.ndarray]
    right: Sequence[np.ndarray]
    x: Sequence[np.ndarray] = ()


def near(a: np.ndarray, b: np.ndarray, size: float = 0.0) -> np.ndarray:
    """Entry by entry, whether two arrays are the same number, as far as a claim's own rounding goes."""
    with np.errstate(all="ignore"):
        return (np.abs(a - b) <= NEAR * np.maximum(np.abs(a), np.abs(b)) + 1e-12 * size) | (np.isnan(a) & np.isnan(b))


def all_near(found: Sequence[np.ndarray], made: Sequence[np.ndarray]) -> bool:
    return all(
        bool(np.all(near(a, b, float(np.max(np.abs(b), initial=0.0))))) for a, b in zip(found, made, strict=True)
    )


def pattern(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int] = ()) -> str:
    """The mistake in words, "" where none of these patterns fits: they leave little else to believe.

    Args:
        seen: the points.
        names: of the arrays, for the sentence.
        sizes: lengths of axes: how many there are to take a mean of.
    """
    looks = (_float32, _by_a_factor, _in_some_arrays, _by_sides, _moved)
    return next((said for look in looks if (said := look(seen, names, sizes))), "")


def vague_pattern(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int] = ()) -> str:
    """The same of patterns that say less than a step of the function that explains the numbers."""
    looks = (_differences, _by_arguments, _by_a_constant, _few)
    return next((said for look in looks if (said := look(seen, names, sizes))), "")


def _errors(seen: Sequence[Seen]) -> np.ndarray:
    """The relative errors; inf where zero is missed."""
    gaps = _flat(seen, lambda p, k: np.abs(p.claimed[k] - p.right[k]))
    sizes = _flat(seen, lambda p, k: np.abs(p.right[k]))
    with np.errstate(all="ignore"):
        return np.where(gaps == 0, 0.0, gaps / sizes)


def _float32(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    errors = _errors(seen)
    with np.errstate(all="ignore"):  # what is too large for float32 is none
        narrow = all(np.array_equal(c.astype(np.float32), c) for p in seen for c in p.claimed)
    if errors.size and narrow and 0 < np.max(errors) <= ROUNDED:
        return "the numbers are those of float32: compute it in float64"
    return ""


def _differences(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """Small errors without a pattern."""
    errors = _errors(seen)
    if len(errors) < 3 or not np.all(np.isfinite(errors)) or np.sum(errors > 0) < len(errors) * 0.7:
        return ""
    if ROUNDING < float(np.median(errors)) <= DIFFERENCED and np.max(errors) < 30 * DIFFERENCED:
        return f"right to about {_digits(float(np.median(errors)))} digits, without a pattern: finite differences?"
    return ""


def _digits(error: float) -> int:
    return max(1, int(-math.log10(error))) if error > 0 else 16


def _by_a_factor(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    c = _constant(_ratios(seen))
    return "" if c is None or not _zeros_stay(seen) else _factor(c, sizes, _where(seen))


def _in_some_arrays(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """Some arrays are right, and the others by one factor each."""
    if len(names) < 2:
        return ""
    said = []
    for k, name in enumerate(names):
        alone = [Seen([p.claimed[k]], [p.right[k]]) for p in seen]
        if all(all_near(p.claimed, p.right) for p in alone):
            continue
        c = _constant(_ratios(alone))
        if c is None or not _zeros_stay(alone):
            return ""
        said.append(f"{name}: {_factor(c, sizes, _where(alone))}")
    return "; ".join(said)


def _factor(c: float, sizes: Sequence[int], where: str) -> str:
    number = f"{c:.6g}" if abs(c - 1) > 1e-4 else f"(1 {'+' if c > 1 else '-'} {abs(c - 1):.2g})"
    said = f"claimed = {number} x true{where}"
    for n in sorted(set(sizes)):
        if n > 2 and abs(c / n - 1) < NEAR:
            return f"claimed = {n} x true{where}: a sum over {n} where there is a mean"
        if n > 2 and abs(c * n - 1) < NEAR:
            return f"claimed = 1/{n} x true{where}: a mean over {n} where there is a sum"
    for value, why in CONSTANTS.items():
        if abs(c / value - 1) < NEAR:
            return f"{said}: {why}"
    simple = {-1.0: "the sign", 2.0: "a factor 2 too much", 0.5: "a factor 2 is missing", 0.0: "it is zero",
              -2.0: "the sign, and a factor 2 too much", -0.5: "the sign, and a factor 2 is missing"}  # fmt: skip
    near_by = [why for value, why in simple.items() if abs(c - value) < NEAR]
    return f"{said}: {near_by[0]}" if near_by else said


def _by_sides(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """Right on one side of zero, or of -1 and 1."""
    for k, name in enumerate(names):
        if not all(k < len(p.x) and p.x[k].shape == p.claimed[k].shape for p in seen):
            return ""
        if not all(all_near(_but(p.claimed, k), _but(p.right, k)) for p in seen):
            continue
        x = np.concatenate([np.ravel(p.x[k]) for p in seen])
        claimed, right = (np.concatenate([np.ravel(v) for v in some]) for some in (
            [p.claimed[k] for p in seen], [p.right[k] for p in seen]))  # fmt: skip
        wrong = ~near(claimed, right)
        if not 2 <= np.sum(wrong) <= len(wrong) - 2:
            continue
        size = np.abs(x)
        sides = {f"{name} <= 0": x <= 0, f"{name} > 0": x > 0, f"|{name}| > 1": size > 1, f"|{name}| < 1": size < 1}
        for words, side in sides.items():
            if np.array_equal(side, wrong):
                c = _constant(_ratios([Seen([claimed[wrong]], [right[wrong]])]))
                return f"right except where {words}" + (f": there {_factor(c, (), '')}" if c is not None else "")
    return ""


def _but(arrays: Sequence[np.ndarray], k: int) -> list[np.ndarray]:
    return [v for j, v in enumerate(arrays) if j != k]


Move = Callable[[Sequence[np.ndarray]], list[np.ndarray]]


def _moved(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """The right numbers in the wrong places."""
    for said, move in _moves(seen[0].right, names):
        if all(all_near(p.claimed, move(p.right)) for p in seen):
            return said
    return ""


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


def _by_arguments(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """A power of the argument too much or too little."""
    for power in (1, -1, 2, -2):
        with np.errstate(all="ignore"):
            fits = all(
                len(p.x) == len(p.right)
                and all_near(p.claimed, [r * x ** float(power) for r, x in zip(p.right, p.x, strict=True)])
                for p in seen
            )
        if fits:
            who = ", ".join(names)
            factor = who if abs(power) == 1 else f"{who}**2"
            return f"claimed = true {'x' if power > 0 else '/'} {factor}: a factor {factor} " + (
                "too much" if power > 0 else "is missing"
            )
    return ""


def _by_a_constant(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    gaps = _flat(seen, lambda p, k: p.claimed[k] - p.right[k])
    if len(gaps) < 2 or not np.all(np.isfinite(gaps)):
        return ""
    c = float(np.median(gaps))
    return f"claimed = true + {c:.6g} in every entry" if c and np.all(np.abs(gaps - c) <= 1e-6 * abs(c)) else ""


def _few(seen: Sequence[Seen], names: Sequence[str], sizes: Sequence[int]) -> str:
    """The same few entries are wrong at every point, all others right."""
    wrong = [[tuple(map(int, at)) for at in np.argwhere(~near(c, r, float(np.max(np.abs(r), initial=0.0))))]
             for c, r in zip(seen[0].claimed, seen[0].right, strict=True)]  # fmt: skip
    count, total = sum(map(len, wrong)), sum(c.size for c in seen[0].claimed)
    if not 0 < count <= max(1, total // 4) or total < 3:
        return ""
    part = [Seen([np.array([p.claimed[k][at] for at in w]) for k, w in enumerate(wrong)],
                 [np.array([p.right[k][at] for at in w]) for k, w in enumerate(wrong)]) for p in seen]  # fmt: skip
    shown = [f"{names[k]}{list(at) if at else ''}" for k, w in enumerate(wrong) for at in w]
    c = _constant(_ratios(part))
    there = f": there {_factor(c, sizes, '')}" if c is not None and _zeros_stay(part) else ""
    return f"right but for {', '.join(shown[:4])}{' and more' if count > 4 else ''}{there}"


# -- over all points -------------------------------------------------------------------------------------


def _flat(seen: Sequence[Seen], of: Callable[[Seen, int], np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        each = [np.ravel(of(p, k)) for p in seen for k in range(len(p.right))]
    return np.concatenate(each) if each else np.empty(0)


def _ratios(seen: Sequence[Seen]) -> np.ndarray:
    """claimed/true, where that says something."""
    ratios, size = (_flat(seen, of) for of in (
        lambda p, k: p.claimed[k] / p.right[k],
        lambda p, k: np.abs(p.right[k]) / max(float(np.max(np.abs(p.right[k]), initial=0.0)), 1e-300)))  # fmt: skip
    return ratios[size > 1e-9]


def _constant(ratios: np.ndarray) -> float | None:
    if not ratios.size or not np.all(np.isfinite(ratios)):
        return None
    c = float(np.median(ratios))
    same = bool(np.all(np.abs(ratios - c) <= 1e-9 * max(abs(c), 1e-3)))
    return c if same and c != 1.0 else None


def _zeros_stay(seen: Sequence[Seen]) -> bool:
    return all(bool(np.all(near(c[r == 0], r[r == 0], float(np.max(np.abs(r), initial=0.0)))))
               for p in seen for c, r in zip(p.claimed, p.right, strict=True))  # fmt: skip


def _where(seen: Sequence[Seen]) -> str:
    return f" at {len(seen)} of {len(seen)} points" if len(seen) > 1 else ""
