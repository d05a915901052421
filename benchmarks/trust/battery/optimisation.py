"""Test problems of optimisation: Rosenbrock, Beale, Himmelblau and their kin, at starts, valleys and minima."""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("optimisation")
wrong, right = FAMILY.wrong, FAMILY.right
MGH = "More, Garbow, Hillstrom (1981), Testing Unconstrained Optimization Software"


def rosenbrock(np: Any, x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def _of_rosenbrock(np: Any, x: Any) -> Any:
    d = x[1:] - x[:-1] ** 2
    zero = np.zeros(1)
    return np.concatenate([-400 * x[:-1] * d - 2 * (1 - x[:-1]), zero]) + np.concatenate([zero, 200 * d])


def beale(np: Any, x: Any) -> Any:
    return (1.5 - x[0] + x[0] * x[1]) ** 2 + (2.25 - x[0] + x[0] * x[1] ** 2) ** 2 + (2.625 - x[0]
        + x[0] * x[1] ** 3) ** 2


def _of_beale(np: Any, x: Any, k: int = 3) -> Any:
    a, b, c = 1.5 - x[0] + x[0] * x[1], 2.25 - x[0] + x[0] * x[1] ** 2, 2.625 - x[0] + x[0] * x[1] ** 3
    return np.stack([2 * a * (x[1] - 1) + 2 * b * (x[1] ** 2 - 1) + 2 * c * (x[1] ** 3 - 1),
                     2 * x[0] * (a + 2 * b * x[1] + k * c * x[1] ** 2)])


def himmelblau(np: Any, x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def _of_himmelblau(np: Any, x: Any) -> Any:
    a, b = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return np.stack([4 * x[0] * a + 2 * b, 2 * a + 4 * x[1] * b])


def powell(np: Any, x: Any) -> Any:
    return (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4


def _of_powell(np: Any, x: Any, fourth: float = 40.0) -> Any:
    a, b, c, d = x[0] + 10 * x[1], x[2] - x[3], (x[1] - 2 * x[2]) ** 3, (x[0] - x[3]) ** 3
    return np.stack([2 * a + fourth * d, 20 * a + 4 * c, 10 * b - 8 * c, -10 * b - fourth * d])


def rastrigin(np: Any, x: Any) -> Any:
    return np.sum(x**2 - 10 * np.cos(2 * np.pi * x) + 10)


def ackley(np: Any, x: Any) -> Any:
    return -20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * np.pi * x)))


def _of_ackley(np: Any, x: Any, n: float = 2.0) -> Any:
    r = np.sqrt(np.mean(x**2))
    return 4 * np.exp(-0.2 * r) * x / (n * r) + np.exp(np.mean(np.cos(2 * np.pi * x))) * np.sin(2 * np.pi
        * x) * 2 * np.pi / n


def griewank(np: Any, x: Any) -> Any:
    return np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(np.arange(1.0, 4.0))))


def _of_griewank(np: Any, x: Any) -> Any:
    s = np.sqrt(np.arange(1.0, 4.0))
    c = np.cos(x / s)
    return x / 2000 + np.sin(x / s) / s * np.stack([c[1] * c[2], c[0] * c[2], c[0] * c[1]])


