"""The chat in a terminal: a client of OpenAI's chat API, what a person can say to it, and how an answer is shown."""
