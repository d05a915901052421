"""What holds for JAX while a check runs: its device, and matrix products in full precision."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import TYPE_CHECKING, Any

from symdiff.errors import InputError

if TYPE_CHECKING:
    from symdiff.crosscheck.report import Report


def in_jax_scope(check: Callable[..., Report]) -> Callable[..., Report]:
    """A check with JAX on its `device`, its matrix products in the precision "highest".

    Both are contexts of this thread: the caller's own settings hold again afterwards, whatever happens. JAX is
    not touched where no method of the check is JAX's.
    """

    @wraps(check)
    def scoped(*args: Any, **options: Any) -> Report:
        methods, device, platform = (options.get(k) for k in ("methods", "device", "platform"))
        placed = device is not None or platform is not None
        named = [methods] if isinstance(methods, str) else methods
        if isinstance(named, list | tuple) and "jax" not in named:
            if placed:
                what = "platform" if device is None else "device"
                raise InputError(f"{what}= is for JAX: it is not one of methods=; leave {what}= out")
            return check(*args, **options)
        import jax

        from symdiff.methods.jax.devices import on

        with ExitStack() as scope:
            scope.enter_context(jax.default_matmul_precision("highest"))
            if placed:
                scope.enter_context(on(device, platform))
            return check(*args, **options)

    return scoped


def device_notes(problem: Any, methods: Any) -> list[str]:
    """Where JAX computed and how accurately, measured; nothing for float64 on a CPU."""
    if "jax" not in methods:
        return []
    from symdiff.methods.jax.roundoff import note

    said = note(getattr(problem, "dtype", "float64"))
    return [said] if said else []
