"""Windows over the last axes of an array, by the places that they see: what pooling and convolutions are made of.

Places are counted from 1 in the array; 0 is outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np


def padded(array: np.ndarray, config: Sequence[Sequence[int]], value: Any = 0) -> np.ndarray:
    """Each axis with entries `value` more at its ends and in between, by (low, high, inside); a negative number at an
    end takes entries away.

    >>> padded(np.array([1, 2, 3]), [(2, -1, 1)]).tolist()
    [0, 0, 1, 0, 2, 0]
    """
    for axis, (low, high, inside) in enumerate(config):
        array = np.moveaxis(array, axis, 0)
        spread = np.full((max(len(array) * (inside + 1) - inside, 0), *array.shape[1:]), value, array.dtype)
        spread[:: inside + 1] = array
        before, after = (np.full((max(n, 0), *array.shape[1:]), value, array.dtype) for n in (low, high))
        whole = np.concatenate([before, spread, after])
        array = np.moveaxis(whole[max(-low, 0) : len(whole) - max(-high, 0)], 0, axis)
    return array


def windows(
    shape: Sequence[int], window: Sequence[int], strides: Sequence[int], padding: Sequence[Sequence[int]],
    spread: Sequence[int] | None = None, holes: Sequence[int] | None = None,
) -> np.ndarray:  # fmt: skip
    """For every window over the last axes of an array of this shape the places that it sees: (..., where it stands,
    what it sees). Padding, and what `spread` puts between two entries, is 0; `holes` is the step within a window."""
    places, first = np.arange(1, prod(shape) + 1).reshape(tuple(shape)), len(shape) - len(window)
    spread, holes = spread or [1] * len(window), holes or [1] * len(window)
    config = [(int(a), int(b), int(s) - 1) for (a, b), s in zip(padding, spread, strict=True)]
    wide = padded(places, [(0, 0, 0)] * first + config)
    sizes = tuple((n - 1) * h + 1 for n, h in zip(window, holes, strict=True))
    seen = np.lib.stride_tricks.sliding_window_view(wide, sizes, tuple(range(first, len(shape))))
    every = tuple(slice(None, None, int(s)) for s in strides)
    return seen[(*[slice(None)] * first, *every, *[slice(None, None, int(h)) for h in holes])]


def taken(line: Any, places: np.ndarray, outside: float = 0.0) -> Any:
    """The entries at places of a line; at place 0 `outside`."""
    if not places.all():
        line = np.concatenate([line, np.asarray([outside])])  # place 0 is the last entry
    return line[places - 1]


def convolved(x: Any, w: Any, seen: np.ndarray, groups: int) -> Any:
    """Patches times kernels, of x (image, channel, place) and w (output, channel of its group, place); `seen` are the
    windows over x.

    Source: S. Chetlur et al., "cuDNN", arXiv:1410.0759 (2014), section 3.
    """
    (outputs, depth), images, stands = np.shape(w)[:2], len(seen), seen.shape[2 : np.ndim(x)]
    seen = seen.reshape(images, groups, depth, prod(stands), -1)  # .., what a window sees
    seen = seen.transpose(1, 0, 3, 2, 4).reshape(groups, images * prod(stands), -1)
    kernels = np.transpose(np.reshape(w, (groups, outputs // groups, -1)), (0, 2, 1))
    found = np.matmul(taken(np.reshape(x, (-1,)), seen), kernels)  # group, image and place, output
    found = np.reshape(found, (groups, images, prod(stands), outputs // groups))
    return np.reshape(np.transpose(found, (1, 0, 3, 2)), (images, outputs, *stands))
