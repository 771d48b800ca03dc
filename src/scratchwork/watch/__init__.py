"""Runs as answers to a page's questions: live, finished or crashed, from their folders alone."""
