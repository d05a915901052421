"""ATen operations that move entries and compute nothing, or only add up what arrives at one place.

Where it takes PyTorch's own rules to know which entry goes where, the very operation is run on the numbers 1, 2, 3, ...
in place of the entries.
"""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils._pytree import tree_flatten, tree_map

from symdiff.inputs.jax.values import Refused, is_recorded, lifted, number
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.windows import taken
from symdiff.ops.shaping import Index

if TYPE_CHECKING:
    from symdiff.inputs.torch.opening import Opening

# entries that come out as they went in, or zeros
MOVES = frozenset(
    "cat stack gather index index_select flip roll repeat tril triu select_backward slice_backward diagonal_backward "
    "masked_select take diag_embed embedding index_copy masked_scatter slice_scatter select_scatter "
    "as_strided_scatter diagonal_scatter pixel_shuffle pixel_unshuffle im2col rot90 repeat_interleave channel_shuffle "
    "reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d native_channel_shuffle hstack".split()
)
SAME = frozenset("clone _unsafe_view _reshape_copy contiguous lift_fresh_copy expand_copy view_copy".split())
ORDERED = frozenset("sort topk kthvalue median mode cummax cummin".split())


def moved(mode: Opening, func: Any, args: Any, kwargs: Any) -> Any:
    """The entries as an operation moves them. Masks and places that depend on the inputs are decisions."""
    tensors = [v for v in tree_flatten((args, kwargs))[0] if isinstance(v, torch.Tensor)]
    floats = any(v.is_floating_point() for v in tensors)
    pool: list[Any] = []
    start = 1

    def places(v: Any) -> Any:
        nonlocal start
        if not isinstance(v, torch.Tensor) or not (v.is_floating_point() or mode.knows(v)):
            return v
        value = mode.value(v)
        if floats and not v.is_floating_point():
            value.decided()
            return v
        pool.append(np.reshape(number(value), (-1,)))
        found = torch.arange(start, start + v.numel()).reshape(v.shape)
        start += v.numel()
        return found

    numbered = tree_map(places, args), tree_map(places, {k: v for k, v in kwargs.items() if k != "out"})
    found = np.asarray(func(*numbered[0], **numbered[1]).numpy())
    return taken(pool[0] if len(pool) == 1 else np.concatenate(pool), found)


def ordered(tensor: Any, value: Any, found: Any, rest: Any, base: str) -> Any:
    """Sorted entries, and where they were: the order is a decision, and PyTorch's."""
    if not np.ndim(value):
        return value, None
    whole = [a for a in rest if isinstance(a, int) and not isinstance(a, bool)]
    axis = (whole[1] if len(whole) > 1 else -1) if base in ("topk", "kthvalue") else (whole[0] if whole else -1)
    if base in ("median", "mode") and not whole:
        raise Refused("give it a dim")
    _ = np.argsort(value, axis)  # notes the order as a guard
    where = array_of(found[1])
    if where.ndim < np.ndim(value):
        return np.squeeze(np.take_along_axis(value, np.expand_dims(where, axis), axis), axis), None
    return np.take_along_axis(value, where, axis), None


def added(mode: Opening, base: Any, targets: torch.Tensor, come: Any) -> Any:
    """`base` with every entry of `come` added at its place in it."""
    shape, size = tuple(base.shape), base.numel()
    updates, start = lifted(mode.graph, mode.value(come)), mode.value(base)
    line = np.reshape(np.broadcast_to(updates, tuple(targets.shape)), (-1,))
    total = apply("scatter", line, index=Index((array_of(targets).reshape(-1),)), shape=(size,))
    total = np.reshape(total, shape)
    return total if not is_recorded(start) and not np.any(start) else start + total


def _places(x: Any) -> torch.Tensor:
    return torch.arange(x.numel()).reshape(x.shape)


def array_of(tensor: torch.Tensor) -> np.ndarray:
    """A tensor's own numbers."""
    found = tensor.detach()
    return np.array((found.double() if found.dtype == torch.bfloat16 else found).cpu().numpy(force=True))


def _index_add(mode: Opening, x: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    if alpha != 1:
        raise Refused("alpha is not read")
    return added(mode, x, torch.index_select(_places(x), dim, index), source)


def _scatter_add(mode: Opening, x: Any, dim: int, index: Any, source: Any) -> Any:
    part = source[tuple(slice(0, n) for n in index.shape)]
    return added(mode, x, torch.gather(_places(x), dim, index), part)


def _scatter(mode: Opening, x: Any, dim: int, index: Any, source: Any) -> Any:
    given = source if isinstance(source, torch.Tensor) else torch.full(index.shape, float(source), dtype=x.dtype)
    return moved(mode, torch.ops.aten.scatter.src, (x, dim, index, given), {})


def _put(mode: Opening, x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    if not accumulate:
        return moved(mode, torch.ops.aten.put.default, (x, index, source), {})
    return added(mode, x, _places(x).reshape(-1)[index], source)


def _index_put(mode: Opening, x: Any, indices: Any, values: Any, accumulate: bool = False, unsafe: Any = False) -> Any:
    key = tuple(slice(None) if i is None else i for i in indices)
    if not accumulate:
        return moved(mode, torch.ops.aten.index_put.default, (x, indices, values), {})
    return added(mode, x, _places(x)[key], values)


def _embedding_back(mode: Opening, g: Any, index: Any, rows: int, padding: int, by_frequency: bool) -> Any:
    if by_frequency or padding >= 0:
        raise Refused("scale_grad_by_freq and padding_idx are not read")
    table = torch.zeros(rows, g.shape[-1], dtype=g.dtype)
    return added(mode, table, _places(table)[index], g)


ADDED: dict[str, Callable[..., Any]] = {
    "index_add": _index_add, "scatter": _scatter, "put": _put,
    "scatter_add": _scatter_add, "index_put": _index_put, "_index_put_impl": _index_put,
    "_unsafe_index_put": _index_put,
    "embedding_dense_backward": _embedding_back,
}  # fmt: skip
