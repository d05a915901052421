"""A report as text; further formats stand beside it, one file each."""
