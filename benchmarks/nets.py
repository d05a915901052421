"""Multilayer perceptrons: what is measured. Ours through the public functions but for the two programs, which run
without the matching of arguments that a call has; the peer is a gradient written for JAX, as one writes it."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.race import Work

MEDIUM, BATCH = (64, 128, 128, 10), 128
SMALL = (8, 8, 8, 3)


def net_of(widths: tuple[int, ...], activation: str = "relu") -> Any:
    """A new net: nothing is known of its risk."""
    import symdiff as sd

    return sd.mlp(widths, activation, "softmax_cross_entropy")


def point(widths: tuple[int, ...], batch: int) -> tuple[Any, Any, Any]:
    """Parameters, standard normal rows, and classes by chance."""
    import numpy as np

    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((batch, widths[0])), rng.integers(0, widths[-1], batch)
    return net_of(widths).init(seed=0), X, labels


# -- two programs -------------------------------------------------------------------------------------


def program(method: str, activation: str) -> Work:
    """The gradient's program on its leaves: the matrix program's numeric code, or the tape's replay."""
    import symdiff as sd
    from symdiff.inputs.code import from_code
    from symdiff.methods import method as find_method
    from symdiff.methods.base import Task

    params, X, labels = point(MEDIUM, BATCH)
    recording, leaves = from_code(net_of(MEDIUM, activation).risk).recorded((params, X, labels), {}, 0)
    problem, task = recording.problem, Task("grad", tuple(range(len(leaves))))
    differentiates = find_method(method)
    for _ in range(3):  # the tape writes its program at the second call
        differentiates.arrays(problem, task, leaves, [])
    run = differentiates.program(problem, task)
    assert run is not None, f"{method} has no program"
    expected = sd.grad(net_of(MEDIUM, activation).risk, method="tape")(params, X, labels)[0]["W"][3, 5]
    assert abs(run(leaves)[0][3, 5] - expected) <= 1e-12 * abs(expected), f"{method}: another number"
    return Work(lambda: run(leaves)[0][3, 5], repeat=40)


# -- to read ------------------------------------------------------------------------------------------


def formula(width: int, depth: int) -> Work:
    """The delta recursion down to W1, derived and printed, nothing known beforehand. The answer: its letters."""
    net = net_of((width,) * (depth + 1), "tanh")
    return Work(lambda: len(str(net.formula("W1"))), before=_forget_formulas)


def _forget_formulas() -> None:
    from sympy.core.cache import clear_cache

    from symdiff.nets import formula

    clear_cache()
    formula.derived.cache_clear()


# -- the check ----------------------------------------------------------------------------------------


def check(widths: tuple[int, ...], batch: int, new: bool) -> Work:
    """The whole check, of a new net on new data every time, or of the same again: JAX compiles those once. The
    answer is whether it is content."""
    import symdiff as sd

    params, X, labels = point(widths, batch)
    nets = ((net_of(widths).risk, X + k * 1e-3) for k in itertools.count(1))
    given = nets if new else itertools.repeat((net_of(widths).risk, X))

    def checked() -> float:
        risk, rows = next(given)
        return float(sd.crosscheck(risk, params, rows, labels).ok)

    return Work(checked)


def jax_gradient(compiled: bool) -> Work:
    """One jitted gradient, or one that is also compiled every time."""
    import jax

    params, X, labels = point(MEDIUM, BATCH)
    with jax.enable_x64(True):
        params, X, labels = jax.device_put((params, X, labels))
        gradient = jax.jit(jax.grad(_jax_risk()))
        gradient(params, X, labels)

    def again() -> float:
        with jax.enable_x64(True):
            return float(jax.block_until_ready(gradient(params, X, labels))[0]["W"][3, 5])

    def new() -> float:
        with jax.enable_x64(True):
            return float(jax.jit(jax.grad(_jax_risk()))(params, X, labels)[0]["W"][3, 5])

    return Work(again, repeat=40) if compiled else Work(new)


def _jax_risk() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def risk(params: Any, X: Any, labels: Any) -> Any:
        z = X
        for layer in params[:-1]:
            z = jax.nn.relu(z @ layer["W"].T + layer["b"])
        u = z @ params[-1]["W"].T + params[-1]["b"]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(u), labels[:, None], 1))

    return risk


# -- memory -------------------------------------------------------------------------------------------


def memory(what: str, batch: int, traced: bool) -> Work:
    """What the first call for a new net and batch takes at its peak, in bytes: a gradient by one of the methods, or
    the check. `traced`: what Python and NumPy allocate, by tracemalloc. Else all of the process, with XLA's
    buffers and its compiler: the highest resident set over that before the call. A small batch runs first."""
    import symdiff as sd

    def call(params: Any, X: Any, labels: Any) -> None:
        risk = net_of(MEDIUM).risk
        if what == "check":
            assert sd.crosscheck(risk, params, X, labels).ok
        else:
            sd.grad(risk, method=what)(params, X, labels)

    call(*point(MEDIUM, 16))
    args = point(MEDIUM, batch)
    highest = _highest_traced if traced else _highest_resident
    return Work(lambda: highest(lambda: call(*args)))


def _highest_traced(call: Callable[[], None]) -> float:
    import tracemalloc

    tracemalloc.start()
    call()
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


def _highest_resident(call: Callable[[], None]) -> float:
    """Linux alone tells, and starts anew; nan elsewhere."""
    forget, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")
    if not forget.exists():
        return float("nan")

    def told(key: str) -> int:
        return next(1024 * int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(key))

    gc.collect()
    forget.write_text("5")
    before = told("VmRSS")
    call()
    return told("VmHWM") - before
