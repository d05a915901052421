"""The attributes and methods of ndarray, for a recorded value: each is the function of NumPy's of that name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from symdiff.errors import UnsupportedError


def place() -> str:
    """The line of the caller that is running, for a message."""
    from symdiff.inputs.recorded import place as of_the_caller

    return of_the_caller()


def writes(call: str, instead: str) -> str:
    """Why a method that changes its array is refused."""
    return f"{place()}{call} writes into an array that is being differentiated: use {instead}"


class ArrayMethods:
    """What `x.sum()` and its siblings mean. The functions come back through `__array_function__`."""

    __slots__ = ()
    value: Any

    if TYPE_CHECKING:  # what these methods count on: Recorded and ComplexRecorded have it

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any: ...

        def __getitem__(self, key: Any) -> Any: ...

        def __iter__(self) -> Iterator[Any]: ...

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value) if self.value is not None else ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def dtype(self) -> np.dtype:
        return np.asarray(self.value).dtype if self.value is not None else np.dtype(np.float64)

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        return np.swapaxes(self, -1, -2)

    @property
    def flat(self) -> Any:
        return np.ravel(self)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def device(self) -> str:
        return "cpu"

    @property
    def real(self) -> Any:
        return self

    @property
    def imag(self) -> Any:
        return np.zeros_like(self)

    def conj(self) -> Any:
        return self

    conjugate = conj

    def copy(self, order: str = "C") -> Any:
        return self

    def astype(self, dtype: Any, **options: Any) -> Any:
        from symdiff.inputs.numpy.choosing import astype
        from symdiff.inputs.recorded import Recorded

        assert isinstance(self, Recorded)  # a complex value has an astype of its own
        return astype(self, dtype)

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        if dtype not in (None, np.float64, float) or type is not None:
            raise UnsupportedError(f"{place()}x.view(...) of a value that is being differentiated: use it as it is")
        return self

    def item(self, *index: Any) -> Any:
        at = index[0] if len(index) == 1 else index
        if not index:
            if self.size != 1:
                raise ValueError("can only convert an array of size 1 to a Python scalar")
            return np.reshape(self, ())
        return self[at] if isinstance(at, tuple) else np.ravel(self)[at]

    def tolist(self) -> Any:
        return [row.tolist() for row in self] if self.ndim else self

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        return np.compress(condition, self, axis, out)

    def fill(self, value: Any) -> None:
        raise UnsupportedError(writes("x.fill(...)", "np.full_like"))

    def sort(self, axis: int = -1, **options: Any) -> None:
        raise UnsupportedError(writes("x.sort()", "y = np.sort(x)"))

    def put(self, *args: Any, **options: Any) -> None:
        raise UnsupportedError(writes("x.put(...)", "np.where"))

    def resize(self, *shape: Any, **options: Any) -> None:
        raise UnsupportedError(writes("x.resize(...)", "np.resize"))

    def partition(self, *args: Any, **options: Any) -> None:
        raise UnsupportedError(writes("x.partition(...)", "np.sort"))

    def flatten(self, order: Literal["A", "C", "F", "K"] = "C") -> Any:
        return np.ravel(self, order)

    def reshape(self, *shape: Any, **options: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)


def _method(name: str, function: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = name
    return method


for _name, _function in {
    name: getattr(np, name)
    for name in (
        "all any argmax argmin argsort choose clip cumprod cumsum diagonal dot max mean min nonzero prod ravel repeat "
        "round searchsorted squeeze std sum swapaxes take trace var"
    ).split()
}.items():
    setattr(ArrayMethods, _name, _method(_name, _function))
