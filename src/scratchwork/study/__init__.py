"""Several runs as one: a recipe under several seeds, or the controls and dials of emergence, run and tabulated."""
