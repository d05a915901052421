"""The caller's own derivative: read, called, judged, and its likely mistake."""
