"""Measures the product: scenarios in the words of users, graders in code, and a report that compares with the last."""
