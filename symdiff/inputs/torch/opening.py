"""A PyTorch function, recorded while PyTorch runs it.

Every ATen operation passes here on its way to its kernel (`TorchDispatchMode`), below autograd: so an
`autograd.Function` is its forward, line by line, and what `torch.autograd.grad` does with its backward can be recorded
in the same way. Tensors keep their own numbers, so that branches, old-style autograd Functions and writing in place are
what they are; a value of ours goes beside every storage that depends on the inputs. (`torch.export` and `torch.fx`
record the same operations, but neither takes a branch on a value, and an export has no Python autograd Functions.)

What arithmetic an operation does stands in `elementwise.py` and `sums.py`; what only moves entries, in
`moving.py`; what is left is opened by PyTorch's own decompositions.
"""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.jax.values import Refused, is_recorded, kind_of, located
from symdiff.inputs.recorded import place
from symdiff.inputs.torch import elementwise, moving, sums
from symdiff.inputs.torch.layout import Window, seen, written
from symdiff.inputs.torch.moving import array_of

READERS: dict[str, Callable[..., Any]] = {**elementwise.READERS, **sums.READERS}
# results that do not depend on the numbers in their arguments
BLANK = frozenset(
    "empty_like zeros_like ones_like full_like rand_like randn_like new_empty new_zeros new_ones new_full "
    "new_empty_strided bernoulli sym_size sym_stride sym_numel is_same_size".split()
)
KNOWN = frozenset(READERS) | moving.MOVES | moving.SAME | moving.ORDERED | {"_to_copy"}
KEEPS = frozenset({"_native_batch_norm_legit"})  # what they write is kept for another call
MEANING = {
    "bernoulli_": "it draws random numbers: call eval(), or fix the draw outside",
    "native_dropout": "it draws random numbers: call eval(), or fix the draw outside",
}


