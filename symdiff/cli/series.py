"""`symdiff learn narma` and `symdiff learn mackey-glass`: reservoirs, what is plain beside, and the picture."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from symdiff.cli.main import DIFFERS, OK
from symdiff.errors import InputError, UnsupportedError
from symdiff.learn.forecasting import RECIPES, learn_series

TASKS = tuple(RECIPES)
SHORT_UNITS = 100


def run(options: argparse.Namespace) -> int:
    """Fit the reservoirs, print what they reach, and write the series of the first one as a picture. The exit code is 1
    where the readout is not the minimum it claims to be."""
    for name in ("rule", "epochs"):
        if getattr(options, name):
            raise InputError(f"--{name} is for nets: {options.task} is learned by one least-squares problem")
    units = options.units or (SHORT_UNITS if options.short else None)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = learn_series(options.task, units, 1 if options.short else options.seeds, options.ridge)
    for sentence in dict.fromkeys(str(warning.message) for warning in said):
        print(f"warning: {sentence}", file=sys.stderr)
    print(json.dumps(found.to_dict(), indent=2) if options.json else found)
    draw(options, lambda folder: [found.plot(folder / "series.png")])
    return OK if found.contract is None or found.contract.ok else DIFFERS


def draw(options: argparse.Namespace, pictures: Callable[[Path], Sequence[Path]]) -> None:
    """Write the pictures into the folder of the options, unless they say not to; where matplotlib is not installed, a
    sentence instead."""
    if options.plain:
        return
    folder = Path(options.write or f"learn-{options.task}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = pictures(folder)
    except OSError as e:
        raise InputError(f"--write {folder}: {e.strerror}") from e
    except UnsupportedError as e:
        print(f"no pictures: {e}", file=sys.stderr)
        return
    print(f"written: {', '.join(map(str, written))}", file=sys.stderr)
