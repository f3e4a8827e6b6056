"""Which field each mention fills: proposals with scores, assigned over the whole message at once."""
