"""What a message wants, on lines that were written without sight of the code."""
