"""What is around a call of the caller's code: words for its exceptions, and a refusal of silent casts."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs import meeting_jax


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """The function's exceptions stay its own, except where they are about recorded values and do not say so."""
    try:
        yield
    except ValueError as e:  # NumPy's own words about out[i] = x, which hide ours
        if isinstance(e.__cause__, UnsupportedError):
            raise e.__cause__ from None
        raise
    except (AssertionError, TypeError, AttributeError) as e:  # often a question about the type
        if meeting_jax.objects(e):
            raise
        e.add_note(
            f"(symdiff ran {name} on values that write down what is done with them: isinstance(x, np.ndarray) is "
            "False for these)"
        )
        raise


def no_silent_cast(leaves: Sequence[Any]) -> contextlib.AbstractContextManager[None]:
    """Where the function is given complex numbers, a `TypeError` if it drops the imaginary parts."""
    return _no_silent_cast() if any(map(np.iscomplexobj, leaves)) else contextlib.nullcontext()


@contextlib.contextmanager
def _no_silent_cast() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            yield
        except np.exceptions.ComplexWarning as e:
            raise TypeError(str(e)) from None
