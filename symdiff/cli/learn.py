"""`symdiff learn`: rules of learning beside one another on one data set, the table and the pictures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from symdiff.cli import series
from symdiff.cli.main import OK
from symdiff.cli.progress import progress_bar
from symdiff.errors import InputError, UnsupportedError
from symdiff.learn.recipes import RECIPES, TASKS, Outcome, baseline, learn
from symdiff.learn.rule import load
from symdiff.nets.activations import suggestion
from symdiff.reports.learning import Learned, learned_text
from symdiff.reports.learning_plot import pictures

POINTS = 12  # of each curve
SHORT = 10  # the part of the epochs that --short takes


def run(options: argparse.Namespace) -> int:
    """Train every rule with every seed; print the table, write the pictures of the first seed."""
    if options.task in series.TASKS:
        return series.run(options)
    if options.task not in RECIPES:
        raise InputError(f"task {options.task!r} is not known{suggestion(options.task, (*TASKS, *series.TASKS))}")
    if options.units or options.ridge is not None:
        raise InputError(f"--units and --ridge are for the series {' and '.join(series.TASKS)}, not for {options.task}")
    names = _rules(options.task, options.rule)
    seeds = range(1 if options.short else max(1, options.seeds))
    rows, firsts = [], []
    with progress_bar(f"learning {options.task}") as progress:
        plain = [baseline(options.task, seed) for seed in seeds]
        for k, name in enumerate(names):
            outcomes, start = [], time.process_time()
            try:
                for seed in seeds:
                    progress(k * len(seeds) + seed, len(names) * len(seeds))
                    outcomes.append(_one(options, name, seed))
            except UnsupportedError as e:  # an optional package that is not there
                if options.rule and name in options.rule:
                    raise
                print(f"without {name}: {e}", file=sys.stderr)
                continue
            rows.append(_row(name, outcomes, (time.process_time() - start) / len(seeds)))
            firsts.append(outcomes[0])
    if options.json:
        print(json.dumps({
            "task": options.task, "seeds": len(seeds), "baseline": {"logistic regression": plain},
            "rules": [row.to_dict() for row in rows],
        }, indent=2))  # fmt: skip
    else:
        print(learned_text(options.task, rows, plain))
    series.draw(options, lambda folder: pictures(folder, options.task, firsts, sum(plain) / len(plain)))
    return OK


def _rules(task: str, asked: Sequence[str] | None) -> list[str]:
    """The rules by name; all that have a recipe for the task."""
    known = [name for name in RECIPES[task] if name in load()]
    if not asked or "all" in asked:
        return known
    for name in asked:
        if name not in known:
            raise InputError(f"rule {name!r} has no recipe for {task}{suggestion(name, [*known, 'all'])}")
    return list(dict.fromkeys(asked))


def _one(options: argparse.Namespace, name: str, seed: int) -> Outcome:
    epochs = options.epochs or RECIPES[options.task][name].epochs
    epochs = max(1, epochs // SHORT) if options.short else epochs
    watched = seed == 0  # the pictures are of the first seed
    return learn(options.task, name, seed, epochs=epochs, points=POINTS * watched, probes=POINTS * watched)


def _row(name: str, outcomes: Sequence[Outcome], seconds: float) -> Learned:
    first = outcomes[0]
    cosines = [p.cosines[name] for p in first.history.probes]
    return Learned(
        name, first.rule.promise, str(first.net), [o.accuracy for o in outcomes], first.history.epochs,
        first.history.steps, seconds, cosines[0] if cosines else None, cosines[-1] if cosines else None,
    )  # fmt: skip
