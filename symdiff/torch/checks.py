"""`gradcheck` and `gradgradcheck` with PyTorch's signatures: swapping the import is the migration."""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.crosscheck import crosscheck
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import Disagreement, InputError, UnsupportedError
from symdiff.listening import heard
from symdiff.torch.words import message, of_pytorch

if TYPE_CHECKING:
    from symdiff.crosscheck.report import Finding, Report
    from symdiff.inputs.torch.subject import Subject

MOST_ENTRIES = 1024  # of a Jacobian that is looked at entry by entry


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Judge what `torch.autograd` gives for `func` against a certified reference; `torch.autograd.gradcheck`'s twin.

    `func` is opened through the ATen operations it runs, an `autograd.Function` through its forward, and the reference
    is that graph's derivative in ball arithmetic. So there is no step and no tolerance: a sign flip of a slope of 1e-12
    is found, and float32 is judged by what float32 can hold. Where `func` cannot be opened (an operation without a
    meaning here, `float(x)`, NumPy inside), it is a black box, whose slopes are estimated from its values; a message
    says so, and why. The Jacobian is judged entry by entry; where it is large,
    or the dtype is narrower than float64, one random combination of the outputs is (a vjp), as with `fast_mode=True`.

    Args:
        func: a function of tensors that returns a tensor or several, the `apply` of an autograd.Function, or a module,
            whose parameters are judged, too.
        inputs: a tensor or a sequence of what `func` takes; judged by the tensors that require a gradient.
        eps: accepted and without meaning: nothing is differenced.
        atol, rtol: never excuse a rule that is wrong. Where the rule is right and its program loses more than half of
            the digits (`INACCURATE`), they say how far off a number may be, as with PyTorch: atol + rtol * |true|.
        raise_exception: False returns False where an exception about `func` would be raised.
        nondet_tol: by how much two calls of `func` at the same inputs may differ.
        check_forward_ad: judge forward mode (`torch.autograd.forward_ad`), too.
        check_backward_ad: False leaves the backward out.
        fast_mode: judge one random combination of the outputs, whatever the size.
        check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad, masked: accepted, not
            looked at: they are about undefined gradients, dtypes, vmap and sparse tensors, not about numbers.

    Returns:
        True where every derivative that was asked for is right here (at a kink: a value between the one-sided ones).

    Raises:
        GradcheckError: a derivative is wrong, or cannot be decided, or `func` is not deterministic. It is a
            `torch.autograd.gradcheck.GradcheckError` and a `symdiff.Disagreement` (an AssertionError); `report` is the
            whole report, None where there is none.
        InputError: no input requires a gradient, `func` returns no floats, a tensor is not on the CPU, and the like;
            also a ValueError, and raised whatever `raise_exception` is.
    """
    from symdiff.inputs.torch.reading import subject

    if not (check_backward_ad or check_forward_ad):
        raise InputError("check_backward_ad and check_forward_ad are both False: nothing to check")
    found = subject(func, _sequence(inputs))
    try:
        size = _size(found, nondet_tol)
        if not size or not sum(t.numel() for t in found.leaves):
            return True  # there is no entry that could be wrong
        operators = [_operator(found, size, fast_mode)] if check_backward_ad else []
        operators += ["jvp"] if check_forward_ad else []
        for operator in operators:
            report = judged(found, operator)
            if not passed(report, atol, rtol):
                if not raise_exception:
                    return False
                raise gradcheck_error(message(report, found), report)
            heard(report)
    except UnsupportedError as e:
        if raise_exception:
            raise gradcheck_error(f"UNSUPPORTED: {e}", None) from e
        return False
    except Disagreement:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Judge the derivative of the derivative: `torch.autograd.gradgradcheck`'s twin.

    The function that is opened is the backward, of the inputs and of the cotangents; what is judged is what
    `torch.autograd` gives for that one. Whether the backward itself is right, `gradcheck` says.

    Args:
        func, inputs, nondet_tol, raise_exception, fast_mode: as in `gradcheck`.
        grad_outputs: the cotangents, one for each output; random ones by default.
        gen_non_contig_grad_outputs: random cotangents that are not contiguous.
        check_fwd_over_rev: judge forward mode over the backward, too.
        check_rev_over_rev: False leaves the backward of the backward out.
        The others: as in `gradcheck`, accepted and without meaning.

    Raises:
        GradcheckError, InputError: as `gradcheck`.
    """
    import torch

    from symdiff.inputs.torch.reading import subject
    from symdiff.inputs.torch.subject import pulled

    args = _sequence(inputs)
    base = subject(func, args)
    count = len(base.leaves)
    outputs = base.outputs(base.tensors(base.arrays))
    if grad_outputs is None:
        generator = torch.Generator().manual_seed(0)
        cotangents = [_cotangent(y, generator, gen_non_contig_grad_outputs) for y in outputs]
    else:
        cotangents = [c.detach().requires_grad_() for c in _sequence(grad_outputs)]
    if len(cotangents) != len(outputs):
        raise InputError(f"grad_outputs has {len(cotangents)} tensor(s), but {base.__name__} returns {len(outputs)}")

    def backward(*given: Any) -> Any:
        tensors = list(given[:count])
        slopes = pulled(base.outputs(tensors), tensors, list(given[count:]), create=True)
        return tuple(slopes) if len(slopes) > 1 else slopes[0]

    backward.__name__ = f"the backward of {base.__name__}"
    points = [t.detach().requires_grad_() for t in base.leaves]
    return gradcheck(
        backward, (*points, *cotangents), atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, fast_mode=fast_mode,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev,
    )  # fmt: skip


