"""The attributes and methods of ndarray, for a recorded value: each is the function of NumPy's of that name."""

from __future__ import annotations

from typing import Any

import numpy as np


class ArrayMethods:
    """What `x.sum()` and its siblings mean. The functions come back through `__array_function__`."""

    __slots__ = ()
    value: Any

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
        return iter(np.ravel(self))

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

        return astype(self, dtype)

    def item(self, *index: int) -> Any:
        return np.reshape(self, ())

    def flatten(self, order: str = "C") -> Any:
        return np.ravel(self)

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
        "all any argmax argmin argsort clip cumprod cumsum diagonal dot max mean min prod ravel repeat round "
        "searchsorted squeeze std sum swapaxes take trace var"
    ).split()
}.items():
    setattr(ArrayMethods, _name, _method(_name, _function))
