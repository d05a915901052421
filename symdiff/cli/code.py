"""`symdiff check package.module:function`: Python code, and points that are drawn from ranges."""

from __future__ import annotations

import argparse
import tomllib
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symdiff.cli.options import split_at_commas
from symdiff.cli.progress import progress_bar
from symdiff.crosscheck import Report
from symdiff.errors import InputError, SymdiffError
from symdiff.reports.table import clip
from symdiff.sweep import Formula
from symdiff.sweep.code import importing_from, raised_by
from symdiff.sweep.run import checked
from symdiff.sweep.values import interval, names_code, number

DOES_NOT_IMPORT = " does not import"


def report_on(options: argparse.Namespace) -> Report:
    """Check what the command line names; naming code there is allowing it to run.

    Raises:
        InputError: an option that cannot be read, a module that does not import, a point that does not fit.
    """
    code = names_code(options.formula)
    if options.shape and not code:
        raise InputError("--shape is for Python functions, MODULE:NAME: the variables of a formula are numbers")
    if options.operator and options.order is not None:
        raise InputError("give --operator or --order, not both")
    at = pairs(options.at, "at", read_value)
    entry = Formula(
        name=options.formula if code else clip(options.formula, 60), place="",
        kind="function" if code else "formula", f=options.formula if code else "",
        expr="" if code else options.formula, at=(at,) if at else (),
        range=pairs(options.range, "range", read_interval) or None,
        shape=pairs(options.shape, "shape", read_shape) or None,
        points=options.points if code else options.points or 3,
        operators=tuple(options.operator) if options.operator else None,
        methods=tuple(options.method) if options.method else None, wrt=tuple(options.wrt) if options.wrt else None,
        claimed=_claimed(options), order=1 if options.order is None else options.order,
        strict=options.strict, prove=options.prove,
    )  # fmt: skip
    with progress_bar("checking") as progress, running(entry.f):
        return checked(entry, options.seed, progress, allow_import=True)


@contextmanager
def running(name: str) -> Iterator[None]:
    """Modules of the current folder can be imported inside, and what the code that is named raises is a sentence."""
    with importing_from([Path.cwd()]):
        try:
            yield
        except SymdiffError as e:
            if DOES_NOT_IMPORT in str(e):
                raise InputError(_why_no_import(e, name)) from e
            raise
        except Exception as e:
            said = raised_by(e, name)
            if not said:  # a defect of ours: its traceback is wanted
                raise
            raise InputError(said) from e


def _why_no_import(e: BaseException, name: str) -> str:
    """One sentence: a shell has no use for a traceback."""
    module = str(e).partition(DOES_NOT_IMPORT)[0].rpartition("module ")[2] or name.partition(":")[0]
    while isinstance(e, SymdiffError) and e.__cause__ is not None:
        e = e.__cause__
    frames = [f for f in traceback.extract_tb(e.__traceback__) if "importlib" not in f.filename]
    place = (frames[-1].filename, frames[-1].lineno) if frames else ("", None)
    if isinstance(e, SyntaxError) and e.filename:
        place = (e.filename, e.lineno)
    within = frames[-1].name if frames and not isinstance(e, SyntaxError) else "<module>"
    inside = "" if within == "<module>" else f", in {within}"
    known = len(frames) > 1 or isinstance(e, SyntaxError)
    where = f" ({Path(place[0]).name}, line {place[1]}{inside})" if known else ""
    said = e.msg if isinstance(e, SyntaxError) else str(e)
    return f"module {module}{DOES_NOT_IMPORT}: {type(e).__name__}{where}: {clip(said, 200)}"


def _claimed(options: argparse.Namespace) -> Any:
    """`module:name`, `{operator: module:name}`, or a list of formulas."""
    words = options.claimed or []
    named = [word for word in words if names_code(word)]
    by_operator = dict(_pair(w, "claimed") for w in words if names_code(w.partition("=")[2].strip()))
    if by_operator and len(by_operator) == len(words):
        return by_operator
    if len(named) == len(words) == 1:
        return named[0]
    if named or by_operator:
        raise InputError("--claimed: give one MODULE:NAME, several OPERATOR=MODULE:NAME, or formulas only")
    return words or None


def pairs(words: list[str], option: str, read: Callable[[str, str], Any]) -> dict[str, Any]:
    """`["x=1,y=2", "z=3"]` as a mapping, each value read by its reader."""
    found: dict[str, Any] = {}
    for part in (p for word in words for p in split_at_commas(word) if p.strip()):
        name, text = _pair(part, option)
        if name in found:
            raise InputError(f"--{option} gives {clip(name, 60)} twice")
        try:
            found[name] = read(name, text)
        except (SymdiffError, ValueError) as e:
            raise InputError(f"--{option} {clip(part.strip(), 60)}: {e}") from e
    return found


def _pair(word: str, option: str) -> tuple[str, str]:
    name, equals, text = (piece.strip() for piece in word.partition("="))
    if not (name and equals and text):
        raise InputError(f"--{option} {clip(word, 60)!r}: expected NAME=VALUE")
    return name, text


def read_value(name: str, text: str) -> Any:
    """A number, a constant formula, or an array or a table as TOML writes them."""
    if text[0] not in "[{":
        try:
            return float(text)
        except ValueError:
            return number(text)
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as e:
        raise ValueError(f"expected numbers in brackets, such as [1, 2.5], for {name}") from e


def read_interval(name: str, text: str) -> tuple[float, float]:
    """`-1:1` as two numbers."""
    low, colon, high = text.partition(":")
    if not colon:
        raise ValueError("expected LOW:HIGH, e.g. --range x=-1:1")
    return interval(name, [read_value(name, low.strip() or "?"), read_value(name, high.strip() or "?")])


def read_shape(name: str, text: str) -> tuple[int, ...]:
    """`3x2` as a shape."""
    lengths = text.split("x")
    if not all(n.strip().isdigit() and int(n) > 0 for n in lengths):
        raise ValueError(f"expected a length or lengths such as 3x2 for {name}")
    return tuple(int(n) for n in lengths)
