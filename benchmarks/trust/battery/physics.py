"""Mechanics and physics: energies and their forces, with the mistakes of a force routine."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("physics")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
MASSES = numpy.array([2.0, 3.0, 0.5])
BODIES = [[0.0, 0.0], [1.3, 0.2], [-0.4, 1.1]]


def lennard_jones(np: Any, r: Any) -> Any:
    return 4 * ((1.1 / r) ** 12 - (1.1 / r) ** 6)


def _of_lennard_jones(np: Any, r: Any) -> Any:
    return 4 * (-12 * (1.1 / r) ** 12 + 6 * (1.1 / r) ** 6) / r


def gravity(np: Any, x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            d = x[i] - x[j]
            total = total - MASSES[i] * MASSES[j] / np.sqrt(d @ d)
    return total


def _of_gravity(np: Any, x: Any, power: int = 3, half: bool = False, third: float = 1.0) -> Any:
    out = []
    for i in range(len(x)):
        g = 0.0 * x[0]
        for j in range(len(x)):
            if j != i and not (half and j > i):
                d = x[i] - x[j]
                w = third if {i, j} == {0, 2} else 1.0
                g = g + w * MASSES[i] * MASSES[j] * d / np.sqrt(d @ d) ** power
        out.append(g)
    return np.stack(out)


def spring(np: Any, x: Any) -> Any:
    d = x[:2] - x[2:]
    return 0.5 * 40.0 * (np.sqrt(d @ d) - 1.0) ** 2


def _of_spring(np: Any, x: Any) -> Any:
    d = x[:2] - x[2:]
    r = np.sqrt(d @ d)
    f = 40.0 * (r - 1.0) * d / r
    return np.concatenate([f, -f])


def pendulum(np: Any, x: Any) -> Any:
    """Lagrangian of a double pendulum at angles x0, x1 with rates 0.3 and -0.8."""
    return 0.09 + 0.32 - 0.24 * np.cos(x[0] - x[1]) + 2 * 9.81 * np.cos(x[0]) + 9.81 * np.cos(x[1])


def van_der_waals(np: Any, x: Any) -> Any:
    """Pressure of a gas at volume x0 and temperature x1."""
    return 8.314 * x[1] / (x[0] - 0.0391) - 1.37 / x[0] ** 2


def planck(np: Any, x: Any) -> Any:
    return x**3 / np.expm1(x)


def drag(np: Any, v: Any) -> Any:
    return -0.4 * np.sqrt(v @ v) * v[0]


def morse(np: Any, r: Any) -> Any:
    return 4.7 * (1 - np.exp(-1.9 * (r - 0.74))) ** 2


def kepler(np: Any, x: Any) -> Any:
    """The mean anomaly of eccentric anomaly x0 at eccentricity x1."""
    return x[0] - x[1] * np.sin(x[0])


def bond_angle(np: Any, x: Any) -> Any:
    a, b = x[0] - x[1], x[2] - x[1]
    return np.arccos((a @ b) / np.sqrt((a @ a) * (b @ b)))


def relativistic(np: Any, v: Any) -> Any:
    return v**2 / (1 + np.sqrt((1 - v) * (1 + v))) / np.sqrt((1 - v) * (1 + v))  # gamma - 1, without cancellation


def diode(np: Any, v: Any) -> Any:
    return 1e-12 * np.expm1(v / 0.02585)


def coulomb(np: Any, x: Any) -> Any:
    return 1 / np.sqrt(np.sum(x**2) + 1e-4)


def dipole(np: Any, z: Any) -> Any:
    return np.abs((z[0] + 1j * z[1]) ** 2 * (0.3 - 0.7j) + (z[0] - 1j * z[1])) ** 2


def _of_dipole(np: Any, z: Any, conjugate: bool) -> Any:
    w = z[0] + 1j * z[1]
    u, c = w**2 * (0.3 - 0.7j) + np.conj(w), 2 * w * (0.3 - 0.7j)
    g = 2 * (u * np.conj(c) + np.conj(u)) if conjugate else 2 * (u * c + np.conj(u))
    return np.stack([np.real(g), np.imag(g)])


def _of_bond_angle(np: Any, x: Any) -> Any:
    a, b = x[0] - x[1], x[2] - x[1]
    n = np.cross(a, b)
    ga = np.cross(a, n) / ((a @ a) * np.sqrt(n @ n))  # perpendicular to a, in the plane, away from b
    gb = np.cross(n, b) / ((b @ b) * np.sqrt(n @ n))
    return np.stack([ga, -ga - gb, gb])


def _with_lengths_fixed(np: Any, x: Any) -> Any:
    a, b = x[0] - x[1], x[2] - x[1]
    lengths = np.sqrt((a @ a) * (b @ b))
    outer = -1 / np.sqrt(1 - ((a @ b) / lengths) ** 2) / lengths
    return outer * np.stack([b, -a - b, a])


wrong("Lennard-Jones: 6 for 12", lennard_jones, lambda np, r: 24 * (-(1.1 / r) ** 12 + (1.1 / r) ** 6) / r, 1.3,
      "The repulsion's exponent is 12.")
wrong("Lennard-Jones: without 1/r", lennard_jones, lambda np, r: 4 * (-12 * (1.1 / r) ** 12 + 6 * (1.1 / r) ** 6),
      1.3, "The inner derivative -s/r^2 leaves a 1/r.")
wrong("Lennard-Jones: the force for the gradient", lennard_jones, lambda np, r: -_of_lennard_jones(np, r), 1.3,
      "F = -dU/dr.")
wrong("gravity: r^2 below the vector", gravity, lambda np, x: _of_gravity(np, x, power=2), BODIES,
      "d/r^3, for d is not a unit vector.")
wrong("gravity: each pair acts on one body", gravity, lambda np, x: _of_gravity(np, x, half=True), BODIES,
      "Newton's third law is missing.")
wrong("gravity: one pair has relative error 1e-3", gravity, lambda np, x: _of_gravity(np, x, third=1.001), BODIES,
      "One coupling constant with three digits.")
wrong("spring: the direction is not normed", spring, lambda np, x: np.concatenate([x[:2] - x[2:], x[2:] - x[:2]])
      * 40.0 * (np.sqrt((x[:2] - x[2:]) @ (x[:2] - x[2:])) - 1.0), [0.3, 0.9, 1.4, -0.2], "d/|d|.")
wrong("spring: both ends pulled the same way", spring,
      lambda np, x: _of_spring(np, x) * np.array([1.0, 1.0, -1.0, -1.0]), [0.3, 0.9, 1.4, -0.2],
      "The other end's sign.")
wrong("pendulum: the coupling's second angle", pendulum,
      lambda np, x: np.stack([0.24 * np.sin(x[0] - x[1]) - 19.62 * np.sin(x[0]),
      0.24 * np.sin(x[0] - x[1]) - 9.81 * np.sin(x[1])]), [0.7, -0.4], "By the second angle the coupling's sign turns.")
wrong("van der Waals: attraction without the cube", van_der_waals,
      lambda np, x: np.stack([-8.314 * x[1] / (x[0] - 0.0391) ** 2 + 2 * 1.37 / x[0] ** 2, 8.314 / (x[0] - 0.0391)]),
      [0.5, 300.0], "d(-a/V^2) = 2a/V^3.")
wrong("Planck: the denominator not squared", planck, lambda np, x: 3 * x**2 / np.expm1(x) - x**3 * np.exp(x)
      / np.expm1(x), 2.1, "The quotient rule.")
wrong("drag: |v| held fixed", drag, lambda np, v: np.stack([-0.4 * np.sqrt(v @ v), 0.0 * v[1]]), [1.2, -0.7],
      "|v| depends on both components.")
wrong("Morse: the exponent's factor once too seldom", morse, lambda np, r: 2 * 4.7 * (1 - np.exp(-1.9 * (r - 0.74)))
      * np.exp(-1.9 * (r - 0.74)), 1.0, "The inner 1.9 is missing.")
wrong("Kepler: by the eccentricity the sign", kepler,
      lambda np, x: np.stack([1 - x[1] * np.cos(x[0]), np.sin(x[0])]), [0.9, 0.3], "-sin E.")
wrong("bond angle: the lengths held fixed", bond_angle, _with_lengths_fixed,
      [[0.1, 0.2, 0.9], [0.0, 0.0, 0.0], [1.1, -0.2, 0.3]], "The cosine's denominator depends on the positions.")
wrong("diode: the thermal voltage in millivolts", diode, lambda np, v: 1e-12 * np.exp(v / 0.02585) / 25.85, 0.6,
      "A unit slip: 1000 times too small, of a current of 12 mA.")
wrong("diode in reverse: the sign", diode, lambda np, v: -1e-12 / 0.02585 * np.exp(v / 0.02585), -0.05,
      "A gradient of 5.6e-12 with the sign flipped.")
wrong("complex: the conjugate of the inner derivative is missing", dipole, lambda np, z: _of_dipole(np, z, False),
      [0.6, -0.9], "|u|^2 = u conj(u): conj(du/dz) u, not du/dz u.")
wrong("complex: the imaginary part's sign", dipole, lambda np, z: _of_dipole(np, z, True) * np.array([1.0, -1.0]),
      [0.6, -0.9], "df/dx - i df/dy for df/dx + i df/dy.")

right("Lennard-Jones deep in the wall", lennard_jones, _of_lennard_jones, 1e-3, "1e37 and a slope of 1e41.")
right("Lennard-Jones far out", lennard_jones, _of_lennard_jones, 1e6, "A force of 4e-41.")
right("gravity of bodies that nearly touch", gravity, _of_gravity, [[0.0, 0.0], [2.0**-30, 0.0], [1.0, 1.0]],
      "Forces of 1e18 and 1 in one gradient.")
right("gravity of two light years", gravity, _of_gravity, [[0.0, 0.0], [1e16, 2e16], [-3e16, 1e16]], "Forces of 1e-32.")
right("spring at rest", spring, _of_spring, [0.0, 0.0, 1.0, 0.0], "Exactly 0.")
right("spring a hair from its singular point", spring, _of_spring, [0.0, 0.0, 3e-9, 4e-9],
      "|d| is 5e-9, its direction well defined.")
right("pendulum upside down", pendulum, lambda np, x: np.stack([0.24 * np.sin(x[0] - x[1]) - 19.62 * np.sin(x[0]),
      -0.24 * np.sin(x[0] - x[1]) - 9.81 * np.sin(x[1])]), [3.141592653589793, 3.141592653589793],
      "sin(pi) in float64 is 1.2e-16, and that is the right answer for this float.")
right("Planck in the Rayleigh-Jeans limit", planck, lambda np, x: 2 * x - 1.5 * x**2 + x**3 / 3 - x**5 / 120, 1e-4,
      "3x^2/(e^x - 1) - x^3 e^x/(e^x - 1)^2 cancels; the series does not.")
right("Planck in the Wien limit", planck, lambda np, x: (3 - x / -np.expm1(-x)) * x**2 / np.expm1(x), 700.0, "1e-296.")
right("van der Waals close to the covolume", van_der_waals,
      lambda np, x: np.stack([-8.314 * x[1] / (x[0] - 0.0391) ** 2 + 2.74 / x[0] ** 3, 8.314 / (x[0] - 0.0391)]),
      [0.0391 + 2.0**-20, 300.0], "A pole 1e-6 away.")
right("Morse at its minimum", morse, lambda np, r: 2 * 4.7 * 1.9 * -np.expm1(-1.9 * (r - 0.74))
      * np.exp(-1.9 * (r - 0.74)), 0.74, "Exactly 0 at the float 0.74.")
right("Kepler on a parabola's verge", kepler,
      lambda np, x: np.stack([2 * np.sin(x[0] / 2) ** 2 + (1 - x[1]) * np.cos(x[0]), -np.sin(x[0])]),
      [1e-5, 1 - 2.0**-40], "1 - e cos E cancels to 5e-11; the form over sin^2 does not.")
right("bond angle", bond_angle, _of_bond_angle, [[0.1, 0.2, 0.9], [0.0, 0.0, 0.0], [1.1, -0.2, 0.3]],
      "Nine entries that sum to 0 by translation.")
right("bond angle of 1e-4", bond_angle, _of_bond_angle, [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 2.0**-13, 0.0]],
      "arccos next to 1: its slope is infinite at 1, the gradient is not.")
right("kinetic energy at 1 m/s", relativistic, lambda np, v: v / ((1 - v) * (1 + v)) ** 1.5, 3.3e-9,
      "gamma - 1 is 5e-18.")
right("kinetic energy next to the speed of light", relativistic, lambda np, v: v / ((1 - v) * (1 + v)) ** 1.5,
      1 - 2.0**-40, "A pole of order 3/2, 1e-12 away.")
right("diode at 5 volts", diode, lambda np, v: 1e-12 * np.exp(v / 0.02585) / 0.02585, 5.0,
      "1e73 amperes per volt: steep.")
right("softened Coulomb at 0", coulomb, lambda np, x: -x * (np.sum(x**2) + 1e-4) ** -1.5, [0.0, 0.0, 0.0],
      "Exactly 0 at the top.")
right("complex modulus", dipole, lambda np, z: _of_dipole(np, z, True), [0.6, -0.9],
      "Through a conjugate: not holomorphic.")
