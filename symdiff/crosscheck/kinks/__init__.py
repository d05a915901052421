"""Where there is no derivative: at kinks, and where a step has no slope."""
