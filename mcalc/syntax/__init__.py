"""From the text a user typed to a typed expression."""
