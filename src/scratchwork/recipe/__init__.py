"""Running a recipe: the stages it lists, in its order, in one run folder. Everything below is tied together here."""
