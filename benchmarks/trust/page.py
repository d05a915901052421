"""TRUST.md: every figure of it is counted from the records of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.tape.page import seconds, table
from benchmarks.trust.battery import FAMILIES, cases
from benchmarks.trust.battery.case import Kind
from benchmarks.trust.checkers import CHECKERS, SYMDIFF
from benchmarks.trust.records import Record, Records
from benchmarks.trust.score import by_limit, count, goals, median_cpu, misjudged, ratio, striking

HEAD = """# The trust scoreboard

Written by `make bench-trust`; not edited by hand. Every checker is asked about every derivative of the
[battery](trust/battery/README.md), which was written from the problem's side by somebody who had not read symdiff's
checker: wrong derivatives that ought to be caught, right ones at hard points that ought to pass, and some whose formula
is right and whose digits are lost. All have their defaults.

## The rule

A checker objects, accepts or refuses, and the rule is the same for all. A wrong claim is caught only where the checker
itself objects, a right one passes only where it accepts. Whatever else happens is a refusal, and a refusal is a miss
on a wrong claim and a false alarm on a right one: an exception that is not the checker's own way to object, no answer
within the time limit, and symdiff's UNDECIDED, OUTSIDE_DOMAIN, UNSUPPORTED or an error of its own. A crash is not a
catch, even where the claim is wrong. An objection is not asked for its reason. What an inaccurate claim should be told
can be argued, so these are counted apart and judge nobody.

