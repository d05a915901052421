"""Linear layers are one."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.nets import collapse as module


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_sympy_proves_it_for_all_shapes(depth: int) -> None:
    assert sd.mlp([3] * (depth + 1), "linear").collapse().proved


def test_a_forgotten_factor_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy as sp

    def halved(*terms: object) -> object:
        return original(*terms[:-1]) if len(terms) > 2 else original(*terms)

    original = sp.MatAdd
    monkeypatch.setattr(sp, "MatAdd", halved)
    assert not module._symbolic(3).proved


def test_the_numbers_are_the_nets() -> None:
    net = sd.mlp([4, 5, 3, 2], "linear")
    params, rng = net.init(0, "normal", scale=1.0), np.random.default_rng(0)
    inputs = rng.standard_normal((6, 4))
    one = net.collapse(params)
    assert np.allclose(net.forward(params, inputs)["z3"], inputs @ one["W"].T + one["b"], rtol=1e-12, atol=1e-12)


def test_an_activation_does_not_collapse() -> None:
    with pytest.raises(sd.InputError, match=r"layer 1 .* tanh"):
        sd.mlp([2, 2, 1], "tanh").collapse()
