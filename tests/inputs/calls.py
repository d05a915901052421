"""All calls of NumPy's functions that the front end is held against."""

from __future__ import annotations

from tests.inputs import (  # noqa: F401 - importing them enters their calls
    calls_choosing,
    calls_complex,
    calls_moving,
    calls_products,
    calls_sums,
    calls_ufuncs,
)
from tests.inputs.call import CALLS, Call

__all__ = ["CALLS", "Call"]
