"""From characters to words, and how a refusal is worded.

One regular expression reads the text from left to right. Every alternative is possessive or a single
character, so it never goes back and the time is linear whatever the text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from symdiff.errors import ExpressionError
from symdiff.inputs.language import MAX_NAME

NUMBER, POWER_OF, WORD, CALL, TARGET, NAME, OPERATOR, OPEN, CLOSE, COMMA, END, OTHER = range(1, 13)

_NAME = r"[^\W0-9]\w*+"
_INTEGER = r"[-+]?[ \t]*+[0-9]++"
_PATTERN = rf"""[ \t]*+(?:
    ( (?: [0-9]++ \.? [0-9]*+ | \.[0-9]++ ) (?: [eE][-+]?[0-9]++ )?+ )   # NUMBER
  | ( (?: \*\* | \^ ) [ \t]*+                                            # POWER_OF: ** and a whole number
      (?: {_INTEGER} | \( [ \t]*+ {_INTEGER} [ \t]*+ \) )
      (?! [\w.] | [ \t]*+ (?: \*\* | \^ ) ) )
  | ( (?: and | or | not ) (?! \w | [ \t]*+ =(?!=) ) )                   # WORD
  | ( {_NAME} ) [ \t]*+ \(                                               # CALL
  | ( {_NAME} ) [ \t]*+ = (?! = )                                        # TARGET
  | ( {_NAME} )                                                          # NAME
  | ( \*\* | [<>=!]= | [-+*/^<>] )                                       # OPERATOR
  | ( \( ) | ( \) ) | ( , )                                              # OPEN, CLOSE, COMMA
  | ( ; | \r?\n | \Z )                                                   # END of a statement
  | ( . )                                                                # OTHER: nothing of ours
)"""
_ASCII = re.compile(_PATTERN, re.VERBOSE | re.ASCII)
_UNICODE = re.compile(_PATTERN, re.VERBOSE)

# Letters that cannot be seen.
_INVISIBLE = frozenset("\u115f\u1160")

# What to write instead of a character that is not of the language.
_INSTEAD = {
    "%": "write mod(x, y)", "!": "write gamma(x + 1) for a factorial, != for unequal",
    "|": "write abs(x), or the word or", "&": "write the word and", "~": "write - or the word not",
    "[": "write round parentheses", "{": "write round parentheses", "=": "only a name can stand before =",
    "\u2212": "write -", "\u2013": "write -", "\u2014": "write -", "\u2010": "write -", "\u2011": "write -",
    "\u00d7": "write *", "\u00b7": "write *", "\u22c5": "write *",
    "\u00f7": "write /", "\u2264": "write <=", "\u2265": "write >=", "\u2260": "write !=",
    "\u00b2": "write **2", "\u00b3": "write **3", "\u221a": "write sqrt(x)", "\u00a0": "write an ordinary space",
}  # fmt: skip


def pattern(text: str) -> re.Pattern[str]:
    """The expression whose `finditer` reads the text; the number of the group that matched is the kind."""
    return _ASCII if text.isascii() else _UNICODE


def natural_key(name: str) -> tuple[list[str | tuple[int, str]], str]:
    """The key that sorts names as people count: x2 before x10.

    >>> sorted(["x10", "x2", "x1"], key=natural_key)
    ['x1', 'x2', 'x10']
    """
    parts: list[str | tuple[int, str]] = list(re.split(r"([0-9]+)", name))
    for k in range(1, len(parts), 2):
        digits = str(parts[k]).lstrip("0")
        parts[k] = (len(digits), digits)
    return parts, name


def show(token: str) -> str:
    """A token as a message quotes it: printable ASCII, not too long."""
    quoted = ascii(token)
    return quoted if len(quoted) <= 40 else quoted[:36] + "..." + quoted[-1]


def nearest(name: str, known: Iterable[str]) -> str:
    """`: did you mean 'x1'?`, or nothing."""
    close = difflib.get_close_matches(name, list(known)[:1000], n=2)
    return f": did you mean {' or '.join(map(show, close))}?" if close else ""


def name_fault(name: str) -> str:
    """What is wrong with a name, or "": it must be an identifier that looks like nothing else."""
    if len(name) > MAX_NAME:
        return f"the name {show(name)} is longer than {MAX_NAME} characters"
    if name.isascii():
        return "" if name.isidentifier() else f"{show(name)} is not a name: expected letters, digits and _"
    import unicodedata

    plain = unicodedata.normalize("NFKC", name)
    if plain != name:
        for character in name:
            if unicodedata.category(character) == "No":  # superscripts, fractions, circled digits
                return character_fault(character)
        return f"{show(name)} only looks like {show(plain)}: write that"
    if not name.isidentifier() or _INVISIBLE.intersection(name):
        return f"{show(name)} is not a name: expected letters, digits and _"
    return ""


def character_fault(character: str) -> str:
    """What to say about a character that is not of the language."""
    hint = _INSTEAD.get(character, "")
    shown = show(character)
    if not character.isascii():
        import unicodedata

        shown = f"U+{ord(character):04X} ({unicodedata.name(character, 'no character')})"
    return f"unexpected character {shown}" + (f": {hint}" if hint else "")


def complaint(what: str, text: str, position: int, output: str = "") -> ExpressionError:
    """The one way a text is refused: what is wrong, the column, the text around it and a pointer.

    The message is printable ASCII (with line breaks) of at most 300 characters.
    """
    start = text.rfind("\n", 0, position) + 1
    stop = text.find("\n", position)
    stop = len(text) if stop < 0 else stop
    line = f"line {text.count(chr(10), 0, position) + 1}, " if "\n" in text else ""
    left, right = max(start, position - 30), min(stop, position + 30)
    around = "".join(c if " " <= c <= "~" else "?" for c in text[left:right])
    before, after = "..." if left > start else "", "..." if right < stop else ""
    pointer = " " * (len(before) + position - left) + "^"
    place = f"{output}{line}column {position - start + 1}"
    return ExpressionError(f"{what[:160]} at {place}\n  {before}{around}{after}\n  {pointer}", position)
