"""Functions that cannot be recorded: a claim about a black box is judged by an estimate, and says so."""
