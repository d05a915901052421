"""Nonlinear regression, the certified problems of NIST: the parameters and their standard deviations pin
the derivatives of the model, to as many digits as are printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from tests.data_files import FULL, cases, rename, wrong

PRINTED = 1e-10  # half a unit of the eleventh digit, and a little


def residuals(case: dict[str, Any]) -> sd.Problem:
    """One component for each observation: what is measured minus what the model says."""
    texts = []
    for row in case["data"]:
        values = {name: f"({value!r})" for name, value in zip(case["data_columns"], row, strict=True)}
        texts.append(f"{rename(case['response'], values)} - ({rename(case['formula'], values)})")
    return sd.function(texts, case["params"])


SMALL = ["BoxBOD", "Lanczos1", "Lanczos2", "MGH09", "MGH10", "Misra1a", "Misra1d", "Roszman1", "Thurber"]
LARGE = ["Chwirut1", "Gauss1", "Hahn1", "Nelson"]  # more than a hundred observations: JAX would compile for minutes


@pytest.mark.parametrize("name", [*SMALL, *LARGE] if FULL else SMALL)
def test_the_certified_parameters_are_a_minimum(name: str) -> None:
    case = next(c for c in cases("nist_strd") if c["id"] == name)
    f = residuals(case)
    best = [float(b) for b in case["certified"]]
    r = np.array(f(*best))
    deviations = [float(s) for s in case["certified_sd"]]
    for method in ("symbolic", "tape", "jax") if len(r) < 20 else ("symbolic", "tape"):
        jacobian = np.array(sd.jacobian(f, method=method)(*best)).reshape(len(r), len(best))
        # the gradient of the sum of squares vanishes, but for what the unprinted digits of the parameters do
        left = np.abs(jacobian.T @ r)
        unprinted = np.abs(jacobian.T @ jacobian) @ np.abs(best) * PRINTED
        rounding = np.abs(jacobian).T @ np.abs(r) * 1e-12
        assert np.all(left <= 10 * (unprinted + rounding)), method
        # and the standard deviations are sqrt(rss/dof (J'J)^-1), by the triangle of J
        triangle = np.linalg.qr(jacobian / np.linalg.norm(jacobian, axis=0), mode="r")
        spread = np.linalg.norm(np.linalg.inv(triangle), axis=1) / np.linalg.norm(jacobian, axis=0)
        if name != "Lanczos1":  # its sum of squares, 1e-25, is rounding of the data
            np.testing.assert_allclose(spread * np.sqrt(r @ r / case["dof"]), deviations, rtol=1e-6, err_msg=method)


@pytest.mark.parametrize("name", [*SMALL, *LARGE] if FULL else ["BoxBOD", "MGH09"])
def test_every_column_of_the_jacobian(name: str) -> None:
    case = next(c for c in cases("nist_strd") if c["id"] == name)
    f = residuals({**case, "data": case["data"][:12]})
    for start in ("start1", "start2", "certified"):
        report = sd.crosscheck(f, *map(float, case[start]))
        assert wrong(report) == [], start
