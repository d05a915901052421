"""Multilayer perceptrons: the lecture's dense layers, their losses and their risk, as ordinary functions."""

from symdiff.nets import data
from symdiff.nets.mlp import MLP, mlp
from symdiff.nets.views import Depth, Vanishing, vanishing

__all__ = ["MLP", "Depth", "Vanishing", "data", "mlp", "vanishing"]
