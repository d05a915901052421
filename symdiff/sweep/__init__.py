"""Many checks in one run: manifests, and what runs them."""

from symdiff.sweep.manifest import Formula, Manifest, read
from symdiff.sweep.run import check, run

__all__ = ["Formula", "Manifest", "check", "read", "run"]
