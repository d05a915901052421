"""Who computes the derivatives: a module a peer, imported in a worker process and nowhere else.

`load(case, kind)` returns a function without arguments that computes the derivative once and waits for it.
`arrays(found)` turns what it returned into NumPy arrays, in the order of the arguments.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer's name in reports, its module and which of the module's kinds it is."""

    name: str
    module: str
    kind: str = ""
    needs: str = ""  # the distribution that must be installed


class NotThisPeer(Exception):
    """The peer has no natural way to do this case; the message says why."""


PEERS = {
    peer.name: peer
    for peer in (
        Peer("tape", "ours", "closure", "symdiff-toolkit"),
        Peer("tape, data as arguments", "ours", "arguments", "symdiff-toolkit"),
        Peer("tape, a new batch every call", "ours", "batches", "symdiff-toolkit"),
        Peer("tape, fused", "ours", "fused", "numba"),
        Peer("NumPy by hand, buffers", "by_hand", "buffers", "numpy"),
        Peer("NumPy by hand, fresh outputs", "by_hand", "fresh", "numpy"),
        Peer("NumPy by hand", "by_hand", "numpy", "numpy"),
        Peer("Python by hand", "by_hand", "python"),
        Peer("jax.jit", "of_jax", needs="jax"),
        Peer("PyTorch eager", "of_torch", needs="torch"),
        Peer("HIPS autograd", "of_autograd", needs="autograd"),
        Peer("CasADi", "of_casadi", needs="casadi"),
        Peer("the function alone", "by_hand", "function", "numpy"),
    )
}
TAPE, BUFFERS, FRESH, BY_HAND, PYTHON, FUNCTION = (
    "tape", "NumPy by hand, buffers", "NumPy by hand, fresh outputs", "NumPy by hand", "Python by hand",
    "the function alone",
)  # fmt: skip
