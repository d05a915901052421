"""sigma'(x) = sigma(1 - sigma) = exp(-x)/(1 + exp(-x))^2: the lecture has a star for the second equals sign."""

from __future__ import annotations

import symdiff as sd

SIGMOID = "1/(1 + exp(-x))"
CLAIMS = {
    "sigma(1 - sigma)": f"{SIGMOID}*(1 - {SIGMOID})",
    "exp(-x)/(1 + exp(-x))^2": "exp(-x)/(1 + exp(-x))^2",
    "as it is printed, their product": f"{SIGMOID}*(1 - {SIGMOID})*exp(-x)/(1 + exp(-x))^2",
}


def show() -> str:
    lines = []
    for name, claimed in CLAIMS.items():
        found = sd.crosscheck(SIGMOID, at={"x": 0.0}, points=5, claimed=claimed)
        assert found.ok == ("printed" not in name)
        lines.append(f"{name}: {found.verdict}")
    return "\n".join(lines)