class Opening(TorchDispatchMode):
    """Records what is done to the tensors it was told of (`know`) into a graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        super().__init__()
        self.graph, self.name = graph, name
        self.lines: dict[int, Any] = {}  # by storage: its entries
        self.kept: list[Any] = []  # so that no storage's number is given to another one meanwhile

    # -- storages --------------------------------------------------------------------------------------

    def know(self, tensor: torch.Tensor, value: Any) -> None:
        """From now on the tensor's entries are these; they are those of every view, too."""
        key, window = self._key(tensor), window_of(tensor)
        line = self.lines.get(key)
        if line is None:
            line = _storage(tensor)
        self.lines[key] = written(line, np.broadcast_to(value, window.size), window)

    def value(self, tensor: torch.Tensor) -> Any:
        """The tensor's entries: recorded, where they depend on the inputs."""
        line = self.lines.get(self._key(tensor))
        return array_of(tensor) if line is None else seen(line, window_of(tensor))

    def knows(self, tensor: Any) -> bool:
        return isinstance(tensor, torch.Tensor) and self._key(tensor) in self.lines

    def _key(self, tensor: torch.Tensor) -> int:
        if tensor.layout != torch.strided:
            raise Refused(f"its tensor is {tensor.layout}: expected a dense one")
        storage = tensor.untyped_storage()
        self.kept.append(tensor.detach() if tensor.requires_grad else tensor)
        return int(storage._cdata)

    # -- operations ------------------------------------------------------------------------------------

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        known = [t for t in tree_flatten((args, kwargs))[0] if self.knows(t)]
        if not known:
            return func(*args, **kwargs)
        name = func._schema.name.rpartition("::")[2]
        try:
            return self._done(func, name, args, kwargs)
        except UnsupportedError as e:
            raise located(e, place(), self.name, f"PyTorch's {name!r}") from None

    def _done(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        base = name.removesuffix("_") if not name.endswith("__") else name
        targets = _written_to(func, args, kwargs)
        if name == "_local_scalar_dense":
            return self._decided(args[0], func(*args))
        if targets and base not in KEEPS:
            return self._in_place(func, base, args, kwargs, targets)
        if base in BLANK:
            return func(*args, **kwargs)
        if base not in KNOWN:
            return self._other(func, base, args, kwargs)
        values = self._values(args), self._values(kwargs)
        found = func(*args, **kwargs)
        self._enter(found, self._results(func, base, args, kwargs, values, found))
        return found

    def _other(self, func: Any, base: str, args: Any, kwargs: Any) -> Any:
        """A view of known entries, which needs nothing; else what PyTorch says it is made of."""
        if _is_view(func):
            return func(*args, **kwargs)
        if base in MEANING:
            raise Refused(MEANING[base])
        if base in moving.ADDED:
            found = func(*args, **kwargs)
            self._enter(found, moving.ADDED[base](self, *args, **kwargs))
            return found
        from torch._decomp import decomposition_table

        with self:
            opened = func.decompose(*args, **kwargs)  # what it is a composition of
            if opened is not NotImplemented:
                return opened
            if func in decomposition_table:
                return decomposition_table[func](*args, **kwargs)
        raise Refused("symdiff has no meaning for this operation")

    def _values(self, given: Any) -> Any:
        return tree_map(lambda v: self.value(v) if isinstance(v, torch.Tensor) else v, given)

    def _results(self, func: Any, base: str, args: Any, kwargs: Any, values: tuple[Any, Any], found: Any) -> Any:
        if base in moving.MOVES:
            return moving.moved(self, func, args, kwargs)
        if base in moving.SAME:
            return np.reshape(values[0][0], tuple(found.shape))
        if base == "_to_copy":
            return elementwise.converted(values[0][0], kwargs.get("dtype"), args[0].dtype)
        if base in moving.ORDERED:
            return moving.ordered(args[0], values[0][0], found, args[1:], base)
        return READERS[base](*values[0], **{k: v for k, v in values[1].items() if k not in ("memory_format", "out")})

    def _in_place(self, func: Any, base: str, args: Any, kwargs: Any, targets: Sequence[Any]) -> Any:
        """An operation that writes: its result, put where it writes to."""
        if len(targets) != 1:
            raise Refused("it writes into several tensors at once")
        (target,) = targets
        if base in ("copy", "copy_to", "fill", "zero"):
            given = 0.0 if base == "zero" else args[1]
            value = self.value(given) if isinstance(given, torch.Tensor) else given
            value = elementwise.converted(value, target.dtype, getattr(given, "dtype", target.dtype)) if is_recorded(
                value) else value  # fmt: skip
        elif base in READERS:
            values = self._values(args), self._values({k: v for k, v in kwargs.items() if k != "out"})
            value = READERS[base](*values[0], **values[1])
        elif base in moving.MOVES or (base == "index_put" and not (len(args) > 3 and args[3])):
            value = moving.moved(self, func, args, kwargs)
        elif base in moving.ADDED:
            value = moving.ADDED[base](self, *args, **kwargs)
        else:
            raise Refused(MEANING.get(f"{base}_", "symdiff has no meaning for this operation in place"))
        found = func(*args, **kwargs)
        if is_recorded(value) or self.knows(target):
            if not target.is_floating_point() and is_recorded(value) and kind_of(value) != "b":
                return found  # whole numbers are decisions
            self.know(target, value)
        return found

    def _enter(self, found: Any, results: Any) -> None:
        """Put what an operation gives beside the tensors it gave."""
        tensors = [found] if isinstance(found, torch.Tensor) else list(found)
        values = list(results) if isinstance(results, tuple) else [results]
        for tensor, value in zip(tensors, values, strict=False):
            if is_recorded(value) and isinstance(tensor, torch.Tensor):
                if tuple(np.shape(value)) != tuple(tensor.shape):
                    raise Refused(f"it has shape {tuple(tensor.shape)}, and its meaning here {np.shape(value)}")
                self.know(tensor, value)

    def _decided(self, tensor: torch.Tensor, plain: Any) -> Any:
        """`if x.sum() > 0`: a truth value is a decision; a float itself would leave the record."""
        value = self.value(tensor)
        if kind_of(value) == "f":
            raise Refused("it makes a plain number of a value that is being differentiated (item(), float(x))")
        return type(plain)(np.asarray(value.decided()).reshape(())[()]) if is_recorded(value) else plain


def window_of(tensor: torch.Tensor) -> Window:
    """Where a tensor's entries stand in its storage."""
    return Window(tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset()))


def _storage(tensor: torch.Tensor) -> np.ndarray:
    """All entries of the storage that a tensor is a window on."""
    size = tensor.untyped_storage().nbytes() // tensor.element_size()
    return array_of(tensor.detach().as_strided((size,), (1,), 0)).astype(np.float64)


def _is_view(func: Any) -> bool:
    """Whether an operation returns its argument, or a view of it, and writes nothing."""
    returns = func._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


def _written_to(func: Any, args: Any, kwargs: Any) -> list[Any]:
    """The tensors that an operation writes into."""
    found = []
    for k, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            given = args[k] if k < len(args) and not argument.kwarg_only else kwargs.get(argument.name)
            found += [t for t in (given if isinstance(given, list | tuple) else [given]) if t is not None]
    return found
