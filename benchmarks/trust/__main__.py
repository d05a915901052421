"""`python -m benchmarks.trust [--quick] [--only FAMILY ...] [--checkers WORD ...]`."""

from benchmarks.trust.run import main

if __name__ == "__main__":
    main()
