"""Whether a question is worth thinking about: signals, the policy that weighs them, and what tells its threshold."""
