"""What is good: pure functions of a problem and a text. No tokens, no tensors, no model.

`grammar` takes a completion apart, `verify` judges the answer in it (`number` and `expression` read what the
answer says), `rubric` weighs the verdicts into one `Score`. `trl` lends a rubric to TRL's trainers.
"""
