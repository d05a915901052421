"""The table of steps as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symdiff.lecture import Steps


def steps_text(table: Steps) -> str:
    """Forward on the left, the adjoint on the right, aligned in columns."""
    y = table.output
    rows = [("step", "", "value", "adjoint", "")]
    rows += [(s.name, "", f"{s.value:.10g}", f"{s.adjoint:.10g}", _adjoint(s.name, s.adjoint_formula)) for s in table.inputs]
    rows += [(s.name, f"= {s.expression}", f"{s.value:.10g}", f"{s.adjoint:.10g}", _adjoint(s.name, s.adjoint_formula)) for s in table.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    lines = []
    for name, expression, value, adjoint, formula in rows:
        line = f"{name:<{widths[0]}} {expression:<{widths[1]}}  {value:>{widths[2]}}  {adjoint:>{widths[3]}}  {formula}"
        lines.append(line.rstrip())
    names, gradient = ", ".join(table.problem.names), ", ".join(f"{g:.10g}" for g in table.gradient)
    lines.append(f"\ngradient d{y}/d({names}) = ({gradient})")
    return "\n".join(lines)


def _adjoint(name: str, formula: str) -> str:
    return f"{name}bar = {formula}"
