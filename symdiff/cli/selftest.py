"""`symdiff selftest`: faults are planted into symdiff itself, and the check has to see every one."""

from __future__ import annotations

import argparse
import json

from symdiff.cli.main import DIFFERS, INTERRUPTED, OK
from symdiff.cli.progress import progress_bar
from symdiff.selftest import selftest


def run(options: argparse.Namespace) -> int:
    """Plant, check, print the score. What is done when Ctrl-C comes is printed, too."""
    with progress_bar("planting faults") as progress:
        score = selftest(options.full, progress)
    print(json.dumps(score.to_dict(), indent=2) if options.json else f"{score}  ({score.seconds:.0f} s)")
    if not score.complete:
        return INTERRUPTED
    return OK if score.ok else DIFFERS
