"""Piecewise functions: wrong on one branch, wrong only at the kink, a kink next door, smooth although made of kinks.

At a kink every element of Clarke's set is right; `clarke=` holds its vertices. Where pieces cancel and the whole has
a derivative, only that derivative is right, and nan is wrong.
"""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("kinks")
wrong, right = FAMILY.wrong, FAMILY.right


def relu(np: Any, x: Any) -> Any:
    return np.maximum(x, 0.0)


def identity_of_relus(np: Any, x: Any) -> Any:
    return np.maximum(x, 0.0) - np.maximum(-x, 0.0)


def guarded_root(np: Any, x: Any) -> Any:
    return np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)


def huber(np: Any, x: Any) -> Any:
    a = np.abs(x)
    return np.sum(np.where(a <= 1.5, 0.5 * x**2, 1.5 * (a - 0.75)))


def norm_squared(np: Any, x: Any) -> Any:
    return np.linalg.norm(x) ** 2


def greatest(np: Any, x: Any) -> Any:
    return np.max(x)


def clipped(np: Any, x: Any) -> Any:
    return np.sum(np.clip(x, -1.0, 1.0) ** 2)


def smoothstep(np: Any, x: Any) -> Any:
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def leaky(np: Any, x: Any) -> Any:
    return np.where(x > 0, x, 0.01 * x)


wrong("leaky relu: the negative slope is squared", leaky, lambda np, x: np.where(x > 0, 1.0, 0.01 * 0.01), -2.0,
      "Right wherever x > 0.")
wrong("leaky relu: slope 0 on the left", leaky, lambda np, x: np.where(x > 0, 1.0, 0.0), -2.0, "The gradient of relu.")
wrong("|x| with the slope of its positive branch", lambda np, x: np.abs(x), lambda np, x: 1.0 + 0 * x, -5.0,
      "sign(x) is missing, so every test with x > 0 passes.",
      source="https://github.com/chalk-lab/Mooncake.jl/issues/1195")
wrong("copysign without the sign of its first argument", lambda np, x: np.copysign(x, 3.0),
      lambda np, x: np.sign(3.0) + 0 * x, -5.0, "d copysign(x, y)/dx = sign(x) sign(y).",
      source="https://github.com/chalk-lab/Mooncake.jl/issues/1195")
wrong("relu with slope 2 at 0", relu, lambda np, x: 1.0 + (x >= 0), 0.0, "Clarke's set is [0, 1].",
      clarke=((0.0,), (1.0,)))
wrong("relu with nan at 0", relu, lambda np, x: np.divide(x, x) * (x > 0), 0.0, "0/0 at the kink.",
      clarke=((0.0,), (1.0,)))
wrong("|x| with slope 2 at 0", lambda np, x: np.abs(x), lambda np, x: 2.0 * (x == 0) + np.sign(x), 0.0,
      "Outside [-1, 1].", clarke=((-1.0,), (1.0,)))
wrong("max of a tie: each gets 1", greatest, lambda np, x: 1.0 * (x == np.max(x)), [1.0, 1.0],
      "(1, 1) is no convex combination of (1, 0) and (0, 1).", clarke=((1.0, 0.0), (0.0, 1.0)),
      source="https://github.com/Theano/Theano/issues/4568")
wrong("max(x, x) with slope 2", lambda np, x: np.maximum(x, x), lambda np, x: 2.0 + 0 * x, 0.7,
      "Both sides of the tie were counted; it is x.")
wrong("relu(x) - relu(-x) is flat at 0", identity_of_relus, lambda np, x: (x > 0) * 1.0 + (x < 0) * 1.0, 0.0,
      "The function is x. Both relus say 0 at 0, and so does the chain rule.")
wrong("|x| |x| is nan at 0", lambda np, x: np.abs(x) * np.abs(x), lambda np, x: 2 * np.abs(x) * (x / np.abs(x)), 0.0,
      "The function is x^2.")
wrong("where-trick: nan on the side that is not taken", guarded_root, lambda np, x: (x > 0) * 0.5 / np.sqrt(x), -2.0,
      "0 times nan: the mask came after the root.", source="https://github.com/jax-ml/jax/issues/1052")
wrong("norm squared at 0 is nan", norm_squared, lambda np, x: 2 * np.linalg.norm(x) * (x / np.linalg.norm(x)),
      [0.0, 0.0, 0.0], "The function is x @ x; by the chain rule 0 * (0/0).",
      source="https://github.com/jax-ml/jax/issues/21723")
wrong("huber: the linear branch without its slope", huber, lambda np, x: np.where(np.abs(x) <= 1.5, x, np.sign(x)),
      [0.4, -3.0, 2.0], "delta sign(x) with delta = 1.5.")
wrong("huber: the branches swapped", huber, lambda np, x: np.where(np.abs(x) > 1.5, x, 1.5 * np.sign(x)),
      [0.4, -3.0, 2.0], "The comparison is turned.")
wrong("clip: the gradient passes outside", clipped, lambda np, x: 2 * np.clip(x, -1.0, 1.0), [0.3, 2.0, -4.0],
      "Beyond the limits it is flat.")
wrong("clip: x for 1", lambda np, x: np.sum(np.clip(x, -1.0, 1.0)), lambda np, x: np.where(np.abs(x) < 1, x, 0.0),
      [0.3, 2.0, -0.6], "The argument where the slope is 1: what a reader took for Paddle's rule.",
      source="https://github.com/PaddlePaddle/Paddle/issues/12597")
