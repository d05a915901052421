"""Wrong derivatives of well-known libraries, each asked for anew and judged by the check."""

from __future__ import annotations

from symdiff.museum.exhibit import Exhibit
from symdiff.museum.run import Judged, exhibits, judge

__all__ = ["Exhibit", "Judged", "exhibits", "judge"]
