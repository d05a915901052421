"""SymPy's derivative: in closed form where the function is small, as a straight-line program otherwise.

Nothing is imported here: the notation to read does not wait for the method that runs.
"""
