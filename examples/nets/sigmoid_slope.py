"""sigma'(x) = sigma(1 - sigma) = exp(-x)/(1 + exp(-x))^2: the lecture has a star for the second equals sign.

As it is printed it is the square of the slope: 1/16 at 0 instead of 1/4.
"""

from __future__ import annotations

import symdiff as sd

SIGMOID = "1/(1 + exp(-x))"
CLAIMS = {
    "sigma(1 - sigma)": f"{SIGMOID}*(1 - {SIGMOID})",
    "exp(-x)/(1 + exp(-x))^2": "exp(-x)/(1 + exp(-x))^2",
    "as it is printed, their product": f"{SIGMOID}*(1 - {SIGMOID})*exp(-x)/(1 + exp(-x))^2",
}


def show() -> str:
    slope, printed = sd.grad(SIGMOID)(0.0), sd.value(CLAIMS["as it is printed, their product"])(0.0)
    assert (slope, printed) == (1 / 4, 1 / 16)
    lines = [f"at 0: sigma' = {slope}, as it is printed {printed}"]
    for name, claimed in CLAIMS.items():
        found = sd.crosscheck(SIGMOID, at={"x": 0.0}, points=5, claimed=claimed)
        assert found.ok == ("printed" not in name)
        lines.append(f"{name}: {found.verdict}")
    return "\n".join(lines)
