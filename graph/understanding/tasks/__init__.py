"""What a message asks of the checklist: whole sentences of a few forms, with places for what they are about."""
