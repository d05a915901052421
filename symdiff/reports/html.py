"""A report, or the rows of a manifest, as a page for a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from symdiff.crosscheck import shrinking
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports import page
from symdiff.reports.cells import by_entry, error_text, number_text, truth_of, ulps_text, value_text
from symdiff.reports.page import text
from symdiff.reports.remarks import diagnoses, label, remarks
from symdiff.reports.table import clip
from symdiff.reports.text import conclusion

if TYPE_CHECKING:
    from symdiff.sweep.row import Row

MOST_ENTRIES = 400  # findings of a report that have a row each; above that, those that are not plain agreement
MOST_POINTS, MOST_REMARKS, MOST_SOURCE = 20, 200, 2000
MOST_SHOWN = 12  # remarks that are not folded away
LAMPS = {"V": "V values", "D": "D derivatives", "R": "R replay", "B": "B black box"}
LIT = {"green": page.GOOD, "red": page.BAD, "unsure": page.UNSURE}
PLAIN = (Verdict.AGREE, Verdict.PROVED)


def report_page(report: Report) -> str:
    """Everything a report has to say, with the program that shows its first failure again."""
    source = clip(report.source, MOST_SOURCE)
    title = f"{report.verdict}: {clip(source, 60)}"
    head = f"{page.verdict_html(str(report.verdict))}\n<h1><code>{text(source)}</code></h1>\n"
    if report.error:
        return page.page(title, head, page.tagged("pre", text(report.error), page.BAD))
    head += page.tagged("p", text(f"{conclusion(report)} ({report.seconds:.2f} s)"))
    return page.page(
        title,
        head,
        page.section("What is not plain agreement", page.listed(_said(report), MOST_SHOWN)),
        page.section("Exactly, by SymPy", _block("\n".join(report.residuals))),
        page.section("To see it again", _block(shrinking.in_short(report).partition(":\n\n")[2])),
        page.section("Points", _points(report)),
        *_tables(report),
        page.section("Lamps", page.pairs(_lamps(report))),
        page.section("Notes", page.listed(text(note) for note in report.notes)),
    )


def _said(report: Report) -> Iterator[str]:
    yield from (page.tagged("strong", text(line)) for line in diagnoses(report))
    lines = remarks(report, many=len(report.findings) > MOST_ENTRIES)
    for line, verdict in list(lines.items())[:MOST_REMARKS]:
        yield page.tagged("span", text(line), page.CLASSES[verdict])
    if len(lines) > MOST_REMARKS:
        yield f"and {len(lines) - MOST_REMARKS} more like these"


def _block(lines: str) -> str:
    return page.tagged("pre", text(lines), "wrapped") if lines else ""


def _points(report: Report) -> str:
    several = len(report.points) > 1
    shown: list[tuple[str, str, str]] = []
    for number, point in enumerate(report.points[:MOST_POINTS]):
        values = ", ".join(f"{name} = {value_text(v)}" for name, v in point.items())
        why = report.why[number] if number < len(report.why) else ""
        where = f" (where {why})" if why else ""
        shown.append((f"#{number}" if several else "at", clip(values, MOST_SOURCE) + where, ""))
    more = len(report.points) - MOST_POINTS
    return page.pairs([*shown, *([("", f"and {more} more points", "")] if more > 0 else [])])


def _lamps(report: Report) -> Iterator[tuple[str, str, str]]:
    for name, lamp in report.lamps.items():
        said = lamp.state + (f": {lamp.note}" if lamp.note else "")
        yield LAMPS.get(name, name), said, LIT.get(lamp.state, "faint")


def _tables(report: Report) -> Iterator[str]:
    """A table for every operator at every point, or one of what is not right where that would be too many rows."""
    if len(report.findings) > MOST_ENTRIES:
        counts: dict[tuple[str, str], Counter[str]] = {}
        for f in report.findings:
            counts.setdefault((f.operator, f.method), Counter())[str(f.verdict)] += 1
        rows = [([text(o), text(m), ", ".join(f"{n} {page.verdict_html(v)}" for v, n in found.items())], "")
                for (o, m), found in counts.items()]  # fmt: skip
        yield page.section(f"{len(report.findings)} findings", page.table(("operator", "method", "verdicts"), rows))
        left = [f for f in report.findings if f.verdict not in PLAIN][:MOST_ENTRIES]
        yield page.section("Those that are not plain agreement, the first of them", _entries(left) if left else "")
        return
    several = len(report.points) > 1
    for number, operator in dict.fromkeys((f.point, f.operator) for f in report.findings):
        rows = [f for f in report.findings if (f.point, f.operator) == (number, operator)]
        yield page.section(f"{operator} at #{number}" if several else operator, _entries(rows))


def _entries(findings: Sequence[Finding]) -> str:
    rows: list[page.Row] = []
    for found in by_entry(findings):
        truth, basis = truth_of(found)
        rows.append(([text(label(found[0])), "reference", text(number_text(truth)), "", text(basis)], "truth"))
        for f in found:
            lost = f" {text(f.reason)}" if f.verdict is Verdict.INACCURATE else ""
            verdict = page.verdict_html(str(f.verdict)) + lost
            rows.append((["", text(f.method), text(number_text(f.value)), text(error_text(f)), verdict], ""))
    return page.table(("entry", "method", "value", "error", "verdict"), rows, numbers=("error",))


def rows_page(
    rows: Sequence[Row], title: str, texts: Sequence[str], seconds: float, wholes: Sequence[str] = ()
) -> str:
    """The rows of a manifest or of a test session, those that are not right first.

    Args:
        rows: in the order they are to stand in.
        title: the manifest.
        texts: for each row the sentences on what is not plain agreement.
        seconds: how long all of it took.
        wholes: for each row its whole report, to be folded out; "" where there is none.
    """
    good = bool(rows) and all(row.ok for row in rows)
    counts = Counter("BAD INPUT" if row.error else row.verdict for row in rows)
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common()) or "nothing was checked"
    head = page.tagged("span", "all right" if good else "not all right", f"verdict {page.GOOD if good else page.BAD}")
    points, entries = sum(row.points for row in rows), sum(row.entries for row in rows)
    each = zip(rows, texts, wholes or [""] * len(rows), strict=True)
    shown = sorted(each, key=lambda known: known[0].ok)
    headers = ("name", "verdict", "entries", "points", "worst error", "seconds")
    return page.page(
        title,
        f"{head}\n<h1><code>{text(title)}</code></h1>",
        page.tagged("p", text(f"{said}; {entries} entries at {points} points in {seconds:.1f} s")),
        page.table(headers, [_row(*known) for known in shown], numbers=headers[2:], kind="rows"),
    )


def _row(row: Row, told: str, whole: str) -> page.Row:
    name = f"<strong>{text(row.name)}</strong>"
    if row.title or row.source not in ("", row.name):
        name += f'<br><span class="faint">{text(clip(row.title or row.source, 200))}</span>'
    said = row.error or told
    if said:
        name += f'<div class="wrapped">{text(said)}</div>'
    if whole:
        name += f"<details><summary>the whole report</summary><pre>{text(whole)}</pre></details>"
    verdict = page.verdict_html("BAD INPUT" if row.error else row.verdict)
    if row.known and row.ok:  # in the colour of what there is to know, not of an alarm
        verdict = page.tagged("span", f"{text(row.verdict)} (expected)", f"verdict {page.LOST}")
    elif row.surprises:
        verdict = page.tagged("span", f"{text(row.verdict)} (unexpected)", f"verdict {page.BAD}")
    numbers = [str(row.entries), str(row.points), text(ulps_text(row.worst_ulps)), f"{row.seconds:.2f}"]
    return [name, verdict, *numbers], ""
