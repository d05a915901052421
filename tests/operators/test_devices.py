"""device= and platform=: JAX computes where it is told to, and nobody else is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import symdiff as sd

ROOT = Path(__file__).parent.parent.parent
X = np.array([0.5, -0.25])

ON_TWO_CPUS = """
import jax, numpy as np, symdiff as sd
from symdiff.methods.jax import arrays

real, seen = jax.jit, []

def watched(f, **options):
    compiled = real(f, **options)

    def run(*args):
        found = compiled(*args)
        seen.extend(str(d.id) for y in found for d in y.devices())
        return found

    return run

jax.jit = watched
f = lambda x: np.sum(np.tanh(x) ** 2)
x = np.array([0.5, -0.25])

def where(call):
    seen.clear()
    call()
    return sorted(set(seen))

one, zero = ["1"], ["0"]
grad = sd.grad(f, method="jax", device="cpu:1")
assert where(lambda: grad(x)) == one, seen
assert where(lambda: grad(x)) == one, seen
assert where(lambda: sd.grad(f, method="jax")(x)) == zero, seen
assert where(lambda: sd.grad(f, method="jax", device="cpu")(x)) == zero, seen
assert where(lambda: sd.grad(f, method="jax", platform="cpu")(x)) == zero, seen
assert where(lambda: sd.hessian(f, method="jax", device=jax.devices()[1])(x)) == one, seen
assert where(lambda: sd.value(f, method="jax", device="cpu:1")(x)) == one, seen
assert where(lambda: sd.value_and_grad(f, method="jax", device="cpu:1")(x)) == one, seen
assert where(lambda: sd.jacobian(np.tanh, method="jax", device="cpu:1")(x)) == one, seen
assert where(lambda: sd.jvp(f, (x,), (x,), method="jax", device="cpu:1")) == one, seen
assert where(lambda: sd.hvp(f, (x,), (x,), method="jax", device="cpu:1")) == one, seen
y, pull = sd.vjp(np.tanh, x, method="jax", device="cpu:1")
assert where(lambda: pull(x)) == one, seen
rows = sd.per_example_grad(lambda w, X: np.sum((X @ w) ** 2), device="cpu:1")
assert where(lambda: rows(x, np.eye(2))) == one, seen
report = None

def check():
    global report
    report = sd.crosscheck(f, x.astype(np.float32), device="cpu:1")

assert where(check) == one, seen
assert any(n.startswith("jax on cpu:1: float32") for n in report.notes), report.notes
assert where(lambda: grad(x)) == one, seen
assert jax.config.jax_default_device is None
print("fine")
"""


def test_the_second_cpu_really_computes():
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", ON_TWO_CPUS]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "fine", done.stdout + done.stderr


CALLS = {
    "grad": lambda **to: sd.grad(np.sum, **to)(X),
    "value": lambda **to: sd.value(np.sum, **to)(X),
    "value_and_grad": lambda **to: sd.value_and_grad(np.sum, **to)(X),
    "jacobian": lambda **to: sd.jacobian(np.tanh, **to)(X),
    "hessian": lambda **to: sd.hessian(np.sum, **to)(X),
    "jvp": lambda **to: sd.jvp(np.sum, (X,), (X,), **to),
    "vjp": lambda **to: sd.vjp(np.sum, X, **to),
    "hvp": lambda **to: sd.hvp(np.sum, (X,), (X,), **to),
    "per_example_grad": lambda **to: sd.per_example_grad(lambda w, x: np.sum(x @ w), **to)(X, np.eye(2)),
    "formula": lambda **to: sd.grad("x**2", **to)(3.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_operator_takes_a_device_and_refuses_one_that_is_not_there(name: str):
    CALLS[name](method="jax", device="cpu")
    CALLS[name](method="jax", platform="cpu")
    with pytest.raises(sd.InputError, match=r"device='cpu:77' is not here: JAX has .*cpu:0"):
        CALLS[name](method="jax", device="cpu:77")
    with pytest.raises(sd.InputError, match=r"device= is for method='jax': 'tape' computes with NumPy"):
        CALLS[name](method="tape", device="cpu")
    with pytest.raises(sd.InputError, match=r"platform= is for method='jax'"):
        CALLS[name](method="tape", platform="cpu")


@pytest.mark.parametrize("wrong", ["tpu9", "cpu:", "cpu:x", "cpu:-1", "", "cpu:0:1"])
def test_names_that_are_no_device(wrong: str):
    with pytest.raises(sd.InputError, match="is not here: JAX has"):
        sd.grad(np.sum, method="jax", device=wrong)


def test_other_things_that_are_no_device():
    with pytest.raises(sd.InputError, match="expected a name such as"):
        sd.grad(np.sum, method="jax", device=1)
    with pytest.raises(sd.InputError, match="give one of them"):
        sd.grad(np.sum, method="jax", device="cpu", platform="cpu")
    with pytest.raises(sd.InputError, match="is not here"):
        sd.crosscheck("x**2", 3.0, device="nowhere")
    for option in ("device", "platform"):
        with pytest.raises(sd.InputError, match=f"{option}= is for JAX"):
            sd.crosscheck("x**2", 3.0, methods=("tape",), **{option: "cpu"})
        assert sd.crosscheck("x**2", 3.0, **{option: "cpu"}).ok
    with pytest.raises(sd.InputError, match=r"platform='cpu:0' is not here"):
        sd.crosscheck("x**2", 3.0, platform="cpu:0")


def test_a_jax_without_the_cpu_lists_what_it_has(monkeypatch: pytest.MonkeyPatch):
    """JAX_PLATFORMS=cuda switches the CPU off: JAX raises then, where it is asked for."""
    real = jax.devices

    def without_cpu(platform: str | None = None):
        if platform is None:
            return real()
        raise RuntimeError(f"Unknown backend: {platform!r} requested")

    monkeypatch.setattr(jax, "devices", without_cpu)
    with pytest.raises(sd.InputError, match=r"device='tpu' is not here: JAX has cpu:0"):
        sd.grad(np.sum, method="jax", device="tpu")


def test_the_setting_of_others_is_back_after_an_exception():
    def fails(x):
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        sd.grad(fails, method="jax", device="cpu")(X)
    assert jax.config.jax_default_device is None
