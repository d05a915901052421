"""A PyTorch function as a plain Python function of arrays, and what `torch.autograd` says of it."""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from symdiff.errors import InputError
from symdiff.inputs.jax.values import is_recorded
from symdiff.inputs.recorded import Recorded
from symdiff.inputs.torch import rules
from symdiff.inputs.torch.opening import Opening, array_of
from symdiff.inputs.torch.pasting import program
from symdiff.pytrees import Tree, flatten

COLUMN = "torch"  # the name of PyTorch's own derivative in a report
OPERATORS = ("grad", "value_and_grad", "jacobian", "vjp", "jvp", "hvp", "hessian")


class Subject:
    """A function of the tensors that it is differentiated by; everything else it is given stays as it is.

    Called with arrays it runs PyTorch; called with recorded values it writes down what PyTorch does. Its derivatives by
    `torch.autograd` are called in the same two ways.

    Attributes:
        leaf_names: what the function itself calls them, by the names of the arguments here.
        leaves: the tensors themselves, as the caller gave them.
    """

    def __init__(
        self, f: Callable[..., Any], run: Callable[[Sequence[Any]], Any], given: Callable[[Sequence[Any]], list[Any]],
        leaves: Mapping[str, Any], others: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.f, self._run, self._given, self.leaves, self._others = f, run, given, list(leaves.values()), others
        self._paths = list(leaves)
        self.__name__ = name_of(f)
        plain = [f"leaf{k}" if not name.isidentifier() else name for k, name in enumerate(leaves)]
        plain = [f"leaf{k}" if plain.count(name) > 1 else name for k, name in enumerate(plain)]
        self.leaf_names = {p: name for p, name in zip(plain, leaves, strict=True) if p != name}
        one = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(p, one) for p in plain])

    @property
    def arrays(self) -> list[np.ndarray]:
        """The point, as NumPy arrays of the tensors' dtypes."""
        return [numpy_of(t) for t in self.leaves]

    @property
    def wrt(self) -> int | tuple[int, ...]:
        """All of them, as `crosscheck` is told."""
        return tuple(range(len(self.leaves))) if len(self.leaves) > 1 else 0

    @property
    def narrow(self) -> bool:
        """Whether one of them has a narrower dtype than float64."""
        return any(t.dtype != torch.float64 for t in self.leaves)

    def paste(self, arrays: Sequence[Any], options: str) -> str:
        """A check at these arrays as a program; see `pasting`."""
        own = list(self.__signature__.parameters)
        named = dict(zip(self._paths, own, strict=True))
        words = [named.get(path, text) for path, text in self._others.items()]
        return program(self.f, self.__name__, words, list(zip(own, self._paths, arrays, strict=True)), options)

    def __call__(self, *leaves: Any) -> Any:
        if not is_recorded(*leaves):
            found, tree = self._untouched(leaves)
            return tree.build([numpy_of(y) for y in found])
        opening, tensors = self._opened(leaves)
        with opening:
            found, tree = self._outputs(tensors)
        return tree.build([opening.value(y) for y in found])

    @property
    def columns(self) -> dict[str, dict[str, Callable[..., Any]]]:
        """By library and operator, what the library itself says of the derivative."""
        own = self.backwards()
        written = next(iter(own.items())) if len(own) == 1 else (COLUMN, len)  # len has no place: nor has PyTorch's
        return {COLUMN: {operator: self._column(operator, written) for operator in OPERATORS}}

    def claim(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """A derivative that is called with tensors as the function itself is, called with arrays or recorded values.
        What comes after the leaves, tangents or cotangents, it gets as tensors, too."""

        def called(tensors: list[torch.Tensor], vectors: list[Any]) -> Any:
            return call(*self._given([t.detach() for t in tensors]), *vectors)

        def claimed(*given: Any) -> Any:
            return self._run_on(given, called)

        claimed.__name__ = name_of(call)
        claimed.__wrapped__ = call  # type: ignore[attr-defined]  # so that a report says where it is written
        return claimed

    def is_narrow_vector(self) -> bool:
        """Whether it is in a narrower dtype than float64, and returns more than one number."""
        return self.narrow and [tuple(y.shape) for y in self.outputs(self.tensors(self.arrays))] != [()]

    def _column(self, operator: str, written: tuple[str, Any]) -> Callable[..., Any]:
        def called(tensors: list[torch.Tensor], vectors: list[Any]) -> Any:
            return self._derivative(operator, tensors, flatten(vectors)[0])

        def claimed(*given: Any) -> Any:
            return self._run_on(given, called)

        claimed.__name__, claimed.__wrapped__ = written  # type: ignore[attr-defined]  # so that a report says where it is
        return claimed

    def _run_on(self, given: Sequence[Any], call: Callable[[list[torch.Tensor], list[Any]], Any]) -> Any:
        """What `call` makes of the leaves, and of the vectors after them, as tensors: arrays, or recorded values."""
        leaves, (flat, tree) = given[: len(self.leaves)], flatten(list(given[len(self.leaves) :]))
        aside = self._vectors(flat)
        if not is_recorded(*leaves, *flat):
            found, answer = flatten(call(self.tensors(leaves), tree.build(aside)))
            return answer.build([numpy_of(v) if isinstance(v, torch.Tensor) else v for v in found])
        opening, tensors = self._opened(leaves)
        for tensor, value in zip(aside, flat, strict=True):
            opening.know(tensor, value)
        with opening:
            found, answer = flatten(call(tensors, tree.build(aside)))
        return answer.build([opening.value(v) if isinstance(v, torch.Tensor) else v for v in found])

    # -- tensors ---------------------------------------------------------------------------------------

    def tensors(self, leaves: Sequence[Any]) -> list[torch.Tensor]:
        """The leaves as the caller's tensors were: their strides, and requiring a gradient. A wider dtype is kept."""
        return [like(leaf, t).requires_grad_() for leaf, t in zip(leaves, self.leaves, strict=True)]

    def _opened(self, leaves: Sequence[Any]) -> tuple[Opening, list[torch.Tensor]]:
        graph = next(v.graph for v in leaves if isinstance(v, Recorded))
        opening = Opening(graph, self.__name__)
        tensors = [
            like(v.value if isinstance(v, Recorded) else v, t, narrow=True).requires_grad_()
            for v, t in zip(leaves, self.leaves, strict=True)
        ]
        for tensor, value in zip(tensors, leaves, strict=True):
            opening.know(tensor, value)
        return opening, tensors

    def _untouched(self, leaves: Sequence[Any]) -> tuple[list[torch.Tensor], Tree]:
        """The outputs, after a look whether the function has written into its inputs."""
        tensors = self.tensors(leaves)
        before = [t.detach().clone() for t in tensors]
        found = self._outputs(tensors)
        for path, was, now in zip(self._paths, before, tensors, strict=True):
            if not torch.equal(was, now.detach()):
                raise InputError(
                    f"{self.__name__} writes into its input {path}: autograd does not see that; let it take x.clone()"
                )
        return found

    def outputs(self, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The floats that the function returns, one after the other."""
        return self._outputs(tensors)[0]

    def backwards(self) -> dict[str, Callable[..., Any]]:
        """The derivative rules of somebody's own that it goes through; see `rules`."""
        return rules.backwards(self.outputs(self.tensors(self.arrays)))

    def _vectors(self, vectors: Sequence[Any]) -> list[torch.Tensor]:
        kind = self.leaves[0].dtype
        plain = [v.value if isinstance(v, Recorded) else v for v in vectors]
        wide = not is_recorded(*vectors)
        return [torch.tensor(np.asarray(v, np.float64), dtype=torch.float64 if wide else kind) for v in plain]

    def _outputs(self, tensors: Sequence[torch.Tensor]) -> tuple[list[torch.Tensor], Tree]:
        result = self._run(tensors)
        found, tree = flatten(result)
        if not found:
            raise InputError(f"{self.__name__} returns {result!r}: expected a tensor or several; is there a return?")
        for y in found:
            if not isinstance(y, torch.Tensor):
                raise InputError(f"{self.__name__} returns {type(y).__name__}: expected tensors")
            if y.dtype.is_complex:
                raise InputError(f"{self.__name__} returns complex values: expected real ones")
        if all(y.is_floating_point() for y in found):
            return found, tree
        found = [y for y in found if y.is_floating_point()]
        if not found:
            raise InputError(f"{self.__name__} returns no floats: whole numbers and truth values have no derivative")
        return found, flatten(tuple(found) if len(found) > 1 else found[0])[1]

    # -- derivatives -------------------------------------------------------------------------------------

    def _derivative(self, operator: str, tensors: list[Any], vectors: list[Any]) -> list[torch.Tensor]:
        if operator == "jvp":
            return self._forward(tensors, vectors)
        found = self.outputs(tensors)
        if operator in ("grad", "value_and_grad"):
            slopes = pulled(found, tensors)
            return [*(y.detach() for y in found if operator == "value_and_grad"), *slopes]
        if operator == "vjp":
            return pulled(found, tensors, vectors)
        if operator == "jacobian":
            return [m for y in found for m in _jacobian(y, tensors)]
        slopes = pulled(found, tensors, create=True)
        if operator == "hvp":
            kept = [(s, v) for s, v in zip(slopes, vectors, strict=True) if s.requires_grad]
            if not kept:
                return [torch.zeros_like(t) for t in tensors]
            return pulled([s for s, _ in kept], tensors, [v for _, v in kept])
        return [m for s in slopes for m in _jacobian(s, tensors)]

    def _forward(self, tensors: list[Any], vectors: list[Any]) -> list[torch.Tensor]:
        from torch.autograd import forward_ad

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch's of itself, when this is imported first
            importlib.import_module("torch._decomp.decompositions_for_jvp")
        with forward_ad.dual_level():
            duals = [forward_ad.make_dual(t, v.to(t.dtype)) for t, v in zip(tensors, vectors, strict=True)]
            found = [forward_ad.unpack_dual(y) for y in self.outputs(duals)]
            return [torch.zeros_like(y.primal) if y.tangent is None else y.tangent.clone() for y in found]


def pulled(
    found: Sequence[torch.Tensor], tensors: Sequence[torch.Tensor], cotangents: Sequence[Any] = (),
    create: bool = False, keep: bool = False,
) -> list[torch.Tensor]:  # fmt: skip
    """`torch.autograd.grad`, with zeros where a tensor is not used."""
    cts = cotangents or [torch.ones_like(y) for y in found]
    used = [(y, c) for y, c in zip(found, cts, strict=True) if y.requires_grad]
    if not used:
        return [torch.zeros_like(t) for t in tensors]
    slopes = torch.autograd.grad(
        [y for y, _ in used], list(tensors), [c.to(y.dtype).reshape(y.shape) for y, c in used], allow_unused=True,
        create_graph=create, retain_graph=create or keep,
    )  # fmt: skip
    return [torch.zeros_like(t) if s is None else s for s, t in zip(slopes, tensors, strict=True)]


def _jacobian(y: torch.Tensor, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """For each tensor the derivative of every entry of y, by one backward pass an entry."""
    rows: list[list[torch.Tensor]] = []
    for k in range(y.numel()):
        one = torch.zeros(y.numel(), dtype=y.dtype)
        one[k] = 1.0
        rows.append(pulled([y], tensors, [one.reshape(y.shape)], keep=True))
    if not rows:
        return [torch.zeros((*y.shape, *t.shape), dtype=t.dtype) for t in tensors]
    return [torch.stack(list(m)).reshape(*y.shape, *t.shape) for m, t in zip(zip(*rows, strict=True), tensors)]  # noqa: B905 - as many


def like(value: Any, tensor: torch.Tensor, narrow: bool = False) -> torch.Tensor:
    """An array as a tensor with the strides of another one; in its dtype, or its own where that is wider."""
    array = np.asarray(value)
    if array.dtype.kind == "c":
        raise TypeError(f"complex numbers are given to a function of {tensor.dtype}")
    wide = array.dtype == np.float64 and not narrow
    array = array.astype(np.float64)  # PyTorch does not know every float of NumPy's
    kind = torch.float64 if wide else tensor.dtype
    if 0 in tensor.stride() or array.shape != tuple(tensor.shape):
        return torch.tensor(array, dtype=kind)
    found = torch.empty_strided(tuple(tensor.shape), tuple(tensor.stride()), dtype=kind)
    return found.copy_(torch.tensor(array, dtype=kind))


def numpy_of(tensor: torch.Tensor) -> np.ndarray:
    """A tensor as an array of the same dtype."""
    if tensor.dtype == torch.bfloat16:
        import ml_dtypes  # NumPy has none of its own; it comes with JAX

        return array_of(tensor.float()).astype(ml_dtypes.bfloat16)
    return array_of(tensor)


def name_of(f: Any) -> str:
    """What the caller calls the function: an autograd.Function's `apply` has its class's name."""
    return str(getattr(rules.applied(f) or f, "__name__", type(f).__name__))
