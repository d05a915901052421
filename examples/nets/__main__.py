"""Run every example of nets and print what it shows: `python -m examples.nets [name ...]`."""

from __future__ import annotations

import sys

from examples.nets import examples


def main(wanted: list[str]) -> int:
    known = examples()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"{unknown[0]} is no example: expected some of {', '.join(known)}", file=sys.stderr)
        return 2
    for name in wanted or known:
        print(f"-- {name}\n{known[name].show()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
