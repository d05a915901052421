"""Python code that a manifest or a command line names: `package.module:name`, imported when it is checked."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symdiff.errors import InputError

NOT_ALLOWED = (
    "names Python code, {name}, which importing would run: allow it with --allow-import if you trust this file "
    "(pytest does so for manifests inside its rootdir)"
)


@contextmanager
def importing_from(folders: Iterable[Path | str]) -> Iterator[None]:
    """Modules are looked for in these folders first, as `python -m` does in the current one; afterwards no more."""
    before = list(sys.path)
    sys.path[:0] = [os.fspath(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before


def load(name: str) -> Callable[..., Any]:
    """The function that `package.module:name` names.

    Raises:
        InputError: the module does not import (its own traceback is in the message), has no such name, or the
            name is nothing that can be called.

    >>> load("math:hypot")(3, 4)
    5.0
    >>> load("math:hypott")
    Traceback (most recent call last):
    ...
    symdiff.errors.InputError: math:hypott: module math has no 'hypott': did you mean 'hypot'?
    """
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as e:  # a module may end in any way it likes, by sys.exit too
        raise InputError(f"{name}: module {module} does not import:\n{_own_traceback(e)}") from e
    for part in path.split("."):
        if not hasattr(found, part):
            from symdiff.problem import nearest

            known = [n for n in dir(found) if not n.startswith("_")]
            like = nearest(part, known)
            raise InputError(f"{name}: module {module} has no {part!r}" + (like if "did you" in like else ""))
        found = getattr(found, part)
    if not callable(found):
        raise InputError(f"{name}: expected a function, found {type(found).__name__}")
    return found


def _own_traceback(e: BaseException) -> str:
    """The traceback without the frames of the import machinery and of ours."""
    frames = [f for f in traceback.extract_tb(e.__traceback__) if not _of_the_import(f.filename)]
    lines = traceback.format_list(frames) + traceback.format_exception_only(e)
    return "".join(["Traceback (most recent call last):\n", *lines] if frames else lines).rstrip()


def _of_the_import(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen importlib") or filename == importlib.__file__
