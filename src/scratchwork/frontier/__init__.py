"""What thinking costs and what it brings: accuracy against tokens for every way of spending them."""
