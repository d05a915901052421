"""Where in a TOML file a key stands. tomllib reads the values and forgets the lines; a message wants them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Path = tuple[str, ...]

KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
PATH = rf"{KEY}(?:[ \t]*\.[ \t]*{KEY})*"
HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({PATH})[ \t]*\]\]?")
ENTRY = re.compile(rf"[ \t]*({PATH})[ \t]*=")
# What can hold brackets or line ends that mean nothing: strings and comments. The long strings first.
OPAQUE = re.compile(
    r"""
    \"{3} (?: [^\\] | \\. )*? \"{3,5}  |  '{3} .*? '{3,5}   # strings of several lines
    | " (?: [^"\\\n] | \\. )* "  |  ' [^'\n]* '             # strings of one
    | \# [^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)


def key_lines(text: str) -> dict[Path, int]:
    r"""The line, from 1, of every table and key of a TOML text; keys inside inline tables have the line of the table.

    The text is one that tomllib reads, or nearly: nothing is refused here, what is not understood is not found.
    Of several tables with one path the first counts.

    >>> key_lines("[formula.a]\nexpr = [\n'x = 1',\n'x']\nat = { x = 2 }\n")
    {('formula', 'a'): 1, ('formula', 'a', 'expr'): 2, ('formula', 'a', 'at'): 5}
    """
    found: dict[Path, int] = {}
    for path, line in _keys(text):
        found.setdefault(path, line)
    return found


def twice(text: str) -> tuple[Path, int, int] | None:
    r"""The first path that is there twice, with both lines. Of a text without arrays of tables, which may repeat keys.

    >>> twice("[formula.a]\n[formula.b]\nx = 1\n[formula.a]\n")
    (('formula', 'a'), 1, 4)
    """
    found: dict[Path, int] = {}
    for path, line in _keys(text):
        if found.setdefault(path, line) != line:
            return path, found[path], line
    return None


def _keys(text: str) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    depth = 0  # of brackets in a value that goes on over several lines
    for number, line in enumerate(_plain(text).split("\n"), 1):
        value = line
        if depth == 0:
            header, entry = HEADER.match(line), ENTRY.match(line)
            if header:
                table = _path(header[1])
                yield table, number
                continue
            if entry:
                yield (*table, *_path(entry[1])), number
                value = line[entry.end() :]
        values = OPAQUE.sub("", value)
        depth = max(0, depth + sum(values.count(c) for c in "[{") - sum(values.count(c) for c in "]}"))


def _plain(text: str) -> str:
    """The text without the content of strings of several lines and of comments; every line stays where it is."""

    def blank(found: re.Match[str]) -> str:
        whole = found[0]
        if whole.startswith(("#", '"""', "'''")):
            return "\n" * whole.count("\n")
        return whole

    return OPAQUE.sub(blank, text.replace("\r\n", "\n"))


def _path(written: str) -> Path:
    """`formula."a.b"` as its parts; a quoted one loses its quotes."""
    parts = re.findall(KEY, written)
    return tuple(p[1:-1] if p[0] in "\"'" else p for p in parts)


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """The line of the path, or of the nearest table around it that has one."""
    for k in range(len(path), 0, -1):
        if path[:k] in lines:
            return lines[path[:k]]
    return None
