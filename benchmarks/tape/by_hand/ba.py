"""Bundle adjustment: one forward pass, then each of the two residuals pulled back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Forward:
    """Everything of the function that the backward passes read."""

    def __init__(self, c: Any, x: Any) -> None:
        self.c, self.d = c, x - c[3:6]
        self.angle = np.sqrt((c[:3] * c[:3]).sum(axis=0))
        self.cos, self.sin, self.a = np.cos(self.angle), np.sin(self.angle), c[:3] / self.angle
        self.turned, self.inner = _cross(self.a, self.d), (self.a * self.d).sum(axis=0)
        y = self.d * self.cos + self.turned * self.sin + self.a * (self.inner * (1.0 - self.cos))
        self.depth, self.q = y[2], y[:2] / y[2]
        self.s = (self.q * self.q).sum(axis=0)
        self.radial = 1.0 + c[9] * self.s + c[10] * self.s * self.s


def numpy_jacobian(args: Any, data: Any, p: int) -> Callable[..., Any]:
    (seen,) = data

    def jacobian(c: Any, x: Any, w: Any) -> tuple[Any, Any]:
        at = Forward(c, x)
        return tuple((*_pulled(at, k, w), at.q[k] * at.radial * c[6] + c[7 + k] - seen[k]) for k in range(2))

    return jacobian


def _pulled(at: Forward, k: int, w: Any) -> tuple[Any, Any]:
    """The adjoints of camera and point for the sum of residual k: w (q_k radial f + c_k - seen_k)."""
    c, q, s, ct = at.c, at.q, at.s, np.zeros_like(at.c)
    ct[7 + k], ct[6] = w, w * q[k] * at.radial
    ct_radial = w * q[k] * c[6]
    ct[9], ct[10] = ct_radial * s, ct_radial * s * s
    ct_q = 2.0 * ct_radial * (c[9] + 2.0 * c[10] * s) * q
    ct_q[k] += w * at.radial * c[6]
    ct_y = np.concatenate((ct_q / at.depth, -((ct_q * q).sum(axis=0) / at.depth)[None]))
    along = (at.a * ct_y).sum(axis=0) * (1.0 - at.cos)  # adjoint of the inner product a d
    ct_d = ct_y * at.cos + _cross(ct_y, at.a) * at.sin + at.a * along
    ct_a = _cross(at.d, ct_y) * at.sin + ct_y * (at.inner * (1.0 - at.cos)) + at.d * along
    ct_cos = (ct_y * at.d).sum(axis=0) - at.inner * (at.a * ct_y).sum(axis=0)
    ct_sin = (ct_y * at.turned).sum(axis=0)
    ct_angle = ct_sin * at.cos - ct_cos * at.sin - (ct_a * at.a).sum(axis=0) / at.angle
    ct[:3], ct[3:6] = ct_a / at.angle + ct_angle * at.a, -ct_d
    return ct, ct_d


def _cross(a: Any, b: Any) -> Any:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


makers = {"jacobian": {"numpy": numpy_jacobian}}
