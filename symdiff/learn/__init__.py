"""Learning: minimise the empirical risk by the gradient, or by what people put in its place, and measure how far off
that is. One rule a file; all have the same `step`."""

from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.directions import Direction, Directions, directions
from symdiff.learn.history import Divergence, History, Probe
from symdiff.learn.optimizers import OPTIMIZERS, Optimizer, optimizer
from symdiff.learn.rule import RULES, Promise, Rule, Step, rule
from symdiff.learn.train import train

__all__ = [
    "OPTIMIZERS", "RULES", "Claim", "Contract", "Direction", "Directions", "Divergence", "History", "Optimizer",
    "Probe", "Promise", "Rule", "Step", "directions", "optimizer", "rule", "train",
]  # fmt: skip
