"""Brings every source of facts up to date: which there are, one run over them, and what it left."""
