"""Where to look, and where a point lies."""
