"""Where the numbers of a run go besides its journal: trackers that people look at anyway, one file for each."""
