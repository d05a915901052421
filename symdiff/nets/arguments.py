"""What a net is given, looked at before anything is computed: shapes that chain, numbers that are numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.errors import InputError


def whole(name: str, value: Any, least: int = 1) -> None:
    """Raise `InputError` unless `value` is a whole number, `least` or more."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name}={value!r}: expected a whole number, {least} or more")


def positive(name: str, value: Any) -> None:
    """Raise `InputError` unless `value` is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0.0 < value < np.inf:
        raise InputError(f"{name}={value!r}: expected a number, more than 0")


def checked_parameters(widths: Sequence[int], params: Any) -> None:
    """Raise `InputError` unless `params` is `[{"W": (d_i, d_{i-1}), "b": (d_i,)}, ...]`."""
    if not isinstance(params, list | tuple):
        raise InputError(f"params is {type(params).__name__}: expected a list of layers, {{'W': ..., 'b': ...}} each")
    if len(params) != len(widths) - 1:
        raise InputError(f"params has {len(params)} layers: this net has {len(widths) - 1}")
    for i, layer in enumerate(params, 1):
        if not isinstance(layer, Mapping) or set(layer) != {"W", "b"}:
            kind = sorted(map(str, layer)) if isinstance(layer, Mapping) else type(layer).__name__
            raise InputError(f"params[{i - 1}] is {kind}: expected the layer {{'W': ..., 'b': ...}}")
        out, into = widths[i], widths[i - 1]
        for name, expected in (("W", (out, into)), ("b", (out,))):
            shape = np.shape(layer[name])
            if shape != expected:
                turned = ", its transpose" if shape == expected[::-1] and len(shape) == 2 else ""
                raise InputError(
                    f"{name}{i} = params[{i - 1}][{name!r}] has shape {shape}: expected {expected}{turned}; "
                    f"layer {i} takes {into} to {out}"
                )


def checked_inputs(width: int, X: Any) -> int:
    """Raise `InputError` unless X has shape (N, width), N > 0, and finite entries. Returns N."""
    shape = np.shape(X)
    if len(shape) != 2 or shape[1] != width:
        alone = "; a single example is a batch of one, x[None, :]" if shape == (width,) else ""
        raise InputError(f"X has shape {shape}: expected (N, {width}), an example in each row{alone}")
    if not shape[0]:
        raise InputError(f"X has shape {shape}: a batch of no examples has no mean")
    finite_rows(X, "X")
    return shape[0]


def finite_rows(values: Any, name: str) -> None:
    """Raise `InputError` for the first row that is not finite."""
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fc" or np.all(np.isfinite(values)):
        return
    at = np.argwhere(~np.isfinite(values))[0].tolist()
    raise InputError(f"{name}{at} = {values[tuple(at)]}: row {at[0]} of {name} is not finite")
