"""Where JAX computes: a device named by the caller, as a context of this thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax

from symdiff.errors import InputError

SAME = {"cuda": "gpu", "rocm": "gpu"}  # what JAX calls the platform of a device


def find(device: Any = None, platform: str | None = None) -> Any:
    """The device of that name: "cpu" (the first one), "cpu:1", "gpu", "cuda:1", or a `jax.Device` itself.

    `platform` alone means its first device. Raises `InputError` for a device that is not there; the message
    lists those that are.
    """
    if device is not None and platform is not None:
        raise InputError(f"device={device!r} and platform={platform!r}: give one of them")
    if isinstance(device, jax.Device):
        return device
    name = platform if device is None else device
    if not isinstance(name, str):
        raise InputError(f"device={name!r}: expected a name such as 'cpu', 'gpu' or 'cpu:1', or a jax.Device")
    kind, colon, number = name.lower().partition(":")
    there = [d for d in all_devices() if d.platform == SAME.get(kind, kind)]
    if not colon and there:
        return there[0]
    if number.isdecimal() and platform is None:
        there = [d for d in there if d.id == int(number)]
        if there:
            return there[0]
    what = "platform" if device is None else "device"
    raise InputError(f"{what}={name!r} is not here: JAX has {', '.join(map(label, all_devices()))}")


def all_devices() -> list[Any]:
    """JAX's devices, those of its default platform first, then the CPU's."""
    try:
        cpus = jax.devices("cpu")
    except RuntimeError:  # JAX_PLATFORMS=cuda: the caller has switched it off
        cpus = []
    return list(dict.fromkeys([*jax.devices(), *cpus]))


def label(device: Any) -> str:
    """A device's name, `gpu:0`."""
    return f"{device.platform}:{device.id}"


def current() -> Any:
    """The device that JAX computes on here and now."""
    chosen = jax.config.jax_default_device  # type: ignore[attr-defined]  # JAX makes its settings at run time
    if chosen is None:
        return jax.devices()[0]
    return find(chosen) if isinstance(chosen, str) else chosen


def on(device: Any = None, platform: str | None = None) -> AbstractContextManager[Any]:
    """A context in which JAX computes on this device. It holds in this thread only."""
    return jax.default_device(find(device, platform))
