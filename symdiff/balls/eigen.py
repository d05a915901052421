"""Eigenvalues and eigenvectors of symmetric matrices as Taylor balls.

The values are certified: Krawczyk's operator proves that an eigenpair lies in a box, and the signs of the
pivots of A - m (Sylvester's law of inertia) prove which of the eigenvalues it is. The higher coefficients
solve, order by order in t, the equations that define an eigenpair, A v = x v and v.v = 1.

Where an eigenvalue cannot be told from its neighbour the answer is not a number.

Source: S. Rump, "Verification methods: rigorous results using floating-point arithmetic", Acta Numerica 19
(2010), section 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flint import acb_mat, arb, arb_mat, arb_series

from symdiff.balls.series import Ball, bits, nan, terms

SHARES = (0.4514, 0.5621, 0.3377)  # where in a gap between eigenvalues a mark is tried
Pair = tuple[arb, list[arb]]  # an eigenvalue, its unit vector


def weights(n: int) -> list[float]:
    """The vector that an eigenvector has a positive product with: eigenvectors have two signs, this picks one.

    Rough on purpose: nothing that a matrix of a pattern has for an eigenvector is orthogonal to it.
    """
    return [0.5 + ((k + 1) * 0.6180339887498949) % 1.0 for k in range(n)]


def eigenvalue(*entries: Any, n: int, k: int) -> Ball:
    """Eigenvalue k, in ascending order, of the symmetric matrix whose lower triangle is `entries`, row by row."""
    found = _pair(entries, n, k)
    return nan() if found is None else found[0]


def eigenvector(*entries: Any, n: int, k: int, row: int, **_: Any) -> Ball:
    """Entry `row` of the unit eigenvector of eigenvalue k, with the sign that `weights` picks."""
    found = _pair(entries, n, k)
    return nan() if found is None else found[1][row]


def _pair(entries: Sequence[Any], n: int, k: int) -> tuple[Ball, list[Ball]] | None:
    balls = [e if isinstance(e, Ball) else Ball(arb_series([arb(float(e))])) for e in entries]
    if not all(b.value.is_finite() for b in balls):
        return None
    start = _certified(tuple(_exact(b.value) for b in balls), n, k, bits())
    if start is None:
        return None
    order = 1 if all(b.constant for b in balls) else terms()
    return _series(balls, n, start, order)


def _exact(x: arb) -> tuple[Any, ...]:
    """A ball as two pairs of whole numbers, midpoint and radius: a key, and nothing is rounded."""
    return tuple((int(m), int(e)) for m, e in (x.mid().man_exp(), x.rad().man_exp()))


def _ball(key: tuple[Any, ...]) -> arb:
    (m, e), (r, f) = key
    return arb((m, e)) + arb(0, arb((r, f)))


def _symmetric(entries: Sequence[arb], n: int) -> arb_mat:
    full = [[entries[max(i, j) * (max(i, j) + 1) // 2 + min(i, j)] for j in range(n)] for i in range(n)]
    return arb_mat(full)


@lru_cache(maxsize=512)
def _certified(keys: tuple[Any, ...], n: int, k: int, precision: int) -> Pair | None:
    """An enclosure of eigenpair k of a matrix of balls, or None. `precision` is the one in force."""
    entries = [_ball(key) for key in keys]
    a = _symmetric(entries, n)
    if n == 1:
        return a[0, 0], [arb(1)]
    values, vectors = _approximate(tuple(key[0] for key in keys), n, precision)
    value, vector = values[k], [vectors[i, k] for i in range(n)]
    found = _krawczyk(a, n, value, vector)
    if found is None or not _is_number(a, n, k, values):
        return None
    direction = sum((w * v for w, v in zip(weights(n), found[1], strict=True)), arb(0))
    if direction > 0:
        return found
    return (found[0], [-v for v in found[1]]) if direction < 0 else None


@lru_cache(maxsize=64)
def _approximate(middles: tuple[Any, ...], n: int, precision: int) -> tuple[list[arb], arb_mat]:
    """All eigenpairs in ascending order, uncertified."""
    a = _symmetric([arb(key) for key in middles], n)
    found, right = acb_mat(a).eig(right=True, algorithm="approx")
    order = sorted(range(n), key=lambda j: found[j].real.mid())
    columns = []
    for j in order:
        v = [right[i, j] for i in range(n)]
        lead = max(v, key=lambda z: abs(z).mid())  # its phase is arbitrary
        real = [(z / lead).real.mid() for z in v]
        norm = sum((x * x for x in real), arb(0)).sqrt().mid()
        columns.append([(x / norm).mid() for x in real])
    return [found[j].real.mid() for j in order], arb_mat([[c[i] for c in columns] for i in range(n)])


def _bordered(a: arb_mat, n: int, value: arb, vector: Sequence[arb]) -> arb_mat:
    """The derivative of (A v - x v, (v.v - 1) / 2) by (v, x)."""
    rows = [[a[i, j] - value if i == j else a[i, j] for j in range(n)] + [-vector[i]] for i in range(n)]
    return arb_mat([*rows, [*vector, arb(0)]])


def _krawczyk(a: arb_mat, n: int, value: arb, vector: Sequence[arb]) -> Pair | None:
    """A box around an approximate eigenpair that certainly holds exactly one, for every matrix in `a`."""
    middle = [*vector, value]
    inverse = _inverted(_bordered(a, n, value, vector), n + 1)
    if inverse is None:
        return None
    residual = [sum((a[i, j] * vector[j] for j in range(n)), arb(0)) - value * vector[i] for i in range(n)]
    residual.append((sum((v * v for v in vector), arb(0)) - 1) / 2)
    step = inverse * arb_mat([[r] for r in residual])
    box = [_about(step[i, 0]) for i in range(n + 1)]
    for _ in range(3):
        inside = [m + b for m, b in zip(middle, box, strict=True)]
        slope = _bordered(a, n, inside[n], inside[:n])
        rest = inverse * slope
        spread = arb_mat([[(1 if i == j else 0) - rest[i, j] for j in range(n + 1)] for i in range(n + 1)])
        moved = spread * arb_mat([[b] for b in box])
        found = [moved[i, 0] - step[i, 0] for i in range(n + 1)]
        if all(b.contains_interior(f) for b, f in zip(box, found, strict=True)):
            pair = [m + f for m, f in zip(middle, found, strict=True)]
            return pair[n], pair[:n]
        box = [_about(f) for f in found]
        if not all(b.is_finite() for b in box):
            return None
    return None


def _about(x: arb) -> arb:
    """A wider ball around zero that holds x."""
    return arb(0, x.abs_upper() * 4 + arb(2) ** (-4 * bits()))


def _inverted(a: arb_mat, n: int) -> arb_mat | None:
    """An approximate inverse, as exact numbers."""
    try:
        found = arb_mat([[a[i, j].mid() for j in range(n)] for i in range(n)]).inv()
    except ZeroDivisionError:
        return None
    return arb_mat([[found[i, j].mid() for j in range(n)] for i in range(n)])


def _is_number(a: arb_mat, n: int, k: int, values: Sequence[arb]) -> bool:
    """Whether exactly one eigenvalue lies between marks in the gaps around values[k], and k below the lower one."""
    below = k == 0 or _splits(a, n, values[k - 1], values[k], k)
    return below and (k == n - 1 or _splits(a, n, values[k], values[k + 1], k + 1))


def _splits(a: arb_mat, n: int, low: arb, high: arb, count: int) -> bool:
    """Whether `count` eigenvalues lie below some mark in the gap. Not every mark tells: the middle of the gap of
    [[2, 1], [1, 2]] makes a pivot zero."""
    marks = ((low + (high - low) * share).mid() for share in SHARES)
    return next((found for found in (_count_below(a, n, m) for m in marks) if found is not None), None) == count


def _count_below(a: arb_mat, n: int, mark: arb) -> int | None:
    """How many eigenvalues are less than `mark`: as many as pivots of a - mark are negative."""
    rows = [[a[i, j] - mark if i == j else a[i, j] for j in range(n)] for i in range(n)]
    negative = 0
    for k in range(n):
        pivot = rows[k][k]
        if not (pivot > 0 or pivot < 0):
            return None
        negative += bool(pivot < 0)
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            for j in range(k + 1, n):
                rows[i][j] -= factor * rows[k][j]
    return negative


def _series(balls: Sequence[Ball], n: int, start: Pair, order: int) -> tuple[Ball, list[Ball]] | None:
    """The coefficients of the eigenpair: at order m everything but its own share is known, and linear."""
    values, vectors = [start[0]], [start[1]]
    matrices = [_symmetric([b[m] for b in balls], n) for m in range(order)]
    bordered = _bordered(matrices[0], n, *start)
    for m in range(1, order):
        right = []
        for i in range(n):
            known = sum((matrices[p][i, j] * vectors[m - p][j] for p in range(1, m + 1) for j in range(n)), arb(0))
            right.append(sum((values[p] * vectors[m - p][i] for p in range(1, m)), arb(0)) - known)
        products = (vectors[p][i] * vectors[m - p][i] for p in range(1, m) for i in range(n))
        right.append(-sum(products, arb(0)) / 2)
        try:
            found = bordered.solve(arb_mat([[r] for r in right]))
        except ZeroDivisionError:
            return None
        vectors.append([found[i, 0] for i in range(n)])
        values.append(found[n, 0])
    return Ball(arb_series(values)), [Ball(arb_series([v[i] for v in vectors])) for i in range(n)]
