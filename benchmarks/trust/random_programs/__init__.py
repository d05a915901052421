"""Random well-formed programs, to see that nobody is accused who is right; mpmath says who is."""