wrong("smoothstep goes on outside", smoothstep, lambda np, x: 6 * x * (1 - x), 1.7, "Flat beyond the edge.")
wrong("mod: the divisor's partial is left out", lambda np, x: np.mod(x[0], x[1]),
      lambda np, x: np.stack([1.0, 0.0 * x[1]]), [7.3, 2.0],
      "x mod y = x - y floor(x/y): the second partial is -floor(x/y).")
wrong("floor said to have slope 1", lambda np, x: np.floor(x) * x, lambda np, x: np.floor(x) + x, 2.4,
      "floor is flat between the integers.")

right("relu at 0 with 0", relu, lambda np, x: 1.0 * (x > 0), 0.0, "The usual convention.", clarke=((0.0,), (1.0,)))
right("relu at 0 with 1", relu, lambda np, x: 1.0 * (x >= 0), 0.0, "The other convention.", clarke=((0.0,), (1.0,)))
right("relu at 0 with a half", relu, lambda np, x: 0.5 * (1 + np.sign(x)), 0.0, "The symmetric one.",
      clarke=((0.0,), (1.0,)), source="https://github.com/pytorch/pytorch/issues/114234")
right("|x| at 0 with 0", lambda np, x: np.abs(x), lambda np, x: np.sign(x), 0.0, "sign(0) = 0 lies in [-1, 1].",
      clarke=((-1.0,), (1.0,)))
right("max of a tie, shared", greatest, lambda np, x: (x == np.max(x)) / np.sum(x == np.max(x)), [1.0, 1.0, 0.0],
      "A half each.", clarke=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
right("max of a tie, the first takes all", greatest, lambda np, x: 1.0 * (np.arange(3) == np.argmax(x)),
      [1.0, 1.0, 0.0], "Also in the set.", clarke=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
right("L1 norm with a zero entry", lambda np, x: np.sum(np.abs(x)), lambda np, x: np.sign(x), [2.0, 0.0, -3.0],
      "One entry at its kink.", clarke=((1.0, 1.0, -1.0), (1.0, -1.0, -1.0)))
right("clip at its edge", lambda np, x: np.clip(x, -1.0, 1.0), lambda np, x: 1.0 * (np.abs(x) <= 1), 1.0,
      "0 and 1 are both right.", clarke=((0.0,), (1.0,)))
right("relu(x) - relu(-x) at 0", identity_of_relus, lambda np, x: 1.0 + 0 * x, 0.0, "The function is x.")
right("|x| |x| at 0", lambda np, x: np.abs(x) * np.abs(x), lambda np, x: 2 * x, 0.0, "The function is x^2.")
right("norm squared at 0", norm_squared, lambda np, x: 2 * x, [0.0, 0.0, 0.0], "The function is x @ x.",
      source="https://github.com/jax-ml/jax/issues/4177")
right("where-trick on the left", guarded_root, lambda np, x: np.where(x > 0, 0.5 / np.sqrt(np.where(x > 0, x, 1.0)),
      0.0), -2.0, "The root of a negative number stands in the branch that is not taken.")
right("where-trick close to its edge", guarded_root,
      lambda np, x: np.where(x > 0, 0.5 / np.sqrt(np.where(x > 0, x, 1.0)), 0.0), 1e-12,
      "Steep, and the kink within every step.")
right("relu at 1e-9", relu, lambda np, x: 1.0 * (x > 0), 1e-9, "A step of 1e-6 crosses the kink.")
right("relu at -1e-9", relu, lambda np, x: 1.0 * (x > 0), -1e-9, "Flat, with the kink within a step.")
right("|x - 1| at the next number above 1", lambda np, x: np.abs(x - 1.0), lambda np, x: np.sign(x - 1.0), 1 + 2.0**-52,
      "One ulp from the kink.")
right("floor just below an integer", lambda np, x: np.floor(x) + 0.5 * x, lambda np, x: 0.5 + 0 * x, 3 - 1e-9,
      "A step sees the jump.")
right("huber at the seam", huber, lambda np, x: np.clip(x, -1.5, 1.5), [1.5, -1.5, 0.1],
      "Continuously differentiable there.")
right("smoothstep at its edges", lambda np, x: np.sum(smoothstep(np, x)),
      lambda np, x: 6 * np.clip(x, 0.0, 1.0) * (1 - np.clip(x, 0.0, 1.0)), [0.0, 1.0, 0.5],
      "Made of clips, smooth to the first order.")
right("relu cubed at 0", lambda np, x: np.maximum(x, 0.0) ** 3, lambda np, x: 3 * np.maximum(x, 0.0) ** 2, 0.0,
      "The spline's knot: smooth.")
right("max of two branches that touch", lambda np, x: np.maximum(x**2, -(x**2)), lambda np, x: 2 * x, 0.0,
      "A tie with equal slopes is no kink.")
right("max(3x, 3x, 3x)", lambda np, x: np.maximum(np.maximum(3 * x, 3 * x), 3 * x), lambda np, x: 3.0 + 0 * x, 0.4,
      "A threefold tie of one branch.")
right("max of far apart entries and one near tie", greatest, lambda np, x: 1.0 * (x == np.max(x)),
      [1.0, 1.0 + 1e-10, -5.0], "The runner-up is 1e-10 away.")
right("mod close to the wrap", lambda np, x: np.mod(x, 1.0) * x, lambda np, x: np.mod(x, 1.0) + x, 2 + 1e-10,
      "The jump is 1e-10 away.")
