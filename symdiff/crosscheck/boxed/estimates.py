"""The entries of an operator of a black box, each with an estimate of its error: the reference that claims are
held against. It sees values of the caller's own function and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from symdiff.arrays import ArrayProblem, cut, flat
from symdiff.crosscheck.boxed.analytic import ComplexStep
from symdiff.crosscheck.boxed.differences import Estimated, Phi, first, noise_of, second
from symdiff.crosscheck.draws import weights
from symdiff.errors import InputError

UNIT = 2.0**-53
OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "jvp", "vjp", "hessian", "hvp")
OF_ACCURACY = 8.0
WIDE = 1e-6  # a relative error at which a longer first step is tried
Rows = Callable[[np.ndarray], np.ndarray]


class BlackBox:
    """A function of which only values are known, at a point.

    Attributes:
        values: its components at the point, flat.
        repeats: whether it gives the same values when it is asked again.
        how: where its slopes come from, in words.
    """

    def __init__(self, problem: ArrayProblem, leaves: list[np.ndarray], seed: int = 0, accuracy: float = 0.0) -> None:
        """`accuracy` is how accurate the values are said to be, relative."""
        self.problem, self.x = problem, np.asarray(flat(leaves), float)
        self._reach = _reaches(leaves)
        self.values = self.own(self.x)
        again = self.own(self.x)
        near = np.abs(self.values - again) <= 16.0 * UNIT * np.abs(self.values)
        alike = (self.values == again) | (np.isnan(self.values) & np.isnan(again))  # inf - inf is no distance
        self.repeats = bool(np.all(near | alike))
        rng = np.random.default_rng(seed)
        self.direction = np.where(self.x == 0.0, self._reach, np.abs(self.x)) * weights(rng, self.x.shape)
        self.noise = noise_of(lambda t: self.real(self.x + t * self.direction), 1.0)
        self._accuracy = accuracy
        self.step = self._complex_step()
        self.how = (
            f"extrapolated differences, as the complex step does not serve: {self.step.refused}; its values are "
            f"uncertain by {np.max(self.noise, initial=0.0):.1g}"
            if self.step.refused
            else "the complex step; on circles around the point it is seen to be analytic"
        )

    def own(self, x: np.ndarray) -> np.ndarray:
        """The caller's function, flat entries to flat components. Raises what it raises."""
        return flat(self.problem.own(cut(x, self.problem.shapes)))

    def real(self, x: np.ndarray) -> np.ndarray:
        """The same as floats: nan where it is not defined, or has another shape."""
        try:
            found = np.real(self.own(x)).astype(float)
        except Exception:  # noqa: BLE001 - beyond the edge of its domain the caller's code may raise what it likes
            return np.full(self.values.shape, np.nan)
        return found if found.shape == self.values.shape else np.full(self.values.shape, np.nan)

    def _complex_step(self) -> ComplexStep:
        """The complex step, if it passes on circles, and along a random direction against differences, too."""
        further = self._reach * np.sign(self.direction)
        step = ComplexStep(self.own, self.x, [self.direction, further], self.noise)
        if not step.refused:
            seen, slope = self._differences(self.direction), step.along(self.direction)
            errors = step.errors(self.direction, slope)
            if any(seen.why):
                step.refused = next(filter(None, seen.why))
            elif np.any(errors > seen.errors + 1e-12 * np.abs(slope)):
                step.refused = "it is shown to be analytic less sharply than differences tell its slope"
            elif np.any(np.abs(slope - seen.values) > seen.errors + errors):
                step.refused = "differences of its values tell another slope"
        return step

    # -- slopes -----------------------------------------------------------------------------------------

    def slopes(self, direction: np.ndarray) -> Estimated:
        """All components along a direction."""
        if self.step.refused:
            return self._differences(direction)
        found = self.step.along(direction)
        exact = Estimated(found, self.step.errors(direction, found), [""] * len(found))
        return self._less_accurate(exact, self.values, direction, 1)

    def _differences(self, direction: np.ndarray) -> Estimated:
        return self._along(first, lambda t: self.real(self.x + t * direction), self.values, direction, self.noise)

    def _along(
        self, take: Callable[..., Estimated], phi: Phi, center: np.ndarray, direction: np.ndarray, noise: np.ndarray
    ) -> Estimated:
        """Differences with a first step of the size of what moves; and, where that is too small for the digits, with
        one of the size of its array."""
        moving = direction != 0.0
        if not np.any(moving):
            return Estimated(np.zeros_like(center), np.zeros_like(center), [""] * len(center))
        jitter = UNIT * float(np.max(np.abs(self.x[moving] / direction[moving])))
        small, large = self._steps(direction)
        found = take(phi, center, small, noise, jitter)
        if large > 4.0 * small and np.any(found.errors > WIDE * np.abs(found.values)):
            other = take(phi, center, large, noise, jitter)
            better = other.errors < found.errors
            why = [b if k else a for a, b, k in zip(found.why, other.why, better, strict=True)]
            pick = [np.where(better, b, a) for a, b in ((found.values, other.values), (found.errors, other.errors))]
            found = Estimated(pick[0], pick[1], why)
        return self._less_accurate(found, center, direction, 2 if take is second else 1)

    def _less_accurate(self, found: Estimated, center: np.ndarray, direction: np.ndarray, order: int) -> Estimated:
        """What the accuracy that was said makes of a slope: values off by so much over a distance of the size of x."""
        per_size = float(np.max(np.abs(direction) / self._reach)) ** order
        more = OF_ACCURACY * self._accuracy * (np.abs(center) * per_size + np.abs(found.values))
        return Estimated(found.values, found.errors + more, found.why)

    def _steps(self, direction: np.ndarray) -> tuple[float, float]:
        """The first steps along a direction: of the size of what moves, and of that of its array."""
        moving = direction != 0.0
        sizes = np.where(self.x == 0.0, self._reach, np.abs(self.x)) / 4.0, self._reach / 4.0
        small, large = (_two_to(float(np.min(s[moving] / np.abs(direction[moving])))) for s in sizes)
        return small, large

    # -- how steep it is nearby -------------------------------------------------------------------------

    def steepness(self, operator: str, vector: np.ndarray) -> np.ndarray:
        """For every entry of a first derivative how steep f is over the steps that are taken, which tells what is
        nothing there: see `judged`. nan for all other entries."""
        if operator == "jvp":
            return self._steepness(vector)
        each = np.array([self._steepness(e) for e in np.eye(len(self.x))]).T.reshape(len(self.values), len(self.x))
        if operator == "vjp":
            return np.abs(vector) @ each
        values = np.full(len(self.values), np.nan)
        made = {"grad": each.ravel(), "jacobian": each.ravel(), "value_and_grad": np.append(values, each.ravel())}
        return made.get(operator, np.array([np.nan]))

    def _steepness(self, direction: np.ndarray) -> np.ndarray:
        """By how much each component changes over a first step, over that step; one that does not change by more than
        its noise, such as a constant, by how large it is. The smaller of both where there are two steps."""
        if not np.any(direction):
            return np.full(len(self.values), np.nan)
        found = np.full(len(self.values), np.inf)
        for step in self._steps(direction):
            sides = [np.abs(self.real(self.x + s * step * direction) - self.values) for s in (1.0, -1.0)]
            change = np.maximum(*sides)  # nan beyond the edge of the domain: then nothing is known
            flat = change <= 4.0 * self.noise
            found = np.minimum(found, np.where(flat, np.abs(self.values), change) / step)
        return found

    # -- operators --------------------------------------------------------------------------------------

    def entries(self, operator: str, vector: np.ndarray) -> Estimated:
        """The entries of an operator by all variables, in the order of `methods.base`."""
        if operator not in OPERATORS:
            raise InputError(
                f"{operator} of {self.problem.source} cannot be checked: it is a black box, whose values have no "
                f"digits left for that; ask for {', '.join(OPERATORS)}"
            )
        made = {"value": self._value, "jvp": self._jvp, "vjp": self._vjp, "hessian": self._hessian, "hvp": self._hvp}
        if operator in made:
            return made[operator](vector)
        found = self._jacobian(vector)
        return _joined([self._value(vector), found]) if operator == "value_and_grad" else found

    def _value(self, vector: np.ndarray) -> Estimated:
        return Estimated(self.values, self.noise, [""] * len(self.values))

    def _jvp(self, vector: np.ndarray) -> Estimated:
        return self.slopes(vector)

    @cached_property
    def _columns(self) -> Estimated:
        """Components x variables."""
        columns = [self.slopes(e) for e in np.eye(len(self.x))]
        shape = (len(self.values), len(self.x))
        values = np.array([c.values for c in columns]).T.reshape(shape)
        errors = np.array([c.errors for c in columns]).T.reshape(shape)
        return Estimated(values, errors, [c.why[o] for o in range(shape[0]) for c in columns])

    def _jacobian(self, vector: np.ndarray) -> Estimated:
        found = self._columns
        return Estimated(found.values.ravel(), found.errors.ravel(), found.why)

    def _vjp(self, cotangent: np.ndarray) -> Estimated:
        found, m, n = self._columns, len(self.values), len(self.x)
        said = [[found.why[o * n + k] for o in range(m)] for k in range(n)]
        return Estimated(
            cotangent @ found.values, np.abs(cotangent) @ found.errors, [next(filter(None, s), "") for s in said]
        )

    def _gradients(self, x: np.ndarray) -> np.ndarray:
        """All first derivatives at a point nearby by the complex step, flat."""
        step = self.step.at(x)
        try:
            return np.array([step.along(e) for e in np.eye(len(x))]).T.ravel()
        except Exception:  # noqa: BLE001 - as in `real`
            return np.full(len(x) * len(self.values), np.nan)

    def _of_gradients(self, direction: np.ndarray) -> Estimated:
        """How all first derivatives change along a direction."""
        noise = noise_of(lambda t: self._gradients(self.x + t * self.direction), 1.0)
        center = self._gradients(self.x)
        return self._along(first, lambda t: self._gradients(self.x + t * direction), center, direction, noise)

    def _curve(self, direction: np.ndarray) -> Estimated:
        return self._along(second, lambda t: self.real(self.x + t * direction), self.values, direction, self.noise)

    def _mixed(self, d: np.ndarray, e: np.ndarray) -> Estimated:
        """d'' H e by polarisation: what moves is scaled alike, so that neither drowns the other."""
        if not np.any(e):
            return Estimated(np.zeros_like(self.values), np.zeros_like(self.values), [""] * len(self.values))
        a, b = (1.0 / float(np.max(np.abs(v) / self._reach)) for v in (d, e))
        plus, minus = self._curve(a * d + b * e), self._curve(a * d - b * e)
        values, errors = (plus.values - minus.values) / (4 * a * b), (plus.errors + minus.errors) / (4 * a * b)
        return Estimated(values, errors, [p or q for p, q in zip(plus.why, minus.why, strict=True)])

    def _hvp(self, vector: np.ndarray) -> Estimated:
        if not self.step.refused:
            return self._of_gradients(vector)
        return _joined([self._mixed(e, vector) for e in np.eye(len(self.x))])

    def _hessian(self, vector: np.ndarray) -> Estimated:
        m, n = len(self.values), len(self.x)
        unit = np.eye(n)
        values, errors, why = np.zeros((m, n, n)), np.zeros((m, n, n)), [[[""] * n for _ in range(n)] for _ in range(m)]
        for j in range(n):
            if not self.step.refused:
                found = self._of_gradients(unit[j])
                values[:, :, j], errors[:, :, j] = found.values.reshape(m, n), found.errors.reshape(m, n)
                continue
            for i in range(j + 1):
                found = self._curve(unit[i]) if i == j else self._mixed(unit[i], unit[j])
                values[:, i, j] = values[:, j, i] = found.values
                errors[:, i, j] = errors[:, j, i] = found.errors
        return Estimated(values.ravel(), errors.ravel(), [w for a in why for b in a for w in b])


def _joined(parts: list[Estimated]) -> Estimated:
    values, errors = ([getattr(p, name) for p in parts] for name in ("values", "errors"))
    return Estimated(np.concatenate(values), np.concatenate(errors), [w for p in parts for w in p.why])


def _two_to(size: float) -> float:
    """The power of two below: steps of it are exact far more often than others."""
    return float(2.0 ** np.floor(np.log2(size))) if np.isfinite(size) and size > 0 else 1.0


def _reaches(leaves: list[np.ndarray]) -> np.ndarray:
    """How far each entry may sensibly move: at least the typical size of its array, or 1 where that is zero."""
    sizes = []
    for leaf in leaves:
        largest = float(np.max(np.abs(leaf), initial=0.0))  # the square of 1e300 is none
        typical = largest * float(np.sqrt(np.mean(np.square(leaf / largest)))) if largest else 1.0
        sizes.append(np.maximum(np.abs(np.ravel(leaf)), typical))
    return np.concatenate(sizes) if sizes else np.zeros(0)
