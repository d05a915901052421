"""Learning: minimise the empirical risk by the gradient, or by what people put in its place, and measure how far off
that is. One rule a file; all have the same `step`."""

from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.rule import RULES, Promise, Rule, Step, rule

__all__ = ["RULES", "Claim", "Contract", "Promise", "Rule", "Step", "rule"]
