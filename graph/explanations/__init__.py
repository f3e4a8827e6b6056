"""Answers about the plan that stands, in Markdown, made only of what the plan, its placement and the catalogue hold."""
