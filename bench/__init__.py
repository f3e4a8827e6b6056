"""Benchmarks: each module is one, each compares at least two things measured side by side in one run."""
