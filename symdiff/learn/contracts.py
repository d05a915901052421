"""What a rule promises of its direction, and what was found when it was asked: `Rule.check` returns a `Contract`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a rule promises, and what was found.

    Attributes:
        what: the claim in words: "with B = W it is backpropagation".
        found: the number that was measured, usually a relative error.
        allowed: the largest that keeps the promise; None where a number is reported and promises nothing, as an
            angle does.
    """

    what: str
    found: float
    allowed: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the promise is kept; a NaN keeps none."""
        return self.allowed is None or self.found <= self.allowed

    def __str__(self) -> str:
        verdict = "reported" if self.allowed is None else "kept" if self.ok else "BROKEN"
        within = "" if self.allowed is None else f" (allowed {self.allowed:.2g})"
        return f"{verdict:<8}  {self.what}: {self.found:.3g}{within}"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a rule promises and whether it keeps it: `print` it, or ask `ok`.

    Attributes:
        rule: its name.
        promise: "exact", "truncating", "unbiased", "surrogate" or "another objective".
        claims: one for each thing that was measured.
    """

    rule: str
    promise: str
    claims: tuple[Claim, ...]

    @property
    def ok(self) -> bool:
        """Whether every promise is kept. A contract that was asked nothing keeps none."""
        return any(claim.allowed is not None for claim in self.claims) and all(claim.ok for claim in self.claims)

    def __str__(self) -> str:
        head = f"{self.rule} promises {self.promise}: {'kept' if self.ok else 'BROKEN'}"
        return "\n".join([head, *(f"  {claim}" for claim in self.claims)])
