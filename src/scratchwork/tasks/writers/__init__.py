"""The writers of the small internet: one file a family, and the habits they share."""
