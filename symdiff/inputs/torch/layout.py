"""Tensors as windows on a storage.

PyTorch's views share their entries, and what is written into one is seen by all. So values are kept for each storage,
as one line of entries; a tensor is a window on it, with a size, strides and an offset. No view operation needs a
meaning of its own then, and `y[1:] += x` is what it is.

Source: PyTorch's documentation, "Tensor Views" and `torch.as_strided`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries of a storage a tensor shows."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int = 0

    def places(self) -> np.ndarray:
        """The place of every entry in the storage."""
        found = np.full(self.size, self.offset, dtype=np.int64)
        for axis, (n, step) in enumerate(zip(self.size, self.stride, strict=True)):
            shape = [1] * len(self.size)
            shape[axis] = n
            found = found + np.arange(n).reshape(shape) * step
        return found

    def order(self) -> list[int] | None:
        """The axes by falling stride if the window, its repeated axes (stride 0) left out, has no gaps; else None."""
        axes = [k for k, n in enumerate(self.size) if n != 1 and self.stride[k] != 0]
        axes.sort(key=lambda k: -self.stride[k])
        step = 1
        for k in reversed(axes):
            if self.stride[k] != step:
                return None
            step *= self.size[k]
        return axes

    def repeats(self) -> bool:
        """Whether two entries of the tensor are one of the storage's, as of `x.expand(...)`."""
        return any(n > 1 and step == 0 for n, step in zip(self.size, self.stride, strict=True)) or (
            self.order() is None and len(np.unique(self.places())) < prod(self.size)
        )


def seen(line: Any, window: Window) -> Any:
    """The entries of a storage that a tensor shows, by a reshape, a transpose and a broadcast where that does."""
    size, axes = window.size, window.order()
    if axes is None or not prod(size):
        return line[window.places()]
    count = prod(size[k] for k in axes)
    part = line if line.shape[0] == count else line[window.offset : window.offset + count]
    part = np.reshape(part, tuple(size[k] for k in axes))
    back = sorted(range(len(axes)), key=lambda i: axes[i])  # where each axis of the tensor is among the sorted ones
    if back != list(range(len(axes))):
        part = np.transpose(part, back)
    alone = tuple(size[k] if k in axes else 1 for k in range(len(size)))
    part = np.reshape(part, alone) if np.shape(part) != alone else part
    return part if alone == tuple(size) else np.broadcast_to(part, tuple(size))


def written(line: Any, value: Any, window: Window) -> Any:
    """The storage after the tensor has got these entries."""
    length, axes = line.shape[0], window.order()
    if axes is not None and prod(window.size[k] for k in axes) == prod(window.size) == length:
        rest = [k for k in range(len(window.size)) if k not in axes]
        order = [*axes, *rest]
        turned = np.transpose(value, order) if order != sorted(order) else value
        return np.reshape(turned, (length,))
    places, entries = window.places().reshape(-1), np.reshape(value, (-1,))
    source = np.arange(length)
    source[places] = length + np.arange(len(places))
    return np.concatenate([line, entries])[source]
