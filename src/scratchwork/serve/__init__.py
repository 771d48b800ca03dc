"""A thinking model to talk to: over OpenAI's API, from the page, from a terminal."""
