"""Source text of the project's own making, turned into a function: the only `exec` of the house.

Nothing a user wrote gets here: whoever writes such a source uses names of his own (letters and a number) and
hands over every function, constant and index as an object. `source` is checked for that, word by word.
"""

from __future__ import annotations

import contextvars
import keyword
import linecache
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from symdiff.errors import SymdiffError

OWN_NAME = re.compile(r"[a-z]+\d?[a-z]?\d?(_[a-z]+\d?[a-z]?\d?)*_?\d*")  # sin, log1p, v12, half_hyp0f1_7
WORD = re.compile(r"(?<![\w.])[^\W\d]\w*|(?<=\.)[^\W\d]\w*")  # not the e of 1.5e-300
ODD = re.compile(r"[^\x20-\x7e]|[\"'`\\;@$?]")  # texts, escapes, other alphabets, a second statement
KNOWN = frozenset("None True False float empty reshape transpose T".split())
LOOKED_THROUGH = 8_000  # lines: a tenth of a second
_numbers = count(1)


def function(source: str, entry: str, objects: Mapping[str, Any]) -> Callable[..., Any]:
    r"""The function `entry` of a source whose free names are `objects`.

    A traceback and a debugger show the source by line. A program of very many lines is not looked at word by word: its
    writer has been looked at in small.

    Raises:
        SymdiffError: the source has a word, a text or a character that no writer of ours makes.

    >>> function("def twice(v0):\n    return add(v0, v0)\n", "twice", {"add": lambda a, b: a + b})(2.0)
    4.0
    """
    return functions(source, entry, [objects])[0]


def functions(source: str, entry: str, meanings: Sequence[Mapping[str, Any]]) -> list[Callable[..., Any]]:
    """The same for several meanings of the free names, compiled once."""
    if source.count("\n") <= LOOKED_THROUGH:
        _own_words(source)
    name = f"<symdiff program {next(_numbers)}>"
    code = compile(source, name, "exec")
    found = []
    for objects in meanings:
        space: dict[str, Any] = {**objects, "__builtins__": {"float": float}}
        exec(code, space)  # noqa: S102 -- the words are ours: see above
        found.append(space[entry])
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    weakref.finalize(found[0], linecache.cache.pop, name, None)
    return found


def quiet(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` where NumPy does not warn, for one caller at a time. A context that is entered costs a twentieth of a
    `with np.errstate`; all other settings in it are those of who calls this.

    >>> import numpy as np
    >>> quiet(np.log)(0.0)
    np.float64(-inf)
    """
    with np.errstate(all="ignore"):
        return partial(contextvars.copy_context().run, f)


def _own_words(source: str) -> None:
    for line in source.splitlines():
        code, _, _ = line.partition("#")  # a comment ends with its line
        for odd in ODD.findall(code):
            raise SymdiffError(f"a program was to be run with {odd!r} in it, which is none of ours")
        for word in WORD.findall(code):
            if not (keyword.iskeyword(word) or word in KNOWN or OWN_NAME.fullmatch(word)):
                raise SymdiffError(f"a program was to be run with the name {word!r} in it, which is none of ours")
