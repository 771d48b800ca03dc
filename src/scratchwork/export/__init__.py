"""A run's model as others take it: a folder with everything in it that a hub, a library or a reader asks for."""
