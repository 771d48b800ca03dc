"""Runs of other trainers, made into run folders of ours, so that every instrument reads them.

A source (`trl`, `verl`) knows what its trainer leaves and where; `convert` makes of a step's answers the groups, the
rows and the numbers that our own runs have; `follower` takes over what is new, again and again, while they go on.
Nothing is written into a folder of theirs, and nothing of theirs is imported or unpickled.
"""
