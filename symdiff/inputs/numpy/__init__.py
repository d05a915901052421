"""NumPy on recorded values: which op, or which composition of ops, each of its functions is."""
