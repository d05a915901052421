"""PyTorch functions, opened through the ATen operations they run: recorded as NumPy on recorded values."""
