"""Evolution strategies learn from values alone: `python -m examples.evolution`.

It needs scikit-learn, which brings the digits. XOR first, with several seeds: a linear model gets two of its four
points wrong. Then the digits, where a population of 64 nets, run as a few matrix products, comes to about what logistic
regression knows. CMA-ES takes part where the package cma is installed.
"""

from __future__ import annotations

import importlib.util
import sys

import symdiff as sd
from symdiff.learn import recipes

FEW = 15  # epochs of the short form


def contracts() -> None:
    """Conditioned on what is drawn, the direction is what it has to be."""
    X, y = sd.nets.data.xor()
    net = sd.mlp([2, 4, 2], "tanh", "softmax_cross_entropy")
    for name in ("evolution", "mu_lambda"):
        contract = sd.learn.rule(name).check(net, net.init(seed=0), X, y)
        print(contract)
        assert contract.ok


def xor(name: str, seeds: int) -> int:
    """How often XOR is learned."""
    return sum(recipes.learn("xor", name, seed).accuracy == 1.0 for seed in range(seeds))


def main(seeds: int = 5) -> int:
    """XOR with 20 seeds and the digits with 5; with 0 seeds the short form: one of XOR, a few epochs of the digits."""
    contracts()
    for name in ("evolution", "mu_lambda", "cma_es"):
        if name == "cma_es" and importlib.util.find_spec("cma") is None:
            print("cma_es: the package cma is not installed")
            continue
        tried = 20 if seeds else 1
        learned = xor(name, tried)
        print(f"{name}: XOR learned with {learned} of {tried} seeds")
        assert learned == tried
    for name, least in (("evolution", 0.962), ("mu_lambda", 0.950)):
        epochs = None if seeds else FEW
        found = [recipes.learn("digits", name, seed, epochs=epochs).accuracy for seed in range(seeds or 1)]
        accuracy = sum(found) / len(found)
        print(f"{name}: test accuracy on the digits {accuracy:.4f} ({len(found)} seeds)")
        assert accuracy >= (least if seeds else 0.8)
    return 0


if __name__ == "__main__":
    sys.exit(main())