All run in one process on one core and one thread, case by case in turn. The time is the processor's, in all threads,
of asking once; importing, and putting the case into the checker's form, are not in it. For JAX that is compiling, too,
as it is for its users. The battery asks for first derivatives, so JAX and autograd are asked with `order=1`.
"""
KINDS: tuple[Kind, ...] = ("wrong", "right", "inaccurate")
LIMITS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)


def document(records: Records, plot: str = "") -> str:
    """The whole page."""
    lines = [HEAD.rstrip(), "", *(f"- {name}: {_asked(name)}." for name in records.checkers)]
    lines += [f"- {name} is left out: {what} is not installed." for name, what in records.left_out.items()]
    lines += ["", *(f"- {text}" for text in records.about.values()), ""]
    if plot:
        lines += [f"![What each checker says of the wrong claims and of the right ones]({plot})", ""]
    lines += ["## The score", "", *_score(records), "", "## Goals", "", *_goals(records), ""]
    lines += ["## By family", "", *_families(records), ""]
    lines += ["## What symdiff misjudges", "", *_misjudged(records), ""]
    lines += ["## What the others misjudge", "", *_striking(records), ""]
    lines += ["## Refusals", "", *_refusals(records), ""]
    lines += ["## Another limit for SciPy", "", *_limits(records)]
    return "\n".join(lines).rstrip() + "\n"


def _asked(name: str) -> str:
    return CHECKERS[name].asked if name in CHECKERS else "as its name says"


def _score(records: Records) -> Iterator[str]:
    yield "In brackets, how many of them are refusals. An inaccurate claim is objected to, accepted or refused."
    yield ""
    head = ("checker", "wrong: caught", "missed", "right: passed", "false alarms", "inaccurate", "time", "/ torch slow")
    yield from table(head, (_row(records, name) for name in records.checkers))


def _row(records: Records, name: str) -> tuple[str, ...]:
    wrong, right, third = (count(records, name, kind) for kind in KINDS)
    used, times = median_cpu(records, name), ratio(records, name)
    return (
        name, f"{wrong.objects} of {wrong.asked}", _with_refusals(wrong.accepts, wrong.refuses),
        f"{right.accepts} of {right.asked}", _with_refusals(right.objects, right.refuses),
        f"{third.objects} / {third.accepts} / {third.refuses}",
        seconds(used) if used is not None else "-", f"{times:.3g}" if times is not None else "-",
    )  # fmt: skip


def _with_refusals(said: int, refused: int) -> str:
    return f"{said + refused} ({refused})" if refused else str(said)


def _goals(records: Records) -> Iterator[str]:
    word = {True: "met", False: "MISSED", None: "not measured"}
    yield from table(("goal for symdiff", "measured", ""), ((g.what, g.measured, word[g.met]) for g in goals(records)))


def _families(records: Records) -> Iterator[str]:
    yield "Misses and false alarms in each family, refusals included; a dot is none."
    yield ""
    there = {(r.family, r.case): r for r in records.found.values()}
    sizes = Counter((family, r.kind) for (family, _), r in there.items())
    rows = []
    for family in (f for f in FAMILIES if any(key[0] == f for key in there)):
        asked = f"{sizes[family, 'wrong']} + {sizes[family, 'right']}"
        rows.append((family, asked, *(_both(misjudged(records, name, family)) for name in records.checkers)))
    yield from table(("family", "wrong + right", *records.checkers), rows)


def _both(found: list[Record]) -> str:
    missed = sum(r.kind == "wrong" for r in found)
    return f"{missed} + {len(found) - missed}" if found else "."


def _misjudged(records: Records) -> Iterator[str]:
    found = misjudged(records, SYMDIFF)
    named = [r for r in records.of(SYMDIFF, "inaccurate") if r.said.startswith("DIFFER")]
    caught = [r for r in records.of(SYMDIFF, "wrong") if r.said.startswith("INACCURATE")]
    if not records.of(SYMDIFF):
        yield "It was not asked."
        return
    if not found:
        yield "Nothing."
    for r in found:
        yield f"- {r.verdict}: {r.family}, *{r.case}*. {cell(r.said) or 'accepted'}"
    if named:
        yield f"- Of the inaccurate, it calls these wrong: {_names(named)}."
    if caught:
        yield f"- Of the wrong that it catches, it calls these INACCURATE and not wrong: {_names(caught)}."


def _names(found: list[Record]) -> str:
    return "; ".join(f"*{r.case}*" for r in found)


def _striking(records: Records) -> Iterator[str]:
    yield "For each, up to three that it misses and three that it cries wolf on: those that most other checkers get"
    yield "right, one a family."
    why = {(c.family, c.name): c.why for c in cases()}
    for name in (n for n in records.checkers if not n.startswith(SYMDIFF)):
        yield from ("", f"**{name}**", "")
        found = [*striking(records, name, "wrong"), *striking(records, name, "right")]
        yield from (f"- {r.verdict}: *{r.case}*. {cell(why.get((r.family, r.case), ''))}" for r in found)
        if not found:
            yield "- nothing"


def _refusals(records: Records) -> Iterator[str]:
    yield "Why nothing was said, and of which cases. On a CPU, XLA takes subnormal numbers for zero."
    yield ""
    for name in records.checkers:
        why: dict[str, list[str]] = {}
        for r in records.of(name):
            if r.outcome == "refuses":
                why.setdefault(_short(r.said), []).append(f"*{r.case}*")
        if why:
            yield f"- {name}: " + "; ".join(f"{text}: {', '.join(of)}" for text, of in why.items())


def _short(said: str) -> str:
    """An exception by its name, a verdict by its word, a sentence as it is."""
    first = said.partition(":")[0].partition(" for ")[0]
    return first if " " not in first else said


def _limits(records: Records) -> Iterator[str]:
    yield "SciPy's checkers leave the limit to the reader. Wrong claims missed + right ones alarmed, by limit:"
    yield ""
    names = [n for n in records.checkers if any(r.figure is not None for r in records.of(n))]
    cells = ([name, *(" + ".join(map(str, by_limit(records, name, x))) for x in LIMITS)] for name in names)
    yield from table(("checker", *(f"{x:.0e}" for x in LIMITS)), cells)


def cell(text: str) -> str:
    """Text of others in a page: what Markdown would take for its own is kept from it."""
    return "".join(f"\\{c}" if c in "*_|<`" else c for c in text)
