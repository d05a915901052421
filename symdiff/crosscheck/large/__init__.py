"""What is too large to be taken apart, or narrower than float64."""
