"""Pytrees of arrays, numbers and texts in one .npz file, without pickle: reading one runs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from symdiff.errors import InputError

ARRAY, TUPLE, GENERATOR = "__array__", "__tuple__", "__generator__"


def save(path: str | Path, value: Any) -> Path:
    """Write a pytree: dicts with texts as keys, lists, tuples, arrays, numbers, texts, None, NumPy's generators.

    Raises:
        InputError: something else in it, or a path that cannot be written to.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_written(value, arrays))
    try:
        with Path(path).open("wb") as file:  # an open file: NumPy would put .npz behind another ending
            np.savez(file, structure=np.array(text), **arrays)  # pyright: ignore[reportArgumentType]  # names beside the arrays
    except OSError as e:
        raise InputError(f"{path}: {e.strerror}") from e
    return Path(path)


def load(path: str | Path) -> Any:
    """The pytree that `save` wrote.

    Raises:
        InputError: no such file, or one that `save` did not write.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _read(json.loads(str(file["structure"])), file.__getitem__)
    except OSError as e:
        raise InputError(f"{path}: {e.strerror or e}") from e
    except (ValueError, KeyError, TypeError, BadZipFile) as e:
        raise InputError(f"{path} was not written by symdiff's training: {e}") from e


def _written(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise InputError("an array of objects cannot be saved: expected numbers")
        arrays[f"array{len(arrays)}"] = array
        return {ARRAY: f"array{len(arrays) - 1}", "scalar": isinstance(value, np.generic)}
    if isinstance(value, np.random.Generator):
        state = value.bit_generator.state
        return {GENERATOR: _written(state, arrays)}
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {k: _written(v, arrays) for k, v in value.items()}
    if type(value) is list:
        return [_written(v, arrays) for v in value]
    if type(value) is tuple:
        return {TUPLE: [_written(v, arrays) for v in value]}
    raise InputError(f"{type(value).__name__} cannot be saved: expected dicts, lists, tuples, arrays, numbers, texts")


def _read(value: Any, array: Callable[[str], np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_read(v, array) for v in value]
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        found = array(value[ARRAY])
        return found[()] if value["scalar"] else found
    if TUPLE in value:
        return tuple(_read(v, array) for v in value[TUPLE])
    if GENERATOR in value:
        state = _read(value[GENERATOR], array)
        kinds = {kind.__name__: kind for kind in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937,
                                                  np.random.Philox, np.random.SFC64)}  # fmt: skip
        bits = kinds[state["bit_generator"]]()
        bits.state = state
        return np.random.Generator(bits)
    return {k: _read(v, array) for k, v in value.items()}
