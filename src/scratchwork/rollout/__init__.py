"""Answering: sampling, the engine, and the step from problems to scored groups."""
