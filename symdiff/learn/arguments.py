"""What `train` is given, looked at before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.mlp import MLP

if TYPE_CHECKING:
    from symdiff.learn.rule import Rule
    from symdiff.nets.mlp import Params

Data = tuple[np.ndarray, np.ndarray]


def examples(net: Any, X: Any, y: Any) -> Data:
    """Inputs and labels as arrays, an example in each row.

    Raises:
        InputError: no net, labels that are no numbers, lengths that differ.
    """
    if not isinstance(net, MLP):
        raise InputError(f"net is {type(net).__name__}: expected a multilayer perceptron, sd.mlp([2, 8, 2], ...)")
    X, y = np.asarray(X), np.asarray(y)
    for name, values in (("X", X), ("y", y)):
        if values.dtype.kind not in "biuf":
            hint = "; np.unique(y, return_inverse=True)[1] makes class numbers of names" if name == "y" else ""
            raise InputError(f"{name} has dtype {values.dtype}: expected numbers{hint}")
    if not X.ndim or X.shape[:1] != y.shape[:1] or not len(X):
        raise InputError(f"X has shape {X.shape} and y {y.shape}: expected one or more examples, and a label for each")
    return X, y


def in_one_dtype(data: Data | None, params: Params) -> Data | None:
    """Floats as the parameters have them: a run computes in their dtype."""
    if data is None:
        return None
    dtype = np.asarray(params[0]["W"]).dtype
    X, y = (v.astype(dtype, copy=False) if v.dtype.kind == "f" else v for v in data)
    return X, y


def divided(data: Data, validation: Any, seed: int) -> tuple[Data, Data | None]:
    """The training set, and what is kept for validation: a part of it by chance, or data of their own.

    Raises:
        InputError: a part that is none.
    """
    X, y = data
    if validation is None:
        return data, None
    if isinstance(validation, tuple) and len(validation) == 2:
        kept = np.asarray(validation[0]), np.asarray(validation[1])
        if kept[0].shape[:1] != kept[1].shape[:1] or kept[0].shape[1:] != X.shape[1:]:
            raise InputError(f"validation has X of shape {kept[0].shape} and y of shape {kept[1].shape}: expected rows "
                             f"like those of X, of shape {X.shape}, and a label for each")  # fmt: skip
        return data, kept
    if isinstance(validation, bool) or not isinstance(validation, int | float) or not 0.0 < validation < 1.0:
        raise InputError(f"validation={validation!r}: expected a part of the training set, such as 0.2, or (X, y)")
    if len(X) < 2:
        raise InputError("validation: a single example cannot be divided")
    order = np.random.default_rng([seed, 0xFEED]).permutation(len(X))
    count = min(max(1, round(validation * len(X))), len(X) - 1)
    return (X[order[count:]], y[order[count:]]), (X[order[:count]], y[order[:count]])


def checked_fit(net: MLP, params: Params, rule: Rule, *data: Data | None) -> None:
    """Raise `InputError` by its name for what does not fit the net. Rules with an objective of their own take data of
    their own, and look at them themselves."""
    for part in data:
        if part is not None and rule.promise != "another objective":
            net.risk.data(params, *part)
