"""From the message to tokens with offsets: layout, spelling, sentences and clauses; and phrases found among them."""
