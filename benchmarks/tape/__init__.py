"""The tape beside its peers, on one thread: `python -m benchmarks.tape`, or `make bench-tape`."""
