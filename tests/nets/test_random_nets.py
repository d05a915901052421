"""Random nets: nobody's right derivative is called wrong. SYMDIFF_FULL=1 runs two hundred of them, up to depth 30.

Each net has an activation, a loss, an init and a dtype of its own; two hundred of them meet every pair of these.
With -s every net says what was found and in how long, and the sums stand at the end.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict
from symdiff.nets.activations import known
from symdiff.nets.inits import SCHEMES
from symdiff.nets.losses import LOSSES
from tests.data_files import FULL, say

NETS = len(LOSSES) * len(known())  # two hundred and some: every loss with every activation
SEEDS = range(NETS) if FULL else range(0, NETS, 20)
DEEPEST = 30 if FULL else 6
DTYPES = {"float64": np.float64, "float32": np.float32, "bfloat16": ml_dtypes.bfloat16}
ACTIVATIONS = known()
WIDE = ("sinh", "cosh", "exp", "exp2", "expm1")  # overflow in a few layers, and then there is no derivative
BENT = {"abs", "relu", "leaky_relu", "elu", "selu", "cbrt", "sign", "floor", "ceil"}  # no slope, or two, at 0
STEPS = ("sign", "floor", "ceil")
FINE = {Verdict.AGREE, Verdict.PROVED, Verdict.INACCURATE}


class Kind(NamedTuple):
    activation: str
    loss: str
    scheme: str
    dtype: str


class Net(NamedTuple):
    net: sd.MLP
    params: list[dict[str, np.ndarray]]
    data: np.ndarray
    labels: np.ndarray


def kind(seed: int) -> Kind:
    """Every activation in turn, and every time round with another loss, init and dtype."""
    times, a = divmod(seed, len(ACTIVATIONS))
    losses, schemes, dtypes = list(LOSSES), list(SCHEMES), list(DTYPES)
    return Kind(
        ACTIVATIONS[a], losses[(a + times) % len(losses)], schemes[(a + 2 * times) % len(schemes)],
        dtypes[(a + times // 2) % len(dtypes)],
    )  # fmt: skip


def _labels(loss: str, rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    if loss == "softmax_cross_entropy":
        return rng.integers(0, d, n)
    if loss == "binary_cross_entropy":
        return rng.integers(0, 2, (n, d))
    if loss == "hinge":
        return rng.choice([-1, 1], (n, d))
    return rng.standard_normal((n, d))


def random_net(seed: int, deepest: int = DEEPEST, of: Kind | None = None) -> Net:
    rng, (activation, loss, scheme, dtype) = np.random.default_rng(seed), of or kind(seed)
    depth = int(rng.integers(1, deepest + 1)) if activation not in WIDE else int(rng.integers(1, 3))
    wide = rng.random() < 0.3
    widths = [int(w) for w in rng.integers(2, 40 if wide else 5, depth + 1)]
    net = sd.mlp(widths, activation, loss, alpha=float(rng.uniform(0.01, 2)), l2=float(rng.choice([0.0, 0.1])))
    n = int(rng.integers(1, 64 if wide else 4))
    data, labels = rng.standard_normal((n, widths[0])), _labels(loss, rng, n, widths[-1])
    labels = labels.astype(DTYPES[dtype]) if labels.dtype.kind == "f" else labels
    return Net(net, net.init(seed, scheme, dtype=DTYPES[dtype]), data.astype(DTYPES[dtype]), labels)


def on_a_bend(n: Net) -> bool:
    """Whether some unit is exactly where its activation has no derivative, or some output where the loss has none."""
    values = n.net.forward(n.params, n.data)
    for i, sigma in enumerate(n.net.activations, 1):
        u = np.asarray(values[f"u{i}"], float)
        if sigma.name in BENT and np.any(u == (np.round(u) if sigma.name in ("floor", "ceil") else 0.0)):
            return True
    output, y = np.asarray(values[f"z{n.net.depth}"], float), np.asarray(n.labels, float)
    name = str(n.net.loss.name)
    return (name == "absolute" and np.any(output == y)) or (name == "hinge" and np.any(output * y == 1.0))


@pytest.fixture(scope="module")
def sums() -> Iterator[Counter[Any]]:
    """How many findings there were of each dtype and verdict; told at the end."""
    found: Counter[Any] = Counter()
    yield found
    say("\n".join(f"  {dtype:9} {verdict:12} {count}" for (dtype, verdict), count in sorted(found.items())))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_false_alarm(seed: int, sums: Counter[Any]) -> None:
    n, k = random_net(seed), kind(seed)
    start = time.perf_counter()
    report = sd.crosscheck(n.net.risk, n.params, n.data, n.labels)
    found = Counter(str(f.verdict) for f in report.findings)
    say(f"{seed}: {k.activation}, {k.loss}, {k.scheme}, {k.dtype}, depth {n.net.depth}, widths to {max(n.net.widths)}, "
        f"{len(n.data)} examples: {dict(found)}, {time.perf_counter() - start:.2f} s")  # fmt: skip
    sums.update((k.dtype, v) for v in found.elements())
    assert not [f for f in report.findings if f.verdict is Verdict.DIFFER], str(n.net)
    assert not [name for name, lamp in report.lamps.items() if lamp.state == "red"], (str(n.net), report.lamps)
    odd = [f for f in report.findings if f.verdict not in FINE and f.verdict is not Verdict.UNSUPPORTED]
    assert not odd or on_a_bend(n), (str(n.net), odd[0])
    refused = {f.method for f in report.findings if f.verdict is Verdict.UNSUPPORTED}
    assert refused <= may_refuse(k), (str(n.net), refused)


@pytest.mark.slow
def test_where_float32_keeps_no_digit_nobody_is_accused_by_its_noise() -> None:
    """Four layers of tan, with poles within rounding: JAX was 32 times the noise off, as any right program may be."""
    n = random_net(114, 30, Kind("tan", next(iter(LOSSES)), list(SCHEMES)[3], "float32"))
    report = sd.crosscheck(n.net.risk, n.params, n.data, n.labels, methods=["tape", "jax"])
    found = Counter(str(f.verdict) for f in report.findings)
    assert set(found) <= {"AGREE", "INACCURATE"}
    assert found["INACCURATE"] > len(report.findings) / 2

    def claimed(params: Any, X: Any, y: Any) -> Any:
        gradient = sd.grad(n.net.risk, method="tape")(params, X, y)
        return [{k: 1000 * layer[k] for k in layer} for layer in gradient]

    report = sd.crosscheck(n.net.risk, n.params, n.data, n.labels, methods=["tape"], claimed=claimed)
    assert {str(f.verdict) for f in report.findings if f.method == "claimed"} <= {"UNDECIDED", "DIFFER"}
    assert not report.ok


def may_refuse(k: Kind) -> set[str]:
    """NumPy has no bfloat16 of its own, and SymPy no derivative of floor and ceil."""
    if k.dtype == "bfloat16":
        return {"symbolic", "tape"}
    return {"symbolic"} if k.activation in STEPS else set()


def test_two_hundred_nets_meet_every_pair() -> None:
    """Every activation with every loss, init and dtype, and every other pair of these."""
    choices = (ACTIVATIONS, list(LOSSES), list(SCHEMES), list(DTYPES))
    nets = [kind(seed) for seed in range(NETS)]
    for (i, some), (j, others) in itertools.combinations(enumerate(choices), 2):
        assert {(k[i], k[j]) for k in nets} == set(itertools.product(some, others)), (i, j)
