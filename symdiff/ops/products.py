"""Sums of products: matmul and einsum.

Their pull-backs are sums of products again, so that two rows are enough for dot, inner, outer, tensordot
and the like.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.reductions import add_up
from symdiff.ops.row import primitive
from symdiff.vocabulary import jnp


def _matmul_rule_a(ct: Any, y: Any, a: Any, b: Any) -> Any:
    return np.matmul(ct, np.swapaxes(b, -1, -2))  # (..., m, n) @ (..., n, k) -> (..., m, k)


def _matmul_rule_b(ct: Any, y: Any, a: Any, b: Any) -> Any:
    return np.matmul(np.swapaxes(a, -1, -2), ct)  # (..., k, m) @ (..., m, n) -> (..., k, n)


def _matmul_scalars(a: Any, b: Any) -> np.ndarray:
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, stack + a.shape[-2:]), np.broadcast_to(b, stack + b.shape[-2:])
    out = np.empty((*stack, a.shape[-2], b.shape[-1]), object)
    for at in np.ndindex(*out.shape):
        row, column = a[(*at[:-2], at[-2])], b[(*at[:-2], slice(None), at[-1])]
        out[at] = add_up([x * y for x, y in zip(row, column, strict=True)])
    return out


matmul = primitive(
    "matmul", np.matmul, vjp=(_matmul_rule_a, _matmul_rule_b), scalars=_matmul_scalars, jax=jnp.matmul,
    cost=lambda a, b: 2 * a[-1] * int(np.prod(np.broadcast_shapes(a[:-2], b[:-2]), dtype=int)) * a[-2] * b[-1],
    doc="(..., m, k) @ (..., k, n) -> (..., m, n): two axes or more on both sides",
)


def split(subscripts: str) -> tuple[list[str], str]:
    """`ij,jk->ik` as ["ij", "jk"], "ik"."""
    left, _, right = subscripts.partition("->")
    return left.split(","), right


def _einsum_rule(k: int, ct: Any, y: Any, *operands: Any, subscripts: str) -> Any:
    """Every factor but one, times the cotangent; an axis that only this factor has is summed: spread again."""
    labels, answer = split(subscripts)
    others = [(label, x) for j, (label, x) in enumerate(zip(labels, operands, strict=True)) if j != k]
    reached = set(answer).union(*(label for label, _ in others))
    kept = "".join(c for c in labels[k] if c in reached)
    spec = ",".join([answer, *(label for label, _ in others)]) + "->" + kept
    share = einsum(ct, *(x for _, x in others), subscripts=spec)
    shape = np.shape(operands[k])
    ones = tuple(n if c in reached else 1 for c, n in zip(labels[k], shape, strict=True))
    return np.broadcast_to(np.reshape(share, ones), shape)


def axis_lengths(subscripts: str, shapes: tuple[tuple[int, ...], ...]) -> dict[str, int]:
    """How long the axis of each label is."""
    labels, _ = split(subscripts)
    return {c: n for label, shape in zip(labels, shapes, strict=True) for c, n in zip(label, shape, strict=True)}


def _einsum_cost(*shapes: tuple[int, ...], subscripts: str) -> int:
    return len(shapes) * int(np.prod(list(axis_lengths(subscripts, shapes).values()), dtype=int))


def _einsum_scalars(*operands: Any, subscripts: str) -> np.ndarray:
    labels, answer = split(subscripts)
    sizes = axis_lengths(subscripts, tuple(x.shape for x in operands))
    summed = [c for c in sizes if c not in answer]
    out = np.empty([sizes[c] for c in answer], object)
    for at in np.ndindex(*out.shape):
        place, terms = dict(zip(answer, at, strict=True)), []
        for inner in np.ndindex(*[sizes[c] for c in summed]):
            place.update(zip(summed, inner, strict=True))
            factors = [x[tuple(place[c] for c in label)] for label, x in zip(labels, operands, strict=True)]
            term = factors[0]
            for factor in factors[1:]:
                term = term * factor
            terms.append(term)
        out[at] = add_up(terms)
    return out


einsum = primitive(
    "einsum", lambda *operands, subscripts: np.einsum(subscripts, *operands, optimize=len(operands) > 1),
    vjp=_einsum_rule, variadic=True, scalars=_einsum_scalars,
    jax=lambda *operands, subscripts: jnp.einsum(subscripts, *operands), params=("subscripts",),
    cost=_einsum_cost,
    doc="sums of products by axis labels, none of them twice in one operand",
)
