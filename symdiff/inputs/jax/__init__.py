"""JAX functions, opened through their jaxpr: recorded as NumPy on recorded values."""
