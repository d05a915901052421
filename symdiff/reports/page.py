"""A self-contained HTML page: one file, no scripts, nothing from elsewhere; light or dark as the reader has it.

Whatever comes from the caller goes through `text`. A policy in the head forbids everything but the page's own style,
so that a browser runs and loads nothing, whatever a name or a message holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
BAD, UNSURE, GOOD, KINK, LOST = "bad", "unsure", "good", "kink", "lost"  # classes of the style
CLASSES = {
    Verdict.PROVED: GOOD, Verdict.AGREE: GOOD, Verdict.KINK: KINK, Verdict.INACCURATE: LOST, Verdict.DIFFER: BAD,
    Verdict.UNDECIDED: UNSURE, Verdict.OUTSIDE_DOMAIN: UNSURE, Verdict.UNSUPPORTED: UNSURE,
}  # fmt: skip
STYLE = """\
:root { color-scheme: light dark; --ink: #1c1f24; --paper: #fff; --faint: #667080; --line: #d9dde3; --panel: #f5f6f8;
  --good: #0a6b3d; --bad: #b3261e; --unsure: #7a3ea1; --kink: #0b6477; --lost: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --paper: #15181c; --faint: #98a2b0; --line: #333a43;
  --panel: #1d2127; --good: #5ecb93; --bad: #ff8a80; --unsure: #cf9af0; --kink: #6fd0e6; --lost: #e6b95c; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.25rem; margin: .5rem 0; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
code, pre, td, dd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em; }
pre { background: var(--panel); padding: .75rem 1rem; overflow-x: auto; border-radius: 6px; }
.wrapped { white-space: pre-wrap; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .85em; }
th, td { padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
.findings th:nth-child(-n+2) { min-width: 10ch; } .findings th:nth-child(3) { min-width: 26ch; }
.findings th:nth-child(4) { min-width: 11ch; }
.rows { width: 100%; } .rows td:first-child { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; } .faint { color: var(--faint); } .truth td { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .unsure { color: var(--unsure); }
.kink { color: var(--kink); } .lost { color: var(--lost); }
.verdict { font-weight: 700; } li { margin: .35rem 0; overflow-wrap: anywhere; white-space: pre-line; }
.rows pre { max-width: 34rem; box-sizing: border-box; margin: .3rem 0; }
ul { padding-left: 1.25rem; } summary { cursor: pointer; color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 45rem) {
  main { padding: 1rem .75rem 3rem; } .findings { font-size: .85em; }
  .findings th, .findings td { min-width: 0 !important; padding-right: .6rem; }
  .rows tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .rows th { display: none; } .rows td { display: inline-block; border: 0; padding: 0 1rem 0 0; }
  .rows td:first-child { display: block; padding: 0; } .rows pre { max-width: calc(100vw - 1.5rem); }
  .rows .number:not(:empty)::before { content: attr(data-of) " "; color: var(--faint); }
}
@media print { pre { white-space: pre-wrap; overflow-wrap: anywhere; } .wide { overflow: visible; }
  main { max-width: none; padding: 0; } h2 { break-after: avoid; } tr, li, dt, dd { break-inside: avoid; } }
"""

Row = tuple[Sequence[str], str]  # cells that are HTML already, and a class


def page(title: str, *parts: str) -> str:
    """The whole document; the parts are HTML."""
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{text(title)}</title>\n<style>\n{STYLE}</style>"
    )
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body><main>\n{body}\n</main></body>\n</html>\n'


def text(said: object) -> str:
    """Anything as text of a page: escaped, and without characters that no document may hold."""
    printable = (c if c in "\t\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(said))
    return escape("".join(printable), quote=True)


def tagged(tag: str, inside: str, kind: str = "") -> str:
    """`<b class="bad">...</b>`; what is inside is HTML."""
    return f'<{tag} class="{kind}">{inside}</{tag}>' if kind else f"<{tag}>{inside}</{tag}>"


def verdict_html(verdict: str) -> str:
    """The word in its colour."""
    kind = CLASSES[Verdict(verdict)] if verdict in set(Verdict) else BAD
    return tagged("span", text(verdict), f"verdict {kind}")


def section(title: str, inside: str) -> str:
    """A heading and what belongs to it; nothing where there is nothing inside."""
    return tagged("h2", text(title)) + "\n" + inside if inside else ""


def listed(items: Iterable[str], most: int = 0) -> str:
    """A list; its items are HTML. Of more than `most` (0: any number) the rest is folded away."""
    lines = [tagged("li", item) for item in items]
    if not lines:
        return ""
    shown, folded = (lines[:most], lines[most:]) if most else (lines, [])
    found = "<ul>\n" + "\n".join(shown) + "\n</ul>"
    if folded:
        rest = "<ul>\n" + "\n".join(folded) + "\n</ul>"
        found += f"\n<details><summary>{len(folded)} more</summary>\n{rest}\n</details>"
    return found


def pairs(items: Iterable[tuple[str, str, str]]) -> str:
    """Names, what they are, and the class of that; names and values are text."""
    lines = [f"<dt>{text(name)}</dt>{tagged('dd', text(value), kind)}" for name, value, kind in items]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>" if lines else ""


def table(headers: Sequence[str], rows: Iterable[Row], numbers: Sequence[str] = (), kind: str = "findings") -> str:
    """A table; `numbers` are the headers whose columns stand at the right, and say what they are where a narrow window
    has no room for columns."""
    right = [h in numbers for h in headers]
    head = "".join(tagged("th", text(h), "number" if at else "") for h, at in zip(headers, right, strict=True))

    def cell(header: str, at_right: bool, inside: str) -> str:
        return f'<td class="number" data-of="{text(header)}">{inside}</td>' if at_right else tagged("td", inside)

    lines = [
        tagged("tr", "".join(cell(*known) for known in zip(headers, right, cells, strict=True)), row)
        for cells, row in rows
    ]
    return f'<div class="wide"><table class="{kind}">\n<tr>{head}</tr>\n' + "\n".join(lines) + "\n</table></div>"


def write(path: str | os.PathLike[str], document: str) -> None:
    """Write a document. Raises `InputError` where that cannot be."""
    try:
        Path(path).write_text(document, encoding="utf-8")
    except OSError as e:
        raise InputError(f"{os.fspath(path)}: cannot be written: {e.strerror or e}") from e
