"""Updating: one readable loop per stage, and the seam between rollouts and the objective."""
