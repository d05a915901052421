"""Who is guilty: the first step that is wrong."""
