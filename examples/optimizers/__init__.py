"""A scientist with hand-written derivatives for `scipy.optimize`: right ones pass, and a slip is caught and named.

`python -m examples.optimizers` checks them all, and shows what happens inside `minimize` and `least_squares`.
"""
