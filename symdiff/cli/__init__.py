"""The shell's front door. Exit codes: 0 all right, 1 a derivative differs, 2 bad input, 3 cannot tell."""

from symdiff.cli.main import main

__all__ = ["main"]
