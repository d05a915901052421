"""Multilayer perceptrons: the lecture's dense layers, their losses and their risk, as ordinary functions."""

from symdiff.nets.mlp import MLP, mlp

__all__ = ["MLP", "mlp"]
