"""For every point, by SymPy."""