def judged(found: Subject, operator: str) -> Report:
    """The report on one operator of PyTorch's; the tape makes a reference of many entries cheap."""
    return crosscheck(found, *found.arrays, wrt=found.wrt, operators=[operator], methods=["tape"])


def passed(report: Report, atol: float, rtol: float) -> bool:
    """Whether PyTorch's derivative is decided in all entries, and right, of the function that was recorded (R, B).
    What the tape makes of it is no concern of PyTorch's."""
    own = of_pytorch(report)
    seen = all(report.lamps[name].state != "red" for name in ("R", "B") if name in report.lamps)
    return bool(own) and seen and all(_fine(f, atol, rtol) for f in own)


def _fine(f: Finding, atol: float, rtol: float) -> bool:
    if f.verdict is Verdict.INACCURATE and f.value is not None and f.reference is not None:
        return abs(f.value - f.reference) <= atol + rtol * abs(f.reference)
    return f.verdict in DECIDED and f.verdict is not Verdict.DIFFER


def gradcheck_error(text: str, report: Report | None) -> Disagreement:
    """An exception that both worlds know: PyTorch's GradcheckError, and symdiff's Disagreement."""
    from torch.autograd.gradcheck import GradcheckError as Theirs

    class GradcheckError(Disagreement, Theirs):
        """A derivative of PyTorch's is not right, or cannot be judged."""

    return GradcheckError(text, report)


def _sequence(inputs: Any) -> tuple[Any, ...]:
    return tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)


def _cotangent(y: Any, generator: Any, apart: bool) -> Any:
    import torch

    shape = (*y.shape, 2) if apart else tuple(y.shape)
    found = torch.randn(shape, generator=generator, dtype=y.dtype)
    return (found[..., 0] if apart else found).requires_grad_()


def _size(found: Subject, nondet_tol: float) -> int:
    """How many outputs there are; two calls must give the same ones."""
    arrays = found.arrays
    first, second = (found.outputs(found.tensors(arrays)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        a, b = (v.detach().double().numpy() for v in (one, other))
        gaps = np.abs(a - b)[~((a == b) | (np.isnan(a) & np.isnan(b)))]
        if gaps.size and not np.all(gaps <= nondet_tol):
            raise gradcheck_error(
                f"{found.__name__} is not deterministic: two calls at the same inputs differ by {np.max(gaps):.6g}; if "
                "it draws random numbers (dropout), call eval() or seed it within",
                None,
            )
    return sum(y.numel() for y in first)


def _operator(found: Subject, size: int, fast: bool) -> str:
    """The Jacobian where it is small, and in float64; else one combination of the outputs."""
    entries = size * sum(t.numel() for t in found.leaves)
    return "vjp" if fast or found.narrow or entries > MOST_ENTRIES else "jacobian"
