"""PyTorch's checks of derivatives, with a certified reference in place of differences.

    import symdiff as sd

    sd.torch.gradcheck(MyFunction.apply, (x, w))      # as torch.autograd.gradcheck: True, or an exception
    sd.torch.gradgradcheck(MyFunction.apply, (x, w))
    sd.crosscheck(module, x)                          # the report: a module's parameters by their names

PyTorch itself is imported when one of them is called.
"""

from __future__ import annotations

from symdiff.torch.checks import gradcheck, gradgradcheck

__all__ = ["gradcheck", "gradgradcheck"]
