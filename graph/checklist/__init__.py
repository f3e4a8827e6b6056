"""The checklist in conversation: which tasks are meant, what is done to them, and how that is told."""
