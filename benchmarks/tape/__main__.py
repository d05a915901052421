"""`python -m benchmarks.tape [--quick] [--only WORD ...]`."""

from benchmarks.tape.run import main

if __name__ == "__main__":
    main()
