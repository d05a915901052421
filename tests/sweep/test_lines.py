"""Lines of keys: every one that tomllib reads is found where it stands, whatever the text looks like."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from symdiff.sweep.lines import key_lines, twice

ROOT = Path(__file__).parents[2]
AWKWARD = '''# [no.table]
[formula."a b"]   # [not.this]
expr = """
[formula.x]
y = 3 \\""" """
'quoted' = 'x = [ 3'
title = "a \\" [ # b"
at = [
  { x = 1 }, # ]
  { x = 2 },
  [
z = 3 ]
]
range.x = [1, 2]
long = \'\'\'
# not a comment
w = 1\'\'\'
[[formula.q.expect]]
method = "jax"
[  spaced . out  ]
	tab	=	1
'''


def test_awkward_texts() -> None:
    text = AWKWARD.replace("  [\nz = 3 ]\n", "  { z = [\n3 ] },\n")
    lines = key_lines(text)
    assert lines == {
        ("formula", "a b"): 2, ("formula", "a b", "expr"): 3, ("formula", "a b", "quoted"): 6,
        ("formula", "a b", "title"): 7, ("formula", "a b", "at"): 8, ("formula", "a b", "range", "x"): 14,
        ("formula", "a b", "long"): 15, ("formula", "q", "expect"): 18, ("formula", "q", "expect", "method"): 19,
        ("spaced", "out"): 20, ("spaced", "out", "tab"): 21,
    }  # fmt: skip
    tomllib.loads(text)  # it is a text that can be met


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.name)
def test_every_key_of_the_examples_stands_in_its_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines, written = key_lines(text), text.splitlines()
    for path, line in lines.items():
        assert path[-1] in written[line - 1]
    document = tomllib.loads(text)
    for kind in ("formula", "function"):
        for name, entry in document.get(kind, {}).items():
            assert {(kind, name, key) for key in entry} <= set(lines)


def test_ends_of_lines_of_windows() -> None:
    assert key_lines('[a]\r\nx = """\r\n\r\n"""\r\ny = 1\r\n') == {("a",): 1, ("a", "x"): 2, ("a", "y"): 5}


def test_what_is_there_twice() -> None:
    assert twice("[a]\nx = 1\n[b]\nx = 1\n") is None
    assert twice("[a]\nx = 1\ny = [\nx ]\nx = 2\n") == (("a", "x"), 2, 5)
