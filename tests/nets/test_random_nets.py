"""Random nets: nobody's right derivative is called wrong. SYMDIFF_FULL=1 runs two hundred of them."""

from __future__ import annotations

import os
from collections import Counter

import ml_dtypes
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict
from symdiff.nets.activations import known
from symdiff.nets.inits import SCHEMES
from symdiff.nets.losses import LOSSES

MANY = os.environ.get("SYMDIFF_FULL") == "1"
NETS = 200 if MANY else 15
DEEPEST = 30 if MANY else 6
DTYPES = {"float64": np.float64, "float32": np.float32, "bfloat16": ml_dtypes.bfloat16}
ACTIVATIONS = [a for a in known() if a not in ("floor", "ceil", "sign")]  # steps: their slope is zero or none
WIDE = ("sinh", "cosh", "exp", "exp2", "expm1")  # overflow in a few layers, and then there is no derivative


def _labels(loss: str, rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    if loss == "softmax_cross_entropy":
        return rng.integers(0, d, n)
    if loss == "binary_cross_entropy":
        return rng.integers(0, 2, (n, d))
    if loss == "hinge":
        return rng.choice([-1, 1], (n, d))
    return rng.standard_normal((n, d))


def random_net(seed: int) -> tuple[sd.MLP, list, np.ndarray, np.ndarray, str]:
    rng = np.random.default_rng(seed)
    dtype = list(DTYPES)[seed % 3]
    activation = ACTIVATIONS[seed % len(ACTIVATIONS)]
    loss, scheme = list(LOSSES)[seed % len(LOSSES)], list(SCHEMES)[seed % len(SCHEMES)]
    depth = int(rng.integers(1, DEEPEST + 1)) if activation not in WIDE else int(rng.integers(1, 3))
    wide = rng.random() < 0.3
    widths = [int(w) for w in rng.integers(2, 40 if wide else 5, depth + 1)]
    net = sd.mlp(widths, activation, loss, alpha=float(rng.uniform(0.01, 2)), l2=float(rng.choice([0.0, 0.1])))
    n = int(rng.integers(1, 64 if wide else 4))
    data, labels = rng.standard_normal((n, widths[0])), _labels(loss, rng, n, widths[-1])
    kind = DTYPES[dtype]
    params = net.init(seed, scheme, dtype=kind)
    labels = labels.astype(kind) if labels.dtype.kind == "f" else labels
    return net, params, data.astype(kind), labels, dtype


@pytest.mark.parametrize("seed", range(NETS))
def test_no_false_alarm(seed: int) -> None:
    net, params, data, labels, dtype = random_net(seed)
    report = sd.crosscheck(net.risk, params, data, labels)
    seen = Counter((f.method, str(f.verdict)) for f in report.findings)
    accused = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert not accused, (str(net), dtype, accused[0])
    assert not [name for name, lamp in report.lamps.items() if lamp.state == "red"], (str(net), report.lamps)
    if report.verdict is Verdict.UNDECIDED:
        reasons = {f.reason for f in report.findings if f.verdict is Verdict.UNDECIDED}
        at_kinks = [r for r in reasons if any(w in r for w in ("kink", "no derivative", "not smooth"))]
        assert len(at_kinks) == len(reasons), (str(net), dtype, reasons)  # a unit whose input is exactly zero
    assert seen
