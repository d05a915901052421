"""The museum as a table on a terminal, one exhibit whole, and the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from symdiff.museum.exhibit import Exhibit
from symdiff.museum.run import ABSENT, OPEN, REPAIRED, WRONG, Judged
from symdiff.reports.cells import number_text

SAID = {
    WRONG: "wrong", REPAIRED: "repaired in the installed version", ABSENT: "not installed", OPEN: "could not be judged",
}  # fmt: skip
INTRODUCTION = """\
# The museum of wrong derivatives

Derivatives that well-known libraries have wrong, each asked of the library itself and judged by symdiff's certified
reference. Nothing on this page is copied from a bug report: `symdiff museum --write docs/museum.md` has asked for every
number of it. When a library repairs one, the page says so.
"""


def numbers(values: Sequence[float | None]) -> str:
    """Entries, as a person writes them; "none" where there is no derivative."""
    texts = ["none" if v is None else number_text(v) for v in values]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})" if texts else "-"


def line(judged: Judged) -> tuple[str, str, str, str, str]:
    """A row of the table."""
    e = judged.exhibit
    return e.name, e.shows, numbers(judged.said), numbers(judged.truth), SAID[judged.state]


def whole(judged: Judged) -> str:
    """One exhibit with everything there is to say of it."""
    e = judged.exhibit
    rows = [
        f"{e.name}: {e.library} {judged.version or '(not installed)'}, {e.shows}",
        f"  {e.library} says  {numbers(judged.said)}",
        f"  the truth is  {numbers(judged.truth)}",
        f"  {SAID[judged.state]}" + (f": {judged.verdict}, {judged.reason}" if judged.reason else ""),
        f"  why: {e.why}",
    ]
    return "\n".join([*rows, *_known(e)])


def _known(e: Exhibit) -> list[str]:
    return [f"  seen in: {e.library} {e.fails}"] * bool(e.fails) + [f"  known since: {e.since}"] * bool(e.since)


def page(every: Sequence[Judged]) -> str:
    """The page of the docs."""
    parts = [INTRODUCTION, f"Asked on {datetime.now(UTC).date().isoformat()}."]
    for library in dict.fromkeys(j.exhibit.library for j in every):
        mine = [j for j in every if j.exhibit.library == library]
        installed = next((j.version for j in mine if j.version), "")
        wrong = sum(j.state == WRONG for j in mine)
        parts.append(f"\n## {library} {installed or '(not installed here)'}: {wrong} of {len(mine)} wrong\n")
        parts.append("| what | it says | the truth | today | why |\n|---|---|---|---|---|")
        for j in mine:
            _, shows, said, truth, state = line(j)
            since = f" ([known]({j.exhibit.since}))" if j.exhibit.since else ""
            fails = f"; seen in {j.exhibit.fails}" if j.exhibit.fails else ""
            cells = (f"`{shows}`", said, truth, state + fails, j.exhibit.why + since)
            parts.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(parts) + "\n"
