"""Whether the thinking does what it seems to do: interventions on it, and what becomes of the answer."""
