"""The optimizers against optax, and their arguments."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.errors import InputError
from symdiff.learn.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Move, optimizer


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (SGD(0.1), lambda optax: optax.sgd(0.1)),
        (Momentum(0.1, 0.8), lambda optax: optax.sgd(0.1, momentum=0.8)),
        (Adam(0.1), lambda optax: optax.adam(0.1)),
        (Adam(0.01, 0.5, 0.9, 1e-3), lambda optax: optax.adam(0.01, 0.5, 0.9, 1e-3)),
    ],
    ids=["sgd", "momentum", "adam", "adam with options"],
)
def test_the_steps_are_those_of_optax(mine, theirs) -> None:
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    w = rng.standard_normal(7)
    state = mine.start(w)
    with jax.enable_x64(True):
        w_theirs, other = jax.numpy.asarray(w), theirs(optax)
        state_theirs = other.init(w_theirs)
        for _ in range(20):
            d = rng.standard_normal(7) * 10.0 ** rng.integers(-3, 3)
            before = w.copy()
            w_new, state = mine.step(w, d, state)
            assert np.array_equal(w, before)
            w = w_new
            updates, state_theirs = other.update(jax.numpy.asarray(d), state_theirs)
            w_theirs = optax.apply_updates(w_theirs, updates)
        np.testing.assert_allclose(w, w_theirs, rtol=1e-12)


def test_float32_stays_float32() -> None:
    w = np.ones(3, np.float32)
    for kind in OPTIMIZERS.values():
        one = kind()
        assert one.step(w, w, one.start(w))[0].dtype == np.float32


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'adam'"):
        optimizer("adma")
    with pytest.raises(InputError, match="known ones are adam, lbfgs, momentum, none, sgd"):
        optimizer("newton")
    with pytest.raises(InputError, match="lr=-1"):
        optimizer("sgd", -1)
    with pytest.raises(InputError, match=r"beta=1\.0: expected a number, 0 or more and below 1"):
        Momentum(0.1, 1.0)
    with pytest.raises(InputError, match="takes the rule's step as it is"):
        optimizer("none", 0.1)
    with pytest.raises(InputError, match="made already"):
        optimizer(Adam(), 0.1)
    assert optimizer("none", 1.0).step(np.ones(2), np.ones(2), {})[0].tolist() == [0.0, 0.0]
    assert isinstance(optimizer("none"), Move)
