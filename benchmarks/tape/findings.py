"""What a run has found so far: results, memory and profiles, by case and peer."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tape.paired import Ratio
from benchmarks.tape.peers import PEERS
from benchmarks.tape.race import Effort, Result, between

Alone = dict[str, Any]


@dataclass(slots=True)
class Findings:
    """Filled case by case, so that an interrupted run has something to write."""

    effort: Effort
    planned: list[str]
    results: dict[str, dict[str, Result]] = field(default_factory=dict)
    memory: dict[str, dict[str, Alone]] = field(default_factory=dict)
    profiles: dict[str, Alone] = field(default_factory=dict)
    quick: bool = False
    where: list[str] = field(default_factory=list)  # the machine and the versions
    seconds: float = 0.0  # that the run took, its parts added where it was taken up again

    def ratio(self, case: str, above: str, under: str) -> Ratio | None:
        return between(self.results.get(case, {}), above, under)

    def alone(self, case: str, peer: str, key: str) -> float | None:
        """A number of the worker that did nothing else."""
        return self.memory.get(case, {}).get(peer, {}).get(key)

    def undisturbed(self, case: str, peer: str, key: str) -> float | None:
        """Seconds of something that was done once: by the clock or of the CPU, whichever is less. The clock counts what
        others did meanwhile, the CPU counts threads that ran at the same time."""
        both = [self.alone(case, peer, key), self.alone(case, peer, f"{key}_cpu")]
        return min((v for v in both if v is not None), default=None)

    def save(self, path: Path) -> None:
        """Every single time, for whoever wants to compute something else of them."""
        unfinished = path.with_suffix(".new")  # who ends the process while it writes finds the file as it was
        unfinished.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Findings:
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["effort"] = Effort(**raw["effort"])
        raw["results"] = {c: {p: Result(**r) for p, r in peers.items()} for c, peers in raw["results"].items()}
        return cls(**raw)


def versions() -> str:
    """The peers that are installed, with their versions; those that are not."""
    there, missing = [], []
    for name in dict.fromkeys(peer.needs for peer in PEERS.values() if peer.needs):
        try:
            there.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    there.append(f"NumPy's BLAS {blas['name']} {blas['version']}{_kernels()}")
    return ", ".join(there) + (f"; missing: {', '.join(missing)}" if missing else "")


def _kernels() -> str:
    """Which processor's kernels OpenBLAS has chosen: on a new processor that may be an old one's, half as fast."""
    import ctypes

    for file in (Path(np.__file__).parent.parent / "numpy.libs").glob("libscipy_openblas*"):
        name = getattr(ctypes.CDLL(str(file)), "scipy_openblas_get_corename64_", None)
        if name is not None:
            name.restype = ctypes.c_char_p
            return f" with the kernels for {name().decode()}"
    return ""


def machine() -> str:
    """What it ran on, without naming anybody."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"{today}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{model + ', ' if model else ''}{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    )
