"""Is the model chosen where nobody named one a model for that task? Requests, and what an engineer would take."""
