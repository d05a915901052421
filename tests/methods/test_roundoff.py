"""The unit roundoff of matrix products is measured: on this CPU, and on products that round their factors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.jax.roundoff import note, unit_roundoff


@pytest.mark.parametrize(("dtype", "unit"), [("float32", 24), ("float64", 53), ("bfloat16", 8), ("float16", 11)])
def test_this_cpu_rounds_no_factor(dtype: str, unit: int):
    assert unit_roundoff(dtype) == 2.0**-unit


def rounded(x, bits: int):
    """To so many bits after the leading one, to even on a tie: by the bits of a float32."""
    whole = np.asarray(x, np.float32).view(np.uint32)
    drop = 23 - bits
    half = np.uint32((1 << (drop - 1)) - 1) + ((whole >> np.uint32(drop)) & np.uint32(1))
    return ((whole + half) & ~np.uint32((1 << drop) - 1)).view(np.float32)


@pytest.mark.parametrize(("bits", "unit"), [(10, 11), (7, 8), (22, 23)])
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_rounded_factors_are_found_out(bits: int, unit: int, side: str):
    """TF32 keeps 10 bits after the leading one, bfloat16 7."""

    def product(a, b):
        a = rounded(a, bits) if side != "right" else np.asarray(a)
        b = rounded(b, bits) if side != "left" else np.asarray(b)
        return jnp.matmul(a, b)

    assert unit_roundoff("float32", product) == 2.0**-unit


def test_several_passes_are_found_out():
    """Two bfloat16 numbers hold 1 + 2^-k for any k, and yet not every float32."""

    def product(a, b):
        high, ones = rounded(a, 7), rounded(b, 7)
        low = rounded(np.asarray(a) - high, 7)
        rest = rounded(np.asarray(b) - ones, 7)
        return jnp.matmul(high, ones) + jnp.matmul(low, ones) + jnp.matmul(high, rest)

    assert 2.0**-22 < unit_roundoff("float32", product) < 2.0**-14


def test_the_note_says_device_and_unit():
    assert note("float64") == ""
    assert note("float32") == "jax on cpu:0: float32 matrix products are computed with unit roundoff 2^-24 (measured)"


def test_a_check_has_the_note_where_it_matters():
    said = "jax on cpu:0: float32 matrix products are computed with unit roundoff 2^-24 (measured)"
    x = np.array([0.5, 0.25], np.float32)
    assert said in sd.crosscheck(lambda x: np.sum(x * x), x).notes
    assert said not in sd.crosscheck(lambda x: np.sum(x * x), x, methods=("tape",)).notes
    assert sd.crosscheck(lambda x: np.sum(x * x), x.astype(float)).notes == []


class Precisions:
    """A callback for a check that writes down what is in force meanwhile."""

    def __init__(self, fails: bool = False) -> None:
        self.seen: list[str | None] = []
        self.fails = fails

    def __call__(self, done: int, count: int) -> None:
        self.seen.append(jax.config.jax_default_matmul_precision)
        if self.fails:
            raise KeyError("on purpose")


def test_a_check_multiplies_in_full_precision_and_gives_the_callers_setting_back():
    before = jax.config.jax_default_matmul_precision
    assert before != "highest"
    watch = Precisions()
    sd.crosscheck("x**2", 3.0, progress=watch)
    assert watch.seen == ["highest"]
    with jax.default_matmul_precision("bfloat16"):
        with pytest.raises(KeyError):
            sd.crosscheck("x**2", 3.0, progress=Precisions(fails=True))
        assert jax.config.jax_default_matmul_precision == "bfloat16"
    assert jax.config.jax_default_matmul_precision == before


def test_a_trace_belongs_to_the_precision_it_was_made_in():
    """A product's precision is written into the jaxpr: one from a check is not used outside of it."""
    from symdiff.inputs.code import from_code
    from symdiff.methods import method
    from symdiff.methods.base import Task

    recording, _ = from_code(lambda w: np.sum((w @ w) ** 2)).recorded((np.eye(2),), {})
    by, texts = method("jax"), []
    for precision in ("highest", None, "highest"):
        with jax.default_matmul_precision(precision), jax.enable_x64(True):
            texts.append(by._array_trace(recording.problem, Task("grad", (0,))).jaxpr)
    assert "HIGHEST" in str(texts[0])
    assert "HIGHEST" not in str(texts[1])
    assert texts[2] is texts[0]
