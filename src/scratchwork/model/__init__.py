"""Who answers: tokenizer, decoder, KV cache, and the folders they are saved in."""
