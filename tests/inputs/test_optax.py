"""optax's losses as they are installed: right ones agree in every method, and a wrong gradient of one is caught.

A third of them in CI; all with SYMDIFF_FULL=1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict
from tests.data_files import FULL

losses = pytest.importorskip("optax").losses

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))
SHARES = RNG.dirichlet(np.ones(4), size=3)
LABELS = np.array([0, 3, 1])
SIGNS = np.sign(RNG.normal(size=(3, 4)))
BITS = (RNG.random((3, 4)) > 0.5).astype(float)

LOSSES: dict[str, Callable[[Any], Any]] = {
    "sigmoid_focal_loss": lambda x: losses.sigmoid_focal_loss(x, BITS),
    "huber_loss": lambda x: losses.huber_loss(x, BITS),
    "log_cosh": lambda x: losses.log_cosh(x, BITS),
    "softmax_cross_entropy_with_integer_labels": lambda x: losses.softmax_cross_entropy_with_integer_labels(x, LABELS),
    "l2_loss": lambda x: losses.l2_loss(x, BITS),
    "cosine_similarity": lambda x: losses.cosine_similarity(x, BITS + 1.0),
    "kl_divergence": lambda x: losses.kl_divergence(jax.nn.log_softmax(x), SHARES),
    "squared_error": lambda x: losses.squared_error(x, BITS),
    "sigmoid_binary_cross_entropy": lambda x: losses.sigmoid_binary_cross_entropy(x, BITS),
    "ntxent": lambda x: losses.ntxent(x, jnp.array([0, 0, 1])),
    "hinge_loss": lambda x: losses.hinge_loss(x, SIGNS),
    "softmax_cross_entropy": lambda x: losses.softmax_cross_entropy(x, SHARES),
    "poly_loss_cross_entropy": lambda x: losses.poly_loss_cross_entropy(x, SHARES),
    "perceptron_loss": lambda x: losses.perceptron_loss(x, SIGNS),
    "safe_softmax_cross_entropy": lambda x: losses.safe_softmax_cross_entropy(x, SHARES),
    "multiclass_hinge_loss": lambda x: losses.multiclass_hinge_loss(x, LABELS),
    "sparsemax_loss": lambda x: losses.sparsemax_loss(x, BITS.astype(int)),
    "kl_divergence_with_log_targets": lambda x: losses.kl_divergence_with_log_targets(
        jax.nn.log_softmax(x), np.log(SHARES)
    ),
    "ranking_softmax_loss": lambda x: losses.ranking_softmax_loss(x, BITS),
    "multiclass_perceptron_loss": lambda x: losses.multiclass_perceptron_loss(x, LABELS),
    "multiclass_sparsemax_loss": lambda x: losses.multiclass_sparsemax_loss(x, LABELS),
    "triplet_margin_loss": lambda x: losses.triplet_margin_loss(x, x[::-1], x * x),
    "smooth_labels": lambda x: losses.softmax_cross_entropy(x, losses.smooth_labels(SHARES, 0.1)),
    "make_fenchel_young_loss": lambda x: losses.make_fenchel_young_loss(jax.scipy.special.logsumexp)(x, SHARES),
    "cosine_distance": lambda x: losses.cosine_distance(x, BITS + 1.0),
    "ctc_loss": lambda x: losses.ctc_loss(x[None], np.zeros((1, 3)), jnp.array([[1, 2]]), np.zeros((1, 2))),
}
ASKED = list(LOSSES)[:: 1 if FULL else 3]


def summed(name: str) -> Callable[[Any], Any]:
    def loss(x: Any) -> Any:
        return jnp.sum(LOSSES[name](x))

    return loss


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning")  # optax asks for float64 outside of x64
@pytest.mark.parametrize("name", ASKED)
def test_every_method_agrees(name: str) -> None:
    report = sd.crosscheck(summed(name), X)
    assert report.ok, str(report)
    assert {f.verdict for f in report.findings} == {Verdict.AGREE}
    assert {f.method for f in report.findings} == {"symbolic", "tape", "jax"}


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning")
def test_a_focal_loss_without_the_slope_of_its_weight_is_caught() -> None:
    def claimed(x: Any) -> Any:
        entropy = losses.sigmoid_binary_cross_entropy
        weight = jax.lax.stop_gradient(losses.sigmoid_focal_loss(x, BITS) / entropy(x, BITS))
        return jax.grad(lambda x: jnp.sum(entropy(x, BITS) * weight))(x)

    report = sd.crosscheck(summed("sigmoid_focal_loss"), X, claimed=claimed, methods=("tape",))
    assert {f.method for f in report.findings if f.verdict is Verdict.DIFFER} == {"claimed"}