def badly_scaled(np: Any, x: Any) -> Any:
    return (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2


def _of_badly_scaled(np: Any, x: Any) -> Any:
    p = 2 * (x[0] * x[1] - 2)
    return np.stack([2 * (x[0] - 1e6) + p * x[1], 2 * (x[1] - 2e-6) + p * x[0]])


def helical(np: Any, x: Any) -> Any:
    t = np.arctan2(x[1], x[0]) / (2 * np.pi)
    return 100 * ((x[2] - 10 * t) ** 2 + (np.hypot(x[0], x[1]) - 1) ** 2) + x[2] ** 2


def _of_helical(np: Any, x: Any, turn: float = 1.0) -> Any:
    t, r = np.arctan2(x[1], x[0]) / (2 * np.pi), np.hypot(x[0], x[1])
    e = 200 * (x[2] - 10 * t)
    dt = np.stack([-x[1], x[0]]) / (2 * np.pi * r**2)
    g = -10 * turn * e * dt + 200 * (r - 1) * np.stack([x[0], x[1]]) / r
    return np.stack([g[0], g[1], e + 2 * x[2]])


def barrier(np: Any, x: Any) -> Any:
    return x[0] + 2 * x[1] - 1e-3 * (np.log(x[0]) + np.log(x[1]) + np.log(1 - x[0] - x[1]))


def penalty(np: Any, x: Any) -> Any:
    return np.sum((x - 2) ** 2) + 1e8 * np.maximum(np.sum(x) - 1, 0.0) ** 2


def styblinski(np: Any, x: Any) -> Any:
    return 0.5 * np.sum(x**4 - 16 * x**2 + 5 * x)


def goldstein(np: Any, x: Any) -> Any:
    a = 1 + (x[0] + x[1] + 1) ** 2 * (19 - 14 * x[0] + 3 * x[0] ** 2 - 14 * x[1] + 6 * x[0] * x[1] + 3 * x[1] ** 2)
    b = 30 + (2 * x[0] - 3 * x[1]) ** 2 * (18 - 32 * x[0] + 12 * x[0] ** 2 + 48 * x[1] - 36 * x[0] * x[1]
        + 27 * x[1] ** 2)
    return a * b


def _of_goldstein(np: Any, x: Any, product: float = 1.0) -> Any:
    s, t = x[0] + x[1] + 1, 2 * x[0] - 3 * x[1]
    p = 19 - 14 * x[0] + 3 * x[0] ** 2 - 14 * x[1] + 6 * x[0] * x[1] + 3 * x[1] ** 2
    q = 18 - 32 * x[0] + 12 * x[0] ** 2 + 48 * x[1] - 36 * x[0] * x[1] + 27 * x[1] ** 2
    a, b = 1 + s**2 * p, 30 + t**2 * q
    da = np.stack([2 * s * p + s**2 * (-14 + 6 * x[0] + 6 * x[1]), 2 * s * p + s**2 * (-14 + 6 * x[0] + 6 * x[1])])
    db = np.stack([4 * t * q + t**2 * (-32 + 24 * x[0] - 36 * x[1]), -6 * t * q + t**2 * (48 - 36 * x[0] + 54 * x[1])])
    return da * b + product * a * db


START = [-1.2, 1.0, 0.7, 1.6]
wrong("Rosenbrock: 200 for 400", rosenbrock, lambda np, x: np.concatenate([-200 * x[:-1] * (x[1:] - x[:-1] ** 2)
      - 2 * (1 - x[:-1]), np.zeros(1)]) + np.concatenate([np.zeros(1), 200 * (x[1:] - x[:-1] ** 2)]), START,
      "The inner derivative 2x.", source=MGH)
wrong("Rosenbrock: inner entries see one term", rosenbrock,
      lambda np, x: np.concatenate([-400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1]),
      200 * (x[-1:] - x[-2:-1] ** 2)]), START, "Every inner entry stands in two terms.", source=MGH)
wrong("Rosenbrock: the last entry is one off", rosenbrock,
      lambda np, x: np.concatenate([_of_rosenbrock(np, x)[:-1], 200 * (x[-2:-1] - x[-3:-2] ** 2)]), START,
      "An index off by one.")
wrong("Rosenbrock: the sign of 1 - x", rosenbrock, lambda np, x: _of_rosenbrock(np, x)
      + np.concatenate([4 * (1 - x[:-1]), np.zeros(1)]), START,
      "+2(1 - x) for -2(1 - x): seven hundredths of the gradient.")
wrong("Beale: the cube's 3", beale, lambda np, x: _of_beale(np, x, 2), [1.0, 0.4], "d y^3 = 3y^2.", source=MGH)
wrong("Himmelblau: the second equation's partials swapped", himmelblau,
      lambda np, x: np.stack([4 * x[0] * (x[0] ** 2 + x[1] - 11) + 4 * x[1] * (x[0] + x[1] ** 2 - 7),
      2 * (x[0] ** 2 + x[1] - 11) + 2 * (x[0] + x[1] ** 2 - 7)]), [0.5, 1.5], "x[0] is linear there, x[1] squared.")
wrong("Powell: 4 for 40", powell, lambda np, x: _of_powell(np, x, 4.0), [3.0, -1.0, 0.0, 1.0],
      "The factor 10 of the last term.", source=MGH)
wrong("Rastrigin: 2 pi once", rastrigin, lambda np, x: 2 * x + 10 * np.sin(2 * np.pi * x), [0.7, -1.3],
      "The inner 2 pi is missing.")
wrong("Rastrigin: pi typed with seven digits", rastrigin,
      lambda np, x: 2 * x + 20 * 3.141593 * np.sin(2 * np.pi * x), [0.7, -1.3], "A relative error of 1e-7.")
wrong("Ackley: n is forgotten", ackley, lambda np, x: _of_ackley(np, x, 1.0), [0.7, -1.3], "Means, not sums.")
wrong("Griewank: the product's own factor is left in", griewank,
      lambda np, x: x / 2000 + np.sin(x / np.sqrt(np.arange(1.0, 4.0))) / np.sqrt(np.arange(1.0, 4.0))
      * np.prod(np.cos(x / np.sqrt(np.arange(1.0, 4.0)))), [0.7, -1.3, 2.2], "The product runs over the others.")
wrong("Griewank: 1/sqrt(i) is missing", griewank, lambda np, x: x / 2000 + (_of_griewank(np, x) - x / 2000)
      * np.sqrt(np.arange(1.0, 4.0)), [0.7, -1.3, 2.2], "The inner derivative; right in the first entry.")
