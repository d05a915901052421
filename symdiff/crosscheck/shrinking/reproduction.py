"""A failure as code to paste: imports, the function, the point, the check."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.crosscheck.asked import Asked
from symdiff.crosscheck.shrinking.steps import Replay
from symdiff.inputs.code import Code
from symdiff.inputs.made import made_at
from symdiff.problem import Problem

ORDER = (
    "at", "kwargs", "wrt", "claimed", "methods", "operators", "order", "points", "seed", "strict", "full", "device",
    "platform",
)  # fmt: skip
NOTHING: tuple[Any, ...] = (None, 0, False, ())


def code(asked: Asked) -> str:
    """The call as a small program. A function that cannot be imported is written out where its source is to be had,
    else only named, with the place where it is.

    >>> print(code(Asked("x**3", (), {"at": {"x": 2.0}, "claimed": "3*x"})))
    import symdiff as sd
    <BLANKLINE>
    print(sd.crosscheck("x**3", at={"x": 2.0}, claimed="3*x"))
    """
    writer = _Writer()
    own = getattr(asked.f, "paste", None)  # a function of another library's tensors is called in its own way
    words = [] if own else [writer.value(_as_given(asked.f)), *map(writer.value, asked.args)]
    for name in ORDER if own is None else [n for n in ORDER if n not in ("wrt", "at", "kwargs")]:
        option = asked.options.get(name)
        if not any(option is nothing or (option == nothing and not _is_array(option)) for nothing in NOTHING):
            words.append(f"{name}={writer.value(option)}")
    if own is not None:
        return own(asked.args, "".join(f", {w}" for w in words))
    return writer.program(f"print(sd.crosscheck({', '.join(words)}))")


def _as_given(f: Any) -> Any:
    """What the caller had: the text, the SymPy expression or the function."""
    if isinstance(f, Code):
        return f.f
    if isinstance(f, Problem):
        return f.native if f.native is not None else f.own or f.source
    return f


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


class _Writer:
    def __init__(self) -> None:
        self.imports = ["import symdiff as sd"]
        self.definitions: list[str] = []

    def program(self, last: str) -> str:
        parts = ["\n".join(dict.fromkeys(sorted(self.imports, key=_import_order)))]
        parts += dict.fromkeys(self.definitions)
        return "\n\n".join([*parts, last])

    def value(self, value: Any) -> str:
        """A value as Python writes it."""
        if isinstance(value, str):
            return _quoted(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.value(k)}: {self.value(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.value, value)) + "]"
        if type(value) is tuple:
            return "(" + ", ".join(map(self.value, value)) + ("," if len(value) == 1 else "") + ")"
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic) and value.dtype == np.float64:
            return self.value(float(value))
        if isinstance(value, float):
            return repr(value) if np.isfinite(value) else f'float("{value}")'
        if hasattr(value, "free_symbols"):
            return self._sympy(value)
        if isinstance(value, np.generic):
            self.imports.append("import numpy as np")
            return f"np.{value.dtype}({value.item()!r})"
        return self._function(value) if callable(value) else repr(value)

    def _array(self, value: np.ndarray) -> str:
        self.imports.append("import numpy as np")
        plain = value.dtype in (np.float64, np.int64, np.bool_)
        if not value.size:
            return f"np.zeros({value.shape})"
        return f"np.array({self.value(value.tolist())}" + (")" if plain else f', dtype="{value.dtype}")')

    def _sympy(self, value: Any) -> str:
        import sympy as sp

        self.imports.append("from sympy import *")
        return sp.srepr(value)

    def _function(self, value: Callable[..., Any]) -> str:
        """The name of a function, imported or defined above; of a method, its object is the caller's."""
        if isinstance(value, Replay):
            self.imports += ["import numpy as np"] if "np." in value.text else []
            self.definitions.append(value.text)
            return "f"
        name, module = getattr(value, "__qualname__", ""), getattr(value, "__module__", "")
        if name.isidentifier() and module and module != "__main__" and not hasattr(value, "__self__"):
            self.imports.append(f"from {module} import {name}")
            return name
        short = name.rpartition(".")[2].strip("<>") or type(value).__name__
        short = "your_function" if short in ("lambda", "function") else short
        needs = _needs(value)
        source = "" if needs is None else _source(value)
        self.imports += needs if needs and source else []
        self.definitions.append(source or f"# {short}: {_where(value)}")
        return short


def _needs(f: Any) -> list[str] | None:
    """The imports with which a function stands on its own feet; None where it needs more: a closure, a decorator,
    other functions of its module."""
    if not inspect.isfunction(f) or f.__closure__ or hasattr(f, "__wrapped__"):
        return None
    lines = ["from __future__ import annotations"] if f.__annotations__ else []
    for name in f.__code__.co_names:  # attributes are among them: x.shape
        found = f.__globals__.get(name)
        if inspect.ismodule(found):
            lines.append(f"import {found.__name__} as {name}" if found.__name__ != name else f"import {name}")
        elif found is not None:
            return None
    return lines


def _source(f: Callable[..., Any]) -> str:
    """The text of a function that was written as a `def`."""
    try:
        text = textwrap.dedent(inspect.getsource(f)).rstrip()
    except (OSError, TypeError):
        return ""
    return text + "\n" if text.startswith("def ") else ""


def _where(f: Any) -> str:
    return f"put your own here ({made_at(f) or f'your {type(f).__name__}'})"


def _quoted(text: str) -> str:
    """The text in double quotes where that needs no escapes."""
    return f'"{text}"' if text.isprintable() and '"' not in text and "\\" not in text else repr(text)


def _import_order(line: str) -> tuple[bool, bool, str]:
    return "__future__" not in line, line.startswith("from "), line
