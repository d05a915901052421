"""Our own reverse mode over NumPy, written to be read: `sweep`, then `record`, then `method`."""

from symdiff.methods.tape.method import Tape

__all__ = ["Tape"]