wrong("badly scaled: the small entry's own term", badly_scaled, lambda np, x: _of_badly_scaled(np, x)
      - np.stack([2 * (x[0] - 1e6), 0.0]), [1e6 + 1, 1.9e-6], "Two of the size 2 beside entries of 1e5.", source=MGH)
wrong("helical valley: the angle held fixed", helical, lambda np, x: _of_helical(np, x, 0.0), [-1.0, 0.4, 0.3],
      "t depends on x0 and x1.", source=MGH)
wrong("barrier: the joint constraint's sign", barrier, lambda np, x: np.array([1.0, 2.0])
      - 1e-3 * (1 / x + 1 / (1 - x[0] - x[1])), [0.2, 0.3], "d log(1 - x - y) = -1/(1 - x - y).")
wrong("penalty: inside it is not switched off", penalty, lambda np, x: 2 * (x - 2) + 2e8 * (np.sum(x) - 1),
      [0.2, 0.3], "The penalty is 0 where the constraint holds.")
wrong("Styblinski-Tang: the half is forgotten in one term", styblinski, lambda np, x: 2 * x**3 - 16 * x + 5,
      [0.7, -1.3], "5/2.")
wrong("Goldstein-Price: the product rule's second half", goldstein, lambda np, x: _of_goldstein(np, x, 0.0),
      [0.3, -0.6], "a b' is dropped.")

right("Rosenbrock at its minimum", rosenbrock, _of_rosenbrock, [1.0, 1.0, 1.0], "Exactly 0.")
right("Rosenbrock at the classical start", rosenbrock, _of_rosenbrock, [-1.2, 1.0], "-215.6 and -88.", source=MGH)
right("Rosenbrock far away", rosenbrock, _of_rosenbrock, [1e6, -1e6, 1e5], "1e26 with gradients of 4e20.")
right("Rosenbrock on the valley's floor", rosenbrock, _of_rosenbrock, [0.5, 0.25],
      "One entry is -1, the other exactly 0.")
right("Beale at its minimum", beale, _of_beale, [3.0, 0.5], "Exactly 0.", source=MGH)
right("Himmelblau at (3, 2)", himmelblau, _of_himmelblau, [3.0, 2.0], "Exactly 0.")
right("Powell's singular function near its minimum", powell, _of_powell, [1e-6, -1e-7, 1e-6, 1e-6 + 2.0**-60],
      "A singular Hessian: linear and cubic terms beside each other.", source=MGH)
right("Rastrigin at an integer", rastrigin, lambda np, x: 2 * x + 20 * np.pi * np.sin(2 * np.pi * x), [2.0, -3.0],
      "sin(2 pi n) of the float pi is not quite 0.")
right("Ackley close to its kink", ackley, _of_ackley, [1e-8, -1e-8], "A cone at 0; here 1e-8 away.")
right("Griewank far out", griewank, _of_griewank, [600.0, -600.0, 600.0], "A paraboloid with ripples.")
right("badly scaled at the start", badly_scaled, _of_badly_scaled, [1.0, 1.5], "-2e6 beside 2.", source=MGH)
right("badly scaled at its minimum's first entry", badly_scaled, _of_badly_scaled, [1e6, 0.0],
      "Gradients of 0 and -4e6.", source=MGH)
right("helical valley on the branch cut's lower side", helical, _of_helical, [-1.25, -1e-10, 0.0],
      "arctan2 jumps 1e-10 away.")
right("barrier close to the edge", barrier, lambda np, x: np.array([1.0, 2.0])
      - 1e-3 * (1 / x - 1 / (1 - x[0] - x[1])), [1e-9, 0.5], "Steps leave the feasible set; slopes of -1e6.")
right("barrier close to the joint edge", barrier, lambda np, x: np.array([1.0, 2.0])
      - 1e-3 * (1 / x - 1 / (1 - x[0] - x[1])), [0.5, 0.5 - 2.0**-30], "1 - x - y is exact, and 1e-9.")
right("penalty just outside", penalty, lambda np, x: 2 * (x - 2) + 2e8 * np.maximum(np.sum(x) - 1, 0.0),
      [0.5, 0.5 + 2.0**-30], "A curvature of 2e8, a step from the seam.")
right("penalty on the seam", penalty, lambda np, x: 2 * (x - 2) + 2e8 * np.maximum(np.sum(x) - 1, 0.0), [0.5, 0.5],
      "Once differentiable there.")
right("Styblinski-Tang at 1e-3", styblinski, lambda np, x: 2 * x**3 - 16 * x + 2.5, [1e-3, -2.903534],
      "One ordinary entry, and one next to a stationary point.", slack=2e-14)
right("Goldstein-Price at its minimum", goldstein, _of_goldstein, [0.0, -1.0], "Exactly 0: every difference cancels.")
