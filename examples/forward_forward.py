"""Forward-forward learns the digits without a backward pass: `python -m examples.forward_forward`.

It needs scikit-learn, which brings the digits. Every layer has a loss of its own, that its goodness, the sum of its
squares, is above its width for the right label and below for a wrong one; the gradients of these losses are checked
three ways before anything is learned. With it goes what a linear model knows of the digits: less is no learning.
"""

from __future__ import annotations

import sys

import symdiff as sd
from symdiff.learn import recipes

FEW = 4  # epochs of the short form


def main(seeds: int = 5) -> int:
    """All epochs of the recipe for each seed; with 0 seeds the short form: a few epochs of one."""
    X, y, _, _ = sd.learn.digits()
    net = sd.mlp([64 + 10, 32, 32], ["relu", "relu"])
    contract = sd.learn.rule("forward_forward").check(net, net.init(seed=0), X[:16], y[:16])
    print(contract)
    assert contract.ok
    epochs = None if seeds else FEW
    found = [recipes.learn("digits", "forward_forward", seed, epochs=epochs).accuracy for seed in range(seeds or 1)]
    linear = [recipes.baseline("digits", seed) for seed in range(seeds or 1)]
    accuracy, baseline = sum(found) / len(found), sum(linear) / len(linear)
    print(f"test accuracy {accuracy:.4f}, logistic regression {baseline:.4f} ({len(found)} seeds)")
    assert accuracy > (baseline if seeds else 0.9)
    return 0


if __name__ == "__main__":
    sys.exit(main())
