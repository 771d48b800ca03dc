"""What a CPU is slow at when torch does it, compiled for the processor that runs it.

`lanes` gives numba sixteen floats at once, `compiling` says how, `pieces` is what all kernels are made of. To answer,
`kernels` is the forward pass of a few tokens, top to bottom (rollout/native.py keeps its weights and memory). To learn,
`attention` and `rows` are the parts of the training pass between the matrix products, and `functions` makes them torch
functions, which model/transformer.py calls.
"""
