"""What happened while a net learned, and where to go on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from symdiff.errors import InputError
from symdiff.learn.saving import load, save


@dataclass(frozen=True, slots=True)
class Probe:
    """How far directions were from the gradient at one moment.

    Attributes:
        step: how many steps had been made.
        cosines: by the name of the rule, the cosine of the angle between its direction and the gradient of the risk,
            for each layer (W and b together); NaN where one of them is zero.
    """

    step: int
    cosines: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where training left the floats: the step (from 1), the loss, and the norm of the direction."""

    step: int
    loss: float
    norm: float


@dataclass
class History:
    """A training run. Lists have an entry for each epoch.

    Attributes:
        rule, optimizer: their names.
        settings: what has to be the same to go on: seed, batch, number of examples.
        losses: the mean of the rule's own loss over the steps of the epoch.
        accuracies: the share of the training examples that is right; empty where the loss is not about classes.
        validation_losses, validation_accuracies: the same for the data that were kept for validation.
        norms: of the directions, for each layer: the root of the mean square over the steps of the epoch.
        probes: the angles to the gradient, where they were asked for.
        params: after the last step that stayed among the floats.
        best_params, best_epoch: after the epoch (from 1) of the least validation loss, or training loss without one.
        stopped: why: "epochs", "patience", "diverged", "stopped by the callback", "converged".
        diverged: where, or None.
        steps: how many were made.
        state: what the optimizer and the rule carry on.
    """

    rule: str
    optimizer: str
    settings: dict[str, Any]
    params: Any
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    validation_accuracies: list[float] = field(default_factory=list)
    norms: list[list[float]] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    best_params: Any = None
    best_epoch: int = 0
    stopped: str = ""
    diverged: Divergence | None = None
    steps: int = 0
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.losses)

    @property
    def watched(self) -> list[float]:
        """What early stopping looks at: the validation loss, or the training loss without one."""
        return self.validation_losses or self.losses

    def to_dict(self) -> dict[str, Any]:
        """All but parameters and states as numbers, names and lists, for JSON."""
        found = {k: v for k, v in vars(self).items() if k not in ("params", "best_params", "state")}
        diverged = None if self.diverged is None else asdict(self.diverged)
        return found | {"probes": [asdict(p) for p in self.probes], "diverged": diverged}

    def save(self, path: str | Path) -> Path:
        """Write everything into one .npz file, without pickle; `train(..., resume=path)` goes on from it.

        Raises:
            InputError: a path that cannot be written to, or a rule whose state cannot be saved.
        """
        kept = {"params": self.params, "best_params": self.best_params, "state": self.state}
        return save(path, {"history": self.to_dict() | kept})

    @classmethod
    def load(cls, path: str | Path) -> History:
        """The history that `save` wrote.

        Raises:
            InputError: no such file, or another one.
        """
        found = load(path)
        if not isinstance(found, dict) or not isinstance(found.get("history"), dict):
            raise InputError(f"{path} is no saved training run")
        kept = found["history"]
        kept["probes"] = [Probe(**p) for p in kept["probes"]]
        kept["diverged"] = None if kept["diverged"] is None else Divergence(**kept["diverged"])
        return cls(**kept)

    def __str__(self) -> str:
        """One line: rule, epochs, the last losses and accuracies, why it stopped."""
        parts = [f"{self.rule}, {self.optimizer}: {self.epochs} epochs, {self.steps} steps"]
        for name, values in (("loss", self.losses), ("accuracy", self.accuracies),
                             ("validation loss", self.validation_losses),
                             ("validation accuracy", self.validation_accuracies)):  # fmt: skip
            if values:
                parts.append(f"{name} {values[-1]:.4g}")
        why = self.stopped
        if self.diverged:
            why += f" at step {self.diverged.step}: loss {self.diverged.loss:.3g}, norm {self.diverged.norm:.3g}"
        return ", ".join(parts) + (f" ({why})" if why else "")
