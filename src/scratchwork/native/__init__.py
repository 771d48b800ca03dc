"""Decoding compiled for the CPU that runs it: what a step of a small model costs is arithmetic, not calls.

`lanes` gives numba sixteen floats at once, `kernels` is the forward pass of a few tokens, top to bottom, and `decoder`
keeps the weights in the order in which the kernels read them. Nothing here learns: the trainer runs the module itself,
model/transformer.py.
"""
