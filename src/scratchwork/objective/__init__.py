"""Credit and loss: tensors in, tensors out. Imports torch and nothing else of ours; re-exports nothing.

`advantage` turns the rewards of a step into credit, `logprobs` reads the policy's opinion of the sampled tokens
from its logits, `policy_loss` holds the table of objectives and the one loss they share, `supervised` is plain
next-token learning.

One convention holds throughout: a field of shape (B, T) says at [b, t] something about the token ids[b, t].
What the model says of that token stands in its logits at t - 1; the shift happens in `logprobs` and nowhere else.
"""
